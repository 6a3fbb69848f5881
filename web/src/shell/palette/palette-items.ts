import { LANGUAGES, locale, setLanguage, t } from '../../i18n/i18n.svelte.ts';
import type { Answer } from '../../lib/api/client.ts';
import { serviceHref } from '../../lib/services/service-href.ts';
import { setTheme, type Theme } from '../../lib/theme.svelte.ts';
import { PRESETS } from '../../lib/time/presets.ts';
import type { Range } from '../../lib/time/range.ts';
import { absoluteAddress, hrefTo, hrefWith, refresh, type Patch } from '../../lib/url/view.svelte.ts';
import { workloadHref } from '../../lib/workloads/workload-href.ts';
import { FURTHER_PAGES, PAGES } from '../pages.ts';
import { findKey } from './recent-finds.ts';

export type Found = Answer<'search'>['items'][number];

/** One line of the palette: it leads somewhere (`href`), or does something (`run`). */
export interface PaletteItem {
  readonly id: string;
  readonly text: string;
  /** What it is, or where. */
  readonly note: string;
  readonly href?: string;
  readonly run?: () => void;
  /** What was found, to be kept among the recent ones. */
  readonly found?: Found;
}

export const pageItems = (): PaletteItem[] => [
  ...PAGES.map(({ path, title, key }) => ({
    id: `page ${path}`,
    text: t(title),
    note: `g ${key}`,
    href: hrefTo(path),
  })),
  ...FURTHER_PAGES.map(({ path, title }) => ({ id: `page ${path}`, text: t(title), note: '', href: hrefTo(path) })),
];

const MOST_CLUSTERS = 5;

/**
 * Clusters whose name holds what was typed, the very one first: each leads to its part of the page of clusters; the very
 * one becomes the filter of the present page, too.
 */
export function clusterItems(names: readonly string[], typed: string): PaletteItem[] {
  const wanted = typed.toLowerCase();
  const found = names.filter((name) => name.toLowerCase().includes(wanted));
  const isExact = (name: string): boolean => name.toLowerCase() === wanted;
  return found
    .toSorted((a, b) => Number(isExact(b)) - Number(isExact(a)) || (a < b ? -1 : 1))
    .slice(0, MOST_CLUSTERS)
    .flatMap((name) => {
      const line = {
        id: `cluster ${name}`,
        text: name,
        note: t('terms.cluster'),
        href: hrefTo('/clusters', { cluster: [name], namespace: null, workload: null }),
      };
      const filter = {
        id: `only ${name}`,
        text: t('shell.palette.onlyCluster', { name }),
        note: t('shell.palette.filter'),
        href: hrefWith({ cluster: [name] }),
      };
      return isExact(name) ? [line, filter] : [line];
    });
}

export function actionItems(): PaletteItem[] {
  const themes: Theme[] = ['light', 'dark', 'system'];
  return [
    { id: 'refresh', text: t('shell.refresh.now'), note: 'r', run: refresh },
    {
      id: 'copy',
      text: t('shell.copyLink'),
      note: '',
      run: () => void globalThis.navigator.clipboard.writeText(absoluteAddress()),
    },
    ...themes.map((theme) => ({
      id: `theme ${theme}`,
      text: `${t('shell.theme.title')}: ${t(`shell.theme.${theme}`)}`,
      note: '',
      run: () => setTheme(theme),
    })),
    ...LANGUAGES.filter(({ code }) => code !== locale.language).map(({ code, name }) => ({
      id: `language ${code}`,
      text: `${t('shell.language')}: ${name}`,
      note: '',
      run: () => void setLanguage(code),
    })),
    ...PRESETS.map(({ from, to, text }) => ({
      id: `time ${from} ${to}`,
      text: t('shell.palette.timeTo', { range: t(text) }),
      note: '',
      href: hrefWith({ from, to }),
    })),
  ];
}

/** The filters under which the exceptions page shows just what was found. */
function filtersOf({ kind, name, cluster, namespace, fingerprint }: Found): Patch {
  const none = { cluster: null, namespace: null, workload: null };
  if (kind === 'group') return { ...none, fingerprint };
  if (kind === 'node') return { ...none, cluster: [cluster], node: [name] };
  if (kind === 'namespace') return { ...none, cluster: [cluster], namespace: [name] };
  return { ...none, cluster: [cluster], namespace: [namespace], [kind]: [name] };
}

const DAY_MS = 86_400_000;

/** The range stays where it holds the newest of it; else it becomes the shortest usual one that does. */
function timesFor(found: Found, range: Range, now: number): Patch {
  const last = Date.parse(found.last_seen);
  if (range.from <= last && last < range.to) return {};
  const days = [1, 7].find((count) => now - last < count * DAY_MS) ?? 30;
  return { from: days === 1 ? 'now-24h' : `now-${days}d`, to: 'now' };
}

function hrefOf(found: Found, range: Range, now: number): string {
  const { kind, cluster, namespace, name } = found;
  if (kind === 'service') return serviceHref({ cluster, namespace, service: name });
  if (kind === 'workload' && found.workload_kind !== '')
    return workloadHref({ ...found, workload: name }, timesFor(found, range, now));
  return hrefTo('/exceptions', { ...filtersOf(found), ...timesFor(found, range, now) });
}

export const foundItem = (found: Found, range: Range, now: number): PaletteItem => ({
  id: `found ${findKey(found)}`,
  text: found.name,
  note: [
    found.kind === 'workload' && found.workload_kind !== ''
      ? found.workload_kind
      : t(`shell.palette.kinds.${found.kind}`),
    [found.cluster, found.kind === 'namespace' ? '' : found.namespace].filter(Boolean).join('/'),
    found.kind === 'group' ? found.reason : '',
  ]
    .filter(Boolean)
    .join(' · '),
  href: hrefOf(found, range, now),
  found,
});

/** Lines whose text holds every word that was typed, whatever its case. */
export function matching(items: readonly PaletteItem[], typed: string): PaletteItem[] {
  const words = typed.toLowerCase().split(/\s+/);
  return items.filter(({ text }) => words.every((word) => text.toLowerCase().includes(word)));
}
