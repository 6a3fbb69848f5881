import type { Clock } from '../../platform/clock.ts';

/**
 * The simulation's time: what is due when, in order. It is moved on either by `runUntil` (as fast as the machine can) or
 * by `follow`, which runs what has become due on a clock. The order of equal times is that of their planning, so
 * the same plans give the same run in both ways.
 */
export interface Timeline {
  now(): number;
  /** Runs `action` after `ms` of simulated time; the returned function cancels. */
  after(ms: number, action: () => void): () => void;
  /** Runs the next action that is due at or before `end`; false, with the time moved to `end`, when there is none. */
  step(end: number): boolean;
  runUntil(end: number): void;
  /** From now on time is the clock's. The returned function stops it. */
  follow(clock: Clock): () => void;
}

interface Planned {
  at: number;
  order: number;
  action: (() => void) | null;
}

const before = (a: Planned, b: Planned) => a.at < b.at || (a.at === b.at && a.order < b.order);

/** A binary heap, the earliest first. */
function createHeap() {
  const heap: Planned[] = [];
  const swap = (i: number, j: number) => {
    const moved = heap[i] as Planned;
    heap[i] = heap[j] as Planned;
    heap[j] = moved;
  };
  const less = (i: number, j: number) => before(heap[i] as Planned, heap[j] as Planned);
  return {
    peek: () => heap[0],
    push(item: Planned) {
      heap.push(item);
      for (let i = heap.length - 1; i > 0;) {
        const parent = (i - 1) >> 1;
        if (!less(i, parent)) break;
        swap(i, parent);
        i = parent;
      }
    },
    pop() {
      swap(0, heap.length - 1);
      heap.pop();
      for (let i = 0; ;) {
        let least = i;
        for (const child of [2 * i + 1, 2 * i + 2]) if (child < heap.length && less(child, least)) least = child;
        if (least === i) break;
        swap(i, least);
        i = least;
      }
    },
  };
}

/** Live, at most this long is slept at a time, so that a plan made by a request is not missed. */
const LONGEST_SLEEP_MS = 250;

export function createTimeline(start: number): Timeline {
  let now = start;
  let order = 0;
  let live: Clock | null = null;
  const heap = createHeap();
  const current = () => (live ? Math.max(now, live.now()) : now);

  function step(end: number): boolean {
    const next = heap.peek();
    if (!next || next.at > end) {
      now = Math.max(now, end);
      return false;
    }
    heap.pop();
    now = Math.max(now, next.at);
    next.action?.();
    return true;
  }
  const runUntil = (end: number) => {
    while (step(end));
  };

  return {
    now: current,
    after(ms, action) {
      const item: Planned = { at: current() + Math.max(0, ms), order: order++, action };
      heap.push(item);
      return () => {
        item.action = null;
      };
    },
    step,
    runUntil,
    follow(clock) {
      runUntil(clock.now());
      live = clock;
      let cancel = () => {};
      const turn = () => {
        runUntil(clock.now());
        const next = heap.peek();
        cancel = clock.after(
          Math.max(1, Math.min(LONGEST_SLEEP_MS, next ? next.at - clock.now() : LONGEST_SLEEP_MS)),
          turn,
        );
      };
      turn();
      return () => {
        cancel();
        live = null;
      };
    },
  };
}
