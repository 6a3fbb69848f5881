import type { ColumnAnnotation, Table } from '../../schemas/column.ts';
import { fromTime } from '../clock.ts';
import { AppError } from '../errors.ts';

/**
 * Rows in ClickHouse's RowBinary: the values one after the other, in the columns' order, without names, quotes or escapes
 * (https://clickhouse.com/docs/interfaces/formats/RowBinary). A row of JSON text costs several times as much, here to write
 * and there to read. What a column's type is comes from the table's schema.
 */
type Encode = (out: Bytes, value: unknown) => void;

const CHUNK_BYTES = { first: 4 * 1024, most: 1024 * 1024 };
const TWO_32 = 2 ** 32;
const LONGEST_VARINT = 5;
/** UTF-8 takes at most this many bytes for one UTF-16 unit. */
const BYTES_A_UNIT = 3;

/** Bytes that grow by chunks, so that none of them is copied. */
class Bytes {
  #done: Uint8Array[] = [];
  #chunk = Buffer.allocUnsafe(CHUNK_BYTES.first);
  #at = 0;

  #room(bytes: number): void {
    if (this.#at + bytes <= this.#chunk.length) return;
    this.#done.push(this.#chunk.subarray(0, this.#at));
    this.#chunk = Buffer.allocUnsafe(Math.max(bytes, Math.min(CHUNK_BYTES.most, this.#chunk.length * 2)));
    this.#at = 0;
  }

  byte(value: number): void {
    this.#room(1);
    this.#chunk[this.#at++] = value;
  }

  int32(value: number): void {
    this.#room(4);
    this.#at = this.#chunk.writeInt32LE(value, this.#at);
  }

  uint16(value: number): void {
    this.#room(2);
    this.#at = this.#chunk.writeUInt16LE(value, this.#at);
  }

  uint32(value: number): void {
    this.#room(4);
    this.#at = this.#chunk.writeUInt32LE(value, this.#at);
  }

  /** Whole numbers that JavaScript holds exactly; a negative one in two's complement. */
  int64(value: number): void {
    const high = Math.floor(value / TWO_32);
    this.uint32(value - high * TWO_32);
    this.int32(high);
  }

  float64(value: number): void {
    this.#room(8);
    this.#at = this.#chunk.writeDoubleLE(value, this.#at);
  }

  varint(value: number): void {
    this.#room(LONGEST_VARINT);
    this.#at = writeVarint(this.#chunk, value, this.#at);
  }

  /** A lone half of a surrogate pair becomes U+FFFD, as it has no bytes. */
  text(value: string): void {
    this.#room(LONGEST_VARINT + value.length * BYTES_A_UNIT);
    const head = varintBytes(value.length);
    const from = this.#at + head;
    const bytes = this.#chunk.write(value, from);
    const needed = varintBytes(bytes);
    if (needed !== head) this.#chunk.copyWithin(this.#at + needed, from, from + bytes);
    this.#at = writeVarint(this.#chunk, bytes, this.#at) + bytes;
  }

