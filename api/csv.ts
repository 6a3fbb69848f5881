import { stringify } from 'csv-stringify/sync';
import { EXCEPTION_FIELDS, type ExceptionItem } from '../schemas/api/exceptions.ts';
import { keyOf, type ExceptionKey } from './queries/exceptions.ts';

const OPTIONS = {
  record_delimiter: 'windows',
  // Off by default beside a delimiter: a lone \n in a message would begin a line of its own.
  quote_record_delimiter: true,
  // A text that begins with = + - @ is run by spreadsheets; a ' before it makes it text. Numbers stay numbers.
  escape_formulas: true,
  cast: {
    // Some pass over blanks in front.
    string: (value: string) => (/^[\s\uFEFF]+[=+\-@]/.test(value) ? `'${value}` : value),
    boolean: String,
    object: (value: object) => (Array.isArray(value) ? value.join(' ') : JSON.stringify(value)),
  },
} as const;

/** The head of a CSV, with a byte order mark, and the rows' lines; without `head` the lines alone. */
export const csvLines = (columns: readonly string[], rows: readonly object[], options: { head: boolean }): string =>
  stringify([...rows], { ...OPTIONS, columns: [...columns], header: options.head, bom: options.head });

export interface CsvPages<Item extends object> {
  readonly columns: readonly string[];
  readonly first: readonly Item[];
  /** Reads the page after the row. */
  readonly readPage: (after: Item) => Promise<Item[]>;
  readonly pageRows: number;
}

/**
 * The lines of a CSV, a page at a time: the next page is read once the one before has been taken. What `readPage` throws
 * ends it. A page that is not full is the last.
 */
export async function* csvPages<Item extends object>(pages: CsvPages<Item>): AsyncGenerator<string> {
  const { columns, first, readPage, pageRows } = pages;
  yield csvLines(columns, first, { head: true });
  let page = first;
  while (page.length >= pageRows) {
    const last = page.at(-1);
    if (!last) return;
    page = await readPage(last);
    if (page.length > 0) yield csvLines(columns, page, { head: false });
  }
}

/** Exceptions as a CSV. */
export const csvOfPages = (
  first: readonly ExceptionItem[],
  readPage: (after: ExceptionKey) => Promise<ExceptionItem[]>,
  pageRows: number,
): AsyncGenerator<string> =>
  csvPages({ columns: EXCEPTION_FIELDS, first, readPage: (last) => readPage(keyOf(last)), pageRows });
