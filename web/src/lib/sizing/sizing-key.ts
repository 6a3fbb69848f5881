import { SIZING_PANE } from '../url/sizing-pane.ts';
import { parseUsageName, usageName, type UsageKey } from '../usage/usage-name.ts';
import type { SizingItem } from './sizing-api.ts';

/** A workload as the pages about usage name it. */
export const keyOfSizing = ({ cluster, namespace, kind, name }: SizingItem): UsageKey => ({
  by: 'workload',
  cluster,
  namespace,
  kind,
  name,
});

/** What `open` in the address says of the sizing of a workload. */
export const sizingPane = (key: UsageKey): string => SIZING_PANE + usageName(key);

/** The workload that a text names; null where it names none. */
export function parseSizingName(text: string): UsageKey | null {
  const key = parseUsageName(text);
  return key?.by === 'workload' && key.kind !== '' && key.name !== '' ? key : null;
}
