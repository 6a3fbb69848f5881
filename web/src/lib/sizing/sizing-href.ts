import { hrefTo, hrefWith } from '../url/view.svelte.ts';
import { usageName, type UsageKey } from '../usage/usage-name.ts';
import { sizingPane } from './sizing-key.ts';

/** The page about the sizing of one workload. */
export const sizingHref = (key: UsageKey): string => hrefTo('/sizing/one', { of: usageName(key) });

/** The present page with its pane beside it. */
export const sizingPaneHref = (key: UsageKey): string => hrefWith({ open: sizingPane(key), line: null });
