import { stringify } from 'csv-stringify/sync';
import { EXCEPTION_FIELDS, type ExceptionItem } from '../schemas/api/exceptions.ts';
import { keyOf, type ExceptionKey } from './queries/exceptions.ts';

const OPTIONS = {
  columns: [...EXCEPTION_FIELDS],
  record_delimiter: 'windows',
  // Off by default beside a delimiter: a lone \n in a message would begin a line of its own.
  quote_record_delimiter: true,
  // A text that begins with = + - @ is run by spreadsheets; a ' before it makes it text. Numbers stay numbers.
  escape_formulas: true,
  cast: {
    // Some pass over blanks in front.
    string: (value: string) => (/^[\s\uFEFF]+[=+\-@]/.test(value) ? `'${value}` : value),
    object: (value: object) => (Array.isArray(value) ? value.join(' ') : JSON.stringify(value)),
  },
} as const;

/**
 * The lines of a CSV, a page at a time: the next page is read once the one before has been taken. What `readPage` throws
 * ends it. A page that is not full is the last.
 */
export async function* csvOfPages(
  first: readonly ExceptionItem[],
  readPage: (after: ExceptionKey) => Promise<ExceptionItem[]>,
  pageRows: number,
): AsyncGenerator<string> {
  yield stringify([...first], { ...OPTIONS, header: true, bom: true });
  let page = first;
  while (page.length >= pageRows) {
    const last = page.at(-1);
    if (!last) return;
    page = await readPage(keyOf(last));
    if (page.length > 0) yield stringify([...page], OPTIONS);
  }
}
