import { refresh, view } from '../lib/url/view.svelte.ts';

/**
 * Refreshes at the interval that the bar says, for the life of the component that calls it: only where the range ends at
 * the present, and only while somebody can see the page. One that comes into sight again late is refreshed at once.
 */
export function refreshByItself(): void {
  $effect(() => {
    const everyMs = view.refreshSeconds * 1000;
    if (everyMs === 0 || !view.live) return;
    const beat = (): void => {
      if (!globalThis.document.hidden && Date.now() - view.now >= everyMs) refresh();
    };
    // Against the time of the last refresh, so that one asked for by hand moves the next.
    const timer = setInterval(beat, 1000);
    globalThis.document.addEventListener('visibilitychange', beat);
    return () => {
      clearInterval(timer);
      globalThis.document.removeEventListener('visibilitychange', beat);
    };
  });
}
