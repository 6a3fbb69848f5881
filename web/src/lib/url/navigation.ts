import type { Component } from 'svelte';
import { createRouter, type Routes } from 'sv-router';
import { onThisHost } from './on-this-host.ts';

interface Router {
  navigate(path: string, options: { search: string; replace: boolean; scrollToTop: false }): Promise<unknown>;
  readonly route: { readonly pathname: string };
}
let router: Router = {
  navigate: () => Promise.reject(new Error('no routes yet')),
  route: { pathname: '/' },
};

/** Sets the pages up. Called once, by the program's entry. */
export function startRouter(routes: Routes): void {
  router = createRouter(routes) as unknown as Router;
  globalThis.document.addEventListener('click', leaveToBrowser);
}

/** The path of the page that is shown; whatever reads it is shown anew when it changes. */
export const currentPath = (): string => onThisHost(router.route.pathname);

/** The path in the address bar, which is there before the router is. */
export const ownPath = (): string => onThisHost(globalThis.location.pathname);

export type Page = () => Promise<{ default: Component }>;

/** Goes to a page of this program. */
export function go(path: string, options: { search?: string; replace?: boolean } = {}): void {
  const { search = '', replace = false } = options;
  void router.navigate(path, { search, replace, scrollToTop: false });
}

/** Goes where `hrefTo` leads. */
export function follow(href: string, options: { replace?: boolean } = {}): void {
  const url = new URL(href, globalThis.location.href);
  go(url.pathname, { search: url.search, ...options });
}

/** The router takes every click on a link; those for a new tab, and for what the server answers itself, are the browser's. */
function leaveToBrowser(event: MouseEvent): void {
  const anchor = event.target instanceof Element ? event.target.closest('a') : null;
  if (!anchor) return;
  const modified = event.ctrlKey || event.metaKey || event.shiftKey || event.altKey || event.button !== 0;
  if (modified || event.defaultPrevented || anchor.pathname.startsWith('/api/')) event.stopPropagation();
}
