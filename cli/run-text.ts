import type { RunItem, RunReport } from '../schemas/api/runs.ts';
import { plainLine } from './check-text.ts';

/** A length of time in the two largest units that say something. */
export function tellLength(ms: number): string {
  const seconds = Math.round(ms / 1000);
  const parts = [
    [Math.floor(seconds / 86_400), 'd'],
    [Math.floor(seconds / 3600) % 24, 'h'],
    [Math.floor(seconds / 60) % 60, 'm'],
    [seconds % 60, 's'],
  ] as const;
  const first = parts.findIndex(([count]) => count > 0);
  if (first < 0) return '0s';
  return parts
    .slice(first, first + 2)
    .filter(([count]) => count > 0)
    .map(([count, unit]) => `${count}${unit}`)
    .join(' ');
}

/** A run in one line. */
export function tellRun(run: RunItem): string {
  const about = [...run.clusters, ...run.namespaces, ...run.workloads].map(plainLine).join(' ');
  const end = run.to === null ? 'goes on' : `to ${run.to} (${tellLength(Date.parse(run.to) - Date.parse(run.from))})`;
  return `${plainLine(run.name)}  ${run.from} ${end}${about === '' ? '' : `  ${about}`}`;
}

const MOST = 10;
const cores = (value: number | null): string => (value === null ? '-' : value.toFixed(2));
const megabytes = (value: number | null): string => (value === null ? '-' : `${(value / 1e6).toFixed(0)} MB`);
const percent = (value: number | null): string =>
  value === null ? 'not known' : `${Math.floor(value * 100 + 1e-6)} %`;

function section(title: string, lines: readonly string[], total = lines.length): string[] {
  const shown = lines.slice(0, MOST).map((line) => `  ${plainLine(line)}`);
  return [title, ...shown, ...(total > shown.length ? [`  ... and ${total - shown.length} more`] : [])];
}

/** What a run came to, for people. */
export function tellReport(report: RunReport): string {
  const { run, exceptions, outages, rollouts, usage, complete, watched } = report;
  const lines = [
    tellRun(run),
    ...(run.note === '' ? [] : run.note.split('\n').map((line) => `  ${plainLine(line)}`)),
    ...(report.going_on ? [`It goes on; this is up to ${report.to}.`] : []),
    ...(report.whole ? [] : ['Only what this token may see is shown.']),
    `Watched ${percent(watched.share)}, imported ${percent(complete.share)} (the least of its clusters)`,
    ...section(
      `Exceptions: ${exceptions.deaths} deaths, ${exceptions.others} others, ${exceptions.oom_kills} OOM kills; ${exceptions.new_groups} of ${exceptions.groups_total} groups are new`,
      exceptions.groups.map(
        (group) =>
          `${group.count} x ${group.reason} ${group.cluster}/${group.namespace} ${group.workload_kind}/${group.workload}${group.new ? '  new' : ''}`,
      ),
      exceptions.groups_total,
    ),
    ...section(
      `Outages: ${outages.down} down for ${tellLength(outages.downtime_s * 1000)}, ${outages.unplanned} of them unplanned; ${outages.degraded} degraded`,
      outages.items.map(
        (item) =>
          `${item.kind} ${tellLength(item.within_s * 1000)} ${item.cluster}/${item.namespace} ${item.service}: ${item.sentence || item.cause}${item.announced ? ' (announced)' : item.planned ? ' (planned)' : ''}`,
      ),
      outages.down + outages.degraded,
    ),
    ...section(
      `Rollouts: ${rollouts.total}, ${rollouts.failed} failed`,
      rollouts.items.map(
        (item) =>
          `${item.outcome} ${item.cluster}/${item.namespace} ${item.workload_kind}/${item.workload} ${item.kind}`,
      ),
      rollouts.total,
    ),
    ...section(
      `Usage of ${usage.total} workloads: average, maximum / limit (CPU in cores, memory)`,
      usage.items.map(
        ({ cluster, namespace, workload_kind: kind, workload, cpu, memory }) =>
          `${cluster}/${namespace} ${kind}/${workload}: CPU ${cores(cpu.avg)}, ${cores(cpu.max)} / ${cores(cpu.limit)}; memory ${megabytes(memory.avg)}, ${megabytes(memory.max)} / ${megabytes(memory.limit)}`,
      ),
      usage.total,
    ),
  ];
  return `${lines.join('\n')}\n`;
}
