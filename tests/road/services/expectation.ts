import type { Cause, OutageKind, ServiceState } from '../../../schemas/outages.ts';
import type { ExceptionRow } from '../../../schemas/exceptions.ts';
import type { RolloutOutcome, RolloutRow } from '../../../schemas/rollouts.ts';
import type { Step } from './cluster-view.ts';
import { intervalOf, intervalsOf, rolloutsOf, servicesOf } from './found.ts';
import type { Interval, Rollout } from './found.ts';
import type { Span } from './stage.ts';
import { downtimeProblems, lossProblems, truthProblems } from './truth.ts';

export interface ExpectedCause {
  readonly cause: Cause;
  readonly planned: boolean;
  readonly sentence: RegExp;
}

/** What an interval must say; absent fields are not looked at. */
export interface ExpectedInterval extends ExpectedCause {
  readonly kind: OutageKind;
  readonly port?: string;
  /** Which of the expected rollouts has caused it; absent: none. */
  readonly rollout?: number;
  /** Deaths and stuck spells that its evidence names, each by its reason. */
  readonly evidence?: readonly ExceptionRow['reason'][];
  readonly node?: string;
  readonly lasts?: true;
}

export interface ExpectedRollout {
  readonly kind: RolloutRow['kind'];
  readonly outcome: RolloutOutcome;
  readonly reason?: RegExp;
  readonly changed?: readonly string[];
  readonly images?: Readonly<Record<string, string>>;
  /** Which of the expected rollouts it goes back to, and which came before it was over. */
  readonly back?: number;
  readonly next?: number;
  readonly failed?: boolean;
  readonly lasts?: true;
}

/** What Tidemark must tell of one service, and of the workload behind it. */
export interface Expectation {
  readonly service: string;
  readonly type?: string;
  readonly state?: ServiceState;
  readonly wanted: number;
  /** All but the degraded ones, oldest first. */
  readonly intervals: readonly ExpectedInterval[];
  /**
   * What each degraded one says, one or the other: how many there are depends on how the controllers gather changes. Absent: there
   * are none.
   */
  readonly degraded?: readonly ExpectedCause[];
  readonly ports?: readonly string[];
  readonly workload?: string;
  readonly rollouts?: readonly ExpectedRollout[];
}

/** What really happened, as the API server showed it. `commands`: those that began the rollouts, in their order. */
export interface Truth {
  readonly steps: readonly Step[];
  readonly commands: readonly Span[];
  /** When the service was really lost, where that was before its endpoints showed it. */
  readonly lost?: Span | undefined;
}

type Check = (what: string, found: unknown, expected: unknown) => void;

function collect(): { problems: string[]; check: Check } {
  const problems: string[] = [];
  const check: Check = (what, found, expected) => {
    const fits =
      expected instanceof RegExp
        ? typeof found === 'string' && expected.test(found)
        : JSON.stringify(found) === JSON.stringify(expected);
    const wanted = expected instanceof RegExp ? String(expected) : JSON.stringify(expected);
    if (!fits) problems.push(`${what}: ${JSON.stringify(found)} instead of ${wanted}`);
  };
  return { problems, check };
}

/** Says what is missing, wrong or outside of its bounds; empty where all is as it was. */
export async function problemsOf(
  api: string,
  namespace: string,
  expected: Expectation,
  truth: Truth,
): Promise<string[]> {
  const { problems, check } = collect();
  const { service, state = 'up', type = 'ClusterIP', wanted, workload = 'web' } = expected;
  const found = (await servicesOf(api, namespace)).find((one) => one.service === service);
  if (!found) return [`there is no service ${service}`];
  check('state', found.state, state);
  check('type', found.type, type);
  check('wanted', found.wanted, wanted);
  check('ready', found.ready, truth.steps.at(-1)?.ready);

  const rollouts = await rolloutsOf(api, namespace, workload);
  const intervals = await intervalsOf(api, namespace, service);
  const told = intervals.filter((one) => !isScaledAway(one, intervals));
  const degraded = told.filter(({ kind }) => kind === 'degraded');
  const others = told.filter(({ kind }) => kind !== 'degraded');
  check(
    'intervals',
    others.map(({ kind }) => kind),
    expected.intervals.map(({ kind }) => kind),
  );
  for (const [index, one] of others.entries()) {
    const as = expected.intervals[index];
    if (as) problems.push(...(await intervalProblems(api, `${one.kind} ${index}`, one, as, rollouts)));
  }
  for (const one of degraded) {
    if (!expected.degraded?.some((as) => saysSo(one, as))) problems.push(`unexpected ${wordsOf(one)}`);
  }
  if (expected.rollouts) problems.push(...rolloutProblems(rollouts, expected.rollouts, truth.commands));
  const about = { wanted, degraded: expected.degraded !== undefined, ports: expected.ports };
  problems.push(...truthProblems(intervals, truth.steps, about));
  if (truth.lost) problems.push(...lossProblems(others[0], truth.lost));
  if (expected.intervals.every(({ kind }) => kind !== 'off')) {
    problems.push(...downtimeProblems(found.downtime, truth.steps));
  }
  return problems.length === 0 ? [] : [...problems, ...intervals.map((one) => `found ${wordsOf(one)}`)];
}

