import type { ExceptionDetail, ExceptionRow } from '../../lib/exceptions/sentence.ts';
import { formatDuration, type Language } from '../../lib/time/format.ts';

export type PodEvent = ExceptionDetail['events'][number];

/** An event beside the moment at which the row's thing ended, or was first seen. Milliseconds; negative: before it. */
export interface TimedEvent {
  readonly event: PodEvent;
  readonly at: number;
  readonly offsetMs: number;
  /** When it came first, where it was counted up since then; else null. */
  readonly sinceMs: number | null;
  readonly warning: boolean;
}

export interface Moment {
  readonly at: number;
  /** Whether that is its end; else only when it was seen. */
  readonly ended: boolean;
}

/** The moment that everything else is measured by. A spell counts from when it was seen: its end may be hours away. */
export function momentOf(row: ExceptionRow): Moment {
  const ended = row.finished_at !== null && row.type !== 'stuck';
  return { at: Date.parse(ended ? (row.finished_at as string) : row.observed_at), ended };
}

const orElse = (time: string, other: string): number => {
  const ms = Date.parse(time);
  return Number.isNaN(ms) ? Date.parse(other) : ms;
};

/** The events in the order in which they happened last. */
export function timeEvents(events: readonly PodEvent[], moment: Moment): TimedEvent[] {
  const timed = events.map((event) => {
    const at = orElse(event.last_seen, event.observed_at);
    const first = orElse(event.first_seen, event.observed_at);
    return {
      event,
      at,
      offsetMs: at - moment.at,
      sinceMs: event.count > 1 && first < at ? first - moment.at : null,
      warning: event.type === 'Warning',
    };
  });
  return timed.sort((a, b) => a.at - b.at);
}

/** `−42 s`, `+3 min`, `0 s`. */
export function offsetText(ms: number, language: Language): string {
  if (Math.abs(ms) < 1000) return `0 ${language === 'zh' ? '秒' : 's'}`;
  return (ms < 0 ? '−' : '+') + formatDuration(Math.abs(ms), language);
}
