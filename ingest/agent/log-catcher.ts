import type { Clock } from '../../platform/clock.ts';
import { messageOf } from '../../platform/errors.ts';
import type { Logger } from '../../platform/log.ts';
import type { Metrics } from '../../platform/metrics.ts';
import type { Op } from '../../schemas/entry.ts';
import type { KubeTransport } from './kube-transport.ts';
import { catchLog, type CatchOptions, type CatchTask } from './log-catcher/catch-log.ts';
import { createFollower, endSeen, type Follower, type FollowerOptions } from './log-catcher/follower.ts';
import { createLogQueue, type LogQueueOptions } from './log-catcher/log-queue.ts';
import { without } from './log-catcher/log-text.ts';
import { createLogWriter, type CaughtLog, type LogWriter } from './log-catcher/log-writer.ts';
import { observe, trackPod, type TrackedContainer, type TrackedPod } from './log-catcher/pod-tracker.ts';
import { viewPod, type Death } from './log-catcher/pod-view.ts';
import type { Redact } from './redact.ts';

export type { CaughtLog } from './log-catcher/log-writer.ts';

export interface LogCatcherOptions extends CatchOptions, FollowerOptions, LogQueueOptions {
  /** For the metrics' label. */
  readonly cluster: string;
  /** Logs asked for of one container: so many in a burst, then one each `budgetRefillMs`. */
  readonly budgetBurst: number;
  readonly budgetRefillMs: number;
}

export const LOG_CATCHER_DEFAULTS: Omit<LogCatcherOptions, 'cluster'> = {
  tailLines: 1000,
  maxBytes: 262_144,
  maxReadBytes: 134_217_728,
  timeoutMs: 15_000,
  retryForMs: 5000,
  settleMs: 10_000,
  followMs: 600_000,
  maxFollows: 64,
  concurrency: 16,
  maxWaiting: 1000,
  maxBacklog: 10_000,
  budgetBurst: 10,
  budgetRefillMs: 60_000,
};

export interface LogCatcherDeps {
  readonly transport: KubeTransport;
  readonly redact: Redact;
  readonly clock: Clock;
  readonly log: Logger;
  readonly metrics: Metrics;
  readonly options: LogCatcherOptions;
  /** Called once for each death, whatever became of its log. */
  write(caught: CaughtLog): Promise<void>;
}

export interface LogCatcher {
  /** Takes a pod as the API gives it, in the watch's order. Never throws. */
  onPod(op: Op, pod: unknown): void;
  /** The pod is gone: followed logs are written, everything else about it is forgotten once answered. */
  onPodGone(uid: string): void;
  /** Deaths whose logs are being asked for, wait for it, or are being written. */
  readonly pending: number;
  /** Drops what waits, aborts what runs, and resolves when all has stopped. */
  close(): Promise<void>;
}

/**
 * Catches the log of each container instance that dies. States of a death: seen in a pod's status → queued → asked for →
 * written once. It is written without having been asked for when no log can exist (`none`), the container has used up
 * its budget, or the queue is full (`budget`). A pod with a DisruptionTarget has its running containers' logs followed,
 * since they are removed with it; the followed tail serves where the log endpoint has nothing any more.
 */
