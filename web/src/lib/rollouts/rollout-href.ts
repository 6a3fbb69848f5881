import { hrefTo, hrefWith } from '../url/view.svelte.ts';
import { rolloutPane } from './rollout-name.ts';

/** The page of a rollout. */
export const rolloutHref = (id: string): string => hrefTo(`/rollouts/${encodeURIComponent(id)}`);

/** The present page with the rollout's pane beside it. */
export const rolloutPaneHref = (id: string): string => hrefWith({ open: rolloutPane(id), line: null });
