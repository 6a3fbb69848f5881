import type { SlaLine } from '../schemas/api/sla.ts';
import { CAUSES } from '../schemas/outages.ts';
import { csvLines } from './csv.ts';

/** Percent and shares, with more digits than a year has milliseconds for. */
const rounded = (value: number | null): number | null => (value === null ? null : Number(value.toFixed(6)));

/** The columns of a line, by name; the names stay. */
function cellsOf(line: SlaLine): Record<string, string | number | null> {
  const { availability, availability_with_maintenance: all, downtime, budget, burn } = line;
  const byCause = new Map(downtime.by_cause.map(({ cause, seconds }) => [cause, seconds]));
  return {
    cluster: line.cluster,
    namespace: line.namespace,
    service: line.service,
    team: line.team,
    environment: line.environment,
    services: line.services,
    missed: line.missed,
    availability_worst_percent: rounded(availability.worst),
    availability_best_percent: rounded(availability.best),
    availability_with_maintenance_worst_percent: rounded(all.worst),
    availability_with_maintenance_best_percent: rounded(all.best),
    objective_percent: line.objective,
    counted_s: line.counted_s,
    unknown_s: line.unknown_s,
    off_s: line.off_s,
    maintenance_s: line.maintenance_s,
    downtime_worst_s: downtime.worst_s,
    downtime_best_s: downtime.best_s,
    downtime_likely_s: downtime.likely_s,
    downtime_planned_s: downtime.planned_s,
    downtime_unplanned_s: downtime.unplanned_s,
    degraded_s: line.degraded_s,
    outages: line.outages,
    longest_s: line.longest_s,
    mttr_s: rounded(line.mttr_s),
    mtbf_s: rounded(line.mtbf_s),
    budget_total_s: budget.total_s,
    budget_left_s: budget.left_s,
    burn_1h: rounded(burn['1h']),
    burn_6h: rounded(burn['6h']),
    burn_24h: rounded(burn['24h']),
    burn_72h: rounded(burn['72h']),
    ...Object.fromEntries(CAUSES.map((cause) => [`downtime_${cause.replaceAll('-', '_')}_s`, byCause.get(cause) ?? 0])),
  };
}

/** A report's lines as CSV, each with the period that it is about. */
export function csvOfReport(lines: readonly SlaLine[], period: { from: string; to: string }): string {
  const rows = lines.map((line) => ({ from: period.from, to: period.to, ...cellsOf(line) }));
  return csvLines(COLUMNS, rows, { head: true });
}

const NOTHING: SlaLine = {
  cluster: '',
  namespace: '',
  service: '',
  team: '',
  environment: '',
  services: 0,
  missed: 0,
  availability: { worst: null, best: null },
  availability_with_maintenance: { worst: null, best: null },
  counted_s: 0,
  unknown_s: 0,
  off_s: 0,
  maintenance_s: 0,
  downtime: { worst_s: 0, best_s: 0, likely_s: 0, planned_s: 0, unplanned_s: 0, by_cause: [] },
  degraded_s: 0,
  outages: 0,
  longest_s: 0,
  mttr_s: null,
  mtbf_s: null,
  objective: 0,
  budget: { total_s: 0, left_s: 0 },
  burn: { '1h': null, '6h': null, '24h': null, '72h': null },
};
/** The same of every report, with or without lines. */
const COLUMNS = ['from', 'to', ...Object.keys(cellsOf(NOTHING))];
