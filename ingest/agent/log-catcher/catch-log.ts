import type { Clock } from '../../../platform/clock.ts';
import type { KubeTransport } from '../kube-transport.ts';
import type { Redact } from '../redact.ts';
import { askForLog, type AskOptions, type LogAnswer } from './ask.ts';
import { judgeLog, without, type Judged, type Outcome } from './log-text.ts';
import { nextStatus, placeOf, successorStart, type TrackedContainer, type TrackedPod } from './pod-tracker.ts';
import type { Death, Place } from './pod-view.ts';

export interface CatchOptions extends AskOptions {
  /** How long one call may take. */
  readonly timeoutMs: number;
  /** For how long refusals that may pass (5xx, 400, no connection) are tried again. */
  readonly retryForMs: number;
  /** How long to wait for news of a restart where a log could also be a newborn instance's. */
  readonly settleMs: number;
}

export interface CatchTask {
  readonly pod: TrackedPod;
  readonly tracked: TrackedContainer;
  readonly death: Death;
  readonly generation: number;
}

export interface CatchDeps {
  readonly transport: KubeTransport;
  readonly clock: Clock;
  readonly redact: Redact;
  readonly options: CatchOptions;
}

const FIRST_RETRY_MS = 250;
const SILENCE_MS = 1000;
const REPLACED = 'newer instances of the container have taken its place';
const CHANGED = 'the container was started again while its log was read';

const transient = (answer: LogAnswer): boolean =>
  answer.kind === 'broken'
    ? !answer.timeout
    : answer.kind === 'status' && (answer.status === 400 || answer.status === 429 || answer.status >= 500);

function refusal({ status, message }: Extract<LogAnswer, { kind: 'status' }>, redact: Redact): Outcome {
  const detail = redact(`the API server answered ${status}: ${message}`).text;
  if (status === 401 || status === 403) return without('denied', detail);
  return without(status === 429 || status >= 500 ? 'timeout' : 'gone', detail);
}

/**
 * Gets the log of one dead instance. While it is terminated or waits the log is asked for with previous=false, once its
 * container runs again with previous=true. Lines from before the second of its end can be nobody else's; for others the
 * newest status must say that the place was still right after the answer, or that the next instance began in a later second
 * than the newest line: a kubelet serves a newborn's log seconds before its status says that it runs. An empty log is asked
 * for twice. On a mismatch the other place is tried once. What comes from another instance is never kept. Resolves to null when aborted.
 */
export async function catchLog(deps: CatchDeps, task: CatchTask, signal: AbortSignal): Promise<Outcome | null> {
  const { clock, options } = deps;
  const giveUpAt = clock.now() + options.retryForMs;
  let forced: Place | null = null;
  let retryMs = FIRST_RETRY_MS;
  const where = () => placeOf(task.tracked, task.death, task.generation);
  for (;;) {
    const known = where();
    if (known === null) return forced ? without('mismatch', CHANGED) : without('gone', REPLACED);
    const place: Place = forced ?? known;
    const answer = await askTwiceIfEmpty(deps, task, place, { signal, moved: () => where() !== known });
    if (signal.aborted) return null;
    const partial = answer.kind === 'broken' && answer.tail.bytes.length > 0;
    if (transient(answer) && clock.now() + retryMs <= giveUpAt) {
      await clock.sleep(retryMs, signal);
      if (signal.aborted) return null;
      retryMs *= 2;
      continue;
    }
    if (answer.kind === 'status') return refusal(answer, deps.redact);
    if (answer.kind === 'broken' && !partial) return without('timeout', deps.redact(answer.message).text);
    const judged = judge(deps, task, answer);
    if (judged.status === 'caught' && !judged.ambiguous) return judged;
    if (judged.ambiguous) {
      await waitWhile(deps, task, options.settleMs, () => where() === known && mayRestart(task, place), signal);
    }
    if (signal.aborted) return null;
    const changed = where() !== known;
    if (!changed && judged.status !== 'mismatch') return judged;
    if (judged.status === 'caught' && olderThanSuccessor(task, judged)) return judged;
    if (forced) return without('mismatch', changed ? CHANGED : judged.detail);
    forced = changed ? where() : place === 'current' ? 'previous' : 'current';
    if (forced === null) return without('mismatch', CHANGED);
  }
}

const ask = ({ transport, clock, options }: CatchDeps, { pod, death }: CatchTask, place: Place, signal: AbortSignal) =>
  askForLog(
    { transport, clock, options },
    {
      namespace: pod.namespace,
      pod: pod.name,
      container: death.container,
      previous: place === 'previous',
      follow: false,
    },
    { timeoutMs: options.timeoutMs, signal },
  );

/** A runtime under load writes a container's last lines a little after its end: silence is believed when it lasts. */
async function askTwiceIfEmpty(
  deps: CatchDeps,
  task: CatchTask,
  place: Place,
  { signal, moved }: { signal: AbortSignal; moved: () => boolean },
): Promise<LogAnswer> {
  const answer = await ask(deps, task, place, signal);
  if (answer.kind !== 'body' || answer.tail.bytes.length > 0) return answer;
  await waitWhile(deps, task, SILENCE_MS, () => !moved(), signal);
  if (moved() || task.pod.gone || signal.aborted) return answer;
  const again = await ask(deps, task, place, signal);
  return again.kind === 'body' ? again : answer;
}

/** Lines from before the second in which the next instance began cannot be that one's. */
function olderThanSuccessor({ tracked, death, generation }: CatchTask, { latest }: Judged): boolean {
  const began = successorStart(tracked, death, generation);
  return began !== null && latest > -Infinity && latest < began;
}

/**
 * Waits, at most `ms`, until a status has come after which `open` does not hold, or the pod is gone. Ends the moment that
 * it comes: once the next instance runs, the dead one's log may be gone for good a second later.
 */
async function waitWhile(
  { clock }: CatchDeps,
  { pod, tracked }: CatchTask,
  ms: number,
  open: () => boolean,
  signal: AbortSignal,
): Promise<void> {
  const giveUpAt = clock.now() + ms;
  while (open() && !pod.gone && clock.now() < giveUpAt && !signal.aborted) {
    await nextStatus(tracked, giveUpAt - clock.now(), clock, signal);
  }
}

const mayRestart = ({ pod, tracked }: CatchTask, place: Place): boolean =>
  place === 'current' && !pod.gone && !tracked.view.restsAfterDeath;

function judge(
  { redact, options }: CatchDeps,
  { death }: CatchTask,
  answer: Exclude<LogAnswer, { kind: 'status' }>,
): Judged {
  const judged = judgeLog(answer.tail, death, { redact, tailLines: options.tailLines });
  const whole = answer.kind === 'body' && answer.complete;
  if (whole || judged.status !== 'caught') return judged;
  return { ...judged, truncated: true, detail: 'the log could not be read to its end' };
}
