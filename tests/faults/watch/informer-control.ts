import { KubeConfig, KubernetesObjectApi, makeInformer, type KubernetesObject } from '@kubernetes/client-node';
import { SOURCES, collectionPath, type Source } from '../../../ingest/agent/sources.ts';
import type { FastClock } from '../fast-clock.ts';
import type { FaultyCluster } from './faulty-cluster.ts';
import type { Span } from '../recorded-rows.ts';
import type { Arrival } from './history.ts';

/** As the library's documentation has it: after an error its user starts the informer again. */
const RESTART_MS = 5_000;
/** The library's own, by the clock of the wall. */
const QUIET_MS = 30_000;

export interface Control {
  readonly arrivals: readonly Arrival[];
  /** From when on each source was watched, and nothing else: an informer tells no gap. */
  readonly spans: readonly Span[];
  /** How often an informer had to be started again. */
  restarts(): number;
  close(): Promise<void>;
}

/** What a user of `@kubernetes/client-node`'s informer sees of a cluster, written down. */
export function startInformers(faulty: FaultyCluster, clock: FastClock): Control {
  const config = new KubeConfig();
  config.loadFromFile(faulty.kubeconfig);
  faulty.onToken.add((token) => Object.assign(config.getCurrentUser() ?? {}, { token }));
  const api = KubernetesObjectApi.makeApiClient(config);
  const arrivals: Arrival[] = [];
  const spans: Span[] = [];
  let [restarts, closed] = [0, false];

  function inform(source: Source) {
    const list = async () => {
      const all = await api.list<KubernetesObject>(source.apiVersion, source.apiKind);
      spans.push({ source: source.name, state: 'watching', from: clock.now(), to: null });
      return all;
    };
    const informer = makeInformer(config, collectionPath({ source, namespace: '' }), list);
    const { watch } = informer as unknown as { watch: { requestTimeoutMs: number } };
    watch.requestTimeoutMs = QUIET_MS / clock.factor;
    Object.assign(informer, { delayFn: (ms: number) => clock.sleep(ms) });
    const note = (op: Arrival['op']) => (object: KubernetesObject) => {
      const { uid = '', resourceVersion } = object.metadata ?? {};
      arrivals.push({ op, uid, revision: Number(resourceVersion), at: clock.now() });
    };
    informer.on('add', note('add'));
    informer.on('update', note('update'));
    informer.on('delete', note('delete'));
    informer.on('error', () => {
      if (closed) return;
      restarts++;
      clock.after(RESTART_MS, () => {
        if (!closed) informer.start().catch(() => undefined);
      });
    });
    informer.start().catch(() => undefined);
    return informer;
  }
  const informers = SOURCES.map(inform);
  return {
    arrivals,
    spans,
    restarts: () => restarts,
    async close() {
      closed = true;
      for (const informer of informers) await informer.stop();
    },
  };
}
