import { stripVTControlCharacters } from 'node:util';
import type { CheckItem, CheckName, RunCheck } from '../schemas/api/run-comparisons.ts';

/** Text of others, as it may stand on a line of a terminal. */
export const plainLine = (text: string): string =>
  stripVTControlCharacters(text).replaceAll(/[\p{Cc}\p{Cf}\u2028\u2029]+/gu, ' ');

const NAMES: Readonly<Record<CheckName, string>> = {
  found: 'names found',
  watched: 'watched',
  complete: 'imported',
  new_exceptions: 'new exceptions',
  oom_kills: 'OOM kills',
  outages: 'unplanned outages',
  downtime_s: 'unplanned downtime',
  failed_rollouts: 'failed rollouts',
  unfinished_rollouts: 'unfinished rollouts',
  memory_ratio: 'memory / limit',
  cpu_ratio: 'CPU / limit',
  throttled: 'CPU throttled',
};
const SHARES: ReadonlySet<CheckName> = new Set([
  'found',
  'watched',
  'complete',
  'memory_ratio',
  'cpu_ratio',
  'throttled',
]);
const LEAST: ReadonlySet<CheckName> = new Set(['found', 'watched', 'complete']);

/** A figure in the unit of its check. What is just short of a whole percent is not rounded up to it. */
function figure(name: CheckName, value: number | null): string {
  if (value === null) return 'not known';
  if (SHARES.has(name)) return `${Number((Math.floor(value * 10_000 + 1e-6) / 100).toFixed(2))} %`;
  return name === 'downtime_s' ? `${Number(value.toFixed(1))} s` : String(value);
}

/** A check in one line: what was found, and the threshold. */
export function tellCheck({ name, limit, found, baseline }: CheckItem): string {
  const bound = `at ${LEAST.has(name) ? 'least' : 'most'} ${figure(name, limit)}`;
  const before = baseline === null ? '' : `; baseline ${figure(name, baseline)}`;
  return `${NAMES[name]}: ${figure(name, found)} (${bound}${before})`;
}

/** What there is to say about a check in one line. */
export const tellLine =
  (pageUrl: (path: string) => string) =>
  ({ text, link }: CheckItem['what'][number]): string =>
    plainLine(text) + (link === null ? '' : `  ${pageUrl(link)}`);

/** A check for people. */
export function tellRunCheck(check: RunCheck, pageUrl: (path: string) => string): string {
  const { run, baseline, from, to } = check;
  const what = run ? `Run ${plainLine(run.name)}` : 'Range';
  const lines = [
    `${what}, ${from} to ${to}${check.going_on ? ', which goes on' : ''}${baseline ? `, against ${plainLine(baseline.name)}` : ''}`,
    ...(check.whole ? [] : ['Only what this token may see was looked at: that is not all, and fails.']),
    ...check.checks.flatMap((one) => [
      `${one.ok ? '  ok    ' : '  FAILED'}  ${tellCheck(one)}`,
      ...(one.ok ? [] : one.what.map((line) => `            ${tellLine(pageUrl)(line)}`)),
    ]),
    check.ok ? 'Fine.' : `${check.checks.filter(({ ok }) => !ok).length} of ${check.checks.length} checks failed.`,
  ];
  return `${lines.join('\n')}\n`;
}