export function createLogCatcher(deps: LogCatcherDeps): LogCatcher {
  const { clock, log, metrics, options } = deps;
  const { cluster } = options;
  const pods = new Map<string, TrackedPod>();
  const closing = new AbortController();
  const inFlight = new Set<Promise<void>>();
  const queue = createLogQueue(options);
  const follower = createFollower(deps);
  const writer = createLogWriter(deps, cluster);
  const waiting = metrics.gauge('agent_logs_waiting', 'Deaths whose log is being asked for or waits for it', [
    'cluster',
  ]);
  const context: RunContext = { deps, follower, writer, signal: closing.signal };
  const showPending = () => waiting.set({ cluster }, queue.waiting + queue.running);

  function keep(work: Promise<void>): void {
    const kept: Promise<void> = work.finally(() => inFlight.delete(kept));
    inFlight.add(kept);
  }

  function enqueue(op: Op, pod: TrackedPod, tracked: TrackedContainer, death: Death): void {
    const skip = (status: 'none' | 'budget', why: string) => keep(writer.write(pod, death, without(status, why)));
    if (death.neverRan !== '') return skip('none', death.neverRan);
    if (!tracked.bucket.take(clock.now())) return skip('budget', OFTEN);
    const task: CatchTask = { pod, tracked, death, generation: tracked.generation };
    pod.pending += 1;
    const mayWait = op === 'list' || death.clean;
    if (queue.offer(() => runTask(context, task).finally(showPending), mayWait)) return showPending();
    pod.pending -= 1;
    skip('budget', CROWDED);
  }

  function onPodGone(uid: string): void {
    const pod = pods.get(uid);
    if (!pod) return;
    pods.delete(uid);
    pod.gone = true;
    follower.releaseAnswered(pod);
    for (const tracked of pod.containers.values()) {
      for (const wake of tracked.waiting) wake();
      if (tracked.follow && !endSeen(tracked)) keep(writeFollowed(context, pod, tracked));
    }
  }

  function onPod(op: Op, raw: unknown): void {
    const view = closing.signal.aborted ? null : viewPod(raw);
    if (!view) return;
    const known = pods.get(view.uid);
    if (!known && !view.disrupted && view.containers.every((each) => each.deaths.length === 0)) return;
    const pod = known ?? trackPod(view);
    pods.set(view.uid, pod);
    const budget = { burst: options.budgetBurst, refillMs: options.budgetRefillMs };
    for (const container of view.containers) {
      const { tracked, deaths } = observe(pod, container, budget, clock.now());
      for (const death of deaths) enqueue(op, pod, tracked, death);
      if (!view.disrupted || op === 'delete' || follower.begin(pod, container, tracked)) continue;
      log.warn({ cluster, namespace: pod.namespace, pod: pod.name }, 'too many logs are being followed');
    }
    if (op === 'delete' || op === 'vanished') onPodGone(view.uid);
  }

  return {
    onPod,
    onPodGone,
    get pending() {
      return queue.waiting + queue.running + inFlight.size;
    },
    async close() {
      closing.abort();
      follower.close();
      await queue.close();
      await Promise.all(inFlight);
      pods.clear();
    },
  };
}

const OFTEN = 'the container dies more often than its logs may be asked for';
const CROWDED = 'too many deaths wait for their logs';

interface RunContext {
  readonly deps: LogCatcherDeps;
  readonly follower: Follower;
  readonly writer: LogWriter;
  readonly signal: AbortSignal;
}

async function runTask({ deps, follower, writer, signal }: RunContext, task: CatchTask): Promise<void> {
  const { pod, tracked, death } = task;
  try {
    let outcome = await catchLog(deps, task, signal);
    const { follow } = tracked;
    if (follow && (follow.containerId === death.containerId || death.containerId === '')) {
      if (outcome && outcome.status !== 'caught') {
        outcome = (await follower.outcomeOf(follow, death.finishedAt)) ?? outcome;
      }
      follower.release(tracked);
    }
    if (outcome && !signal.aborted) await writer.write(pod, death, outcome);
  } catch (error) {
    deps.log.error({ cluster: deps.options.cluster, reason: messageOf(error) }, 'a log could not be caught');
    await writer.write(pod, death, without('gone', 'the agent failed while it read the log'));
  } finally {
    pod.pending -= 1;
    if (pod.gone) follower.releaseAnswered(pod);
  }
}

/** For a pod that went without a word on how its followed containers ended. */
async function writeFollowed(context: RunContext, pod: TrackedPod, tracked: TrackedContainer): Promise<void> {
  const { follow, view } = tracked;
  if (!follow) return;
  const outcome = await context.follower.outcomeOf(follow, null);
  context.follower.release(tracked);
  if (!outcome || context.signal.aborted) return;
  const { ordinal, containerId, startedAt } = follow;
  const deceased = { container: view.name, kind: view.kind, ordinal, containerId, startedAt, finishedAt: null };
  await context.writer.write(pod, deceased, outcome);
}
