import { hrefTo, hrefWith } from '../url/view.svelte.ts';
import { usageName, usagePane, type UsageKey } from './usage-name.ts';

/** The page of one pod's or group's usage. */
export const usageHref = (key: UsageKey): string => hrefTo('/resources/one', { of: usageName(key) });

/** The present page with its pane beside it. */
export const usagePaneHref = (key: UsageKey): string => hrefWith({ open: usagePane(key), line: null });
