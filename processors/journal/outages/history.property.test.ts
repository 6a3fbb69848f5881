import { expect, test } from 'vitest';
import { firstSeed, limitMs, runs } from '../../../tests/soak.ts';
import { seeded } from '../testing/turns.ts';
import { downtimeOf, isKnowable } from './oracle-downtime.ts';
import { expectedRows } from './oracle.ts';
import type { History } from './random-history.ts';
import { randomHistory } from './random-history.ts';
import { made, madeAgain } from './random-history-runs.ts';
import type { Made } from './random-history-runs.ts';

const HISTORIES = 10_000;
/** As many as a soak of some minutes makes. */
const MOST_HISTORIES = 200_000;
/** Of so many one is also run with every entry twice and with restarts. */
const RUN_AGAIN = 10;
/** That a service is deleted and what becomes of its endpoints is seen by two watches, each within a second. */
const RACE_MS = 1000;

const sorted = (rows: readonly object[]): string =>
  rows
    .map((row) => JSON.stringify(row))
    .sort()
    .join('\n');
const allOf = ({ outages, services, endpoints }: Made): string =>
  [outages, services, endpoints].map(sorted).join('\n\n');

/** Rows with the columns that the oracle knows, in its order. */
function likeThose(rows: readonly object[], expected: readonly object[]): object[] {
  const columns = Object.keys(expected[0] ?? {});
  const named = rows as readonly Record<string, unknown>[];
  return named.map((row) => Object.fromEntries(columns.map((column) => [column, row[column]])));
}

function isAsExpected({ entries, options }: History, { outages, services }: Made): boolean {
  const expected = expectedRows(entries, options);
  return (
    sorted(likeThose(outages, expected.outages)) === sorted(expected.outages) &&
    sorted(likeThose(services, expected.services)) === sorted(expected.services)
  );
}

interface Tally {
  lives: number;
  unknowable: number;
  down: number;
}

/** Services whose true downtime is not between the best and the worst that the rows say, each with its three figures. */
function beyondBounds(history: History, rows: Made, tally: Tally): string[] {
  return rows.services.flatMap((service) => {
    const downtime = downtimeOf(history, rows, service);
    if (!downtime) return [];
    tally.lives++;
    if (!isKnowable(history, service)) {
      tally.unknowable++;
      return [];
    }
    const { best, truth, worst } = downtime;
    if (truth > 0) tally.down++;
    const raceMs = service.deleted_at === null ? 0 : RACE_MS;
    return best > truth + raceMs || truth > worst + raceMs ? [`${service.service_uid} ${best} ${truth} ${worst}`] : [];
  });
}

test(
  'random histories give the rows that the oracle expects, and bounds in which the true downtime lies',
  () => {
    const wrong: string[] = [];
    const beyond: string[] = [];
    const tally: Tally = { lives: 0, unknowable: 0, down: 0 };
    const first = firstSeed(1);
    const last = first + Math.min(runs(HISTORIES), MOST_HISTORIES) - 1;
    for (let seed = first; seed <= last; seed++) {
      const history = randomHistory(seeded(seed));
      const rows = made(history);
      if (!isAsExpected(history, rows)) wrong.push(`seed ${seed}: not as the oracle expects`);
      if (seed % RUN_AGAIN === 0 && allOf(madeAgain(history, seeded(seed))) !== allOf(rows)) {
        wrong.push(`seed ${seed}: not the same again`);
      }
      beyond.push(...beyondBounds(history, rows, tally).map((service) => `seed ${seed}: ${service}`));
    }
    expect(wrong).toEqual([]);
    expect(beyond).toEqual([]);
    expect(tally.down).toBeGreaterThan(tally.lives / 4);
    expect(tally.unknowable).toBeLessThan(tally.lives / 8);
  },
  limitMs(240_000),
);
