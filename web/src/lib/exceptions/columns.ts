import type { MessageKey } from '../../i18n/i18n.svelte.ts';
import type { FilterField } from './filter-words.ts';
import type { ExceptionSort } from './filters.svelte.ts';

/** A column of the table. */
export interface ColumnSpec {
  readonly id: string;
  readonly title: MessageKey;
  /** Without it the API cannot sort by the column. */
  readonly sort?: ExceptionSort;
  /** The filters that its cells' values belong to. */
  readonly fields: readonly FilterField[];
  readonly sizePx: number;
  /** Whether it is there until somebody chooses otherwise. */
  readonly shown: boolean;
}

export const LEAST_SIZE_PX = 64;

export const COLUMNS: readonly ColumnSpec[] = [
  { id: 'time', title: 'terms.time', sort: 'observed_at', fields: [], sizePx: 96, shown: true },
  {
    id: 'workload',
    title: 'exceptions.columns.workload',
    sort: 'workload',
    fields: ['workload', 'container'],
    sizePx: 240,
    shown: true,
  },
  { id: 'reason', title: 'terms.reason', sort: 'reason', fields: ['reason', 'exit_code'], sizePx: 210, shown: true },
  { id: 'hint', title: 'terms.hint', sort: 'hint', fields: ['hint'], sizePx: 240, shown: true },
  {
    id: 'where',
    title: 'exceptions.columns.where',
    sort: 'cluster',
    fields: ['namespace', 'cluster'],
    sizePx: 190,
    shown: true,
  },
  { id: 'restarts', title: 'terms.restarts', sort: 'restart_count', fields: [], sizePx: 84, shown: true },
  { id: 'log', title: 'terms.log_status', sort: 'log_status', fields: ['log_status'], sizePx: 96, shown: true },
  { id: 'type', title: 'terms.type', sort: 'type', fields: ['type'], sizePx: 104, shown: false },
  { id: 'pod', title: 'terms.pod', sort: 'pod', fields: ['pod'], sizePx: 230, shown: false },
  { id: 'node', title: 'terms.node', sort: 'node', fields: ['node'], sizePx: 150, shown: false },
  { id: 'image', title: 'terms.image', sort: 'image', fields: ['image'], sizePx: 260, shown: false },
  { id: 'signal', title: 'terms.signal', sort: 'signal', fields: ['signal'], sizePx: 96, shown: false },
  { id: 'started', title: 'terms.started_at', fields: [], sizePx: 160, shown: false },
  { id: 'ended', title: 'terms.finished_at', fields: [], sizePx: 160, shown: false },
  { id: 'rule', title: 'terms.rule', sort: 'rule', fields: ['rule'], sizePx: 130, shown: false },
  { id: 'services', title: 'terms.services', fields: ['service'], sizePx: 170, shown: false },
];

/** The column that takes what room is left. */
const ELASTIC = 'hint';

/** The columns' widths as a CSS grid: the hint's column, or the last one, grows. */
export function gridColumns(columns: readonly { readonly id: string; readonly sizePx: number }[]): string {
  const elastic = columns.some(({ id }) => id === ELASTIC) ? ELASTIC : columns.at(-1)?.id;
  return columns.map(({ id, sizePx }) => (id === elastic ? `minmax(${sizePx}px, 1fr)` : `${sizePx}px`)).join(' ');
}
