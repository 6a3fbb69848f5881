import type { RunItem } from './runs-api.ts';

const PLAIN = /^[\w.,:/@%+=-]+$/;

/** A word as POSIX shells take it; one that only names something stands as it is. */
export const shellWord = (text: string): string => (PLAIN.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`);

type About = Pick<RunItem, 'clusters' | 'namespaces' | 'workloads'>;

const options = (name: string, values: readonly string[]): string[] =>
  values.map((value) => `--${name} ${shellWord(value)}`);

/** A name that begins with a dash would be taken for an option. */
const named = (name: string): string => (name.startsWith('-') ? `-- ${shellWord(name)}` : shellWord(name));

/** Begins a run of this name about the same. */
export const startCommand = (name: string, { clusters, namespaces, workloads }: About): string =>
  [
    'tidemark run start',
    ...options('cluster', clusters),
    ...options('namespace', namespaces),
    ...options('workload', workloads),
    named(name),
  ].join(' ');

export const stopCommand = (name: string): string => `tidemark run stop ${named(name)}`;

/** Holds a run against thresholds, which are named as the API names them. */
export const checkCommand = (name: string, thresholds: Readonly<Record<string, number>>, baseline: string): string =>
  [
    `tidemark check --run=${shellWord(name)}`,
    ...(baseline === '' ? [] : [`--baseline=${shellWord(baseline)}`]),
    ...Object.entries(thresholds).map(([key, value]) => `--${key.replaceAll('_', '-')} ${value}`),
    '--wait-imports 180',
    '--junit report.xml',
  ].join(' ');

/** What a pipeline runs, before and after what it measures. */
export const pipelineCommands = (
  name: string,
  about: About,
  check: { thresholds: Readonly<Record<string, number>>; baseline: string },
): string =>
  [startCommand(name, about), '# …', stopCommand(name), checkCommand(name, check.thresholds, check.baseline)].join(
    '\n',
  );
