import type { FastifyReply, FastifyRequest } from 'fastify';
import { toTime } from '../../platform/clock.ts';
import { answers } from '../../schemas/api/envelope.ts';
import { SlaReportQuery } from '../../schemas/api/service-parameters.ts';
import { SlaReport, type SlaBy } from '../../schemas/api/sla.ts';
import { attachment, file } from '../attachments.ts';
import type { App, RouteContext } from '../context.ts';
import { readZone } from '../figure-range.ts';
import { readReportPeriod, type PeriodQuery } from '../report-period.ts';
import { linesBy, livedIn, measureServices, totalLine } from '../service-figures.ts';
import { readServiceFilter } from '../service-filter.ts';
import { csvOfReport } from '../sla-csv.ts';

type ReportQuery = PeriodQuery & Parameters<typeof readServiceFilter>[0] & { tz?: string | undefined; by: SlaBy };

/** Availability over a month, a quarter or a range, for people to keep. */
export function slaRoutes(app: App, { store, clock, principal, limits, sla }: RouteContext): void {
  async function readReport(request: FastifyRequest, query: ReportQuery, reply: FastifyReply): Promise<SlaReport> {
    const { scope } = principal(request);
    const options = limits(reply);
    const zone = await readZone(store, query.tz, sla.time_zone, options);
    const { name, complete, ...period } = await readReportPeriod(store, { query, zone, nowMs: clock.now() }, options);
    const choice = { filter: readServiceFilter(query), period };
    const services = (await measureServices(scope, store, { choice, period, sla }, options)).filter(livedIn);
    return {
      from: toTime(period.from),
      to: toTime(period.to),
      period: name,
      complete,
      tz: zone,
      by: query.by,
      total: totalLine(services),
      lines: linesBy(services, query.by),
    };
  }

  const report = {
    operationId: 'getSlaReport',
    summary: 'Availability over a calendar month, a quarter or a range',
    description:
      'month=2026-10, quarter=2026-Q4, or from and to (default: the last 30 days), in the calendar of tz. Services that were never ready by the end of it have no line.',
    tags: ['services'],
    querystring: SlaReportQuery,
    response: answers(SlaReport),
  };
  app.get('/api/v1/sla/report', { schema: report }, (request, reply) => readReport(request, request.query, reply));

  const csv = {
    operationId: 'exportSlaReport',
    summary: 'The same report as CSV, a line a service or group',
    description: "Seconds and percents. UTF-8 with a byte order mark; formulas begin with '.",
    tags: ['services'],
    querystring: SlaReportQuery,
    response: file('text/csv', 'A header, and a line for each service or group'),
  };
  app.get('/api/v1/sla/report.csv', { schema: csv }, async (request, reply) => {
    const found = await readReport(request, request.query, reply);
    const day = (time: string) => time.slice(0, 10);
    const name = found.period || `${day(found.from)}-${day(found.to)}`;
    reply.header('content-type', 'text/csv; charset=utf-8');
    reply.header('content-disposition', attachment(`tidemark-sla-${name}-${found.by}.csv`));
    return csvOfReport(found.lines, found);
  });
}
