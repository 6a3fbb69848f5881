import type { Answer } from '../api/client.ts';
import type { Range } from '../time/range.ts';

export type ImportItem = Answer<'listImports'>['items'][number];
export type HourState = ImportItem['hours'][number]['state'];

const HOUR_MS = 3_600_000;

/** A stretch of one state, milliseconds since the Unix epoch. */
export interface HourSpan {
  readonly state: HourState;
  readonly from: number;
  readonly to: number;
}

/** The spans of an import within a range, oldest first. The hour that goes on counts as far as it is imported. */
export function spansIn({ hours, imported_to: importedTo }: ImportItem, range: Range): HourSpan[] {
  const until = importedTo === null ? null : Date.parse(importedTo);
  return hours
    .map(({ state, from, to }) => {
      const end = state === 'open' && until !== null ? Math.max(Date.parse(from), until) : Date.parse(to);
      return { state, from: Math.max(range.from, Date.parse(from)), to: Math.min(range.to, end) };
    })
    .filter(({ from, to }) => to > from);
}

/** Hours by state; what is of no hour that was listed is not counted. */
export function hoursByState(spans: readonly HourSpan[]): Map<HourState, number> {
  const counts = new Map<HourState, number>();
  for (const { state, from, to } of spans) counts.set(state, (counts.get(state) ?? 0) + (to - from) / HOUR_MS);
  return counts;
}

export interface ImportedShare {
  /** Hours, rounded to tenths. */
  readonly done: number;
  readonly all: number;
  /** 0 to 1, cut to thousandths: 1 only where nothing lacks. */
  readonly share: number;
}

/** Late scrapes are waited for: of a range that ends now its last minutes are never there. */
const TOLERATED_HOURS = 0.1;

/** How much of a range is imported. */
export function importedShare(spans: readonly HourSpan[], range: Range): ImportedShare {
  const counts = hoursByState(spans);
  const all = (range.to - range.from) / HOUR_MS;
  const done = Math.min(all, (counts.get('done') ?? 0) + (counts.get('open') ?? 0));
  const whole = all - done <= Math.min(TOLERATED_HOURS, all / 2);
  return {
    done: Math.round(done * 10) / 10,
    all: Math.round(all * 10) / 10,
    share: whole ? 1 : Math.min(0.999, Math.floor((done / all) * 1000) / 1000),
  };
}

/** How a backfill goes: `left` hours at instants, oldest first. Null while nothing was imported since the first. */
export function hoursAMinute(seen: readonly { readonly at: number; readonly left: number }[]): number | null {
  const [first, last] = [seen[0], seen.at(-1)];
  if (!first || !last || last.at <= first.at || last.left >= first.left) return null;
  return ((first.left - last.left) * 60_000) / (last.at - first.at);
}

const CODES = [
  'prometheus_unavailable',
  'prometheus_denied',
  'prometheus_bad_answer',
  'prometheus_too_much',
  'prometheus_rejected',
  'prometheus_no_remote_read',
  'prometheus_nothing',
] as const;

/** The code of a failure as the texts know it; null for one that they do not. */
export const knownCode = (code: string): (typeof CODES)[number] | null => CODES.find((one) => one === code) ?? null;

/** What matters most first; any other after these. */
const MEASURES = ['cpu', 'memory', 'gpu', 'network', 'file'];
const placeOf = (measure: string): number => {
  const place = MEASURES.findIndex((family) => measure.startsWith(family));
  return place < 0 ? MEASURES.length : place;
};

/** The sources in the order in which their measures are read. */
export const byMeasure = (sources: ImportItem['sources']): ImportItem['sources'] =>
  sources.toSorted((a, b) => placeOf(a.measure) - placeOf(b.measure) || (a.measure < b.measure ? -1 : 1));
