import { afterEach, describe, expect, it } from 'vitest';
import type { Selector } from './matchers.ts';
import type { Prometheus } from './prometheus.ts';
import { clientOf, keepSeries } from './testing/client-of.ts';
import { startFakePrometheus, type FakeBehaviour, type FakePrometheus } from './testing/fake-prometheus.ts';
import {
  chunksOf,
  decodeReadRequest,
  encodeChunkedSeries,
  encodeFrame,
  type TestSeries,
} from './testing/read-encoding.ts';
import { STALE, bitsOf, encodeXorChunk, type TestSample } from './testing/xor-encoder.ts';

const samples = (count: number, seed = 0): TestSample[] =>
  Array.from({ length: count }, (_, index) => ({ atMs: 1_000_000 + index * 15_000, value: Math.sin(index + seed) }));
const named = (name: string, pod: string, list: readonly TestSample[]): TestSeries => ({
  labels: { __name__: name, pod, cluster: 'c1' },
  samples: list,
});
const metric = (name: string): Selector => [{ name: '__name__', op: '=', value: name }];
const byBits = (list: readonly TestSeries[]): TestSeries[] =>
  list.map(({ labels, samples: of }) => ({
    labels,
    samples: of.map(({ atMs, value }) => ({ atMs, value: bitsOf(value) })),
  }));

let fake: FakePrometheus;
let client: Prometheus;
async function start(behaviour: Partial<FakeBehaviour>, options: Record<string, unknown> = {}): Promise<void> {
  fake = await startFakePrometheus(behaviour);
  client = clientOf(fake, options);
}
afterEach(async () => {
  await client.close();
  await fake.close();
});
const read = async (selectors: readonly Selector[], fromMs = 0, toMs = 1e12) => {
  const { kept, onSeries } = keepSeries();
  const summary = await client.read(selectors, fromMs, toMs, onSeries);
  return { kept, summary };
};

const special = [Number.NaN, STALE, Number.POSITIVE_INFINITY, -0, 0x7ff8000000000003n, Number.NEGATIVE_INFINITY].map(
  (value, index) => ({ atMs: 2_000_000 + index * 1000, value }),
);
const series = [
  named('cpu', 'a', samples(1000)),
  named('cpu', 'b', special),
  named('memory', 'a', samples(7, 3)),
  named('cpu', 'é"\\', samples(1)),
];

describe.each(['streamed', 'samples'] as const)('a server that answers %s', (remoteRead) => {
  it('gives every sample to the bit, of each selector', async () => {
    await start({ series, remoteRead });
    const { kept, summary } = await read([metric('cpu'), metric('memory')]);
    expect(kept).toEqual([
      ...byBits([series[0]!, series[1]!, series[3]!]).map((one) => ({ ...one, selector: 0 })),
      { ...byBits([series[2]!])[0], selector: 1 },
    ]);
    expect(summary).toMatchObject({ series: 4, samples: 1014, duplicates: 0, outOfOrder: 0, skipped: 0, requests: 1 });
    expect(summary.bytes).toBeGreaterThan(0);
  });

  it('cuts to the range, both ends within, and asks for it and the configured matchers', async () => {
    await start({ series, remoteRead }, { matchers: { cluster: 'c1' } });
    const { kept } = await read([metric('cpu')], 1_150_000, 1_300_000);
    expect(kept[0]?.samples.map(({ atMs }) => atMs)).toEqual(
      Array.from({ length: 11 }, (_, index) => 1_150_000 + index * 15_000),
    );
    expect(decodeReadRequest(fake.requests[0]!.body)).toEqual({
      queries: [
        { fromMs: 1_150_000, toMs: 1_300_000, matchers: [...metric('cpu'), { name: 'cluster', op: '=', value: 'c1' }] },
      ],
      accepted: [1, 0],
    });
    expect((await read([metric('gone')])).kept).toEqual([]);
  });

  it('puts samples in order and drops repeats', async () => {
    const [a, b, c] = samples(3) as [TestSample, TestSample, TestSample];
    await start({ series: [named('cpu', 'a', [b, a, c, a])], remoteRead });
    const { kept, summary } = await read([metric('cpu')]);
    expect(kept).toMatchObject(byBits([named('cpu', 'a', [a, b, c])]));
    expect(summary).toMatchObject({ samples: 3, duplicates: 1, outOfOrder: 2 });
  });

  it('lets what the consumer throws through, and can be asked again', async () => {
    await start({ series, remoteRead });
    const failure = new RangeError('the consumer');
    await expect(client.read([metric('cpu')], 0, 1e12, () => Promise.reject(failure))).rejects.toBe(failure);
    await expect(
      client.read([metric('cpu')], 0, 1e12, () => {
        throw failure;
      }),
    ).rejects.toBe(failure);
    expect((await read([metric('cpu')])).kept).toHaveLength(3);
  });

  it('waits for its consumer', async () => {
    await start({ series, remoteRead });
    let running = 0;
    await client.read([metric('cpu')], 0, 1e12, async ({ labels, count }) => {
      expect(running).toBe(0);
      running += 1;
      const before = `${labels['pod']} ${count}`;
      await new Promise((go) => setImmediate(go));
      expect(`${labels['pod']} ${count}`).toBe(before);
      running -= 1;
    });
    expect(running).toBe(0);
  });
});

