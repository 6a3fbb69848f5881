import type { CheckItem } from '../../schemas/api/run-comparisons.ts';
import type { UsageItem } from '../../schemas/api/usage.ts';
import { createMatcher } from '../name-pattern.ts';
import type { About } from './about.ts';

/** Patterns that match something known in the range, besides its usage. */
export interface Found {
  readonly namespaces: readonly string[];
  readonly workloads: readonly string[];
}

const MOST_LINES = 50;

const isOf = (pattern: string, { workload_kind: kind, workload }: UsageItem): boolean =>
  createMatcher(pattern)(pattern.includes('/') ? `${kind}/${workload}` : workload);

/**
 * Whether each namespace and workload that is named is known in the range, and all that was asked for may be seen. What matches
 * nothing was not looked at, which is never good: no baseline excuses it.
 */
export function foundCheck(
  about: Pick<About, 'namespaces' | 'workloads'>,
  { whole, items, found }: { whole: boolean; items: readonly UsageItem[]; found: Found },
): CheckItem {
  const namespaces = about.namespaces.filter(
    (pattern) =>
      !found.namespaces.includes(pattern) && !items.some(({ namespace }) => createMatcher(pattern)(namespace)),
  );
  const workloads = about.workloads.filter(
    (pattern) => !found.workloads.includes(pattern) && !items.some((item) => isOf(pattern, item)),
  );
  const named = about.namespaces.length + about.workloads.length;
  const lost = namespaces.length + workloads.length;
  const what = [
    ...(whole ? [] : ['not all that was asked for may be seen with this token']),
    ...namespaces.map((pattern) => `no namespace ${pattern} is known in the range`),
    ...workloads.map(
      (pattern) =>
        `no workload ${pattern} is known in the range${pattern.includes('/') ? ' (kinds as Kubernetes writes them: Deployment/web)' : ''}`,
    ),
  ];
  return {
    name: 'found',
    ok: what.length === 0,
    limit: 1,
    found: whole ? (named === 0 ? 1 : (named - lost) / named) : null,
    baseline: null,
    what: what.slice(0, MOST_LINES).map((text) => ({ text, link: null })),
  };
}
