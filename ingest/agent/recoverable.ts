import type { Condition, ContainerStatus, PodObject } from '../../schemas/objects.ts';
import type { Draft } from './journal-writer.ts';

/**
 * Which entries a later list tells again, so that they may give way when the local log is full: the states of objects, and
 * heartbeats. Not recoverable is what is said once (logs, events, coverage, unreadable lines), that something came or
 * went, and a state that differs from the one before in what passes by: see `passingOf`.
 */

type Told = Pick<Draft, 'kind' | 'op' | 'uid' | 'object'>;
type Json = Readonly<Record<string, unknown>>;

const recordOf = (value: unknown): Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Json) : {};
const listOf = (value: unknown): readonly Json[] => (Array.isArray(value) ? value.map(recordOf) : []);

/** Waiting for these is how every container starts. */
const USUAL_WAITS: ReadonlySet<string> = new Set(['', 'ContainerCreating', 'PodInitializing']);
/** A failed pull alternates between the two. */
const PULL_FAILURES: ReadonlySet<string> = new Set(['ErrImagePull', 'ImagePullBackOff']);

function passingOfContainer({ name, restartCount = 0, state, lastState }: Partial<ContainerStatus>): string {
  const reason = state?.waiting?.reason ?? '';
  const waits = PULL_FAILURES.has(reason) ? 'pull' : USUAL_WAITS.has(reason) ? '' : reason;
  const deaths = [state?.terminated, lastState?.terminated].map((end) =>
    end ? `${end.exitCode}@${end.finishedAt}${end.containerID}` : '',
  );
  return restartCount === 0 && waits === '' && deaths.every((death) => death === '')
    ? ''
    : `${name} ${restartCount} ${waits} ${deaths.join(' ')}`;
}

/** Deaths, what keeps a pod from running, and that it ends. */
function passingOfPod(object: Json): string {
  const metadata = recordOf(object['metadata']) as NonNullable<PodObject['metadata']>;
  const status = recordOf(object['status']) as NonNullable<PodObject['status']>;
  const { containerStatuses, initContainerStatuses, ephemeralContainerStatuses, conditions, phase } = status;
  const containers = [containerStatuses, initContainerStatuses, ephemeralContainerStatuses].flatMap((each) =>
    (listOf(each) as Partial<ContainerStatus>[]).map(passingOfContainer),
  );
  const stands = listOf(conditions) as Partial<Condition>[];
  const unscheduled = stands.find(({ type, status: is }) => type === 'PodScheduled' && is === 'False');
  const disrupted = stands.find(({ type, status: is }) => type === 'DisruptionTarget' && is === 'True');
  return [
    phase === 'Failed' || phase === 'Succeeded' ? phase : '',
    status.reason ?? '',
    metadata.deletionTimestamp ? 'ends' : '',
    unscheduled ? `unscheduled ${unscheduled.reason}` : '',
    disrupted ? `disrupted ${disrupted.reason}` : '',
    ...containers,
  ]
    .filter((part) => part !== '')
    .join('|');
}

const conditionsOf = (status: unknown): string =>
  (listOf(recordOf(status)['conditions']) as Partial<Condition>[])
    .map(({ type, status: is, reason }) => `${type} ${is} ${reason}`)
    .join('|');

/** Whether anything serves, or only what is about to end does. */
function passingOfSlice(object: Json): string {
  const conditions = listOf(object['endpoints']).map((endpoint) => recordOf(endpoint['conditions']));
  if (conditions.some(({ ready }) => ready !== false)) return 'ready';
  return conditions.some(({ serving }) => serving === true) ? 'serving' : 'none';
}

/** Conditions, an intent (a new generation), failures: what a workload or a node goes through. */
function passingOfThing({ metadata, spec, status }: Json): string {
  const { generation } = recordOf(metadata);
  const { unschedulable, taints } = recordOf(spec);
  const { failed } = recordOf(status);
  const tainted = listOf(taints).map(({ key, effect }) => `${String(key)} ${String(effect)}`);
  return [generation, unschedulable, failed, ...tainted, conditionsOf(status)].join('|');
}

/** What of an object's state may be gone when it is next listed, as a text to compare; '' for nothing. */
export function passingOf({ kind, object }: Pick<Told, 'kind' | 'object'>): string {
  switch (kind) {
    case 'pod':
      return passingOfPod(object);
    case 'endpointslice':
      return passingOfSlice(object);
    case 'workload':
    case 'node':
      return passingOfThing(object);
    default:
      return '';
  }
}

const TOLD_ONCE: ReadonlySet<string> = new Set(['log', 'event', 'coverage', 'dead_letter']);
const COME_OR_GONE: ReadonlySet<string> = new Set(['add', 'delete', 'vanished']);

/**
 * Says of each entry, told in order, whether it is recoverable. Remembers of each object what passed by, where anything
 * did: a healthy pod takes no memory. Of an object seen for the first time a list tells the state as any later one would,
 * but for a pod that has died before.
 */
export function createRecoverable(): (told: Told) => boolean {
  const passed = new Map<string, string>();
  return ({ kind, op, uid, object }) => {
    if (kind === 'heartbeat') return true;
    if (TOLD_ONCE.has(kind)) return false;
    if (op === 'delete' || op === 'vanished') {
      passed.delete(uid);
      return false;
    }
    const before = passed.get(uid);
    const passing = passingOf({ kind, object });
    if (passing !== '') passed.set(uid, passing);
    else if (before !== undefined) passed.delete(uid);
    if (COME_OR_GONE.has(op)) return false;
    if (before === undefined && op === 'list' && kind !== 'pod') return true;
    return passing === (before ?? '');
  };
}
