/** What becomes due when, though no entry comes. Derived from the state: `key` is a key of it. */
export interface DueTimes {
  /** Replaces the time of `key`; Infinity: never. */
  put(key: string, at: number): void;
  drop(key: string): void;
  /** Keys that are due by `now`, in their order. One that is not put anew comes again with the next that becomes due. */
  due(now: number): string[];
}

export function createDueTimes(): DueTimes {
  const times = new Map<string, number>();
  let next = Infinity;
  return {
    put(key, at) {
      if (at === Infinity) times.delete(key);
      else times.set(key, at);
      next = Math.min(next, at);
    },
    drop: (key) => void times.delete(key),
    due(now) {
      if (now < next) return [];
      const due: string[] = [];
      next = Infinity;
      for (const [key, at] of times) {
        if (at <= now) due.push(key);
        else next = Math.min(next, at);
      }
      return due.sort();
    },
  };
}
