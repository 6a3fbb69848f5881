import type { RunNew } from '../schemas/api/runs.ts';

const MINUTE_MS = 60_000;

/** Long enough to tell of, and both of one length. */
const LENGTH_MS = 45 * MINUTE_MS;
/** The story's newest release of checkout begins so long before the history ends. */
const RELEASE_AGO_MS = 52 * MINUTE_MS;

/** Two runs of checkout, before its newest release and over it, of a history that ends at `now` (milliseconds). */
export function demoRuns(now: number): RunNew[] {
  const after = Math.floor((now - RELEASE_AGO_MS) / MINUTE_MS - 2) * MINUTE_MS;
  const before = after - 60 * MINUTE_MS;
  const about = { clusters: ['prod-eu'], namespaces: ['shop'] };
  const range = (from: number) => ({
    from: new Date(from).toISOString(),
    to: new Date(from + LENGTH_MS).toISOString(),
  });
  return [
    { ...about, ...range(before), name: 'checkout-before', note: 'The hour before the release of checkout.' },
    { ...about, ...range(after), name: 'checkout-after', note: 'The same, over the release.' },
  ];
}

/** Names them at the API of a demo. What is refused, as where it asks for a token, is left out. */
export async function nameDemoRuns(url: string, now: number): Promise<void> {
  for (const run of demoRuns(now)) {
    await fetch(new URL('/api/v1/runs', url), {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(run),
    });
  }
}
