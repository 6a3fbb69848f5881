import type { MessageKey } from '../../i18n/i18n.svelte.ts';
import type { Answer } from '../../lib/api/client.ts';
import type { Patch } from '../../lib/url/view.svelte.ts';

export type Overview = Answer<'getOverview'>;
type SignalName = keyof Overview['signals'];

export interface Signal {
  readonly name: SignalName;
  readonly title: MessageKey;
  readonly about: MessageKey;
  /** Its shape where there are any. `down`: something cannot go on now; `degraded`: something ended. */
  readonly status: 'down' | 'degraded';
  /** The filters under which the page of exceptions shows exactly these. */
  readonly filters: Patch;
}

const CRASH_LOOP = 'CrashLoopBackOff';
/** The groups first seen in the range, most frequent first, as the overview names them. */
export const NEW_GROUPS: Patch = { view: 'groups', group_sort: 'count', new: '1' };

/** What the first line tells, in its order. Each is one type of exception or a part of one: they are never added up. */
export const SIGNALS: readonly Signal[] = [
  signal('crash_loops', 'down', { type: 'stuck', reason: CRASH_LOOP }),
  signal('stuck', 'down', { type: 'stuck', reason: `!${CRASH_LOOP}` }),
  signal('deaths', 'degraded', { type: 'death' }),
  signal('oom_kills', 'degraded', { type: 'death', reason: 'OOMKilled' }),
  signal('pods', 'degraded', { type: 'pod' }),
  signal('jobs', 'degraded', { type: 'job' }),
  signal('new_groups', 'degraded', NEW_GROUPS),
];

function signal(name: SignalName, status: Signal['status'], filters: Patch): Signal {
  return { name, title: `overview.signals.${name}`, about: `overview.about.${name}`, status, filters };
}

/** Whether the whole period before was recorded: only then does a change from it mean anything. */
export const isComparable = ({ recorded_since, previous }: Overview): boolean =>
  recorded_since !== null && Date.parse(recorded_since) <= Date.parse(previous.from);
