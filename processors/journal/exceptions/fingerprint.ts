import { errorLines, normaliseLine } from './error-lines.ts';
import { shortHash } from '../objects/short-hash.ts';
import type { Row } from './state.ts';

/** A hash of a log's normalised last error lines; '' where there are none. */
export function linesHash(text: string): string {
  const lines = errorLines(text).map(normaliseLine);
  return lines.length === 0 ? '' : shortHash(...lines);
}

/**
 * Groups the same failure over pods, releases and clusters: neither the cluster, the namespace nor the image is in it.
 * Names that are made for each run (a bare pod's, a Job's) lose their changing end.
 */
export function fingerprintOf(row: Row, lines: string): string {
  return shortHash(
    row.type,
    row.workload_kind,
    stableName(row.workload_kind, row.workload),
    row.container,
    row.reason,
    row.exit_code ?? '',
    lines,
  );
}

function stableName(kind: string, name: string): string {
  if (kind !== 'Pod' && !/job/i.test(kind)) return name;
  return name
    .replace(/-[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/, '')
    .replace(/(?:-(?=[a-z0-9]*\d)[a-z0-9]{5,10})+$/, '')
    .replace(/\d+/g, '#');
}
