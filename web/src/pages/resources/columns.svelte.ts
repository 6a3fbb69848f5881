import { t } from '../../i18n/i18n.svelte.ts';
import { sortOfColumn } from '../../lib/usage/sorts.ts';
import type { UsageBy, UsageSort } from '../../lib/usage/usage-api.ts';
import type { GridColumn } from '../../ui/grid/columns.ts';

const STORED = 'tidemark.resources.hidden';
export const COLUMNS = ['name', 'cpu', 'memory', 'gpu', 'throttled', 'oom', 'pods'] as const;
export type ColumnId = (typeof COLUMNS)[number];

const stored = (): ColumnId[] => {
  const words = globalThis.localStorage?.getItem(STORED)?.split(',') ?? [];
  return COLUMNS.filter((id) => id !== 'name' && words.includes(id));
};

let hidden = $state.raw<readonly ColumnId[]>(stored());

/** What this person does not want to see. */
export const columnChoice = {
  isHidden: (id: ColumnId): boolean => hidden.includes(id),
  toggle(id: ColumnId): void {
    hidden = hidden.includes(id) ? hidden.filter((one) => one !== id) : [...hidden, id];
    globalThis.localStorage?.setItem(STORED, hidden.join(','));
  },
};

/** Those that there can be: pods are counted in groups only, throttling is told of pods, and GPUs where any row has one. */
export const possibleColumns = (by: UsageBy, gpu: boolean): ColumnId[] =>
  COLUMNS.filter((id) => (id !== 'gpu' || gpu) && (id !== 'pods' || by !== 'pod'));

const SIZES: Record<ColumnId, Pick<GridColumn, 'leastPx' | 'compactPx' | 'share' | 'keep'>> = {
  name: { leastPx: 180, compactPx: 150, share: 1.2, keep: true },
  cpu: { leastPx: 230, compactPx: 150, share: 1.3, keep: true },
  memory: { leastPx: 318, compactPx: 200, share: 1.5, keep: true },
  gpu: { leastPx: 170, compactPx: 150, share: 0.7 },
  throttled: { leastPx: 92, compactPx: 84, share: 0 },
  oom: { leastPx: 84, compactPx: 76, share: 0 },
  pods: { leastPx: 64, compactPx: 60, share: 0 },
};

export function columnsOf(by: UsageBy, gpu: boolean, present: UsageSort): GridColumn[] {
  const sorts: Record<ColumnId, UsageSort | null> = {
    name: 'name',
    cpu: sortOfColumn('cpu', by, present),
    memory: sortOfColumn('memory', by, present),
    gpu: sortOfColumn('gpu', by, present),
    throttled: by === 'pod' ? 'throttled_avg' : null,
    oom: 'oom_kills',
    pods: 'pods',
  };
  return possibleColumns(by, gpu)
    .filter((id) => !hidden.includes(id))
    .map((id) => {
      const sort = sorts[id];
      return {
        id,
        title: t(`resources.columns.${id}`),
        ...SIZES[id],
        ...(sort === null ? {} : { sort }),
        ...(id === 'throttled' || id === 'oom' || id === 'pods' ? { end: true } : {}),
        ...(id === 'oom' ? { ownLinks: true } : {}),
      };
    });
}
