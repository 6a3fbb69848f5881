import type { IncomingMessage, ServerResponse } from 'node:http';
import { setImmediate } from 'node:timers/promises';
import snappy from 'snappy';
import type { Read } from '../promql/evaluate.ts';
import { crc32c } from './crc32c.ts';
import {
  decodeReadRequest,
  encodeChunkedSeries,
  encodeReadResponse,
  STREAMED_XOR_CHUNKS,
  type ReadRequest,
  type Result,
} from './messages.ts';

/** As --storage.remote.read-sample-limit, for the answers that are held in memory. */
const MOST_SAMPLES = 5_000_000;
const MOST_REQUEST_BYTES = 1 << 20;
/** So many series at a stretch: the simulation lives in the same thread. */
const SERIES_A_TURN = 64;
const SEND_BYTES = 1 << 16;

function refuse(response: ServerResponse, message: string): void {
  response.writeHead(400, { 'content-type': 'text/plain; charset=utf-8' });
  response.end(`${message}\n`);
}

async function requestOf(request: IncomingMessage): Promise<ReadRequest> {
  const parts: Buffer[] = [];
  let bytes = 0;
  for await (const part of request) {
    bytes += (part as Buffer).length;
    if (bytes > MOST_REQUEST_BYTES) throw new Error('request body too large');
    parts.push(part as Buffer);
  }
  return decodeReadRequest((await snappy.uncompress(Buffer.concat(parts), { asBuffer: true })) as Buffer);
}

/** Length (uvarint), CRC-32C (big endian) and data: a frame of storage/remote/chunked.go. */
function frame(data: Uint8Array): Buffer {
  const head: number[] = [];
  let rest = data.length;
  while (rest >= 0x80) {
    head.push((rest & 0x7f) | 0x80);
    rest >>>= 7;
  }
  head.push(rest);
  const whole = Buffer.alloc(head.length + 4 + data.length);
  whole.set(head);
  whole.writeUInt32BE(crc32c(data), head.length);
  whole.set(data, head.length + 4);
  return whole;
}

/** Resolves when there is room again, or nobody reads any more. */
const drained = (response: ServerResponse) =>
  new Promise<void>((resolve) => {
    const done = () => {
      response.off('drain', done).off('close', done);
      resolve();
    };
    response.once('drain', done).once('close', done);
  });

/** Whether more is wanted. */
async function send(response: ServerResponse, parts: Buffer[]): Promise<boolean> {
  if (response.destroyed) return false;
  if (!response.write(Buffer.concat(parts))) await drained(response);
  await setImmediate();
  return !response.destroyed;
}

async function stream({ queries }: ReadRequest, read: Read, response: ServerResponse): Promise<void> {
  response.writeHead(200, { 'content-type': 'application/x-streamed-protobuf; proto=prometheus.ChunkedReadResponse' });
  for (const [index, { from, to, matchers }] of queries.entries()) {
    let parts: Buffer[] = [];
    let bytes = 0;
    let made = 0;
    for (const { labels, read: samplesOf } of read(matchers, from, to)) {
      const samples = samplesOf(from, to);
      if (samples.times.length === 0) continue;
      const part = frame(encodeChunkedSeries(index, { labels, samples }));
      parts.push(part);
      bytes += part.length;
      if (++made % SERIES_A_TURN !== 0 && bytes < SEND_BYTES) continue;
      if (!(await send(response, parts))) return;
      parts = [];
      bytes = 0;
    }
    if (parts.length > 0 && !(await send(response, parts))) return;
  }
  response.end();
}

async function answerWhole({ queries }: ReadRequest, read: Read, response: ServerResponse): Promise<void> {
  let count = 0;
  const results: Result[][] = [];
  for (const { from, to, matchers } of queries) {
    const result: Result[] = [];
    for (const { labels, read: samplesOf } of read(matchers, from, to)) {
      const samples = samplesOf(from, to);
      count += samples.times.length;
      if (count > MOST_SAMPLES) return refuse(response, `exceeded sample limit (${MOST_SAMPLES})`);
      if (samples.times.length > 0) result.push({ labels, samples });
    }
    results.push(result);
  }
  const body = await snappy.compress(Buffer.from(encodeReadResponse(results)));
  response.writeHead(200, { 'content-type': 'application/x-protobuf', 'content-encoding': 'snappy' });
  response.end(body);
}

/** Prometheus' remote read (storage/remote/read_handler.go): a stream of XOR chunks to who takes it, and whole samples to others. */
export async function serveRemoteRead(request: IncomingMessage, response: ServerResponse, read: Read): Promise<void> {
  let asked: ReadRequest;
  try {
    asked = await requestOf(request);
  } catch (error) {
    return refuse(response, error instanceof Error ? error.message : String(error));
  }
  const streamed = asked.accepted.find((type) => type === STREAMED_XOR_CHUNKS || type === 0) === STREAMED_XOR_CHUNKS;
  await (streamed ? stream(asked, read, response) : answerWhole(asked, read, response));
}
