import { tick } from 'svelte';
import { t, type MessageKey } from '../i18n/i18n.svelte.ts';
import { currentPath } from '../lib/url/navigation.ts';
import { pageSubject } from './page-subject.svelte.ts';
import { PAGES } from './pages.ts';

const titleOf = (path: string): MessageKey => {
  if (path.startsWith('/exceptions/')) return 'detail.title';
  return PAGES.find((page) => page.path === path)?.title ?? 'shell.notFound.title';
};

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
