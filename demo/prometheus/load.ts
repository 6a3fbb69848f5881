import { at, hash32 } from '../cluster/random.ts';

/** What one container uses, as a shape over time. */
export interface Load {
  /** The mean over a day, without its bursts. */
  readonly cpuCores: number;
  /** How far day and night move it from its mean, 0 to 0.6. */
  readonly daily?: number;
  /** On top, so often and for so long. */
  readonly burst?: { readonly everyMs: number; readonly forMs: number; readonly cpuCores: number };
  /** Share of its CPU periods in which it is throttled: between bursts, and in them. */
  readonly throttled?: { readonly usually: number; readonly inBursts: number };
  /** Working set once it is warm. */
  readonly memoryMi: number;
  /** Every life climbs from there to its limit. */
  readonly climbs?: true;
  readonly networkKiBps?: number;
  readonly fileKiBps?: number;
  /** Of each of its GPUs. */
  readonly gpu?: { readonly percent: number; readonly memoryMi: number };
}

const DAY_S = 86_400;
const WEEK_S = 7 * DAY_S;
const TURN = 2 * Math.PI;
/** The day's wave rises through its mean at eight (UTC); the week's, which began on a Thursday in 1970, is highest on Wednesday's noon. */
const DAY_RISES_S = 8 * 3600;
const WEEK_RISES_S = 4.75 * DAY_S;
const WEEKLY = 0.08;
const RIPPLES = [0.09, 0.06] as const;
/** What a start costs, over so many seconds. */
const START_SECONDS = 25;
/** Smallest distance of two samples, in seconds: between them the jitter must not outrun the counter. */
const LEAST_STEP_S = 10;

/** One life's use, with its own phases. Times in milliseconds since the Unix epoch, at or after the life's start. */
export interface Usage {
  /** CPU seconds since the life's start: the integral of its waves in closed form, never falling from one scrape to the next. */
  cpuSeconds(ms: number): number;
  /** The same integral of a load with the mean 1: for what follows the load. */
  busySeconds(ms: number): number;
  /** CPU periods of 100 ms, and those in which it was throttled, since the life's start. */
  periods(ms: number): number;
  throttledPeriods(ms: number): number;
  /** Working set in bytes, before the life's end is looked at. */
  memoryBytes(ms: number): number;
  /** In [-1, 1], of this instant alone. */
  jitter(ms: number): number;
}

interface Wave {
  readonly share: number;
  readonly omega: number;
  readonly phase: number;
}

/** The waves of a life that began at `startS` (seconds since the Unix epoch): day, week, and two ripples of its own. */
function wavesOf(daily: number, seed: number, startS: number): Wave[] {
  const wave = (share: number, period: number, phase: number): Wave => ({ share, omega: TURN / period, phase });
  return [
    wave(daily, DAY_S, (TURN * ((startS - DAY_RISES_S) % DAY_S)) / DAY_S),
    wave(WEEKLY, WEEK_S, (TURN * ((startS - WEEK_RISES_S) % WEEK_S)) / WEEK_S),
    ...RIPPLES.map((share, i) =>
      wave(share, i === 0 ? 1_500 + 1_900 * at(seed, 11) : 280 + 340 * at(seed, 12), TURN * at(seed, 13 + i)),
    ),
  ];
}

/** Seconds of bursts between the epoch and an instant; pods of one app burst at nearly the same time. */
function burstClock({ everyMs, forMs }: { everyMs: number; forMs: number }, seed: number) {
  const offset = Math.floor(0.3 * forMs * at(seed, 17));
  return (ms: number): number => {
    const shifted = ms - offset;
    const rest = shifted % everyMs;
    return (((shifted - rest) / everyMs) * forMs + Math.min(rest, forMs)) / 1000;
  };
}

/** The use of one life of a container. `seed` belongs to the pod and container, so that two of its lives look alike. */
export function usageOf(load: Load, seed: number, startMs: number): Usage {
  const { daily = 0.2, burst, throttled } = load;
  const weight = 0.9 + 0.2 * at(seed, 1);
  const cores = load.cpuCores * weight;
  const waves = wavesOf(daily, seed, startMs / 1000);
  const constant = waves.reduce((sum, { share, omega, phase }) => sum + (share * Math.cos(phase)) / omega, 0);
  const least = 1 - waves.reduce((sum, { share }) => sum + share, 0);
  const swing = 0.4 * least * LEAST_STEP_S;
  const bursts = burst ? burstClock(burst, seed) : null;
  const burstsBefore = bursts?.(startMs) ?? 0;
  const burstSeconds = (ms: number) => (bursts ? bursts(ms) - burstsBefore : 0);
  const jitter = (ms: number) => 2 * at(seed, Math.floor(ms / 1000)) - 1;
  const startCost = Math.min(0.6, 1.2 * load.cpuCores) * START_SECONDS;

  function busySeconds(ms: number): number {
    const x = (ms - startMs) / 1000;
    let sum = x + constant;
    for (const { share, omega, phase } of waves) sum -= (share * Math.cos(omega * x + phase)) / omega;
    return sum + swing * at(seed, Math.floor(ms / 1000)) * Math.min(1, x / LEAST_STEP_S);
  }

  return {
    busySeconds,
    jitter,
    cpuSeconds(ms) {
      const x = (ms - startMs) / 1000;
      const cost = startCost * (1 - Math.exp(-x / START_SECONDS));
      return cores * busySeconds(ms) + cost + (burst ? burst.cpuCores * burstSeconds(ms) : 0);
    },
    periods: (ms) => Math.floor((ms - startMs) / 100),
    throttledPeriods(ms) {
      const { usually = 0, inBursts = 0 } = throttled ?? {};
      return Math.floor(10 * ((usually * (ms - startMs)) / 1000 + (inBursts - usually) * burstSeconds(ms)));
    },
    memoryBytes(ms) {
      const x = (ms - startMs) / 1000;
      let wave = 1;
      waves.forEach(({ share, omega, phase }, i) => {
        wave += (i === 0 ? 0.25 : 0.5) * share * Math.sin(omega * x + phase);
      });
      const warm = 1 - 0.45 * Math.exp(-x / 700);
      return load.memoryMi * 1048576 * (0.96 + 0.08 * at(seed, 2)) * wave * warm * (1 + 0.004 * jitter(ms));
    },
  };
}

/** The load of a container whose app does not tell: by its name, for its size, of which half is asked for. `main`: not a helper beside the app. */
export function usualLoad(key: string, memoryMi: number, batch: boolean, main: boolean): Load {
  const seed = hash32(key);
  if (!main)
    return { cpuCores: 0.003 + 0.004 * at(seed, 0), memoryMi: 30 + 14 * at(seed, 1), networkKiBps: 0, fileKiBps: 0.1 };
  if (batch) return { cpuCores: 0.7, daily: 0, memoryMi: 0.38 * memoryMi, fileKiBps: 900 };
  const asked = memoryMi > 1000 ? 0.5 : 0.1;
  return {
    cpuCores: asked * (0.18 + 0.72 * at(seed, 0)),
    daily: 0.2 + 0.3 * at(seed, 1),
    memoryMi: memoryMi * (0.22 + 0.2 * at(seed, 2)),
    networkKiBps: 4 + 300 * at(seed, 3) ** 2,
    fileKiBps: 0.5 + 40 * at(seed, 4) ** 3,
  };
}
