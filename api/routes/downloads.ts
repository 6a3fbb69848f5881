import { Readable } from 'node:stream';
import Type from 'typebox';
import { CsvQuery } from '../../schemas/api/parameters.ts';
import { toTime } from '../../platform/clock.ts';
import { AppError } from '../../platform/errors.ts';
import { attachment, file, stamp } from '../attachments.ts';
import type { App, RouteContext } from '../context.ts';
import { csvOfPages } from '../csv.ts';
import { filterOf } from '../filter.ts';
import { getException, listExceptions, type ExceptionKey } from '../queries/exceptions.ts';
import { getLog } from '../queries/neighbours.ts';
import { limitsOf } from './exceptions.ts';

const PAGE_ROWS = 2000;

/** A file's name out of others' words: nothing but letters, digits, dots and dashes, and not hidden. */
const fileName = (...parts: string[]): string =>
  parts
    .filter((part) => part !== '')
    .map((part) => part.replaceAll(/[^A-Za-z0-9.-]/g, '_').slice(0, 100))
    .join('_')
    .replace(/^\.+/, '_');

/** What is kept as a file: the list as a table, and one log. */
export function downloadRoutes(app: App, { store, clock, principal, limits }: RouteContext): void {
  const csv = {
    operationId: 'exportExceptions',
    summary: 'Exceptions as CSV, newest first',
    description:
      "All that the filters find, not a page. UTF-8 with a byte order mark; a cell that a spreadsheet would run as a formula begins with '. A connection that breaks off means that rows are missing.",
    tags: ['exceptions'],
    querystring: CsvQuery,
    response: file('text/csv', 'A header, and a line for each exception'),
  };
  app.get('/api/v1/exceptions.csv', { schema: csv }, async (request, reply) => {
    const { scope } = principal(request);
    const filter = filterOf(request.query);
    const options = limits(reply, limitsOf(filter));
    const page = (after: ExceptionKey | null) =>
      listExceptions(scope, store, { filter, after, limit: PAGE_ROWS }, options);
    // The first page is asked for before the answer begins, so that what is wrong with it can still be said.
    const first = await page(null);
    reply.header('content-type', 'text/csv; charset=utf-8');
    reply.header('content-disposition', attachment(`tidemark-exceptions-${stamp(toTime(clock.now()))}.csv`));
    return reply.send(Readable.from(csvOfPages(first, page, PAGE_ROWS)));
  });

  const log = {
    operationId: 'getExceptionLog',
    summary: "The dead instance's log as a file",
    tags: ['exceptions'],
    params: Type.Object({ id: Type.String({ minLength: 1, maxLength: 300 }) }),
    response: file('text/plain', 'The last lines, each with its time'),
  };
  app.get('/api/v1/exceptions/:id/log', { schema: log }, async (request, reply) => {
    const { scope } = principal(request);
    const options = limits(reply);
    const exception = await getException(scope, store, request.params.id, options);
    const found = exception && (await getLog(scope, store, exception, options));
    if (!exception || !found?.text) throw new AppError('not_found', 'there is no log of an exception with this id');
    const { pod, container, finished_at: finishedAt, observed_at: observedAt } = exception;
    const name = fileName(pod, container, stamp(finishedAt ?? observedAt));
    reply.header('content-type', 'text/plain; charset=utf-8');
    reply.header('content-disposition', attachment(`${name}.log`));
    return found.text;
  });
}
