import type { QueryOptions, Store } from '../../platform/store/store.ts';
import type { RunSizing } from '../../schemas/api/runs.ts';
import { MOST_ROWS } from '../queries/runs/exceptions.ts';
import type { Scope } from '../scope.ts';
import { toSizingItem } from '../sizing/items.ts';
import type { SizingOptions } from '../sizing/options.ts';
import { readSizing } from '../sizing/read.ts';
import { countVerdicts, sorted, totalsOf } from '../sizing/table.ts';
import { readKept } from '../usage/kept.ts';
import { planRange } from '../usage/parts.ts';
import { usageFilterOf, type ReportRequest } from './report.ts';

/** How the workloads of a range are sized, by what they used in it; null where they are too many to judge. */
export async function sizingOf(
  scope: Scope,
  store: Store,
  { subject, nowMs, retention, sizing }: ReportRequest & { sizing: SizingOptions },
  options: QueryOptions,
): Promise<RunSizing | null> {
  const { about, period } = subject;
  const filter = usageFilterOf(about);
  const kept = await readKept(scope, store, { filter, range: period, nowMs, retention }, options);
  const choice = { filter, plan: planRange(period, kept), sizing };
  const found = await readSizing(scope, store, choice, options);
  if (!found) return null;
  const { sized } = found;
  return {
    verdicts: countVerdicts(sized),
    totals: totalsOf(sized),
    total: sized.length,
    items: sorted(sized, 'danger', 'desc')
      .slice(0, MOST_ROWS)
      .map(toSizingItem)
      .map(({ cluster, namespace, kind, name, verdict, verdicts, pods, cpu, memory, gpu }) => ({
        cluster,
        namespace,
        kind,
        name,
        verdict,
        verdicts,
        pods,
        cpu,
        memory,
        gpu,
      })),
  };
}