/**
 * The watches of slices and workloads race: what is seen a moment before `off` is of the same action. `off` reaches back over a
 * `down`; a degraded moment may have ended, as the workload was heard of, before the last endpoint went, and has the same words.
 */
const isScaledAway = (one: Interval, all: readonly Interval[]): boolean =>
  (one.kind === 'down' || one.kind === 'degraded') &&
  one.cause === 'scale-down' &&
  one.planned &&
  all.some(
    (off) =>
      off.kind === 'off' &&
      (off.started_at <= one.started_at || (one.kind === 'degraded' && one.sentence === off.sentence)) &&
      one.ended_at !== null &&
      one.ended_at <= off.started_latest,
  );

const wordsOf = ({ kind, cause, planned, sentence, ...times }: Interval): string => {
  const begun = `${times.started_earliest} ${times.started_at} ${times.started_latest}`;
  const ended = `${times.ended_earliest} ${times.ended_at} ${times.ended_latest}`;
  return `${kind} by ${cause}${planned ? ', planned' : ''}: ${sentence} [${begun} | ${ended}]`;
};

function saysSo(found: Interval, expected: ExpectedCause): boolean {
  const { problems, check } = collect();
  checkCause(check, '', found, expected);
  return problems.length === 0;
}

function checkCause(check: Check, name: string, found: Interval, expected: ExpectedCause): void {
  check(`${name} cause`, found.cause, expected.cause);
  check(`${name} planned`, found.planned, expected.planned);
  check(`${name} sentence`, found.sentence, expected.sentence);
  check(`${name} blip`, found.blip, false);
}

async function intervalProblems(
  api: string,
  name: string,
  found: Interval,
  expected: ExpectedInterval,
  rollouts: readonly Rollout[],
): Promise<string[]> {
  const { problems, check } = collect();
  checkCause(check, name, found, expected);
  check(`${name} port`, found.port, expected.port ?? '');
  check(`${name} lasts`, found.ended_at === null, expected.lasts ?? false);
  if (expected.node !== undefined) check(`${name} node`, found.node, expected.node);
  const { caused_by: causedBy, deaths } = await intervalOf(api, found.id);
  const rollout = expected.rollout === undefined ? undefined : rollouts[expected.rollout]?.id;
  check(`${name} rollout`, found.rollout, rollout ?? '');
  check(`${name} caused_by`, causedBy?.id, rollout);
  const evidence = [...new Set(deaths.map(({ reason }) => reason))].sort();
  check(`${name} evidence`, evidence, [...(expected.evidence ?? [])].sort());
  return problems;
}

function rolloutProblems(
  found: readonly Rollout[],
  expected: readonly ExpectedRollout[],
  commands: readonly Span[],
): string[] {
  const { problems, check } = collect();
  check(
    'rollouts',
    found.map(({ kind }) => kind),
    expected.map(({ kind }) => kind),
  );
  const idOf = (index: number | undefined) => (index === undefined ? '' : found[index]?.id);
  for (const [index, one] of found.entries()) {
    const as = expected[index];
    if (!as) continue;
    const name = `rollout ${index}`;
    check(`${name} outcome`, one.outcome, as.outcome);
    check(`${name} reason`, one.reason, as.reason ?? '');
    check(`${name} lasts`, one.finished_at === null, as.lasts ?? false);
    check(`${name} failed`, one.failed_at !== null, as.failed ?? as.outcome === 'failed');
    check(`${name} goes back to`, one.goes_back_to, idOf(as.back));
    check(`${name} superseded by`, one.superseded_by, idOf(as.next));
    if (as.changed) check(`${name} changed`, one.changed, as.changed);
    if (as.images) check(`${name} images`, one.images_after, as.images);
    problems.push(...beginningProblems(name, one, commands[index]));
  }
  return problems;
}

/** Who began it writes whole seconds. */
const SECOND_MS = 1000;

function beginningProblems(name: string, found: Rollout, command: Span | undefined): string[] {
  if (!command) return [];
  const [earliest, at, seen] = [found.started_earliest, found.started_at, found.observed_at].map((time) =>
    Date.parse(time),
  ) as [number, number, number];
  const said = `${found.started_earliest} .. ${found.started_at}, seen ${found.observed_at}`;
  const problems: string[] = [];
  if (!(earliest <= at && at <= seen)) problems.push(`${name}: out of order: ${said}`);
  if (earliest > command.to) problems.push(`${name}: began by ${new Date(command.to).toISOString()}, found ${said}`);
  if (at <= command.from - SECOND_MS || seen < command.from) {
    problems.push(`${name}: began after ${new Date(command.from).toISOString()}, found ${said}`);
  }
  return problems;
}
