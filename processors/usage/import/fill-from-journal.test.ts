import { expect, test } from 'vitest';
import { seriesOf } from '../evaluate/testing/series-of.ts';
import { createWindow } from '../evaluate/window.ts';
import { fillFromJournal, type JournalPods, type PodSpan } from './journal-pods.ts';

const FROM = Date.UTC(2026, 2, 2, 1);
const MINUTE = 60_000;
const STEP = 30_000;
const LABELS = { namespace: 'namespace', pod: 'pod', container: '' };

const spanOf = (pod: string, of: Partial<PodSpan> = {}): PodSpan =>
  ({ namespace: 'shop', pod, node: 'n1', cpu_request_cores: 2, fromMs: FROM - MINUTE, toMs: null, ...of }) as PodSpan;

/** By pod, at how many instants of an hour it has rows; `used`: minutes of its use. */
function instantsOf(spans: PodSpan[], used: Record<string, [from: number, to: number]>, heardToMs: number | null) {
  const window = createWindow({ fromMs: FROM, toMs: FROM + 60 * MINUTE, stepMs: STEP });
  for (const [pod, [from, to]] of Object.entries(used)) {
    const count = ((to - from) * MINUTE) / STEP;
    const samples = Array.from({ length: count }, (_, at): [number, number] => [FROM + from * MINUTE + at * STEP, 1]);
    window.addAnswer('memory_bytes', LABELS, seriesOf({ namespace: 'shop', pod }, samples));
  }
  const journal: JournalPods = { knows: true, of: (pod) => spans.filter((span) => span.pod === pod.pod), spans };
  fillFromJournal(window, journal, ['cpu_request_cores'], heardToMs);
  const rows: Record<string, number> = {};
  for (const { podIndexes, pods, measures } of window.blocks()) {
    for (const [row, index] of podIndexes.entries()) {
      if (Number.isNaN(measures.cpu_request_cores?.[row] ?? Number.NaN)) continue;
      const { pod = '' } = pods[index] ?? {};
      rows[pod] = (rows[pod] ?? 0) + 1;
    }
  }
  return rows;
}

const HEARD = FROM + 20 * MINUTE;

test('a pod that runs asks to the end, as long as its journal goes on', () => {
  expect(instantsOf([spanOf('web')], { web: [0, 10] }, null)).toEqual({ web: 120 });
});

test('what had not ended when the journal was last heard of is there near its use', () => {
  const spans = [spanOf('dead'), spanOf('web'), spanOf('new', { fromMs: FROM + 10 * MINUTE })];
  const rows = instantsOf(spans, { web: [0, 40], new: [30, 35] }, HEARD);
  // Until 39:30 and five minutes more; from 25:00 until 39:30, and from 10:00 until it was heard of last.
  expect(rows).toEqual({ dead: 40, web: 90, new: 20 + 30 });
});

test('what ended is there until then, whenever the journal was last heard of', () => {
  const ended = spanOf('job', { toMs: FROM + 30 * MINUTE });
  expect(instantsOf([ended], { web: [0, 60] }, HEARD)).toEqual({ job: 60 });
});

test('where nothing is known of any use, nothing tells against a pod', () => {
  expect(instantsOf([spanOf('web')], {}, HEARD)).toEqual({ web: 120 });
});
