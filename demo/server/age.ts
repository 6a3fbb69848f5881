const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

interface Step {
  readonly until: number;
  readonly unit: readonly [ms: number, letter: string];
  readonly rest?: readonly [ms: number, letter: string];
}

const LAST: Step = { until: Infinity, unit: [DAY, 'd'] };

/** Below `until` milliseconds an age is told in `unit`s and, where there is one and any are left, in `rest`s. */
const STEPS: readonly Step[] = [
  { until: 2 * MINUTE, unit: [SECOND, 's'] },
  { until: 10 * MINUTE, unit: [MINUTE, 'm'], rest: [SECOND, 's'] },
  { until: 3 * HOUR, unit: [MINUTE, 'm'] },
  { until: 8 * HOUR, unit: [HOUR, 'h'], rest: [MINUTE, 'm'] },
  { until: 2 * DAY, unit: [HOUR, 'h'] },
  { until: 8 * DAY, unit: [DAY, 'd'], rest: [HOUR, 'h'] },
];

/** A span in milliseconds as kubectl writes it: 90s, 4m10s, 5h3m, 3d. Under two years, as Kubernetes' HumanDuration. */
export function spanText(ms: number): string {
  if (Number.isNaN(ms)) return '<unknown>';
  const span = Math.max(0, ms);
  const { unit, rest } = STEPS.find(({ until }) => span < until) ?? LAST;
  const whole = `${Math.floor(span / unit[0])}${unit[1]}`;
  const left = rest ? Math.floor((span % unit[0]) / rest[0]) : 0;
  return rest && left > 0 ? `${whole}${left}${rest[1]}` : whole;
}
