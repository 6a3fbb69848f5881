import type { Interval } from './found.ts';
import type { Step } from './cluster-view.ts';
import type { Span } from './stage.ts';

/** A stretch of time in which a service was in some way: the step that began it, and the one that ended it. */
interface Stretch {
  readonly start: Step;
  readonly end: Step | undefined;
}

const serves = ({ ready, serving }: Step): boolean => ready + serving > 0;

/** How each kind of interval shows in the endpoints. `wanted`: of one that is not scaled meanwhile. */
function isIn(kind: Interval['kind'], step: Step, { wanted, port }: { wanted: number; port: string }): boolean {
  if (kind === 'port') return step.ready > 0 && !step.ports.includes(port);
  if (kind === 'degraded') return serves(step) && step.ready < 0.7 * wanted;
  return !serves(step);
}

/** Each maximal stretch of steps for which `holds`, from when the service first had so many ready endpoints. */
function stretchesOf(steps: readonly Step[], least: number, holds: (step: Step) => boolean): Stretch[] {
  const first = steps.findIndex(({ ready }) => ready >= least);
  const lived = first < 0 ? [] : steps.slice(first);
  const stretches: Stretch[] = [];
  let start: Step | undefined;
  for (const step of lived) {
    if (holds(step)) start ??= step;
    else if (start) {
      stretches.push({ start, end: step });
      start = undefined;
    }
  }
  if (start) stretches.push({ start, end: undefined });
  return stretches;
}

/** Intervals of which one begins as the other ends are one stretch without a serving endpoint. */
function joined(intervals: readonly Interval[]): Interval[] {
  const all: Interval[] = [];
  for (const interval of intervals) {
    const last = all.at(-1);
    if (last?.ended_latest === interval.started_latest) {
      const { ended_at, ended_earliest, ended_latest } = interval;
      all[all.length - 1] = { ...last, ended_at, ended_earliest, ended_latest };
    } else all.push(interval);
  }
  return all;
}

const at = (ms: number): string => new Date(ms).toISOString();

function endProblems(what: string, step: Span, [earliest, best, latest]: readonly (string | null)[]): string[] {
  if (!earliest || !best || !latest) return [`${what}: came at ${at(step.to)}, not found`];
  const [first, likely, last] = [Date.parse(earliest), Date.parse(best), Date.parse(latest)];
  const said = `${earliest} .. ${best} .. ${latest}`;
  const problems: string[] = [];
  if (!(first <= likely && likely <= last)) problems.push(`${what}: out of order: ${said}`);
  if (first > step.to) problems.push(`${what}: came by ${at(step.to)}, found ${said}`);
  if (last < step.from) problems.push(`${what}: came after ${at(step.from)}, found ${said}`);
  return problems;
}

/**
 * Where the intervals of a service differ from what its endpoints were; empty where each has its stretch within its bounds.
 * `degraded`: whether such intervals are to be compared, which needs a service that is not scaled.
 */
export function truthProblems(
  intervals: readonly Interval[],
  steps: readonly Step[],
  { wanted, degraded, ports = [] }: { wanted: number; degraded: boolean; ports?: readonly string[] | undefined },
): string[] {
  const compare = (kind: Interval['kind'], found: readonly Interval[], port = ''): string[] => {
    const stretches = stretchesOf(steps, kind === 'degraded' ? wanted : 1, (step) =>
      isIn(kind, step, { wanted, port }),
    );
    const name = `${kind}${port && ` of ${port}`}`;
    const lists = `${found.length} intervals ${name}, ${stretches.length} stretches`;
    if (stretches.length !== found.length) return [lists];
    return stretches.flatMap(({ start, end }, index) => {
      const one = found[index];
      if (!one) return [];
      const { started_earliest, started_at, started_latest, ended_earliest, ended_at, ended_latest } = one;
      const begun = endProblems(`${name} began`, start, [started_earliest, started_at, started_latest]);
      if (!end) return ended_at === null ? begun : [...begun, `${name} has not ended`];
      return [...begun, ...endProblems(`${name} ended`, end, [ended_earliest, ended_at, ended_latest])];
    });
  };
  const of = (...kinds: Interval['kind'][]) => intervals.filter(({ kind }) => kinds.includes(kind));
  return [
    ...compare('down', joined(of('down', 'off'))),
    ...(degraded ? compare('degraded', of('degraded')) : []),
    ...ports.flatMap((port) =>
      compare(
        'port',
        of('port').filter((one) => one.port === port),
        port,
      ),
    ),
  ];
}

/** Where an interval cannot have begun when the service was lost. */
export function lossProblems(found: Interval | undefined, lost: Span): string[] {
  if (!found) return ['the loss was not found'];
  return endProblems('the loss', lost, [found.started_earliest, found.started_at, found.started_latest]);
}

/** Where a service's downtime, in seconds, lies outside of what the API calls its bounds. */
export function downtimeProblems(
  { best_s: best, worst_s: worst }: { readonly best_s: number; readonly worst_s: number },
  steps: readonly Step[],
): string[] {
  let [least, most] = [0, 0];
  for (const { start, end } of stretchesOf(steps, 1, (step) => !serves(step))) {
    if (!end) return [];
    least += Math.max(0, end.from - start.to) / 1000;
    most += (end.to - start.from) / 1000;
  }
  return best > most || worst < least ? [`downtime: ${best} .. ${worst} s, was ${least} .. ${most} s`] : [];
}
