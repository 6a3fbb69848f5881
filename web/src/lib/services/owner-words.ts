import { t } from '../../i18n/i18n.svelte.ts';
import { readWord, writeWord } from '../exceptions/filter-words.ts';

/** Fields by which services are gathered and filtered beside the bar's own. */
export const OWNER_FIELDS = ['team', 'environment'] as const;
export type OwnerField = (typeof OWNER_FIELDS)[number];

/** A name as a filter's word; services without one are `(none)`. */
export const ownerWord = (name: string): string => writeWord({ value: name, excluded: false });

/** A filter's word as it is shown. */
export function ownerText(word: string): string {
  const { value, excluded } = readWord('service', word);
  return (excluded ? '≠ ' : '') + (value === '' ? t('ui.none') : value);
}
