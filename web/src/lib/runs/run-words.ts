import { figure, locale, t } from '../../i18n/i18n.svelte.ts';
import { percentText, secondsText } from '../services/availability.ts';
import { formatDuration, formatOffset } from '../time/format.ts';
import { rangeTexts } from '../time/typed.ts';
import type { CheckItem, RunItem } from './runs-api.ts';

type Times = Pick<RunItem, 'from' | 'to' | 'going_on'>;

/** `2026-11-22 14:00 – 15:30`; of one that goes on its beginning alone. */
export function rangeText({ from, to, going_on: goingOn }: Times, now: number, zone: string): string {
  const texts = rangeTexts(Date.parse(from), to === null ? now : Date.parse(to), zone);
  return goingOn && to === null ? `${texts.from} –` : `${texts.from} – ${texts.to}`;
}

/** With the zone, for paper. */
export const rangeWithZone = (times: Times, now: number, zone: string): string =>
  `${rangeText(times, now, zone)} (${[...new Set([zone, formatOffset(Date.parse(times.from), zone)])].join(', ')})`;

/** How long it lasted, or has lasted so far. */
export function lengthText({ from, to, going_on: goingOn }: Times, now: number): string {
  const end = to === null || goingOn ? now : Date.parse(to);
  const length = formatDuration(Math.max(1000, end - Date.parse(from)), locale.language);
  return goingOn ? t('runs.soFar', { length }) : length;
}

/** `staging · shop-* · Deployment/web`; what is not said is everything. */
export function aboutText({ clusters, namespaces, workloads, whole }: RunItem): string {
  const given = [clusters, namespaces, workloads].filter((names) => names.length > 0).map((names) => names.join(', '));
  const about = given.length === 0 ? t('runs.all') : given.join(' · ');
  return whole ? about : `${about} (${t('runs.partial')})`;
}

/** A share from 0 to 1 as `99.95 %`, cut and never rounded; '–' where it is not known. */
export const shareText = (share: number | null): string =>
  share === null ? '–' : percentText(share * 100, locale.language);

const SHARES = new Set<CheckItem['name']>(['found', 'watched', 'complete', 'memory_ratio', 'cpu_ratio', 'throttled']);

/** What a check found, or its threshold, in the check's own unit. */
export function checkValue(name: CheckItem['name'], value: number | null): string {
  if (value === null) return t('runs.checks.unknown');
  if (SHARES.has(name)) return shareText(value);
  return name === 'downtime_s' ? secondsText(value, locale.language) : figure(value);
}
