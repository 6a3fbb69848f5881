/** What a child of these tests says of its memory, in bytes: the most that it has seen so far. */
export interface Peak {
  heapUsed: number;
  external: number;
  rss: number;
}

const SAMPLE_MS = 20;

/** Samples this process's memory until it ends. */
export function measurePeak(): Peak {
  const peak: Peak = { heapUsed: 0, external: 0, rss: 0 };
  const sample = (): void => {
    const { heapUsed, external, rss } = process.memoryUsage();
    peak.heapUsed = Math.max(peak.heapUsed, heapUsed);
    peak.external = Math.max(peak.external, external);
    peak.rss = Math.max(peak.rss, rss);
  };
  sample();
  setInterval(sample, SAMPLE_MS).unref();
  return peak;
}

export const inMib = (bytes: number): string => `${Math.round(bytes / 1024 / 1024)} MiB`;
