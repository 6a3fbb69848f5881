import { Reader } from 'protobufjs/minimal.js';
import type { Labels } from './series.ts';

/** Some 20 MB at most: the next hour brings the same series, and their labels cost more than their samples. */
const MOST_LABEL_SETS = 16_384;

/** Label pairs as an object without a prototype: any name is just a label. */
export function labelsOf(pairs: Iterable<readonly [string, string]>): Labels {
  const labels = Object.create(null) as Record<string, string>;
  for (const [name, value] of pairs) labels[name] = value;
  return labels;
}

/** One `Label` message: name (1), value (2). */
export function readLabel(bytes: Uint8Array, start: number, end: number): [string, string] {
  const reader = Reader.create(bytes);
  reader.pos = start;
  let name = '';
  let value = '';
  while (reader.pos < end) {
    const tag = reader.uint32();
    if (tag === 10) name = reader.string();
    else if (tag === 18) value = reader.string();
    else reader.skipType(tag & 7);
  }
  return [name, value];
}

export type LabelCache = ReturnType<typeof createLabelCache>;

/** Labels by their bytes, so that a series that comes again is not read again. */
export function createLabelCache() {
  const known = new Map<string, Labels>();
  const words = new Map<string, string>();
  const word = (text: string): string => {
    const same = words.get(text);
    if (same !== undefined) return same;
    words.set(text, text);
    return text;
  };
  return {
    /** The labels whose messages lie at these [start, end) pairs of `bytes`; `key` is the same for the same bytes. */
    get(key: string, bytes: Buffer, spans: readonly number[]): Labels {
      const found = known.get(key);
      if (found !== undefined) return found;
      if (known.size >= MOST_LABEL_SETS) {
        known.clear();
        words.clear();
      }
      const pairs: [string, string][] = [];
      for (let i = 0; i + 1 < spans.length; i += 2) {
        const [name, value] = readLabel(bytes, spans[i]!, spans[i + 1]!);
        pairs.push([word(name), word(value)]);
      }
      const labels = labelsOf(pairs);
      known.set(key, labels);
      return labels;
    },
  };
}
