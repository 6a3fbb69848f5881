const MILLI = 1000;
export const MIB = 1024 * 1024;

/** 10 m below one core, 50 m above. */
const FINE_MILLI = 10;
const COARSE_MILLI = 50;
const MEMORY_STEP = 16 * MIB;

/** A number that is a step but for what floating point adds is that step. */
const ceilTo = (value: number, step: number): number => Math.ceil(value / step - 1e-9) * step;

/** Cores, rounded up to 10 m below one core and to 50 m above, at least 10 m. */
export function ceilCpu(cores: number): number {
  const milli = cores * MILLI;
  const step = milli <= MILLI + 1e-6 ? FINE_MILLI : COARSE_MILLI;
  return Math.max(FINE_MILLI, ceilTo(milli, step)) / MILLI;
}

/** Bytes, rounded up to 16 MiB, at least so many. */
export const ceilMemory = (bytes: number): number => Math.max(MEMORY_STEP, ceilTo(bytes, MEMORY_STEP));

/** Cores as Kubernetes writes them: 250m, 2, 1550m. */
export function cpuQuantity(cores: number): string {
  const milli = Math.round(cores * MILLI);
  return milli % MILLI === 0 ? String(milli / MILLI) : `${milli}m`;
}

/** Bytes as Kubernetes writes them, in Mi; what is not a multiple of one is rounded up. */
export const memoryQuantity = (bytes: number): string => `${Math.ceil(bytes / MIB)}Mi`;