describe('streamed chunks', () => {
  it('of one series over many frames are one series', async () => {
    await start({ series, chunkSamples: 7, frameChunks: 1 });
    expect((await read([metric('cpu')])).kept).toMatchObject(byBits([series[0]!, series[1]!, series[3]!]));
  });

  it('of one series asked for twice are two', async () => {
    await start({ series });
    const { kept } = await read([metric('memory'), metric('memory')]);
    expect(kept.map(({ selector }) => selector)).toEqual([0, 1]);
  });

  it('of duplicate series that follow each other are joined, the first sample of a time kept', async () => {
    await start({ series: [named('cpu', 'a', samples(10)), named('cpu', 'a', samples(20, 1))] });
    const { kept, summary } = await read([metric('cpu')]);
    expect(kept).toMatchObject(byBits([named('cpu', 'a', [...samples(10), ...samples(20, 1).slice(10)])]));
    expect(summary).toMatchObject({ series: 1, duplicates: 10 });
  });

  it('of native histograms are skipped and counted', async () => {
    const chunks = chunksOf(samples(4), 2);
    const body = encodeFrame(
      encodeChunkedSeries(
        { __name__: 'cpu' },
        [chunks[0]!, { ...chunks[1]!, encoding: 2 }, { ...chunks[1]!, encoding: 9 }],
        0,
      ),
    );
    await start({ fault: () => ({ kind: 'change', change: (answer) => void (answer.body = body) }) });
    const { kept, summary } = await read([metric('cpu')]);
    expect(kept).toMatchObject([{ samples: byBits([named('', '', samples(2))])[0]!.samples }]);
    expect(summary).toMatchObject({ skipped: 2, samples: 2 });
  });

  it('are handed over as they come, without the whole answer in memory', async () => {
    const chunk = chunksOf(
      Array.from({ length: 4000 }, (_, index) => ({ atMs: index, value: Math.random() })),
      4000,
    );
    const frames = 4000;
    const [even, odd] = ['even', 'odd'].map((pod) =>
      encodeFrame(encodeChunkedSeries({ __name__: 'cpu', pod }, chunk, 0)),
    ) as [Buffer, Buffer];
    let written = 0;
    await start({
      fault: () => ({
        kind: 'parts',
        parts: (function* parts() {
          for (let index = 0; index < frames; index += 1) {
            written += 1;
            yield index % 2 === 0 ? even : odd;
          }
        })(),
      }),
    });
    let first = 0;
    let most = 0;
    let count = 0;
    await client.read([metric('cpu')], 0, 1e12, () => {
      if (count === 0) first = written;
      count += 1;
      most = Math.max(most, process.memoryUsage().arrayBuffers);
    });
    expect(count).toBe(frames);
    expect(first).toBeLessThan(frames / 4);
    // The answer has 130 MB.
    expect(most).toBeLessThan(80e6);
  });
});

