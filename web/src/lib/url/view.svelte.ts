import { searchParams } from 'sv-router';
import {
  DEFAULT_FROM,
  DEFAULT_TO,
  instantsOf,
  isZone,
  resolveRange,
  type Range,
  type TimeText,
} from '../time/range.ts';
import { defaultFrom } from './default-range.ts';
import { currentPath, go, ownPath } from './navigation.ts';
import { distinctWords, joinWords } from './words.ts';

export const REFRESH_SECONDS = [0, 10, 30, 60, 300] as const;
const DEFAULT_REFRESH_SECONDS = 60;
/** The parameters that go along from page to page. */
const SHARED = ['from', 'to', 'tz', 'refresh', 'cluster', 'namespace', 'workload'] as const;

export const browserZone = (): string => Intl.DateTimeFormat().resolvedOptions().timeZone || 'UTC';

let now = $state(Date.now());

const params = $derived(searchParams.toURLSearchParams());
// Each setting goes through its own text: a change of the URL that is about something else (a pane that opens) gives every
// reader the same value as before, and so fetches nothing anew.
const from = $derived(params.get('from') ?? defaultFrom(currentPath()));
const to = $derived(params.get('to') ?? DEFAULT_TO);
const refreshText = $derived(params.get('refresh') ?? '');
const clusterText = $derived(params.get('cluster') ?? '');
const namespaceText = $derived(params.get('namespace') ?? '');
const workloadText = $derived(params.get('workload') ?? '');
const cluster = $derived(distinctWords(clusterText));
const namespace = $derived(distinctWords(namespaceText));
const workload = $derived(distinctWords(workloadText));
const zone = $derived.by(() => {
  const named = params.get('tz') ?? '';
  return named !== '' && isZone(named) ? named : browserZone();
});
const resolved = $derived(resolveRange(from, to, now, zone));
const range = $derived(resolved ?? (resolveRange(DEFAULT_FROM, DEFAULT_TO, now, zone) as Range));
const times = $derived(instantsOf(range));

/** What every page is about: the bar's settings. They live in the URL, so that a link shows the same to another person. */
export const view = {
  get from(): TimeText {
    return from;
  },
  get to(): TimeText {
    return to;
  },
  get zone() {
    return zone;
  },
  /** Seconds between two refreshes; 0: only when asked for. */
  get refreshSeconds() {
    const given = refreshText === '' ? DEFAULT_REFRESH_SECONDS : Number(refreshText);
    return REFRESH_SECONDS.find((seconds) => seconds === given) ?? DEFAULT_REFRESH_SECONDS;
  },
  get cluster() {
    return cluster;
  },
  get namespace() {
    return namespace;
  },
  get workload() {
    return workload;
  },
  /**
   * The range at the last load or refresh; another object after each refresh, also where its ends stay. A range that cannot
   * be read counts as the last 24 hours; `invalid` says so.
   */
  get range(): Range {
    return range;
  },
  get invalid() {
    return resolved === null;
  },
  /** Whether the range ends at the present, so that something new can come into it. */
  get live() {
    return to === 'now';
  },
  /** When the range was last resolved, milliseconds since the Unix epoch. */
  get now() {
    return now;
  },
  /** The range, as the API's parameters. */
  get times() {
    return times;
  },
  /** The bar's filters and times, as the API's parameters. */
  get query() {
    return { ...times, cluster, namespace, workload };
  },
  /**
   * A parameter of the page's own; '' where it is not given. Read in what fetches, it fetches anew after each change of the
   * URL: a `$derived` in between stops that.
   */
  param: (name: string): string => params.get(name) ?? '',
  /** The values of a parameter of the page's own, each once: what shows them tells them apart by their text. */
  words: (name: string): string[] => distinctWords(params.get(name)),
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
  const { hash } = globalThis.location;
  globalThis.history.replaceState(globalThis.history.state, '', ownPath() + toSearch(params) + hash);
}

/** Changes parameters of the present page: null or '' removes one. `replace`: without a step that Back would undo. */
export function setParams(patch: Patch, options: { replace?: boolean } = {}): void {
  const search = toSearch(patched(params, patch));
  go(ownPath(), { search, replace: options.replace ?? false });
}

/** Makes a stretch of time the range of the present page. */
export const setRange = (next: Range): void => setParams(instantsOf(next));

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
export const hrefWith = (patch: Patch): string => ownPath() + toSearch(patched(params, patch));

/** The whole address with times that stay where they are, and the zone they are read in. */
export function absoluteAddress(): string {
  const { origin, pathname, hash } = globalThis.location;
  return origin + pathname + toSearch(patched(params, { ...times, tz: zone })) + hash;
}