  take(): Uint8Array[] {
    return [...this.#done, this.#chunk.subarray(0, this.#at)];
  }
}

function varintBytes(value: number): number {
  let bytes = 1;
  for (let left = value; left >= 128; left = Math.floor(left / 128)) bytes++;
  return bytes;
}

function writeVarint(into: Uint8Array, value: number, at: number): number {
  let left = value;
  let next = at;
  for (; left >= 128; left = Math.floor(left / 128)) into[next++] = (left % 128) + 128;
  into[next++] = left;
  return next;
}

class Misfit extends Error {}

const wholeWithin =
  (least: number, most: number, write: (out: Bytes, value: number) => void): Encode =>
  (out, value) => {
    if (typeof value !== 'number' || !Number.isInteger(value) || value < least || value > most) throw new Misfit();
    write(out, value);
  };

const encodeText: Encode = (out, value) => {
  if (typeof value !== 'string') throw new Misfit();
  out.text(value);
};

const encodeTime: Encode = (out, value) => {
  const ms = typeof value === 'string' ? fromTime(value) : Number.NaN;
  if (Number.isNaN(ms)) throw new Misfit();
  out.int64(ms);
};

const PLAIN: Readonly<Record<string, Encode>> = {
  String: encodeText,
  UInt8: wholeWithin(0, 255, (out, value) => out.byte(value)),
  UInt16: wholeWithin(0, 65_535, (out, value) => out.uint16(value)),
  UInt32: wholeWithin(0, TWO_32 - 1, (out, value) => out.uint32(value)),
  Int32: wholeWithin(-(2 ** 31), 2 ** 31 - 1, (out, value) => out.int32(value)),
  UInt64: wholeWithin(0, Number.MAX_SAFE_INTEGER, (out, value) => out.int64(value)),
  Float64: (out, value) => {
    if (!Number.isFinite(value)) throw new Misfit();
    out.float64(value as number);
  },
  "DateTime64(3, 'UTC')": encodeTime,
};

function nullable(inner: Encode): Encode {
  return (out, value) => {
    out.byte(value === null ? 1 : 0);
    if (value !== null) inner(out, value);
  };
}

function listOf(inner: Encode): Encode {
  return (out, value) => {
    if (!Array.isArray(value)) throw new Misfit();
    out.varint(value.length);
    for (const each of value) inner(out, each);
  };
}

function mapOf(encodeKey: Encode, encodeValue: Encode): Encode {
  return (out, value) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new Misfit();
    const pairs = Object.entries(value);
    out.varint(pairs.length);
    for (const [key, each] of pairs) {
      encodeKey(out, key);
      encodeValue(out, each);
    }
  };
}

/** An object's keys are texts, whatever they stand for. */
function encoderOfKey(type: string): Encode {
  const encode = encoderOf(type);
  return type === 'UInt16' ? (out, key) => encode(out, /^\d+$/.test(String(key)) ? Number(key) : null) : encode;
}

function encoderOf(type: string): Encode {
  const plain = PLAIN[type];
  if (plain) return plain;
  const [, outer, inner = ''] = /^(\w+)\((.*)\)$/.exec(type) ?? [];
  if (outer === 'LowCardinality') return encoderOf(inner);
  if (outer === 'Nullable') return nullable(encoderOf(inner));
  if (outer === 'Array') return listOf(encoderOf(inner));
  const [, key, value] = outer === 'Map' ? (/^(String|LowCardinality\(String\)|UInt16), (.*)$/.exec(inner) ?? []) : [];
  if (key !== undefined && value !== undefined) return mapOf(encoderOfKey(key), encoderOf(value));
  throw new AppError('internal', `no way to write a column of type ${type}`);
}

interface Column {
  readonly name: string;
  readonly encode: Encode;
}

const known = new WeakMap<Table, readonly Column[]>();

function columnsOf(table: Table): readonly Column[] {
  const made = known.get(table);
  if (made) return made;
  const { properties } = table.row as unknown as { properties: Record<string, ColumnAnnotation> };
  const columns = table.columns.map((name) => {
    const type = properties[name]?.clickhouse;
    if (type === undefined) throw new AppError('store_error', `the table ${table.name} has no column ${name}`);
    return { name, encode: encoderOf(type) };
  });
  known.set(table, columns);
  return columns;
}

/**
 * The rows' bytes, in chunks. Each row has exactly the table's columns: throws AppError `store_error` for one that lacks a
 * column, has another, or has a value that does not fit its type.
 */
export function encodeRows(table: Table, rows: readonly object[]): Uint8Array[] {
  const columns = columnsOf(table);
  const out = new Bytes();
  for (const row of rows as readonly Readonly<Record<string, unknown>>[]) {
    let [at, given] = [0, 0];
    try {
      for (; at < columns.length; at++) columns[at]!.encode(out, row[columns[at]!.name]);
    } catch (error) {
      if (!(error instanceof Misfit)) throw error;
      throw new AppError('store_error', `a value does not fit the column ${table.name}.${columns[at]?.name}`);
    }
    for (const _ in row) given++;
    if (given > columns.length) {
      const extra = Object.keys(row).find((name) => !table.columns.includes(name));
      throw new AppError('store_error', `the table ${table.name} has no column ${extra}`);
    }
  }
  return out.take();
}
