import { figure, locale, t } from '../../i18n/i18n.svelte.ts';
import type { SizedResource } from '../../lib/sizing/sizing-api.ts';
import { bytes } from '../../lib/usage/byte-base.svelte.ts';
import { byteUnit, twoDecimals } from '../../lib/usage/units.ts';

/** Bytes in a unit of their own. */
function bytesText(value: number): string {
  const unit = byteUnit(value, bytes.base);
  return `${twoDecimals(value / unit.size, locale.language)} ${unit.name}`;
}

/** Two figures that stand side by side, in the unit that the larger one has; memory has it behind the second. */
export function pairOf(resource: SizedResource, now: number, next: number): { now: string; next: string } {
  if (resource !== 'memory') return { now: plainAmount(resource, now), next: plainAmount(resource, next) };
  const unit = byteUnit(Math.max(now, next), bytes.base);
  const [first, second] = [now, next].map((value) => twoDecimals(value / unit.size, locale.language));
  return { now: first ?? '', next: `${second} ${unit.name}` };
}

/** A figure as a table has it: cores without their unit, which the column names. */
export function plainAmount(resource: SizedResource, value: number): string {
  if (resource === 'memory') return bytesText(value);
  return resource === 'cpu' ? twoDecimals(value, locale.language) : figure(value);
}

/** A figure with its unit: `0.60 cores`, `1.20 GB`, `2 GPUs`. */
export function amountText(resource: SizedResource, value: number): string {
  const n = plainAmount(resource, value);
  if (resource === 'memory') return n;
  return resource === 'cpu' ? t('sizing.amount.cores', { n }) : t('sizing.amount.gpus', { n, count: value });
}

/** A share as `12.34 %`. */
export const percentText = (share: number): string => `${twoDecimals(share * 100, locale.language)} %`;

/** What was used of a resource; of GPUs the utilisation. */
export const usedText = (resource: SizedResource, value: number | null): string => {
  if (value === null) return t('sizing.notKnown');
  return resource === 'gpu' ? percentText(value) : amountText(resource, value);
};

/** Amounts that stand together as `a, b and c`; those that are nothing are left out. */
export function amountsText(amounts: Readonly<Record<SizedResource, number>>): string {
  const [a, b, c] = (['cpu', 'memory', 'gpu'] as const)
    .filter((resource) => amounts[resource] > 0)
    .map((resource) => amountText(resource, amounts[resource]));
  if (a === undefined) return '';
  if (b === undefined) return a;
  return c === undefined ? t('sizing.head.amounts.two', { a, b }) : t('sizing.head.amounts.three', { a, b, c });
}
