import protobuf from 'protobufjs/minimal.js';
import { matcher, OPERATORS, type Matcher } from '../matchers.ts';
import type { Labels, Samples } from '../series.ts';
import { encodeXorChunk, SAMPLES_A_CHUNK, STALE_HIGH, STALE_LOW } from './xor-chunk.ts';

const { Reader, Writer } = protobuf;
type In = InstanceType<typeof Reader>;
type Out = InstanceType<typeof Writer>;

export const STREAMED_XOR_CHUNKS = 1;
const XOR = 1;
/** LabelMatcher.Type: EQ, NEQ, RE, NRE. */
const MATCHER_TYPES = OPERATORS;

export interface ReadQuery {
  readonly from: number;
  readonly to: number;
  readonly matchers: readonly Matcher[];
}

export interface ReadRequest {
  readonly queries: readonly ReadQuery[];
  /** In order of preference. */
  readonly accepted: readonly number[];
}

const tag = (field: number, wire: number) => ((field << 3) | wire) >>> 0;
const int64 = (reader: In): number => Number(reader.int64());

/** Calls for each field of a message of so many bytes; what is not read there is skipped. */
function fields(reader: In, end: number, of: (field: number) => boolean): void {
  while (reader.pos < end) {
    const head = reader.uint32();
    if (!of(head >>> 3)) reader.skipType(head & 7);
  }
}

function readMatcher(reader: In): Matcher {
  const end = reader.uint32() + reader.pos;
  let type = 0;
  let name = '';
  let value = '';
  fields(reader, end, (field) => {
    if (field === 1) type = reader.int32();
    else if (field === 2) name = reader.string();
    else if (field === 3) value = reader.string();
    else return false;
    return true;
  });
  return matcher(name, MATCHER_TYPES[type] ?? '=', value);
}

function readQuery(reader: In): ReadQuery {
  const end = reader.uint32() + reader.pos;
  const matchers: Matcher[] = [];
  let from = 0;
  let to = 0;
  fields(reader, end, (field) => {
    if (field === 1) from = int64(reader);
    else if (field === 2) to = int64(reader);
    else if (field === 3) matchers.push(readMatcher(reader));
    else return false;
    return true;
  });
  return { from, to, matchers };
}

/** prometheus.ReadRequest of prompb/remote.proto. Throws where the bytes are no such message. */
export function decodeReadRequest(data: Uint8Array): ReadRequest {
  const reader = Reader.create(data);
  const queries: ReadQuery[] = [];
  const accepted: number[] = [];
  while (reader.pos < reader.len) {
    const head = reader.uint32();
    if (head === tag(1, 2)) queries.push(readQuery(reader));
    else if (head === tag(2, 0)) accepted.push(reader.int32());
    else if (head === tag(2, 2)) {
      const end = reader.uint32() + reader.pos;
      while (reader.pos < end) accepted.push(reader.int32());
    } else reader.skipType(head & 7);
  }
  return { queries, accepted };
}

function writeLabels(writer: Out, labels: Labels): Out {
  for (const [name, value] of labels) {
    writer.uint32(tag(1, 2)).fork().uint32(tag(1, 2)).string(name).uint32(tag(2, 2)).string(value).ldelim();
  }
  return writer;
}

const STALE = new Uint8Array(new Uint32Array([STALE_LOW, STALE_HIGH]).buffer);

/** prometheus.TimeSeries with its samples. A double is written as it is: a stale marker's bits would not survive a number. */
export function writeTimeSeries(writer: Out, labels: Labels, { times, values }: Samples): void {
  writeLabels(writer, labels);
  times.forEach((time, i) => {
    const value = values[i] as number;
    writer.uint32(tag(2, 2)).fork().uint32(tag(1, 1));
    if (Number.isNaN(value)) writeRaw(writer, STALE);
    else writer.double(value);
    writer.uint32(tag(2, 0)).int64(time).ldelim();
  });
}

/** Two fixed words, lowest first, are the eight bytes of a double. */
function writeRaw(writer: Out, bytes: Uint8Array): void {
  const view = new DataView(bytes.buffer);
  writer.fixed32(view.getUint32(0, true)).fixed32(view.getUint32(4, true));
}

export interface Result {
  readonly labels: Labels;
  readonly samples: Samples;
}

/** prometheus.ReadResponse: a result a query. */
export function encodeReadResponse(results: readonly (readonly Result[])[]): Uint8Array {
  const writer = Writer.create();
  for (const result of results) {
    writer.uint32(tag(1, 2)).fork();
    for (const { labels, samples } of result) {
      writer.uint32(tag(1, 2)).fork();
      writeTimeSeries(writer, labels, samples);
      writer.ldelim();
    }
    writer.ldelim();
  }
  return writer.finish();
}

/** prometheus.ChunkedReadResponse with one series, its samples in XOR chunks. */
export function encodeChunkedSeries(queryIndex: number, { labels, samples }: Result): Uint8Array {
  const { times } = samples;
  const writer = Writer.create();
  writer.uint32(tag(1, 2)).fork();
  writeLabels(writer, labels);
  for (let from = 0; from < times.length; from += SAMPLES_A_CHUNK) {
    const to = Math.min(times.length, from + SAMPLES_A_CHUNK);
    writer.uint32(tag(2, 2)).fork();
    writer.uint32(tag(1, 0)).int64(times[from] as number);
    writer.uint32(tag(2, 0)).int64(times[to - 1] as number);
    writer.uint32(tag(3, 0)).int32(XOR);
    writer.uint32(tag(4, 2)).bytes(encodeXorChunk(samples, from, to));
    writer.ldelim();
  }
  writer.ldelim();
  return writer.uint32(tag(2, 0)).int64(queryIndex).finish();
}
