/** The bytes of one column's values in ClickHouse's Native format, in chunks made while they are taken. */
export type Chunks = Generator<Uint8Array, void, undefined>;

/** A column whose values were found to fit; `chunks` may be called again for another try. */
export interface EncodedColumn {
  /** The type that the block names; the engine turns it into the table's. */
  readonly type: string;
  readonly chunks: () => Chunks;
}

export type Numbers = Float64Array | BigInt64Array | BigUint64Array | Uint32Array | Int32Array | Uint8Array;
export type Indexes = Uint8Array | Uint16Array | Uint32Array;

const ROWS_A_CHUNK = 65_536;
const TEXT_CHUNK_BYTES = 256 * 1024;
/** UTF-8 takes at most this many bytes for one UTF-16 unit. */
const BYTES_A_UNIT = 3;
const LONGEST_VARINT = 5;

const bytesOf = (array: ArrayBufferView): Uint8Array =>
  new Uint8Array(array.buffer, array.byteOffset, array.byteLength);

function writeVarint(into: Uint8Array, value: number, at: number): number {
  let left = value;
  let next = at;
  for (; left >= 128; left = Math.floor(left / 128)) into[next++] = (left % 128) + 128;
  into[next++] = left;
  return next;
}

/** A whole number ≥ 0 in as many bytes as it takes, seven bits a byte, the lowest first. */
export function varint(value: number): Uint8Array {
  const bytes = new Uint8Array(10);
  return bytes.subarray(0, writeVarint(bytes, value, 0));
}

/** Texts, each with its length in bytes before it. A lone half of a surrogate pair becomes U+FFFD, as it has no bytes. */
export function* textChunks(texts: readonly string[]): Chunks {
  let chunk = Buffer.allocUnsafe(TEXT_CHUNK_BYTES);
  let at = 0;
  for (const text of texts) {
    const room = LONGEST_VARINT + text.length * BYTES_A_UNIT;
    if (at + room > chunk.length) {
      yield chunk.subarray(0, at);
      chunk = Buffer.allocUnsafe(Math.max(TEXT_CHUNK_BYTES, room));
      at = 0;
    }
    at = writeVarint(chunk, Buffer.byteLength(text), at);
    at += chunk.write(text, at);
  }
  yield chunk.subarray(0, at);
}

/** The only version of LowCardinality's serialisation. */
const DICTIONARY_VERSION = 1n;
/** The block brings its own dictionary (bit 9), which replaces the one before it (bit 10); the low byte is the width of the indexes. */
const OWN_DICTIONARY = 0x600n;
const INDEX_TYPES: Readonly<Record<number, bigint>> = { 1: 0n, 2: 1n, 4: 2n };

/** Texts as LowCardinality(String): the dictionary once, then an index a row. Null where an index has no text. */
export function encodeDictionary(dictionary: readonly string[], indexes: Indexes): EncodedColumn | null {
  if (!dictionary.every((text) => typeof text === 'string')) return null;
  for (let row = 0; row < indexes.length; row++) if (indexes[row]! >= dictionary.length) return null;
  const head = [
    DICTIONARY_VERSION,
    OWN_DICTIONARY | INDEX_TYPES[indexes.BYTES_PER_ELEMENT]!,
    BigInt(dictionary.length),
  ];
  return {
    type: 'LowCardinality(String)',
    chunks: function* () {
      yield bytesOf(new BigUint64Array(head));
      yield* textChunks(dictionary);
      yield bytesOf(new BigUint64Array([BigInt(indexes.length)]));
      yield bytesOf(indexes);
    },
  };
}

/** Texts as they are. Null where one is none. */
export const encodeTexts = (texts: readonly string[]): EncodedColumn | null =>
  texts.every((text) => typeof text === 'string') ? { type: 'String', chunks: () => textChunks(texts) } : null;

/** Float64; null where a value is not finite. */
export function encodeFloats(values: Float64Array): EncodedColumn | null {
  for (let row = 0; row < values.length; row++) if (!Number.isFinite(values[row])) return null;
  return {
    type: 'Float64',
    chunks: function* () {
      yield bytesOf(values);
    },
  };
}

/** Nullable(Float64), in which NaN is null: a byte a row, 1 for null, then the values, 0 for null. Null where one is infinite. */
export function encodeNullableFloats(values: Float64Array): EncodedColumn | null {
  let nulls = 0;
  for (let row = 0; row < values.length; row++) {
    const value = values[row]!;
    if (Number.isNaN(value)) nulls++;
    else if (!Number.isFinite(value)) return null;
  }
  if (nulls === values.length) return onlyNulls(nulls);
  return {
    type: 'Nullable(Float64)',
    chunks: function* () {
      const isNull = new Uint8Array(values.length);
      if (nulls > 0) for (let row = 0; row < values.length; row++) isNull[row] = values[row] === values[row] ? 0 : 1;
      yield isNull;
      if (nulls === 0) yield bytesOf(values);
      else yield* withZeros(values);
    },
  };
}

/** A type that has no values but null: two bytes a row, 1 for null and then what stands for no value. */
const onlyNulls = (rows: number): EncodedColumn => ({
  type: 'Nullable(Nothing)',
  chunks: function* () {
    yield new Uint8Array(rows).fill(1);
    yield new Uint8Array(rows).fill(0x30);
  },
});

function* withZeros(values: Float64Array): Chunks {
  for (let from = 0; from < values.length; from += ROWS_A_CHUNK) {
    const part = values.slice(from, from + ROWS_A_CHUNK);
    for (let at = 0; at < part.length; at++) if (Number.isNaN(part[at])) part[at] = 0;
    yield bytesOf(part);
  }
}

/** How a type of whole numbers is held: its bounds, and the array whose bytes are the very ones on the wire. */
export interface WholeNumbers {
  readonly type: string;
  readonly least: number;
  readonly most: number;
  readonly array:
    | Float64ArrayConstructor
    | Uint8ArrayConstructor
    | Uint32ArrayConstructor
    | Int32ArrayConstructor
    | BigInt64ArrayConstructor
    | BigUint64ArrayConstructor;
}

/** Whole numbers within bounds. Null where a value is none. */
export function encodeWholeNumbers(form: WholeNumbers, values: Numbers): EncodedColumn | null {
  for (let row = 0; row < values.length; row++) {
    const value = values[row]!;
    if (value < form.least || value > form.most) return null;
    if (typeof value === 'number' && !Number.isInteger(value)) return null;
  }
  return {
    type: form.type,
    chunks: function* () {
      if (values instanceof form.array) yield bytesOf(values);
      else yield* converted(form, values);
    },
  };
}

function* converted(form: WholeNumbers, values: Numbers): Chunks {
  const isBig = form.array === BigInt64Array || form.array === BigUint64Array;
  for (let from = 0; from < values.length; from += ROWS_A_CHUNK) {
    const rows = Math.min(ROWS_A_CHUNK, values.length - from);
    if (isBig) yield bytesOf(lowAndHigh(values, from, rows));
    else yield bytesOf(new (form.array as Uint32ArrayConstructor)(rows).map((_, at) => Number(values[from + at])));
  }
}

/** 64-bit numbers as pairs of 32 bits, the low ones first: many times as fast as by way of a BigInt each. */
function lowAndHigh(values: Numbers, from: number, rows: number): Int32Array {
  const halves = new Int32Array(rows * 2);
  for (let at = 0; at < rows; at++) {
    const value = Number(values[from + at]);
    const high = Math.floor(value / 2 ** 32);
    halves[at * 2] = value - high * 2 ** 32;
    halves[at * 2 + 1] = high;
  }
  return halves;
}
