import { figure, hasText, t, type MessageKey } from '../../i18n/i18n.svelte.ts';
import { gistOf, type Advice } from '../../lib/sizing/gist.ts';
import type { Reason, SizedResource, SizingItem } from '../../lib/sizing/sizing-api.ts';
import { amountText, percentText, usedText } from './amounts.ts';

const AMOUNTS = new Set(['limit', 'request', 'recommended', 'limit_at_kill', 'least', 'whole']);
const SHARES = new Set(['throttled', 'utilisation', 'known_share']);

function valueText(name: string, value: Reason['values'][string], resource: SizedResource): string {
  if (value === null) return t(AMOUNTS.has(name) ? 'sizing.none' : 'sizing.notKnown');
  if (typeof value === 'string') return value === '' ? t('sizing.notKnown') : value;
  if (name === 'used') return usedText(resource, value);
  if (AMOUNTS.has(name)) return amountText(resource, value);
  return SHARES.has(name) ? percentText(value) : figure(value);
}

function valuesOf({ resource, values }: Reason): Record<string, string | number> {
  const of = resource ?? 'memory';
  return {
    ...Object.fromEntries(Object.entries(values).map(([name, value]) => [name, valueText(name, value, of)])),
    name: t(`sizing.names.${of}`),
    first: t(`sizing.namesFirst.${of}`),
    // An unknown limit is not the same as none.
    ...(values['limit_at_kill'] === null ? { limit_at_kill: t('sizing.notKnown') } : {}),
    ...(typeof values['kills'] === 'number' ? { count: values['kills'] } : {}),
  };
}

/** A reason in the words of `part`; one that these pages do not know is told in the API's English. */
function wordsOf(part: 'reasons' | 'gist.why', reason: Reason): string {
  const key = `sizing.${part}.${reason.code}`;
  const known = [key, `${key}_other`].some((one) => hasText(one));
  return known ? t(key as MessageKey, valuesOf(reason)).trim() : reason.text;
}

/** A reason as a sentence. */
export const reasonText = (reason: Reason): string => wordsOf('reasons', reason);

/** `give back 3.30 cores`. */
export const adviceText = ({ what, resource, amount }: Advice): string =>
  t(`sizing.gist.advice.${what}`, { n: amountText(resource, amount) });

/** A workload in one sentence: what is pressing most, and what to do. `prefer`: which resource is told of where several are the same. */
export function gistText(item: SizingItem, prefer: SizedResource | null = null): string {
  const { reason, advice, also } = gistOf(item, prefer);
  if (!reason) return t('sizing.gist.fine');
  const why = wordsOf('gist.why', reason);
  const text = advice ? t('sizing.gist.with', { why, advice: adviceText(advice) }) : why;
  return also === null ? text : t('sizing.gist.also', { text, name: t(`sizing.names.${also}`) }).trim();
}
