import { hasText, locale, t } from '../../i18n/i18n.svelte.ts';
import { COLUMNS } from './columns.ts';
import type { FilterField } from './filter-words.ts';
import { hintText } from './hint-text.ts';

const worded = (prefix: string, value: string): string => {
  const key = `${prefix}.${value}`;
  return hasText(key) ? t(key) : value;
};

/** A filter's value as people read it: the API's own words in their language. */
export function valueText(field: FilterField, value: string): string {
  if (value === '' || (field === 'exit_code' && value === 'none')) return t('ui.none');
  if (field === 'type') return worded('terms.types', value);
  if (field === 'log_status') return worded('terms.logStatuses', value);
  if (field === 'hint') return hintText(value, locale.language);
  return value;
}

export const fieldText = (field: FilterField): string => worded('terms', field);

/** The name of a group's workload, which the API gives with its kind: `Deployment/web`. */
export const workloadName = (workload: string): string => workload.slice(workload.indexOf('/') + 1);

/** The titles of the columns, for the orders that can be chosen from a list. */
export const SORTS = COLUMNS.flatMap(({ sort, title }) => (sort ? [{ sort, title }] : []));
