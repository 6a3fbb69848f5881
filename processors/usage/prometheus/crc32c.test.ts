import fc from 'fast-check';
import { expect, it } from 'vitest';
import { crc32c } from './crc32c.ts';
import { slowCrc32c } from './testing/read-encoding.ts';

const of = (bytes: Uint8Array): number =>
  crc32c(new DataView(bytes.buffer, bytes.byteOffset, bytes.length), 0, bytes.length);

// The check value of CRC-32C's catalogue entry, and two of RFC 3720, appendix B.4.
it.each([
  [Buffer.from('123456789'), 0xe3069283],
  [Buffer.alloc(32), 0x8a9136aa],
  [Buffer.alloc(32, 0xff), 0x62a8ab43],
  [Buffer.alloc(0), 0],
])('has the known sum of %o', (bytes, sum) => {
  expect(of(bytes)).toBe(sum);
});

it('agrees with the sum made bit by bit, at any length', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 100 }), (bytes) => {
      expect(of(bytes)).toBe(slowCrc32c(bytes));
    }),
  );
});
