import { toTime } from '../../platform/clock.ts';
import type { ImportItem } from '../../schemas/api/imports.ts';
import type { WindowSpan } from '../queries/usage/imports.ts';
import type { Period } from '../queries/service-conditions.ts';

/** The spans in turn over the whole period, `none` where there is nothing. They are sorted and do not overlap. */
export function fillHours(spans: readonly WindowSpan[], { from, to }: Period): ImportItem['hours'] {
  const hours: ImportItem['hours'] = [];
  let reached = from;
  const none = (until: number) => {
    if (until > reached) hours.push({ state: 'none', from: toTime(reached), to: toTime(until) });
  };
  for (const span of spans) {
    none(span.from_ms);
    hours.push({ state: span.state, from: toTime(span.from_ms), to: toTime(span.to_ms) });
    reached = span.to_ms;
  }
  none(to);
  return hours;
}
