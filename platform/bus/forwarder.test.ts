import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { realClock, type Clock } from '../clock.ts';
import { AppError } from '../errors.ts';
import { silentLogger } from '../log.ts';
import { createMetrics } from '../metrics.ts';
import { createForwarder } from './forwarder.ts';
import { BATCH_BYTES, encodedBytes, type KafkaSender, type OutgoingRecord } from './kafka-sender.ts';
import type { LocalLog } from './local-log.ts';
import { readPosition } from './log-folder.ts';
import { openLocalLog } from './sqlite-log.ts';

/** Pauses between tries take no time. */
const impatient: Clock = { ...realClock, sleep: (ms, signal) => realClock.sleep(Math.min(ms, 5), signal) };
const unavailable = () => new AppError('unavailable', 'away', { retryable: true });

let dir: string;
let localLog: LocalLog;
const metrics = createMetrics();
const append = (...values: string[]) => localLog.append({ values, timestamp: 1 });
const until = async (condition: () => boolean) => {
  for (const deadline = Date.now() + 30_000; !condition(); await realClock.sleep(5))
    if (Date.now() > deadline) throw new Error('never came');
};
/** Takes what `accept` does not throw on; `written` is what a broker would hold. */
function fakeSender(accept: (records: readonly OutgoingRecord[], attempt: number) => void) {
  const written: string[] = [];
  const batches: number[] = [];
  let attempts = 0;
  let inFlight = 0;
  const sender: KafkaSender = {
    send: async (_, records) => {
      expect(++inFlight).toBe(1);
      await realClock.sleep(1);
      try {
        accept(records, attempts++);
        written.push(...records.map(({ value }) => value));
        batches.push(records.reduce((sum, record) => sum + encodedBytes(record), 0));
      } finally {
        inFlight--;
      }
    },
    close: async () => undefined,
  };
  return { sender, written, batches, tried: () => attempts };
}
const forwarder = (sender: KafkaSender, ensureTopic = async () => {}, from = localLog) =>
  createForwarder({
    localLog: from,
    dir,
    sender,
    ensureTopic,
    topic: 't',
    clock: impatient,
    log: silentLogger,
    metrics,
  });

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'tidemark-forwarder-'));
  localLog = openLocalLog({ dir, topic: 't', clock: realClock, log: silentLogger, metrics, maxBytes: 2_000_000 });
});
afterEach(async () => {
  await localLog.close();
  rmSync(dir, { recursive: true, force: true });
});

describe('the forwarder', { timeout: 60_000 }, () => {
  it('ships in order, tries a failed batch again before the next, and registers only what was acknowledged', async () => {
    await append('a', 'b', 'c');
    let away = true;
    const { sender, written, tried } = fakeSender(() => {
      if (away) throw unavailable();
    });
    const one = forwarder(sender);
    const ended = one.run();
    await until(() => tried() >= 3);
    expect(readPosition(dir, 'forwarder', localLog.logId)).toBe(0);
    expect(one.lag()).toBe(3);
    await append('d');
    away = false;
    await until(() => one.lag() === 0);
    expect(written).toEqual(['a', 'b', 'c', 'd']);
    expect(readPosition(dir, 'forwarder', localLog.logId)).toBe(4);
    await one.close();
    await ended;
  });

  it('goes on at the registered position, and repeats what it was not sure of', async () => {
    await append('a', 'b');
    const first = fakeSender(() => undefined);
    const one = forwarder(first.sender);
    void one.run();
    await until(() => one.lag() === 0);
    await one.close();
    await append('c');
    const second = fakeSender(() => undefined);
    const two = forwarder(second.sender);
    void two.run();
    await until(() => two.lag() === 0);
    await two.close();
    expect(second.written).toEqual(['c']);
  });

  it('keeps batches within their limit, in bytes as encoded', async () => {
    const values = Array.from({ length: 12 }, () => 'ü'.repeat(80_000));
    await append(...values);
    const { sender, written, batches } = fakeSender(() => undefined);
    const one = forwarder(sender);
    void one.run();
    await until(() => one.lag() === 0);
    await one.close();
    expect(written).toEqual(values);
    expect(batches.length).toBeGreaterThan(1);
    expect(Math.max(...batches)).toBeLessThanOrEqual(BATCH_BYTES);
  });

  it('skips the one entry that the topic refuses for its size, and counts it', async () => {
    await append('a', 'too large', 'b');
    const { sender, written } = fakeSender((records) => {
      if (records.some(({ value }) => value === 'too large')) throw new AppError('entry_too_large', 'refused');
    });
    const one = forwarder(sender);
    void one.run();
    await until(() => one.lag() === 0);
    await one.close();
    expect(written).toEqual(['a', 'b']);
    expect(await metrics.registry.getSingleMetricAsString('tidemark_forwarder_skipped_total')).toContain(
      'reason="too_large"} 1',
    );
  });

  it('goes on behind what the local log dropped at its bound', async () => {
    let away = true;
    const { sender, written } = fakeSender(() => {
      if (away) throw unavailable();
    });
    const one = forwarder(sender);
    void one.run();
    for (let index = 0; index < 20; index++) await append(`${index}:${'x'.repeat(300_000)}`);
    const { first } = localLog.bounds();
    expect(first).toBeGreaterThan(0);
    away = false;
    await until(() => one.lag() === 0);
    await one.close();
    const numbers = written.map((value) => Number(value.split(':')[0]));
    expect(numbers.slice(-(20 - first))).toEqual(Array.from({ length: 20 - first }, (_, index) => first + index));
  });

  it('waits out a local log that cannot be read, before the first entry and later', async () => {
    let away = true;
    let refused = 0;
    const bounds = () => {
      if (!away) return localLog.bounds();
      refused++;
      throw new AppError('log_corrupt', 'being replaced', { retryable: true });
    };
    const { sender, written } = fakeSender(() => undefined);
    const one = forwarder(sender, undefined, { ...localLog, bounds });
    const ended = one.run();
    await append('a');
    await until(() => refused >= 5);
    away = false;
    await until(() => written.length === 1);
    away = true;
    refused = 0;
    await append('b');
    await until(() => refused >= 5);
    away = false;
    await until(() => one.lag() === 0);
    await one.close();
    await ended;
    expect(written).toEqual(['a', 'b']);
  });

  it('says what somebody must put right, and ships once that was done', async () => {
    const { sender, written } = fakeSender(() => undefined);
    let wrong = true;
    const ensure = async () => {
      if (wrong) throw new AppError('too_many_partitions', 'two of them');
    };
    await append('a');
    const made = forwarder(sender, ensure);
    const done = made.run();
    await until(() => made.trouble()?.lasting === true);
    expect(made.trouble()?.reason).toBe('two of them');
    expect(written).toEqual([]);
    wrong = false;
    await until(() => written.length === 1);
    await until(() => made.trouble() === null);
    await made.close();
    await done;
  });

  it('says since when Kafka is away, which passes', async () => {
    const { sender, tried } = fakeSender(() => {
      throw unavailable();
    });
    await append('a');
    const made = forwarder(sender);
    const done = made.run();
    await until(() => tried() > 2);
    expect(made.trouble()).toMatchObject({ reason: 'away', lasting: false });
    await made.close();
    await done;
  });
});
