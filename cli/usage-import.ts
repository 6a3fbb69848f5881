import type { Store } from '../platform/store/store.ts';
import type { JournalProcessor } from '../processors/journal/runtime.ts';
import { createImporter, type Importer } from '../processors/usage/import/importer.ts';
import type { Parts } from './parts.ts';
import { retentionOf } from './retention.ts';

/** So long a journal is waited for that nobody here has begun to fold: another process may hold it, or there is none. */
const UNHEARD_MS = 30_000;
/** So long is waited for a journal of which nothing more is folded. */
const LONGEST_MS = 15 * 60_000;
/** Entries behind which a journal counts as folded. */
const CLOSE = 1_000;

/**
 * Whether a cluster's usage may be imported: what was asked for comes from its journal, which is therefore folded first, once in
 * the life of the process, for as long as that goes on. While other journals are being folded, one that is not heard of may still come:
 * clusters that are recorded for the first time begin one after the other. `resources` folds them.
 */
export function createReadiness(resources: Pick<JournalProcessor, 'status'>, now: () => number) {
  const startedMs = now();
  const ready = new Set<string>();
  /** By cluster, how far its journal was folded and since when. */
  const stood = new Map<string, { position: number; sinceMs: number }>();
  let busyMs = startedMs;
  return (cluster: string): boolean => {
    if (ready.has(cluster)) return true;
    const nowMs = now();
    const journals = resources.status();
    if (!journals.every(isFolded)) busyMs = nowMs;
    const own = journals.find((each) => each.cluster === cluster);
    const mayBegin = own ? isFolded(own) : nowMs - busyMs >= UNHEARD_MS;
    const position = own?.progress.position ?? -1;
    const { position: before, sinceMs } = stood.get(cluster) ?? { position: -1, sinceMs: startedMs };
    if (position !== before) stood.set(cluster, { position, sinceMs: nowMs });
    if (!mayBegin && (position !== before || nowMs - sinceMs < LONGEST_MS)) return false;
    ready.add(cluster);
    return true;
  };
}

const isFolded = ({ progress }: ReturnType<JournalProcessor['status']>[number]): boolean =>
  progress.lastSuccessAt !== null && progress.lag < CLOSE;

/** The importer of the configuration, which runs until it is closed. */
export function startImporter(parts: Parts, store: Store, resources: Pick<JournalProcessor, 'status'>): Importer {
  const { config, clock } = parts;
  const isReady = createReadiness(resources, () => clock.now());
  const importer = createImporter(config.usage, {
    ...parts,
    store,
    gpuResources: config.resources.gpu_resources,
    retention: retentionOf(config),
    isReady,
  });
  void importer.run();
  return importer;
}
