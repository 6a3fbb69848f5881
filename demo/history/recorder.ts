import { ENTRY_VERSION, OBJECT_KINDS, type Entry, type Kind, type ObjectKind, type Op } from '../../schemas/entry.ts';
import type { CoverageObject, HeartbeatObject } from '../../schemas/objects.ts';
import { toTime } from '../../platform/clock.ts';
import type { Change } from '../cluster/object-store.ts';
import type { KubeObject } from '../cluster/objects.ts';
import { apiVersionOf, RESOURCES, type Resource } from '../cluster/resources.ts';
import type { DeathNotice } from '../cluster/sim.ts';
import type { SimCluster } from '../cluster/sim-cluster.ts';
import { forbiddenMessage } from '../server/forbidden.ts';
import { beginBlindSpell, type BlindSpell } from './blind-spell.ts';
import { caughtLog, type Redact } from './caught-log.ts';

export type { Redact } from './caught-log.ts';

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

export interface RecorderOptions {
  readonly cluster: SimCluster;
  readonly project: Project;
  readonly redact: Redact;
  /** Plural names of what the agent may not read. */
  readonly forbidden: readonly string[];
}

const AGENT = { agent_version: '0.1.0', identity: 'tidemark-agent-demo' };
const OPS: Record<Change['type'], Op> = { ADDED: 'add', MODIFIED: 'update', DELETED: 'delete' };
/** What changes so much that the API server's window is past it by the time that it answers again. */
const EXPIRED = new Set(['pod', 'event', 'endpointslice', 'workload/replicasets']);

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

/** The sources that an agent without these rights (plural names) can read. */
export const readableSources = (forbidden: readonly string[]): WatchedSource[] =>
  WATCHED.filter(({ name }) => !RESOURCES.some(({ source, plural }) => source === name && forbidden.includes(plural)));

/** Why each source that may not be read is not, in the agent's words: what the API server answers its list. */
const refusals = (forbidden: readonly string[]) =>
  RESOURCES.filter(({ source, plural }) => source !== '' && forbidden.includes(plural)).map((resource) => ({
    name: resource.source,
    reason: `HTTP 403 Forbidden: ${forbiddenMessage(resource, 'list', '')}`,
  }));

/**
 * Turns what happens in a cluster into entries, in the order in which it happens, as an agent would that may stop, come
 * back with the same disk, or lose its API server. `epoch` names its first life.
 */
export function createRecorder({ cluster, project, redact, forbidden }: RecorderOptions, firstEpoch: number) {
  const watched = readableSources(forbidden);
  const refused = refusals(forbidden);
  const names = watched.map(({ name }) => name);
  let epoch = firstEpoch;
  let startedAt = toTime(cluster.now());
  let seq = 0;
  let pending: Entry[] = [];
  let blind: BlindSpell | null = null;
  let running = true;

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
  function coverage(kind: string, state: CoverageObject['state'], more: Partial<CoverageObject> = {}): void {
    const span = {
      kind,
      namespace: '',
      state,
      from: toTime(cluster.now()),
      to: null,
      reason: '',
      vanished: 0,
      ...more,
    };
    push('coverage', 'add', span satisfies CoverageObject);
  }
  const refuse = () => refused.forEach(({ name, reason }) => coverage(name, 'unreadable', { reason }));

  function tell({ resource, type, object }: Change): void {
    const source = sourceOf.get(resource);
    // Events expire by themselves: their going is no news.
    if (!source || (source.kind === 'event' && type === 'DELETED')) return;
    push(source.kind, OPS[type], project(source, object), object.metadata);
  }
  function log(notice: DeathNotice, object = caughtLog(notice, redact)): void {
    push('log', 'add', { ...object }, { ...notice.pod.object.metadata, resourceVersion: '' });
  }

  /** Lists a source anew: what came and went since the last proof is unknown, what is gone has vanished. */
  function relist(source: WatchedSource, spell: BlindSpell, reason: string): void {
    const changes = spell.relist(source.name);
    const told = source.kind === 'event' ? changes.filter(({ op }) => op !== 'vanished') : changes;
    for (const { op, meta, object } of told) push(source.kind, op, object ? project(source, object) : {}, meta);
    const now = toTime(cluster.now());
    const vanished = told.filter(({ op }) => op === 'vanished').length;
    coverage(source.name, 'gap', { from: toTime(spell.since), to: now, reason, vanished });
    coverage(source.name, 'watching');
    if (source.kind === 'pod') for (const late of spell.logs(redact)) log(late.notice, late.log);
  }

  function heartbeat(): void {
    if (!running) return;
    const at = toTime(blind?.since ?? cluster.now());
    const object: HeartbeatObject = {
      ...AGENT,
      started_at: startedAt,
      kinds: WATCHED.map(({ name }) => {
        const about = { kind: name, namespace: '' };
        if (!names.includes(name)) return { ...about, state: 'unreadable', last_proof_at: null, objects: 0 };
        return { ...about, state: blind ? 'late' : 'watching', last_proof_at: at, objects: cluster.list(name).length };
      }),
      local_log: { first: 0, next: seq, bytes: 0 },
      counters: { entries: seq },
    };
    push('heartbeat', 'add', { ...object });
  }

  return {
    epoch: () => epoch,
    listAll(): void {
      for (const source of watched) {
        for (const object of cluster.list(source.name))
          push(source.kind, 'list', project(source, object), object.metadata);
        coverage(source.name, 'watching');
      }
      refuse();
    },
    stopped(): void {
      if (running) for (const { name } of WATCHED) coverage(name, 'closed', { reason: 'stopped' });
    },
    /** The agent is gone: in good order, or without a word. */
    leave(inGoodOrder: boolean): void {
      if (inGoodOrder) this.stopped();
      blind = beginBlindSpell(cluster, names);
      running = false;
    },
    /** Another life of it, which remembers what the last one knew. */
    comeBack(): void {
      const spell = blind;
      if (running || !spell) return;
      [epoch, seq, startedAt, running, blind] = [cluster.now(), 0, toTime(cluster.now()), true, null];
      refuse();
      for (const source of watched) relist(source, spell, 'start');
      heartbeat();
    },
    /** The API server does not answer any more. */
    loseConnection(): void {
      blind = beginBlindSpell(cluster, names);
    },
    /** A cut that lasts is told while it lasts. */
    stayCut(reason: string): void {
      if (blind) for (const name of names) coverage(name, 'late', { from: toTime(blind.since), reason });
    },
    /** It answers again: where its window reaches back far enough nothing is lost, what else there is is listed anew. */
    reconnect(reason: string): void {
      const spell = blind;
      if (!spell) return;
      blind = null;
      for (const source of watched) {
        if (EXPIRED.has(source.name)) {
          relist(source, spell, 'HTTP 410 Expired: too old resource version');
          continue;
        }
        coverage(source.name, 'late', { from: toTime(spell.since), to: toTime(cluster.now()), reason });
        spell.missed.filter(({ resource }) => resource.source === source.name).forEach(tell);
      }
    },
    change(change: Change): void {
      if (!names.includes(change.resource.source)) return;
      if (!blind) tell(change);
      else if (running && !EXPIRED.has(change.resource.source)) blind.missed.push(change);
    },
    death(notice: DeathNotice): void {
      if (blind) blind.died.push(notice);
      else log(notice);
    },
    heartbeat,
    drain(): Entry[] {
      const drained = pending;
      pending = [];
      return drained;
    },
  };
}

export type HistoryRecorder = ReturnType<typeof createRecorder>;
