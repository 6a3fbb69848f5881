import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { realClock, toTime, type Clock } from '../platform/clock.ts';
import { AppError, messageOf } from '../platform/errors.ts';
import type { RunCheck } from '../schemas/api/run-comparisons.ts';
import { plainLine, tellCheck, tellLine, tellRunCheck } from './check-text.ts';
import { readClientTarget } from './client-config.ts';
import { createClient, type Client, type Query } from './client.ts';
import type { Command } from './command.ts';
import { casesOf, toJunit, type JunitCase } from './junit.ts';

const help = `
tidemark check --run NAME | --since 2h|2026-11-22T14:58:00Z [options]

Asks the API whether a run, or the time since, was good: exits 0 where it was, 1 on new failures, outages or breached
thresholds, 2 where it could not be asked. What is not imported or was not watched is unknown, which is not good.

  --run NAME               the run, by name or id
  --since 2h               without a run: that long up to now (s, m, h, d), or from an instant as RFC 3339 has it
  --cluster, --namespace, --workload NAME    with --since, each as often as needed; * in the last two
  --baseline NAME          a run: only what is worse than it fails
  --wait-imports SECONDS   wait so long at most until all is imported and watched (0)
  --max-new-exceptions N   exceptions of groups that were not there before (0)
  --max-oom-kills N        (0)
  --max-outages N          neither planned nor announced (0)
  --max-downtime-s N       seconds, neither planned nor announced
  --max-failed-rollouts N  (0)
  --max-unfinished-rollouts N    that were still going on at the end (0)
  --max-memory-ratio N     a workload's maximum / limit: 0.9
  --max-cpu-ratio N        the same of CPU
  --max-throttled N        average share of CPU periods, 0 to 1
  --min-complete N         share of the range that is imported (0.95); 0 needs none
  --min-watched N          share of the range that was watched (1); 0 needs none
  --junit FILE             write the checks as JUnit XML too
  --json                   print the API's answer instead of the summary
  --url URL                of the API (TIDEMARK_URL, client.url, http://127.0.0.1:8080)
`;

const NUMBERS = [
  'max-new-exceptions',
  'max-oom-kills',
  'max-outages',
  'max-downtime-s',
  'max-failed-rollouts',
  'max-unfinished-rollouts',
  'max-memory-ratio',
  'max-cpu-ratio',
  'max-throttled',
  'min-complete',
  'min-watched',
] as const;
const LISTS = ['cluster', 'namespace', 'workload'] as const;
const TEXTS = ['run', 'since', 'baseline', 'wait-imports', 'junit', 'url'] as const;

type Options = Partial<Record<(typeof NUMBERS)[number] | (typeof TEXTS)[number], string>> &
  Partial<Record<(typeof LISTS)[number], string[]>> & { json?: boolean };

const wrong = (message: string, cause?: unknown) =>
  new AppError('config_invalid', `${message} (see --help)`, { cause });

function parse(args: readonly string[]): Options {
  const text = { type: 'string' } as const;
  const options = {
    ...Object.fromEntries([...NUMBERS, ...TEXTS].map((name) => [name, text])),
    ...Object.fromEntries(LISTS.map((name) => [name, { ...text, multiple: true }])),
    json: { type: 'boolean' } as const,
  };
  try {
    return parseArgs({ args: [...args], options, strict: true, allowPositionals: false }).values;
  } catch (error) {
    throw wrong(messageOf(error), error);
  }
}

function numberOf(options: Options, name: (typeof NUMBERS)[number] | 'wait-imports'): number | undefined {
  const given = options[name];
  if (given === undefined) return undefined;
  if (/^\d+(\.\d+)?$/.test(given)) return Number(given);
  throw wrong(`--${name} takes a number, not below 0`);
}

const UNITS_MS: Readonly<Record<string, number>> = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** The instant that --since names, as the wire has it. Throws AppError `config_invalid`. */
export function sinceOf(given: string, nowMs: number): string {
  const [, count, unit = ''] = /^(\d{1,9}(?:\.\d+)?)([smhd])$/.exec(given) ?? [];
  const ms =
    count === undefined
      ? /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)$/.test(given)
        ? Date.parse(given)
        : Number.NaN
      : nowMs - Number(count) * (UNITS_MS[unit] ?? Number.NaN);
  if (Number.isNaN(ms) || ms < 0 || ms >= nowMs) {
    throw wrong(
      '--since takes a time such as 90s, 30m, 2h or 1d, or an instant such as 2026-11-22T14:58:00Z, in the past',
    );
  }
  return toTime(ms);
}