const half = (body: Buffer): Buffer => body.subarray(0, Math.floor(body.length / 2));
const flipped = (body: Buffer, at: number): Buffer => {
  const copy = Buffer.from(body);
  copy[at]! ^= 0x10;
  return copy;
};
const lyingChunk = encodeFrame(
  encodeChunkedSeries(
    { __name__: 'cpu' },
    [{ encoding: 1, data: encodeXorChunk(samples(10), 500), minTimeMs: 0, maxTimeMs: 1 }],
    0,
  ),
);

describe('broken answers', () => {
  it.each([
    ['streamed', 'a wrong checksum', (body: Buffer) => flipped(body, body.length - 3), 'prometheus_bad_answer'],
    ['streamed', 'a length without end', () => Buffer.alloc(40, 0xff), 'prometheus_bad_answer'],
    ['streamed', 'half a body', half, 'prometheus_unavailable'],
    ['streamed', 'a chunk whose count lies', () => lyingChunk, 'prometheus_bad_answer'],
    [
      'streamed',
      'other messages',
      () => encodeFrame(Buffer.from('hello, this is no protobuf')),
      'prometheus_bad_answer',
    ],
    [
      'streamed',
      'a query that was not asked',
      () => encodeFrame(encodeChunkedSeries({}, [], 7)),
      'prometheus_bad_answer',
    ],
    [
      'streamed',
      'HTML',
      () => Buffer.from('<!doctype html><html><body><p>Log in to go on; whoever you are.</p></body></html>'),
      'prometheus_bad_answer',
    ],
    ['samples', 'a body that is not packed', () => Buffer.from('<html>'), 'prometheus_bad_answer'],
    ['samples', 'a body packed wrongly', (body: Buffer) => flipped(body, 4), 'prometheus_bad_answer'],
    ['samples', 'half a body', half, 'prometheus_bad_answer'],
    ['samples', 'nothing that ends', () => Buffer.alloc(9, 0xff), 'prometheus_bad_answer'],
    [
      'samples',
      'a body that unpacks to gigabytes',
      () => Buffer.of(0xff, 0xff, 0xff, 0xff, 0x0f, 0),
      'prometheus_too_much',
    ],
  ] as const)('%s: %s', async (remoteRead, _what, change, code) => {
    await start({
      series,
      remoteRead,
      fault: () => ({ kind: 'change', change: (answer) => void (answer.body = change(answer.body)) }),
    });
    await expect(read([metric('cpu')], 1_000_000, 1_200_000)).rejects.toMatchObject({ code });
  });

  it.each(['text/html', 'application/json', ''])('of type %j are refused', async (type) => {
    await start({
      series,
      fault: () => ({ kind: 'change', change: (answer) => void (answer.headers['content-type'] = type) }),
    });
    await expect(read([metric('cpu')])).rejects.toMatchObject({ code: 'prometheus_bad_answer' });
  });

  it('of a server without remote read say so', async () => {
    await start({ series, remoteRead: 'none' });
    await expect(read([metric('cpu')])).rejects.toMatchObject({ code: 'prometheus_no_remote_read' });
    fake.behaviour.fault = () => ({ kind: 'answer', status: 404, body: 'not found' });
    await expect(read([metric('cpu')])).rejects.toMatchObject({ code: 'prometheus_no_remote_read' });
  });

  it('that are too much are asked for in halves', async () => {
    await start({ series, remoteRead: 'samples' });
    fake.behaviour.fault = ({ body }) => {
      const { fromMs, toMs } = decodeReadRequest(body).queries[0]!;
      return toMs - fromMs > 4_000_000
        ? { kind: 'answer', status: 400, body: 'exceeded sample limit (50000)' }
        : undefined;
    };
    const { kept, summary } = await read([metric('cpu')], 0, 16_000_000);
    expect(kept.filter(({ labels }) => labels['pod'] === 'a').flatMap((part) => part.samples)).toEqual(
      byBits([series[0]!])[0]!.samples,
    );
    expect(summary.requests).toBeGreaterThan(4);
    fake.behaviour.fault = () => ({ kind: 'answer', status: 400, body: 'exceeded sample limit (50000)' });
    await expect(read([metric('cpu')], 0, 16_000_000)).rejects.toMatchObject({ code: 'prometheus_too_much' });
  });
});
