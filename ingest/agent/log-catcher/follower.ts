import type { Clock } from '../../../platform/clock.ts';
import type { KubeTransport } from '../kube-transport.ts';
import type { Redact } from '../redact.ts';
import { askForLog, type AskOptions } from './ask.ts';
import { judgeLog, type Outcome } from './log-text.ts';
import type { TrackedContainer, TrackedPod } from './pod-tracker.ts';
import type { ContainerView } from './pod-view.ts';
import type { TailKeeper } from './tail-keeper.ts';

/** One running instance whose log is being followed because its pod is about to be removed. */
export interface Follow {
  readonly containerId: string;
  readonly startedAt: string | null;
  readonly ordinal: number;
  readonly keeper: TailKeeper;
  /** Resolves when the stream has ended, for whatever reason. */
  readonly done: Promise<void>;
  stop(): void;
}

export interface FollowerOptions extends AskOptions {
  readonly followMs: number;
  readonly maxFollows: number;
}

export interface Follower {
  /** Follows a container's running instance; false when as many are being followed as may be. */
  begin(pod: TrackedPod, view: ContainerView, tracked: TrackedContainer): boolean;
  /** What was followed of an instance, once its stream has ended or soon after; null when that is nothing. */
  outcomeOf(follow: Follow, finishedAt: string | null): Promise<Outcome | null>;
  /** Ends following a container and forgets the tail. */
  release(tracked: TrackedContainer): void;
  /** Releases what is not needed any more once a pod is gone and its deaths are answered. */
  releaseAnswered(pod: TrackedPod): void;
  close(): void;
}

/** How long to wait for the last lines once the container has ended. */
const LAST_LINES_MS = 2000;

/** Whether the end of the followed instance has shown in the pod's status. */
export const endSeen = ({ follow, view }: TrackedContainer): boolean =>
  follow !== null && view.deaths.some((death) => death.ordinal === follow.ordinal);

/** Follows logs with `follow=true`, each for at most `followMs`; a tail stays in memory until it is released. */
export function createFollower(deps: {
  transport: KubeTransport;
  clock: Clock;
  redact: Redact;
  options: FollowerOptions;
}): Follower {
  const { transport, clock, redact } = deps;
  // Memory is bounded by the tail kept, time by followMs; how much runs through does not matter.
  const options = { ...deps.options, maxReadBytes: Infinity };
  const follows = new Set<Follow>();
  const closing = new AbortController();

  function start(
    pod: TrackedPod,
    view: ContainerView,
    instance: { containerId: string; startedAt: string | null },
  ): Follow | null {
    const controller = new AbortController();
    let keeper: TailKeeper | undefined;
    const answer = askForLog(
      { transport, clock, options, onTail: (made) => (keeper = made) },
      { namespace: pod.namespace, pod: pod.name, container: view.name, previous: false, follow: true },
      { timeoutMs: options.followMs, signal: controller.signal },
    );
    const done = answer.then(() => undefined);
    return keeper ? { ...instance, ordinal: view.restartCount, keeper, done, stop: () => controller.abort() } : null;
  }

  function release(tracked: TrackedContainer): void {
    if (!tracked.follow) return;
    tracked.follow.stop();
    follows.delete(tracked.follow);
    tracked.follow = null;
  }

  return {
    begin(pod, view, tracked) {
      if (!view.running || tracked.follow?.containerId === view.running.containerId) return true;
      release(tracked);
      if (follows.size >= options.maxFollows) return false;
      tracked.follow = start(pod, view, view.running);
      if (tracked.follow) follows.add(tracked.follow);
      return true;
    },
    async outcomeOf({ done, keeper, startedAt }, finishedAt) {
      await Promise.race([done, clock.sleep(LAST_LINES_MS, closing.signal)]);
      const judged = judgeLog(keeper.tail(), { startedAt, finishedAt }, { redact, tailLines: options.tailLines });
      return judged.status === 'caught' ? judged : null;
    },
    release,
    releaseAnswered(pod) {
      if (pod.pending > 0) return;
      for (const tracked of pod.containers.values()) if (endSeen(tracked)) release(tracked);
    },
    close() {
      closing.abort();
      for (const follow of follows) follow.stop();
      follows.clear();
    },
  };
}
