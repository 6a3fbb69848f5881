/** So many at a time, in the order in which they came. */
export interface Turns {
  readonly places: number;
  take<T>(work: () => Promise<T>): Promise<T>;
}

export function createTurns(places: number): Turns {
  const waiting: (() => void)[] = [];
  let free = places;
  return {
    places,
    async take(work) {
      if (free > 0) free--;
      else await new Promise<void>((resolve) => waiting.push(resolve));
      try {
        return await work();
      } finally {
        const next = waiting.shift();
        if (next) next();
        else free++;
      }
    },
  };
}