/** What is asked. The range of --since ends at one instant, however long is waited. */
function questionOf(options: Options, nowMs: number): { path: string[]; query: Query } {
  const thresholds = Object.fromEntries(NUMBERS.map((name) => [name.replaceAll('-', '_'), numberOf(options, name)]));
  const query = { ...thresholds, ...(options.baseline === undefined ? {} : { baseline: options.baseline }) };
  if ((options.run === undefined) === (options.since === undefined)) throw wrong('one of --run and --since is needed');
  if (options.run !== undefined) {
    const named = LISTS.find((name) => options[name]);
    if (named) throw wrong(`--${named} goes with --since: the run says what it is about`);
    return { path: ['runs', options.run, 'check'], query };
  }
  const range = { from: sinceOf(options.since ?? '', nowMs), to: toTime(nowMs) };
  return {
    path: ['check'],
    query: { ...query, ...range, ...Object.fromEntries(LISTS.map((name) => [name, options[name]])) },
  };
}

const POLL_MS = 5000;
/** Agents are heard of every few seconds: a range that ends now is watched to its end a moment later. */
const HEARD_WITHIN_MS = 60_000;
const isKnown = ({ checks }: RunCheck): boolean =>
  checks.every(({ name, ok }) => ok || (name !== 'complete' && name !== 'watched'));

/** Whether no more than the last moments are not watched yet. */
function isAlmostWatched({ checks, hours }: RunCheck): boolean {
  const watched = checks.find(({ name, ok }) => name === 'watched' && !ok);
  return watched !== undefined && (1 - (watched.found ?? 0)) * hours * 3_600_000 <= HEARD_WITHIN_MS;
}

/**
 * Asks until all is imported and watched that is asked for, or the time is up; for the last moments to be watched a minute at least.
 * What cannot be asked for a moment is asked again.
 */
export async function askUntilKnown(
  ask: () => Promise<RunCheck>,
  { clock, waitMs }: { clock: Clock; waitMs: number },
): Promise<RunCheck> {
  const begunMs = clock.now();
  for (;;) {
    let leftMs = begunMs + waitMs - clock.now();
    try {
      const found = await ask();
      if (isAlmostWatched(found)) leftMs = begunMs + Math.max(waitMs, HEARD_WITHIN_MS) - clock.now();
      if (isKnown(found) || leftMs <= 0) return found;
    } catch (error) {
      if (leftMs <= 0 || !(error instanceof AppError && error.retryable)) throw error;
    }
    await clock.sleep(Math.min(POLL_MS, leftMs));
  }
}

function writeJunit(
  options: Options,
  client: Client | null,
  startedMs: number,
  cases: readonly JunitCase[],
  more = {},
): void {
  if (options.junit === undefined) return;
  const xml = toJunit({
    name: options.run ?? `since ${options.since ?? ''}`,
    at: new Date(startedMs),
    seconds: (Date.now() - startedMs) / 1000,
    properties: { ...(client ? { url: client.pageUrl('/') } : {}), ...more },
    cases,
  });
  try {
    writeFileSync(options.junit, xml);
  } catch (error) {
    throw new AppError('config_invalid', `${options.junit} cannot be written: ${messageOf(error)}`, { cause: error });
  }
}

async function runCheck(options: Options, startedMs: number): Promise<number> {
  const question = questionOf(options, startedMs);
  const waitMs = (numberOf(options, 'wait-imports') ?? 0) * 1000;
  const client = createClient(readClientTarget(options.url));
  try {
    const ask = () => client.ask<RunCheck>('GET', question.path, { query: question.query });
    const found = await askUntilKnown(ask, { clock: realClock, waitMs });
    const cases = casesOf(found, tellCheck, tellLine(client.pageUrl));
    writeJunit(options, client, startedMs, cases, { from: found.from, to: found.to });
    process.stdout.write(options.json ? `${JSON.stringify(found, null, 2)}\n` : tellRunCheck(found, client.pageUrl));
    return found.ok ? 0 : 1;
  } finally {
    await client.close();
  }
}

export const check: Command = {
  help,
  async run(args) {
    const startedMs = Date.now();
    let options: Options = {};
    try {
      options = parse(args);
      return await runCheck(options, startedMs);
    } catch (error) {
      // Whatever went wrong: 1 would say that failures were found.
      const message = plainLine(messageOf(error));
      process.stderr.write(`tidemark check: ${message}\n`);
      try {
        const problem = { kind: 'error', message, lines: [] } as const;
        writeJunit(options, null, startedMs, [{ name: 'asked', problem }]);
      } catch (failure) {
        process.stderr.write(`tidemark check: ${plainLine(messageOf(failure))}\n`);
      }
      return 2;
    }
  },
};
