import { once } from 'node:events';
import { expect, it } from 'vitest';
import { FakeClock } from '../clock.ts';
import { silentLogger } from '../log.ts';
import { createReaderLoop, type FoundTopic } from './reader-loop.ts';

const SCAN_MS = 1_000;

/** `holds` are the topics' lives as they were held, one by one; `end` ends the hold at hand. */
function setUp() {
  const clock = new FakeClock();
  const found: FoundTopic[] = [{ topic: 't', logId: 'one' }];
  const holds: string[] = [];
  let end = () => {};
  const loop = createReaderLoop({
    clock,
    log: silentLogger,
    scanMs: SCAN_MS,
    find: async () => [...found],
    hold: async ({ logId }, signal) => {
      holds.push(logId);
      await Promise.race([once(signal, 'abort'), new Promise<void>((resolve) => (end = resolve))]);
    },
  });
  return { clock, found, holds, loop, end: () => end() };
}

it('takes a topic up again whose hold ended by itself', async () => {
  const { clock, holds, loop, end } = setUp();
  const running = loop.run(async () => undefined);
  await clock.advance(3 * SCAN_MS);
  expect(holds).toEqual(['one']);
  end();
  await clock.advance(SCAN_MS);
  expect(holds).toEqual(['one', 'one']);
  await loop.close();
  await running;
});

it('lets go of a topic that has vanished, and holds its new life', async () => {
  const { clock, found, holds, loop } = setUp();
  const running = loop.run(async () => undefined);
  await clock.advance(SCAN_MS);
  found[0] = { topic: 't', logId: 'two' };
  await clock.advance(SCAN_MS);
  expect(holds).toEqual(['one', 'two']);
  found.length = 0;
  await clock.advance(SCAN_MS);
  found.push({ topic: 't', logId: 'two' });
  await clock.advance(SCAN_MS);
  expect(holds).toEqual(['one', 'two', 'two']);
  await loop.close();
  await running;
});
