import type { MessageKey } from '../../i18n/i18n.svelte.ts';
import type { Answer } from '../../lib/api/client.ts';
import type { Patch } from '../../lib/url/view.svelte.ts';

export type Overview = Answer<'getOverview'>;
export type SignalName = keyof Overview['signals'];

export interface Signal {
  readonly name: SignalName;
  readonly title: MessageKey;
  readonly about: MessageKey;
  /** Its shape where there are any. `down`: something cannot go on now; `degraded`: something ended, or has too little. */
  readonly status: 'down' | 'degraded';
  /**
   * `end`: what was so at the end of the range, against its beginning. `range`: what began or happened in it, against the
   * period before.
   */
  readonly counts: 'end' | 'range';
  /** The page that shows them, and the filters under which it shows exactly these where the range ends at the present. */
  readonly path: '/exceptions' | '/services' | '/rollouts';
  readonly filters: Patch;
  /** The filters for a range that ended before: what is so now is another matter then. */
  readonly pastFilters: Patch;
}

const CRASH_LOOP = 'CrashLoopBackOff';
/** The groups first seen in the range, most frequent first, as the overview names them. */
export const NEW_GROUPS: Patch = { view: 'groups', group_sort: 'count', new: '1' };

/** What the first line tells, in its order: what is bad now. */
export const STATES: readonly Signal[] = [
  ofServices('services_down', 'down', 'down'),
  ofServices('services_degraded', 'degraded', 'degraded'),
  {
    ...named('rollouts_failing', 'down'),
    counts: 'end',
    path: '/rollouts',
    filters: { outcome: 'failed' },
    pastFilters: { outcome: 'failed' },
  },
  ofExceptions('crash_loops', 'down', { type: 'stuck', reason: CRASH_LOOP }),
];

/** What the second line tells: what happened. Each is one type of exception or a part of one: they are never added up. */
export const HAPPENINGS: readonly Signal[] = [
  ofExceptions('stuck', 'down', { type: 'stuck', reason: `!${CRASH_LOOP}` }),
  ofExceptions('deaths', 'degraded', { type: 'death' }),
  ofExceptions('oom_kills', 'degraded', { type: 'death', reason: 'OOMKilled' }),
  ofExceptions('pods', 'degraded', { type: 'pod' }),
  ofExceptions('jobs', 'degraded', { type: 'job' }),
  ofExceptions('new_groups', 'degraded', NEW_GROUPS),
];

function named(name: SignalName, status: Signal['status']): Pick<Signal, 'name' | 'title' | 'about' | 'status'> {
  return { name, title: `overview.signals.${name}`, about: `overview.about.${name}`, status };
}

function ofExceptions(name: SignalName, status: Signal['status'], filters: Patch): Signal {
  return { ...named(name, status), counts: 'range', path: '/exceptions', filters, pastFilters: filters };
}

function ofServices(name: SignalName, status: Signal['status'], state: 'down' | 'degraded'): Signal {
  const pastFilters = { sort: state === 'down' ? 'downtime' : 'availability' };
  return { ...named(name, status), counts: 'end', path: '/services', filters: { state }, pastFilters };
}

/** Whether the whole period before was recorded: only then does a change from it mean anything. */
export const isComparable = ({ recorded_since, previous }: Overview): boolean =>
  recorded_since !== null && Date.parse(recorded_since) <= Date.parse(previous.from);

/** Whether the beginning of the range was recorded already. */
export const isBeginningKnown = ({ recorded_since, from }: Overview): boolean =>
  recorded_since !== null && Date.parse(recorded_since) <= Date.parse(from);
