/** Where a series' values are drawn: the same place gives the same values. */
export interface Place {
  readonly seed: number;
  readonly pod: number;
  readonly container: number;
  readonly firstMs: number;
  readonly intervalMs: number;
  readonly count: number;
}

const DAY_MS = 86_400_000;
const PAGE_BYTES = 4096;
const NANOSECONDS = 1e9;
/** One container in ten restarts, twice a day. */
const RESTARTING_EVERY = 10;
const RESTARTS_A_DAY = 2;

/** Uniform in [0, 1); mulberry32 over a seed mixed from the place and what is drawn. */
function createDraw(place: Place, what: number): () => number {
  let state = Math.imul(place.seed + 1, 0x9e3779b1) ^ Math.imul(place.pod + 1, 0x85ebca6b);
  state ^= Math.imul(place.container * 16 + what + 1, 0xc2b2ae35);
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** The numbers of the samples that are the first after a restart, ascending; the same for all series of a container. */
export function restartsOf(place: Place): number[] {
  if ((place.pod + place.container) % RESTARTING_EVERY !== RESTARTING_EVERY - 1) return [];
  const draw = createDraw(place, 1);
  const mean = DAY_MS / RESTARTS_A_DAY / place.intervalMs;
  const restarts: number[] = [];
  for (let at = 0; ;) {
    at += 1 + Math.floor(-Math.log(1 - draw()) * mean);
    if (at >= place.count) return restarts;
    restarts.push(at);
  }
}

/** Between 0.5 and 1.5 over the hours of a day. */
function dayFactor(place: Place, sample: number): number {
  const at = (place.firstMs + sample * place.intervalMs) % DAY_MS;
  return 1 + 0.5 * Math.sin((2 * Math.PI * at) / DAY_MS + place.pod);
}

/** Seconds of CPU since the container's start: a share of `cores` that follows the day, wanders, and bursts now and then. */
export function cpuSeconds(place: Place, cores: number, restarts: readonly number[]): () => number {
  const draw = createDraw(place, 2);
  const mean = cores * (0.1 + 0.5 * draw());
  let [sample, restart, nanoseconds, wander] = [0, 0, 0, 1];
  let factor = dayFactor(place, 0);
  return () => {
    if (restarts[restart] === sample) {
      nanoseconds = 0;
      restart++;
    }
    if (sample % 64 === 0) factor = dayFactor(place, sample);
    wander = 0.9 * wander + 0.1 * (0.5 + draw());
    const used = mean * factor * wander * (draw() < 0.01 ? 3 : 0.8 + 0.4 * draw());
    nanoseconds += Math.round((Math.min(used, cores * 2) * NANOSECONDS * place.intervalMs) / 1000);
    sample++;
    return nanoseconds / NANOSECONDS;
  };
}

/** Bytes in whole pages: a walk that is drawn back to its mean, still in one scrape of three, and begins low after a restart. */
export function memoryBytes(place: Place, requestBytes: number, restarts: readonly number[]): () => number {
  const draw = createDraw(place, 3);
  const mean = Math.floor((requestBytes / PAGE_BYTES) * (0.3 + 0.8 * draw()));
  const step = Math.max(1, mean / 200);
  let [sample, restart, pages] = [0, 0, mean];
  return () => {
    if (restarts[restart] === sample) {
      pages = Math.floor(mean / 4);
      restart++;
    }
    sample++;
    if (draw() < 0.67) pages = Math.max(1, Math.round(pages + (draw() - 0.5) * step + (mean - pages) * 0.01));
    return pages * PAGE_BYTES;
  };
}

/** Percent, whole: busy for a while, then idle for a while. */
export function gpuPercent(place: Place): () => number {
  const draw = createDraw(place, 4);
  let busy = true;
  return () => {
    if (draw() < 0.01) busy = !busy;
    return busy ? Math.floor(60 + 41 * draw()) : 0;
  };
}

/** MiB, whole: steps up and down between what models need. */
export function gpuMemoryMebibytes(place: Place): () => number {
  const draw = createDraw(place, 5);
  let used = 2048;
  return () => {
    if (draw() < 0.005) used = 1024 + Math.floor(draw() * 14_000);
    return used;
  };
}
