import { t } from '../../i18n/i18n.svelte.ts';
import type { ResourceSizing, SizedResource } from '../../lib/sizing/sizing-api.ts';
import { amountText, pairOf, plainAmount } from './amounts.ts';

/** What something is now and what it should be; '' where it stays, or where nothing is recommended. */
export interface Change {
  readonly now: string;
  readonly next: string;
}

const close = (a: number | null, b: number): boolean => a !== null && Math.abs(a - b) < 1e-9;

/** What is set: none is a word, what is not known is another. */
export function nowText(resource: SizedResource, value: number | null, known: boolean, plain = true): string {
  if (value !== null) return plain ? plainAmount(resource, value) : amountText(resource, value);
  return known ? t('sizing.none') : plain ? t('sizing.dash') : t('sizing.notKnown');
}

/** The request of a pod, now and recommended. `plain`: as in a table, else with units. */
export function requestChange(resource: SizedResource, figures: ResourceSizing, plain = true): Change {
  const { request, recommended_request: next } = figures;
  const say = plain ? plainAmount : amountText;
  const now = nowText(resource, request, figures.asked_known, plain);
  if (next === null || close(request, next)) return { now, next: '' };
  return plain && request !== null ? pairOf(resource, request, next) : { now, next: say(resource, next) };
}

/** The limit of a pod, now and recommended. */
export function limitChange(resource: SizedResource, figures: ResourceSizing, plain = true): Change {
  const { limit, limit_change: change, recommended_limit: next } = figures;
  const say = plain ? plainAmount : amountText;
  const now = nowText(resource, limit, figures.asked_known, plain);
  if (change === 'remove') return { now, next: t('sizing.none') };
  if (change !== 'set') return { now, next: '' };
  if (next === null) return { now, next: t('sizing.cell.byContainer') };
  if (close(limit, next)) return { now, next: '' };
  return plain && limit !== null ? pairOf(resource, limit, next) : { now, next: say(resource, next) };
}

/** A change as a sentence's part. `advised`: something is recommended of the resource at all. */
export function changeText({ now, next }: Change, advised: boolean): string {
  if (next !== '') return t('sizing.cell.change', { now, next });
  return t(advised ? 'sizing.cell.stays' : 'sizing.cell.nothing', { now });
}

/** What all pods could give back, or lack, in words. */
export function savingText(resource: SizedResource, saving: number | null): string {
  if (saving === null) return t('sizing.cell.unknown');
  if (Math.abs(saving) < 1e-9) return t('sizing.cell.enough');
  return t(saving > 0 ? 'sizing.cell.giveBack' : 'sizing.cell.add', { n: amountText(resource, Math.abs(saving)) });
}
