import Boxes from '@lucide/svelte/icons/boxes';
import CircleAlert from '@lucide/svelte/icons/circle-alert';
import Gauge from '@lucide/svelte/icons/gauge';
import type { Component } from 'svelte';
import type { MessageKey } from '../i18n/i18n.svelte.ts';

export interface PageEntry {
  readonly path: string;
  readonly title: MessageKey;
  // eslint-disable-next-line typescript/no-explicit-any -- each icon has its own props
  readonly icon: Component<any>;
  /** Pressed after `g`. */
  readonly key: string;
}

/** The pages that work, in the order of the rail. One that does not work yet is not here. */
export const PAGES: readonly PageEntry[] = [
  { path: '/', title: 'overview.title', icon: Gauge, key: 'o' },
  { path: '/exceptions', title: 'exceptions.title', icon: CircleAlert, key: 'e' },
  { path: '/clusters', title: 'clusters.title', icon: Boxes, key: 'c' },
];
