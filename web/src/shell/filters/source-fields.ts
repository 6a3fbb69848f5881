import { t, type MessageKey } from '../../i18n/i18n.svelte.ts';

/** The bar's filters, which every page has. */
export const SOURCE_FIELDS = ['cluster', 'namespace', 'workload'] as const;
export type SourceField = (typeof SOURCE_FIELDS)[number];

const NAMES: Record<SourceField, MessageKey> = {
  cluster: 'terms.cluster',
  namespace: 'terms.namespace',
  workload: 'terms.workload',
};

export const fieldName = (field: SourceField): string => t(NAMES[field]);

/** A filter's value in words: `!` excludes. */
export const wordText = (value: string): string =>
  value.startsWith('!') ? t('shell.filter.not', { value: value.slice(1) }) : value;
