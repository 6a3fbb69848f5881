/** Castagnoli's polynomial, reflected (RFC 3720, appendix B.4). */
const POLYNOMIAL = 0x82f63b78;

const firstTable = Int32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte;
  for (let bit = 0; bit < 8; bit += 1) crc = (crc & 1) === 0 ? crc >>> 1 : (crc >>> 1) ^ POLYNOMIAL;
  return crc;
});
/** Table k, from 256 * k on, is the remainder of a byte with k bytes of zeros behind it: eight bytes a step. */
const tables = new Int32Array(8 * 256);
tables.set(firstTable);
for (let at = 256; at < tables.length; at += 1) {
  const before = tables[at - 256]!;
  tables[at] = (before >>> 8) ^ firstTable[before & 0xff]!;
}

/** CRC-32C of bytes [start, end) of `view`, as an unsigned number. */
export function crc32c(view: DataView, start: number, end: number): number {
  let crc = -1;
  let at = start;
  for (const whole = end - 7; at < whole; at += 8) {
    const low = view.getInt32(at, true) ^ crc;
    const high = view.getInt32(at + 4, true);
    crc =
      tables[1792 + (low & 0xff)]! ^
      tables[1536 + ((low >>> 8) & 0xff)]! ^
      tables[1280 + ((low >>> 16) & 0xff)]! ^
      tables[1024 + (low >>> 24)]! ^
      tables[768 + (high & 0xff)]! ^
      tables[512 + ((high >>> 8) & 0xff)]! ^
      tables[256 + ((high >>> 16) & 0xff)]! ^
      tables[high >>> 24]!;
  }
  for (; at < end; at += 1) crc = (crc >>> 8) ^ firstTable[(crc ^ view.getUint8(at)) & 0xff]!;
  return (crc ^ -1) >>> 0;
}
