import { AppError } from '../errors.ts';

const LOWEST_7 = 0x7f;
const GOES_ON = 0x80;
/** 2^28 bytes and more would not fit into one string. */
const MOST_SHIFT = 28;

const cutOff = () =>
  new AppError('store_unavailable', 'the store cannot be reached: its answer ends within a row', { retryable: true });

/**
 * Rows of `columns` String columns each out of RowBinary: every value is its length as a varint, then its bytes. One row at a
 * time, as the caller goes on. Throws AppError `store_unavailable` where the bytes end within a row.
 */
export function* textRows(bytes: Buffer, columns: number): Generator<string[]> {
  let at = 0;
  const next = (): string => {
    let length = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = bytes[at++];
      if (byte === undefined || shift > MOST_SHIFT) throw cutOff();
      length += (byte & LOWEST_7) * 2 ** shift;
      if (byte < GOES_ON) break;
    }
    const from = at;
    at += length;
    if (at > bytes.length) throw cutOff();
    return bytes.toString('utf8', from, at);
  };
  while (at < bytes.length) {
    const row: string[] = [];
    for (let column = 0; column < columns; column++) row.push(next());
    yield row;
  }
}
