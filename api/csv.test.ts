import { describe, expect, it } from 'vitest';
import { EXCEPTION_FIELDS, type ExceptionItem } from '../schemas/api/exceptions.ts';
import { csvOfPages } from './csv.ts';
import type { ExceptionKey } from './queries/exceptions.ts';
import { at, exceptionRow } from './testing/rows.ts';

const item = (row: Partial<ExceptionItem> & { id: string }): ExceptionItem => {
  const whole = exceptionRow(row);
  return Object.fromEntries(EXCEPTION_FIELDS.map((field) => [field, whole[field]])) as unknown as ExceptionItem;
};
const none = async () => [];

async function text(first: ExceptionItem[], readPage: (after: ExceptionKey) => Promise<ExceptionItem[]> = none) {
  const parts = [];
  for await (const part of csvOfPages(first, readPage, 2)) parts.push(part);
  return parts.join('');
}

/** The cell of one field, as it stands in the file. */
async function cell(field: keyof ExceptionItem, value: unknown): Promise<string> {
  const blank = Object.fromEntries(EXCEPTION_FIELDS.map((name) => [name, '']));
  const [, line = ''] = (await text([{ ...blank, [field]: value } as unknown as ExceptionItem])).split(/\r\n(.*)$/s);
  return line.replace(/^,+/, '').replace(/,*(\r\n)?$/, '');
}

describe('a CSV of exceptions', () => {
  it('begins with a byte order mark and the fields of the list', async () => {
    expect(await text([])).toBe(`\uFEFF${EXCEPTION_FIELDS.join(',')}\r\n`);
  });

  it('reads page after page until one is not full', async () => {
    const asked: ExceptionKey[] = [];
    const pages = [[item({ id: 'c' }), item({ id: 'd', observed_at: at(-5) })], [item({ id: 'e' })]];
    const csv = await text([item({ id: 'a' }), item({ id: 'b', observed_at: at(-1) })], async (after) => {
      asked.push(after);
      return pages.shift() ?? [];
    });
    expect(csv.split('\r\n').map((line) => line.split(',')[0])).toEqual(['\uFEFFid', 'a', 'b', 'c', 'd', 'e', '']);
    expect(asked).toEqual([
      { observedAtMs: Date.parse(at(-1)), id: 'b' },
      { observedAtMs: Date.parse(at(-5)), id: 'd' },
    ]);
  });

  it('ends with what a page throws', async () => {
    const rows = [item({ id: 'a' }), item({ id: 'b' })];
    await expect(text(rows, () => Promise.reject(new Error('gone')))).rejects.toThrow('gone');
  });

  it.each([
    ['=1+2', "'=1+2"],
    [' =1+2', "' =1+2"],
    ['\uFEFF=1+2', "'\uFEFF=1+2"],
    ['+1', "'+1"],
    ['-cmd', "'-cmd"],
    ['@SUM(A1)', "'@SUM(A1)"],
    ['\tx', "'\tx"],
    ['\rx', `"'\rx"`],
    ['=HYPERLINK("http://x","y")', `"'=HYPERLINK(""http://x"",""y"")"`],
    ['a=b', 'a=b'],
    ['a\n=1', '"a\n=1"'],
    ['a "b", c\nd', '"a ""b"", c\nd"'],
  ])('writes the text %j so that no spreadsheet runs it', async (value, expected) =>
    expect(await cell('message', value)).toBe(expected),
  );

  it.each([
    ['exit_code', -1, '-1'],
    ['exit_code', null, ''],
    ['services', ['web', 'api'], 'web api'],
    ['services', ['=a'], "'=a"],
  ] as const)('writes %s %j', async (field, value, expected) => expect(await cell(field, value)).toBe(expected));
});
