import type { Fault, FaultRequest } from '../../../demo/server/faults.ts';
import { until } from '../../../deploy/testkube/test-kube.ts';
import type { Store } from '../../../platform/store/store.ts';
import type { CoverageObject } from '../../../schemas/objects.ts';
import type { FastClock } from '../fast-clock.ts';
import { startRecording } from './recording.ts';
import { startSmallCluster } from './small-cluster.ts';
import { entriesOf } from './log-entries.ts';

/** What the pods' requests meet after the first list and its pages, in turn; then all passes. */
export interface RecoveryCase {
  readonly name: string;
  readonly watch: readonly Fault[];
  readonly list?: readonly Fault[];
  readonly page?: readonly Fault[];
  /** Whether a gap has to be told. */
  readonly gap: boolean;
}

/** Milliseconds by the clock. */
export interface Recovery {
  /** From the last fault to the next request. */
  readonly foundMs: number;
  /** From the moment at which the server lets the client ask again to that request; negative: too early. */
  readonly patienceMs: number;
  /** From the next permitted attempt to the entry in the local log, and to the row in the store. */
  readonly journalledMs: number;
  readonly visibleMs: number;
  readonly states: ReadonlySet<string>;
}

const PODS = 5;
const PAGE_SIZE = 2;
const FIRST_PAGES = 2;
/** The transport's timers are real ones. */
const SILENCE_MS = 30_000;

function waitMs(fault: Fault): number {
  if (fault.kind === 'status') return (fault.retryAfterSeconds ?? 0) * 1000;
  if (fault.kind === 'restart') return fault.awayMs;
  if (fault.kind === 'token') return fault.renewMs;
  return fault.kind === 'slow' ? fault.headersMs + fault.bodyMs : 0;
}

/** The faults of a case in their order, and when they happened. */
function scripted({ watch, list = [], page = [] }: RecoveryCase, clock: FastClock) {
  const queues = {
    watch: [...watch],
    list: [undefined, ...list],
    page: [...Array.from({ length: FIRST_PAGES }, () => undefined), ...page],
  };
  const state = { lastFaultAt: 0, permittedAt: 0, attemptAt: Infinity };
  const isOver = () => Object.values(queues).every((queue) => queue.length === 0);
  return {
    state,
    faults({ resource, verb, continued }: FaultRequest): Fault | undefined {
      if (resource !== 'pods' || (verb !== 'watch' && verb !== 'list')) return undefined;
      const over = isOver();
      const fault = queues[continued ? 'page' : verb].shift();
      if (!fault && over && state.lastFaultAt > 0) state.attemptAt = Math.min(state.attemptAt, clock.now());
      return fault;
    },
    onFault(_request: FaultRequest, fault: Fault) {
      state.lastFaultAt = clock.now();
      state.permittedAt = clock.now() + waitMs(fault);
      state.attemptAt = Infinity;
    },
  };
}

/** An agent watches pods, what the case says goes wrong, and an event that was made at that moment is waited for. */
export async function recover(
  one: RecoveryCase,
  given: { dir: string; clock: FastClock; store: Store; name: string },
): Promise<Recovery> {
  const { clock, store, name } = given;
  const script = scripted(one, clock);
  const cluster = await startSmallCluster({ ...given, pods: PODS, ...script });
  const recording = startRecording({
    ...given,
    cluster: name,
    kubeconfig: cluster.kubeconfig,
    sources: ['pod'],
    reflector: { pageSize: PAGE_SIZE, requestTimeoutMs: SILENCE_MS / clock.factor },
  });
  const told = async (version: string) =>
    (await entriesOf(recording.localLog)).find((entry) => entry.kind === 'pod' && entry.resource_version === version);
  try {
    await until('the watch stands', async () => recording.agent.status().watches[0]?.state === 'watching');
    const before = cluster.touch();
    await until('the event before the fault', () => told(before));
    const version = cluster.touch();
    const entry = await until('the event', () => told(version), 170_000);
    const visibleAt = await until('the row', async () => {
      const [found] = await store.query(
        'SELECT 1 AS one FROM journal WHERE cluster = {name:String} AND resource_version = {version:String}',
        { name, version },
      );
      return found ? clock.now() : undefined;
    });
    const { lastFaultAt, permittedAt, attemptAt } = script.state;
    const journalledAt = Date.parse(entry.observed_at);
    // A slow list needs no further attempt: it is one.
    const next = attemptAt <= journalledAt ? attemptAt : permittedAt;
    await until('the watch stands again', async () => recording.agent.status().watches[0]?.state === 'watching');
    await recording.stop();
    const spans = (await entriesOf(recording.localLog)).filter(({ kind }) => kind === 'coverage');
    return {
      foundMs: next - lastFaultAt,
      patienceMs: next - permittedAt,
      journalledMs: journalledAt - next,
      visibleMs: visibleAt - next,
      states: new Set(spans.map(({ object }) => (object as CoverageObject).state)),
    };
  } finally {
    await recording.stop().catch(() => undefined);
    await recording.localLog.close();
    await cluster.close();
  }
}
