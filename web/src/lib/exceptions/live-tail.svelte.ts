import { apiPath } from '../api/client.ts';
import type { ExceptionItem, RowFilters } from './filters.svelte.ts';

/** `waiting`: the connection was lost and is tried again. `paused`: the page is not in sight. */
export type TailState = 'off' | 'connecting' | 'live' | 'waiting' | 'paused';

const FIRST_WAIT_MS = 1000;
const LONGEST_WAIT_MS = 30_000;

/**
 * Follows new and changed exceptions for the life of the component that calls it, while `ask` answers filters and the page
 * is in sight. `onready` comes with each connection: what happened before it is not sent. A lost connection is opened
 * again after 1 s, then 2, 4, … up to 30 s.
 */
export function createLiveTail(
  ask: () => RowFilters | null,
  { onready, onrow }: { onready: () => void; onrow: (row: ExceptionItem) => void },
) {
  let state = $state<TailState>('off');
  let slow = $state(false);
  let visible = $state(globalThis.document.visibilityState === 'visible');

  $effect(() => {
    const look = (): void => void (visible = globalThis.document.visibilityState === 'visible');
    globalThis.document.addEventListener('visibilitychange', look);
    return () => globalThis.document.removeEventListener('visibilitychange', look);
  });

  const path = $derived.by(() => {
    const asked = ask();
    return asked === null ? null : apiPath('/api/v1/stream', { ...asked });
  });

  $effect(() => {
    if (path === null || !visible) {
      state = path === null ? 'off' : 'paused';
      return;
    }
    const address = path;
    let source: EventSource | undefined;
    let timer: ReturnType<typeof setTimeout> | undefined;
    let waitMs = FIRST_WAIT_MS;
    let stopped = false;

    const retry = (): void => {
      source?.close();
      if (stopped) return;
      clearTimeout(timer);
      state = 'waiting';
      timer = setTimeout(connect, waitMs);
      waitMs = Math.min(LONGEST_WAIT_MS, waitMs * 2);
    };
    const connect = (): void => {
      source = new EventSource(address);
      source.addEventListener('ready', () => {
        waitMs = FIRST_WAIT_MS;
        state = 'live';
        onready();
      });
      source.addEventListener('exception', (event: MessageEvent<string>) => {
        slow = false;
        onrow(JSON.parse(event.data) as ExceptionItem);
      });
      source.addEventListener('dropped', () => {
        slow = true;
        retry();
      });
      source.addEventListener('error', retry);
    };
    state = 'connecting';
    connect();
    return () => {
      stopped = true;
      clearTimeout(timer);
      source?.close();
    };
  });

  return {
    get state() {
      return state;
    },
    /** The server closed the connection because this page did not take its rows quickly enough. */
    get slow() {
      return slow;
    },
  };
}
