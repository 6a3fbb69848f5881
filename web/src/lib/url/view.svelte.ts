import { searchParams } from 'sv-router';
import { DEFAULT_FROM, DEFAULT_TO, isRelative, isZone, resolveRange, type Range } from '../time/range.ts';
import { go } from './navigation.ts';
import { joinWords, splitWords } from './words.ts';

/** What every page is about: the bar's settings. They live in the URL, so that a link shows the same to another person. */
export interface View {
  readonly from: string;
  readonly to: string;
  readonly zone: string;
  /** Seconds between two refreshes; 0: only when asked for. */
  readonly refreshSeconds: number;
  readonly cluster: readonly string[];
  readonly namespace: readonly string[];
  readonly workload: readonly string[];
}

export const REFRESH_SECONDS = [0, 10, 30, 60, 300] as const;
const DEFAULT_REFRESH_SECONDS = 60;
/** The parameters that go along from page to page. */
const SHARED = ['from', 'to', 'tz', 'refresh', 'cluster', 'namespace', 'workload'] as const;

export const browserZone = (): string => Intl.DateTimeFormat().resolvedOptions().timeZone || 'UTC';

let now = $state(Date.now());

const params = $derived(searchParams.toURLSearchParams());
const texts = $derived({ from: params.get('from') ?? DEFAULT_FROM, to: params.get('to') ?? DEFAULT_TO });
const zone = $derived.by(() => {
  const named = params.get('tz') ?? '';
  return named !== '' && isZone(named) ? named : browserZone();
});
const resolved = $derived(resolveRange(texts.from, texts.to, now, zone));
const fallback = $derived(resolveRange(DEFAULT_FROM, DEFAULT_TO, now, zone) as Range);

export const view = {
  get from() {
    return texts.from;
  },
  get to() {
    return texts.to;
  },
  get zone() {
    return zone;
  },
  get refreshSeconds() {
    const given = Number(params.get('refresh') ?? DEFAULT_REFRESH_SECONDS);
    return REFRESH_SECONDS.find((seconds) => seconds === given) ?? DEFAULT_REFRESH_SECONDS;
  },
  get cluster() {
    return splitWords(params.get('cluster'));
  },
  get namespace() {
    return splitWords(params.get('namespace'));
  },
  get workload() {
    return splitWords(params.get('workload'));
  },
  /** The range at the last load or refresh. A range that cannot be read counts as the last 24 hours; `invalid` says so. */
  get range(): Range {
    return resolved ?? fallback;
  },
  get invalid() {
    return resolved === null;
  },
  /** Whether time moves the range: a link to it shows another one tomorrow. */
  get moving() {
    return isRelative(texts.from) || isRelative(texts.to);
  },
  /** Whether the range ends at the present, so that something new can come into it. */
  get live() {
    return texts.to === 'now';
  },
  /** When the range was last resolved, milliseconds since the Unix epoch. */
  get now() {
    return now;
  },
  /** The range, as the API's parameters. */
  get times() {
    return { from: new Date(view.range.from).toISOString(), to: new Date(view.range.to).toISOString() };
  },
  /** The bar's filters and times, as the API's parameters. */
  get query() {
    return { ...view.times, cluster: view.cluster, namespace: view.namespace, workload: view.workload };
  },
  /** A parameter of the page's own; '' where it is not given. */
  param: (name: string): string => params.get(name) ?? '',
  words: (name: string): string[] => splitWords(params.get(name)),
};

/** Moves the range's end to now; everything that was fetched for the range is fetched anew. */
export const refresh = (): void => void (now = Date.now());

export type Patch = Readonly<Record<string, string | number | readonly string[] | null>>;

function patched(base: URLSearchParams, patch: Patch): URLSearchParams {
  const next = new URLSearchParams(base);
  for (const [name, value] of Object.entries(patch)) {
    const text = value === null ? '' : Array.isArray(value) ? joinWords(value as string[]) : String(value);
    if (text === '') next.delete(name);
    else next.set(name, text);
  }
  return next;
}

const toSearch = (given: URLSearchParams): string => {
  const text = given.toString().replaceAll('%2C', ',').replaceAll('%3A', ':').replaceAll('%2F', '/');
  return text === '' ? '' : `?${text}`;
};

/** Writes the zone into an address that names none, so that a copied address shows the same to somebody elsewhere. */
export function pinZone(): void {
  if (params.get('tz') !== null) return;
  searchParams.set('tz', browserZone(), { replace: true });
  const { pathname, hash } = globalThis.location;
  globalThis.history.replaceState(globalThis.history.state, '', pathname + toSearch(params) + hash);
}

/** Changes parameters of the present page: null or '' removes one. `replace`: without a step that Back would undo. */
export function setParams(patch: Patch, options: { replace?: boolean } = {}): void {
  const search = toSearch(patched(params, patch));
  go(globalThis.location.pathname, { search, replace: options.replace ?? false });
}

/** The path of another page under the same time and filters, with parameters of its own. */
export function hrefTo(path: string, patch: Patch = {}): string {
  const shared = new URLSearchParams();
  for (const name of SHARED) {
    const value = params.get(name);
    if (value !== null) shared.set(name, value);
  }
  return path + toSearch(patched(shared, patch));
}

/** The present page with other parameters. */
export const hrefWith = (patch: Patch): string => globalThis.location.pathname + toSearch(patched(params, patch));

/** The whole address with times that stay where they are, and the zone they are read in. */
export function absoluteAddress(): string {
  const { from, to } = view.times;
  const { origin, pathname, hash } = globalThis.location;
  return origin + pathname + toSearch(patched(params, { from, to, tz: zone })) + hash;
}
