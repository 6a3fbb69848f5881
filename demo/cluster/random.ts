/** A seeded source of numbers: the same seed and calls give the same answers on every machine. */
export interface Random {
  /** In [0, 1). */
  next(): number;
  /** An integer in [min, max]. */
  int(min: number, max: number): number;
  /** A number in [min, max). */
  between(min: number, max: number): number;
  pick<T>(items: readonly T[]): T;
  weighted<T>(items: readonly (readonly [weight: number, item: T])[]): T;
  chance(probability: number): boolean;
  /** Exponentially distributed with this mean: the time between independent happenings. */
  exponential(mean: number): number;
  hex(length: number): string;
  uid(): string;
  /** As Kubernetes' generated names: no vowels, no look-alikes. */
  suffix(length: number): string;
  /** A stream of its own, so that its use does not move this one. */
  fork(name: string): Random;
}

const NAME_ALPHABET = 'bcdfghjklmnpqrstvwxz2456789';

/** FNV-1a: a 32-bit number of a text. */
export function hash32(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return hash >>> 0;
}

/** Mulberry32's mixing step: a well-spread number in [0, 1) of a 32-bit state. */
function mix(state: number): number {
  let t = state;
  t = Math.imul(t ^ (t >>> 15), t | 1);
  t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
  return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
}

/** A number in [0, 1) that belongs to (seed, index): for texts generated out of order. */
export const at = (seed: number, index: number): number => mix((seed + Math.imul(index + 1, 0x6d2b79f5)) | 0);

export function createRandom(seed: string): Random {
  let state = hash32(seed);
  const next = () => {
    state = (state + 0x6d2b79f5) | 0;
    return mix(state);
  };
  const int = (min: number, max: number) => min + Math.floor(next() * (max - min + 1));
  const letters = (alphabet: string, length: number) => {
    let text = '';
    for (let i = 0; i < length; i++) text += alphabet[int(0, alphabet.length - 1)];
    return text;
  };
  const hex = (length: number) => letters('0123456789abcdef', length);
  return {
    next,
    int,
    between: (min, max) => min + next() * (max - min),
    pick: <T>(items: readonly T[]) => items[int(0, items.length - 1)] as T,
    weighted: (items) => {
      let left = next() * items.reduce((sum, [weight]) => sum + weight, 0);
      for (const [weight, item] of items) if ((left -= weight) < 0) return item;
      return (items.at(-1) as (typeof items)[number])[1];
    },
    chance: (probability) => next() < probability,
    exponential: (mean) => -Math.log(1 - next()) * mean,
    hex,
    uid: () => `${hex(8)}-${hex(4)}-4${hex(3)}-a${hex(3)}-${hex(12)}`,
    suffix: (length) => letters(NAME_ALPHABET, length),
    fork: (name) => createRandom(`${seed}/${name}`),
  };
}
