import type { Range } from '../../lib/time/range.ts';
import { keyAct } from './keys.ts';
import { BOUNDS_MS, drawn, toMs, toPx, zoomed, type Bounds, type TimeScale } from './time-scale.ts';

const LEAST_DRAG_PX = 5;
/** A turn of the wheel is many events: the range is asked for once they have stopped. */
const WHEEL_RESTS_MS = 220;
const WHEEL_ZOOM = 0.0022;

interface Given {
  readonly range: Range;
  readonly widthPx: number;
  readonly now: number;
}

interface Listeners {
  zoom(range: Range): void;
  pick(at: number): void;
}

/** Where the cursor is, what is being drawn, and the range that the wheel has come to but that is not asked for yet. */
export function createTimelineState(given: () => Given, on: Listeners) {
  let pointed = $state<number | null>(null);
  let kept = $state<number | null>(null);
  let drag = $state.raw<{ startPx: number; endPx: number } | null>(null);
  let wheel = $state.raw<{ base: Range; range: Range } | null>(null);
  let timer: ReturnType<typeof setTimeout> | undefined;

  const range = $derived.by((): Range => {
    const base = given().range;
    return wheel && wheel.base.from === base.from && wheel.base.to === base.to ? wheel.range : base;
  });
  const scale = $derived<TimeScale>({ from: range.from, to: range.to, widthPx: given().widthPx });
  const bounds = (): Bounds => ({ ...BOUNDS_MS, now: Math.max(given().now, given().range.to) });
  const cursor = $derived(pointed ?? (kept !== null && kept >= range.from && kept <= range.to ? kept : null));
  const isDrawn = $derived(drag !== null && Math.abs(drag.endPx - drag.startPx) >= LEAST_DRAG_PX);

  return {
    get range() {
      return range;
    },
    get scale() {
      return scale;
    },
    /** The instant that is looked at; null where none is. */
    get cursor() {
      return cursor;
    },
    /** The stretch that is being drawn, in pixels; null while there is none. */
    get drawing(): { leftPx: number; widthPx: number } | null {
      if (!drag || !isDrawn) return null;
      return { leftPx: Math.min(drag.startPx, drag.endPx), widthPx: Math.abs(drag.endPx - drag.startPx) };
    },
    press: (px: number): void => void (drag = { startPx: px, endPx: px }),
    /** Answers whether a stretch is being drawn. */
    move(px: number): boolean {
      const inside = Math.min(scale.widthPx, Math.max(0, px));
      pointed = toMs(scale, inside);
      if (drag) drag = { ...drag, endPx: inside };
      return isDrawn;
    },
    /** Answers whether a stretch was drawn: then it was no click. */
    release(): boolean {
      const found = drag && drawn(scale, drag.startPx, drag.endPx, LEAST_DRAG_PX);
      drag = null;
      if (found) on.zoom(found);
      return Boolean(found);
    },
    cancel: (): void => void (drag = null),
    leave(): void {
      pointed = null;
    },
    pick(px: number): void {
      kept = toMs(scale, px);
      on.pick(kept);
    },
    wheel(px: number, deltaY: number): void {
      const next = zoomed(range, Math.exp(deltaY * WHEEL_ZOOM), toMs(scale, px), bounds());
      wheel = { base: given().range, range: next };
      clearTimeout(timer);
      timer = setTimeout(() => on.zoom(next), WHEEL_RESTS_MS);
    },
    /** Nearer or further around the cursor, or the middle. */
    zoomBy: (factor: number): void => on.zoom(zoomed(range, factor, cursor ?? (range.from + range.to) / 2, bounds())),
    /** Answers whether the key was the timeline's. */
    key(event: KeyboardEvent): boolean {
      const at = cursor ?? range.to;
      const act = keyAct(event, range, at, bounds());
      if (act?.act === 'cursor') [pointed, kept] = [null, act.at];
      else if (act?.act === 'range') on.zoom(act.range);
      else if (act?.act === 'pick') on.pick(at);
      else if (act?.act === 'leave') {
        if (cursor === null) return false;
        [pointed, kept] = [null, null];
      }
      return act !== null;
    },
    /** Pixels of an instant, for what stands at it. */
    px: (ms: number): number => toPx(scale, ms),
    destroy: (): void => clearTimeout(timer),
  };
}
