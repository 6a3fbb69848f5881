import { Writer } from 'protobufjs/minimal.js';
import snappy from 'snappy';
import type { NaiveSeries } from './naive-promql.ts';
import type { GivenSample } from './series-of.ts';

const STALE = 0x7ff0000000000002n;

/** The eight bytes of a double, little-endian: the stale marker is a NaN that no number of JavaScript's stands for. */
function bitsOf(value: GivenSample[1]): [low: number, high: number] {
  const view = new DataView(new ArrayBuffer(8));
  if (value === 'stale') view.setBigUint64(0, STALE, true);
  else view.setFloat64(0, value, true);
  return [view.getUint32(0, true), view.getUint32(4, true)];
}

/** Writes series with their `__name__` into a Prometheus by remote write (prometheus/prompb/remote.proto, WriteRequest). */
export async function remoteWrite(url: string, series: readonly NaiveSeries[]): Promise<void> {
  const writer = Writer.create();
  for (const { labels, samples } of series) {
    writer.uint32(10).fork();
    for (const [name, value] of Object.entries(labels).toSorted(([one], [other]) => (one < other ? -1 : 1))) {
      writer.uint32(10).fork().uint32(10).string(name).uint32(18).string(value).ldelim();
    }
    for (const [atMs, value] of samples) {
      const [low, high] = bitsOf(value);
      writer.uint32(18).fork().uint32(9).fixed32(low).fixed32(high).uint32(16).int64(atMs).ldelim();
    }
    writer.ldelim();
  }
  const response = await fetch(`${url}/api/v1/write`, {
    method: 'POST',
    body: new Uint8Array(snappy.compressSync(Buffer.from(writer.finish()))),
    headers: {
      'content-type': 'application/x-protobuf',
      'content-encoding': 'snappy',
      'x-prometheus-remote-write-version': '0.1.0',
    },
  });
  if (!response.ok) throw new Error(`remote write: ${response.status} ${await response.text()}`);
}
