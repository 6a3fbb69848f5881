import type { Clock } from '../../../platform/clock.ts';

const EVERY_MS = 15_000;

/** What a scrape of the restart counters every 15 s saw: what a monitoring system has that reads kube-state-metrics. */
export interface Scraped {
  readonly scrapes: number;
  /** Scrapes at which a pod's counter was higher than at the one before: what it can tell apart. */
  readonly increases: number;
  /** The sum of these increases. */
  readonly restarts: number;
  readonly pods: ReadonlySet<string>;
}

/** Scrapes until the returned function is called, which scrapes once more and answers what was seen. */
export function startScraper(clock: Clock, counters: () => ReadonlyMap<string, number>): () => Scraped {
  const last = new Map<string, number>();
  let [scrapes, increases, restarts] = [0, 0, 0];
  function scrape(): void {
    scrapes++;
    for (const [uid, count] of counters()) {
      const by = count - (last.get(uid) ?? 0);
      last.set(uid, count);
      if (by <= 0) continue;
      increases++;
      restarts += by;
    }
  }
  let cancel = clock.after(EVERY_MS, function again() {
    scrape();
    cancel = clock.after(EVERY_MS, again);
  });
  scrape();
  return () => {
    cancel();
    scrape();
    return { scrapes, increases, restarts, pods: new Set(last.keys()) };
  };
}
