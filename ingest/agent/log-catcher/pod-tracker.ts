import type { Clock } from '../../../platform/clock.ts';
import type { Follow } from './follower.ts';
import type { ContainerView, Death, Place, PodView } from './pod-view.ts';
import { TokenBucket } from './token-bucket.ts';

/** A container's restartCount rises by one a death: as many are remembered as can be seen of one at once, and some. */
const DEATHS_REMEMBERED = 8;

export interface TrackedContainer {
  view: ContainerView;
  /** Rises when restartCount falls: the same ordinal is then another death. */
  generation: number;
  readonly asked: Death[];
  readonly bucket: TokenBucket;
  follow: Follow | null;
  /** Called once at the next status. */
  readonly waiting: Set<() => void>;
}

/** What the catcher knows of one pod that has had a death or is about to be removed. */
export interface TrackedPod {
  readonly uid: string;
  readonly namespace: string;
  readonly name: string;
  readonly containers: Map<string, TrackedContainer>;
  gone: boolean;
  pending: number;
}

export function trackPod(view: PodView): TrackedPod {
  return { uid: view.uid, namespace: view.namespace, name: view.name, containers: new Map(), gone: false, pending: 0 };
}

/** Takes in a container's newest status and gives the deaths that have not been asked for, oldest first. */
export function observe(
  pod: TrackedPod,
  view: ContainerView,
  budget: { burst: number; refillMs: number },
  now: number,
): { tracked: TrackedContainer; deaths: readonly Death[] } {
  let tracked = pod.containers.get(view.name);
  if (!tracked) {
    const bucket = new TokenBucket(budget.burst, budget.refillMs, now);
    tracked = { view, generation: 0, asked: [], bucket, follow: null, waiting: new Set() };
    pod.containers.set(view.name, tracked);
  }
  if (view.restartCount < tracked.view.restartCount) {
    tracked.generation += 1;
    tracked.asked.length = 0;
  }
  tracked.view = view;
  for (const wake of tracked.waiting) wake();
  const { asked } = tracked;
  const deaths = view.deaths.filter((death) => !asked.some((known) => isSame(known, death)));
  asked.push(...deaths);
  asked.splice(0, Math.max(0, asked.length - DEATHS_REMEMBERED));
  return { tracked, deaths };
}

/** Where a death's log is to be found by the newest status; null when newer instances have taken both places. */
export function placeOf(tracked: TrackedContainer, death: Death, generation: number): Place | null {
  if (tracked.generation !== generation) return null;
  return tracked.view.deaths.find((each) => isSame(each, death))?.place ?? null;
}

/** Within a generation. The container's id says it where both have one: a kubelet may count an instance before it starts. */
const isSame = (one: Death, other: Death): boolean =>
  one.containerId !== '' && other.containerId !== ''
    ? one.containerId === other.containerId
    : one.ordinal === other.ordinal;

/** Resolves at the container's next status, or after `ms`, or when the signal aborts. */
export async function nextStatus(
  tracked: TrackedContainer,
  ms: number,
  clock: Clock,
  signal: AbortSignal,
): Promise<void> {
  const woken = new AbortController();
  const wake = () => woken.abort();
  tracked.waiting.add(wake);
  await clock.sleep(ms, AbortSignal.any([signal, woken.signal]));
  tracked.waiting.delete(wake);
}

/** When the instance after a death began, milliseconds since the Unix epoch, whole seconds; null while that is not known. */
export function successorStart(tracked: TrackedContainer, death: Death, generation: number): number | null {
  if (tracked.generation !== generation) return null;
  const { running, restartCount, deaths } = tracked.view;
  const next = death.ordinal + 1;
  const began =
    running && restartCount === next
      ? running.startedAt
      : (deaths.find((each) => each.ordinal === next)?.startedAt ?? null);
  return began === null ? null : Date.parse(began);
}
