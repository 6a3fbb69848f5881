import { expect, it } from 'vitest';
import { textRows } from './text-rows.ts';

const value = (text: string): Buffer => {
  const bytes = Buffer.from(text);
  const length: number[] = [];
  for (let left = bytes.length; ; left >>= 7) {
    length.push(left > 127 ? (left & 127) | 128 : left);
    if (left <= 127) return Buffer.concat([Buffer.from(length), bytes]);
  }
};
const bytesOf = (rows: readonly string[][]) => Buffer.concat(rows.flat().map(value));

it.each([
  { rows: [] },
  { rows: [['', '']] },
  {
    rows: [
      ['a', '{"x":"é\\n"}'],
      ['b/ü', '😀'.repeat(100)],
      ['', 'x'.repeat(70_000)],
    ],
  },
])('reads what was written, $rows.length rows', ({ rows }) => {
  expect([...textRows(bytesOf(rows), 2)]).toEqual(rows);
});

it('says so when the bytes end within a row', () => {
  const rows = [
    ['a', 'b'.repeat(200)],
    ['c', 'd'],
  ];
  const whole = bytesOf(rows);
  const boundary = bytesOf(rows.slice(0, 1)).length;
  expect([...textRows(whole.subarray(0, boundary), 2)]).toEqual(rows.slice(0, 1));
  const within = Array.from({ length: whole.length }, (_, end) => end).filter((end) => end !== 0 && end !== boundary);
  for (const end of within) {
    expect(() => [...textRows(whole.subarray(0, end), 2)], `${end}`).toThrow('ends within a row');
  }
});

it('is no length, however long it says to be', () => {
  expect(() => [...textRows(Buffer.alloc(20, 0xff), 1)]).toThrow('ends within a row');
});
