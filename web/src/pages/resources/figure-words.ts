import { locale, t } from '../../i18n/i18n.svelte.ts';
import { bytes } from '../../lib/usage/byte-base.svelte.ts';
import { byteUnit, ONE, twoDecimals, type Unit } from '../../lib/usage/units.ts';

/** Cores, or the unit of bytes that these figures have in common. */
export function unitOf(resource: 'cpu' | 'memory', figures: readonly (number | null)[]): Unit {
  if (resource === 'cpu') return ONE;
  return byteUnit(Math.max(0, ...figures.map((value) => value ?? 0)), bytes.base);
}

/** A figure without its unit; a dash where it is not known. */
export const plain = (value: number | null, unit: Unit): string =>
  value === null ? t('resources.dash') : twoDecimals(value / unit.size, locale.language);

/** A figure with its unit, or the words that say that there is none. */
export const worded = (value: number | null, unit: Unit, otherwise = t('resources.missing.words')): string =>
  value === null ? otherwise : `${plain(value, unit)}${unit.name === '' ? '' : ` ${unit.name}`}`;

/** Bytes with a unit of their own. */
export const bytesText = (value: number | null, otherwise = t('resources.missing.words')): string =>
  worded(value, byteUnit(value ?? 0, bytes.base), otherwise);

/** A share as `12.34 %`. */
export const percentText = (share: number | null, otherwise = t('resources.missing.words')): string =>
  share === null ? otherwise : `${twoDecimals(share * 100, locale.language)} %`;
