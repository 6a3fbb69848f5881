import { tick } from 'svelte';
import { t, type MessageKey } from '../i18n/i18n.svelte.ts';
import { currentPath } from '../lib/url/navigation.ts';
import { pageSubject } from './page-subject.svelte.ts';
import { FURTHER_PAGES, PAGES } from './pages.ts';

/** What the pages below a path are about. */
const BELOW: readonly (readonly [path: string, title: MessageKey])[] = [
  ['/exceptions/', 'detail.title'],
  ['/services/', 'service.title'],
  ['/rollouts/', 'rollout.title'],
  ['/workloads/', 'workload.title'],
  ['/resources/', 'shell.pages.resources'],
  ['/sizing/', 'shell.pages.sizing'],
  ['/runs/compare', 'shell.pages.compareRuns'],
  ['/runs/', 'shell.pages.run'],
];

const titleOf = (path: string): MessageKey =>
  [...PAGES, ...FURTHER_PAGES].find((page) => page.path === path)?.title ??
  BELOW.find(([above]) => path.startsWith(above))?.[1] ??
  'shell.notFound.title';

/** The window's title; and after each change of page the focus on its heading, where a screen reader goes on reading. */
export function followPages(main: () => HTMLElement | undefined): void {
  let shown: string | undefined;
  $effect(() => {
    const page = [pageSubject.now, t(titleOf(currentPath()))].filter(Boolean).join(' · ');
    globalThis.document.title = t('shell.title', { page });
  });
  $effect(() => {
    const path = currentPath();
    const first = shown === undefined;
    if (path === shown) return;
    shown = path;
    if (!first) void tick().then(() => focusHeading(main()));
  });
}

function focusHeading(main: HTMLElement | undefined): void {
  if (!main) return;
  main.scrollTop = 0;
  const heading = main.querySelector('h1') ?? main;
  if (!heading.hasAttribute('tabindex')) heading.setAttribute('tabindex', '-1');
  heading.focus({ preventScroll: true });
}
