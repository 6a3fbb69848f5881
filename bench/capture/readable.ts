import { realClock } from '../../platform/clock.ts';
import { get } from '../../tests/road/rows.ts';
import { NAMESPACE, type DeathMade } from './deaths.ts';

// When a death's row can be read: the list of exceptions is asked for again and again, from the last row read on. Rows come in
// the order in which the agent saw their deaths.

const POLL_MS = 50;
const PATIENCE_MS = 60_000;
const FILTER = `namespace=${NAMESPACE}&type=death&verdict=reported,suppressed`;

interface Row {
  readonly pod: string;
  readonly ordinal: number;
  readonly observed_at: string;
}

const keyOf = ({ pod, ordinal }: { pod: string; ordinal: number }): string => `${pod}/${ordinal}`;

export interface Reader {
  /** Counts the time until the row of `death` is read. */
  expect(death: DeathMade): void;
  /** Milliseconds from each death to its row, once every row expected has been read. Throws when some never come. */
  delays(): Promise<number[]>;
}

export function createReader(api: string): Reader {
  const waiting = new Map<string, DeathMade>();
  let delays: number[] = [];
  let from = new Date().toISOString();

  async function poll(): Promise<void> {
    const query = `${FILTER}&sort=observed_at&order=asc&limit=500&from=${from}`;
    const { items } = await get<{ items: Row[] }>(`${api}/api/v1/exceptions?${query}`);
    const now = Date.now();
    from = items.at(-1)?.observed_at ?? from;
    for (const item of items) {
      const death = waiting.get(keyOf(item));
      if (!death) continue;
      waiting.delete(keyOf(item));
      delays.push(now - death.at);
    }
  }

  let polling: Promise<void> | null = null;
  async function pollOn(): Promise<void> {
    while (waiting.size > 0) {
      await poll();
      const oldest = waiting.values().next().value;
      if (oldest && Date.now() - oldest.at > PATIENCE_MS)
        throw new Error(`${waiting.size} deaths cannot be read, the first is ${keyOf(oldest)}`);
      if (oldest) await realClock.sleep(POLL_MS);
    }
    polling = null;
  }

  return {
    expect(death) {
      waiting.set(keyOf(death), death);
      polling ??= pollOn();
      polling.catch(() => undefined);
    },
    async delays() {
      await polling;
      const found = delays;
      delays = [];
      return found;
    },
  };
}
