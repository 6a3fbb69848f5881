import { toTime } from '../../../platform/clock.ts';
import { ordinalOfLastState } from '../../../schemas/container-status.ts';
import type { ContainerKind } from '../../../schemas/objects.ts';
import { isRecord } from '../projections/shapes.ts';

/** Which of a container's two logs holds an instance: the one of `previous=false`, or that of `previous=true`. */
export type Place = 'current' | 'previous';

export interface Death {
  readonly container: string;
  readonly kind: ContainerKind;
  /** restartCount of a `state.terminated`; of a `lastState`, see `ordinalOfLastState`. */
  readonly ordinal: number;
  readonly containerId: string;
  readonly startedAt: string | null;
  readonly finishedAt: string | null;
  readonly place: Place;
  /** Ended with 0, as every init container does at each start: its log may wait. */
  readonly clean: boolean;
  /** Why no log can exist, or ''. */
  readonly neverRan: string;
}

export interface ContainerView {
  readonly name: string;
  readonly kind: ContainerKind;
  readonly restartCount: number;
  readonly deaths: readonly Death[];
  /** The running instance, if one runs. */
  readonly running: { readonly containerId: string; readonly startedAt: string | null } | null;
  /** Ended and not to be started again, or not for some seconds. */
  readonly restsAfterDeath: boolean;
}

export interface PodView {
  readonly uid: string;
  readonly namespace: string;
  readonly name: string;
  readonly disrupted: boolean;
  readonly containers: readonly ContainerView[];
}

/** The runtime never started the process: there is nothing that could have written a line. */
const NEVER_RAN = new Set(['StartError', 'ContainerCannotRun', 'CreateContainerError', 'CreateContainerConfigError']);

const record = (value: unknown): Record<string, unknown> => (isRecord(value) ? value : {});
const records = (value: unknown): Record<string, unknown>[] => (Array.isArray(value) ? value.filter(isRecord) : []);
const string = (value: unknown): string => (typeof value === 'string' ? value : '');

/** Milliseconds form of an API time; the zero times that stand for "never" give null. */
function timeOf(value: unknown): string | null {
  const ms = Date.parse(string(value));
  return Number.isFinite(ms) && ms > 0 ? toTime(ms) : null;
}

function deathOf(
  container: { name: string; kind: ContainerKind },
  terminated: Record<string, unknown>,
  fallbackId: string,
  at: { ordinal: number; place: Place },
): Death {
  const reason = string(terminated.reason);
  return {
    container: container.name,
    kind: container.kind,
    ordinal: Math.max(0, at.ordinal),
    containerId: string(terminated.containerID) || fallbackId,
    startedAt: timeOf(terminated.startedAt),
    finishedAt: timeOf(terminated.finishedAt),
    place: at.place,
    clean: terminated.exitCode === 0,
    neverRan: NEVER_RAN.has(reason) ? `the container never started: ${reason}` : '',
  };
}

function containerView(status: Record<string, unknown>, kind: ContainerKind, restarts: boolean): ContainerView | null {
  const name = string(status.name);
  if (name === '') return null;
  const count = status.restartCount;
  const restartCount = typeof count === 'number' && Number.isInteger(count) && count >= 0 ? count : 0;
  const state = record(status.state);
  const last = record(status.lastState).terminated;
  const deaths: Death[] = [];
  const runs = isRecord(state.running);
  const ended = isRecord(state.terminated);
  const waiting = string(record(state.waiting).reason);
  if (isRecord(state.terminated)) {
    const at = { ordinal: restartCount, place: 'current' } as const;
    deaths.push(deathOf({ name, kind }, state.terminated, string(status.containerID), at));
  }
  if (isRecord(last) && (!ended || restartCount > 0)) {
    const ordinal = ordinalOfLastState(restartCount, runs || ended ? null : waiting);
    const place = ordinal === restartCount ? 'current' : 'previous';
    deaths.unshift(deathOf({ name, kind }, last, '', { ordinal, place }));
  }
  return {
    name,
    kind,
    restartCount,
    deaths,
    running: runs
      ? { containerId: string(status.containerID), startedAt: timeOf(record(state.running).startedAt) }
      : null,
    restsAfterDeath: !restarts || waiting === 'CrashLoopBackOff',
  };
}

/** Reads what matters here from a pod as the API gives it; null for what is no pod. Missing parts are taken as empty. */
export function viewPod(raw: unknown): PodView | null {
  const { metadata, spec, status } = record(raw);
  const meta = record(metadata);
  const uid = string(meta.uid);
  if (uid === '') return null;
  const podSpec = record(spec);
  const podStatus = record(status);
  const sidecars = new Set(
    records(podSpec.initContainers).flatMap((each) => (each.restartPolicy === 'Always' ? [string(each.name)] : [])),
  );
  const restarts = podSpec.restartPolicy !== 'Never';
  const views = [
    ...records(podStatus.initContainerStatuses).map((each) => {
      const sidecar = sidecars.has(string(each.name));
      return containerView(each, sidecar ? 'sidecar' : 'init', sidecar || restarts);
    }),
    ...records(podStatus.containerStatuses).map((each) => containerView(each, 'app', restarts)),
    ...records(podStatus.ephemeralContainerStatuses).map((each) => containerView(each, 'ephemeral', false)),
  ];
  return {
    uid,
    namespace: string(meta.namespace),
    name: string(meta.name),
    disrupted: records(podStatus.conditions).some((each) => each.type === 'DisruptionTarget' && each.status === 'True'),
    containers: views.filter((view) => view !== null),
  };
}
