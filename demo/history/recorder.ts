import { ENTRY_VERSION, OBJECT_KINDS, type Entry, type Kind, type ObjectKind, type Op } from '../../schemas/entry.ts';
import type { CoverageObject, HeartbeatObject, LogObject } from '../../schemas/objects.ts';
import { toTime } from '../../platform/clock.ts';
import { instanceLog, stamped } from '../cluster/container-logs.ts';
import type { Change } from '../cluster/object-store.ts';
import type { KubeObject } from '../cluster/objects.ts';
import { apiVersionOf, RESOURCES, type Resource } from '../cluster/resources.ts';
import type { DeathNotice } from '../cluster/sim.ts';
import type { SimCluster } from '../cluster/sim-cluster.ts';

/** What was watched, as the agent names it. */
export interface WatchedSource {
  /** `pod`, `workload/deployments`, … */
  readonly name: string;
  readonly kind: ObjectKind;
  readonly apiVersion: string;
  readonly apiKind: string;
}

/** As the agent projects an object of a source; redaction of a text with the number of secrets masked. */
export type Project = (source: WatchedSource, raw: KubeObject) => Record<string, unknown>;
export type Redact = (text: string) => { readonly text: string; readonly count: number };

const LOG_LINES = 80;
const AGENT = { agent_version: '0.1.0', identity: 'tidemark-agent-demo' };
const OPS: Record<Change['type'], Op> = { ADDED: 'add', MODIFIED: 'update', DELETED: 'delete' };
const wholeSecond = (ms: number) => toTime(Math.floor(ms / 1000) * 1000);

function watchedSource(resource: Resource): WatchedSource {
  const kind = OBJECT_KINDS.find((each) => each === resource.source.split('/')[0]);
  if (!kind) throw new Error(`not a watched source: ${resource.source}`);
  return { name: resource.source, kind, apiVersion: apiVersionOf(resource), apiKind: resource.kind };
}

/** What pods refer to comes before the pods, as in the agent's own start. */
const LAST = ['pod', 'event'];
export const WATCHED: readonly WatchedSource[] = RESOURCES.filter(({ source }) => source !== '')
  .map(watchedSource)
  .toSorted((a, b) => LAST.indexOf(a.name) - LAST.indexOf(b.name));
const sourceOf = new Map(RESOURCES.map((resource) => [resource, WATCHED.find(({ name }) => name === resource.source)]));

/** A dead instance's log as the agent would have caught it at once. */
function caughtLog({ pod, run, instance, restartCount }: DeathNotice, redact: Redact): LogObject {
  const lines = instanceLog(instance, instance.finishedAt ?? instance.startedAt, LOG_LINES);
  const { text, count } = redact(lines.map((line) => `${stamped(line)}\n`).join(''));
  return {
    pod_uid: pod.object.metadata.uid,
    container: run.name,
    container_kind: run.kind,
    ordinal: restartCount,
    container_id: instance.containerId,
    started_at: wholeSecond(instance.startedAt),
    finished_at: instance.finishedAt === null ? null : wholeSecond(instance.finishedAt),
    status: lines.length > 0 ? 'caught' : 'empty',
    detail: '',
    text,
    lines: lines.length,
    bytes: Buffer.byteLength(text),
    truncated: lines.length === LOG_LINES,
    redactions: count,
  };
}

/** Turns what happens in a cluster into entries, in the order in which it happens. */
export function createRecorder(cluster: SimCluster, epoch: number, project: Project, redact: Redact) {
  const startedAt = toTime(cluster.now());
  let seq = 0;
  let pending: Entry[] = [];

  function push(kind: Kind, op: Op, object: Record<string, unknown>, meta: Partial<KubeObject['metadata']> = {}): void {
    seq += 1;
    pending.push({
      v: ENTRY_VERSION,
      epoch,
      seq,
      kind,
      op,
      namespace: meta.namespace ?? '',
      name: meta.name ?? '',
      uid: meta.uid ?? '',
      resource_version: meta.resourceVersion ?? '',
      observed_at: toTime(cluster.now()),
      object,
    });
  }
  function coverage(source: string, state: CoverageObject['state'], reason: string): void {
    const from = toTime(cluster.now());
    push('coverage', 'add', {
      kind: source,
      namespace: '',
      state,
      from,
      to: null,
      reason,
      vanished: 0,
    } satisfies CoverageObject);
  }

  return {
    listAll(): void {
      for (const source of WATCHED) {
        for (const object of cluster.list(source.name))
          push(source.kind, 'list', project(source, object), object.metadata);
        coverage(source.name, 'watching', 'listed');
      }
    },
    stopped(): void {
      for (const { name } of WATCHED) coverage(name, 'closed', 'stopped');
    },
    change({ resource, type, object }: Change): void {
      const source = sourceOf.get(resource);
      // Events expire by themselves: their going is no news.
      if (!source || (source.kind === 'event' && type === 'DELETED')) return;
      push(source.kind, OPS[type], project(source, object), object.metadata);
    },
    death(notice: DeathNotice): void {
      push('log', 'add', { ...caughtLog(notice, redact) }, { ...notice.pod.object.metadata, resourceVersion: '' });
    },
    heartbeat(): void {
      const at = toTime(cluster.now());
      const object: HeartbeatObject = {
        ...AGENT,
        started_at: startedAt,
        kinds: WATCHED.map(({ name }) => ({
          kind: name,
          namespace: '',
          state: 'watching',
          last_proof_at: at,
          objects: cluster.list(name).length,
        })),
        local_log: { first: 0, next: seq, bytes: 0 },
        counters: { entries: seq },
      };
      push('heartbeat', 'add', { ...object });
    },
    drain(): Entry[] {
      const drained = pending;
      pending = [];
      return drained;
    },
  };
}
