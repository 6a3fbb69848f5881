import { Writer } from 'protobufjs/minimal.js';
import snappy from 'snappy';
import type { Selector } from './matchers.ts';

const TYPES = { '=': 0, '!=': 1, '=~': 2, '!~': 3 } as const;
const SAMPLES = 0;
const STREAMED_XOR_CHUNKS = 1;

/**
 * The body of a remote read: `ReadRequest` of prometheus/prompb/remote.proto, one query a selector, streamed chunks
 * wanted first, plain samples taken too; snappy's block format. Both ends of the range belong to it.
 */
export function readRequest(selectors: readonly Selector[], fromMs: number, toMs: number): Buffer {
  const writer = Writer.create();
  for (const selector of selectors) {
    writer.uint32(10).fork();
    writer.uint32(8).int64(fromMs).uint32(16).int64(toMs);
    for (const { name, op, value } of selector) {
      writer.uint32(26).fork();
      writer.uint32(8).uint32(TYPES[op]).uint32(18).string(name).uint32(26).string(value).ldelim();
    }
    writer.ldelim();
  }
  writer.uint32(18).fork().uint32(STREAMED_XOR_CHUNKS).uint32(SAMPLES).ldelim();
  return snappy.compressSync(Buffer.from(writer.finish()));
}
