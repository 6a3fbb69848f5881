import Boxes from '@lucide/svelte/icons/boxes';
import CircleAlert from '@lucide/svelte/icons/circle-alert';
import Activity from '@lucide/svelte/icons/activity';
import Cpu from '@lucide/svelte/icons/cpu';
import Gauge from '@lucide/svelte/icons/gauge';
import Rocket from '@lucide/svelte/icons/rocket';
import Ruler from '@lucide/svelte/icons/ruler';
import Timer from '@lucide/svelte/icons/timer';
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
  { path: '/services', title: 'services.title', icon: Activity, key: 's' },
  { path: '/rollouts', title: 'rollouts.title', icon: Rocket, key: 'r' },
  { path: '/resources', title: 'shell.pages.resources', icon: Cpu, key: 'u' },
  { path: '/sizing', title: 'shell.pages.sizing', icon: Ruler, key: 'z' },
  { path: '/runs', title: 'shell.pages.runs', icon: Timer, key: 't' },
  { path: '/clusters', title: 'clusters.title', icon: Boxes, key: 'c' },
];

/** Pages that the search offers, and the rail does not: each is reached from a page of the rail. */
export const FURTHER_PAGES: readonly Pick<PageEntry, 'path' | 'title'>[] = [
  { path: '/services/report', title: 'report.title' },
];
