/** `make soak` runs the seeded tests for minutes instead of seconds, each time with other seeds. */
const FACTOR = 200;
const SOAK = process.env['SOAK'] === '1';

/** How many runs a seeded test makes. */
export const runs = (normal: number): number => (SOAK ? normal * FACTOR : normal);

/** The first of a row of seeds: always the same, but in a soak. A failure names its seed. */
export const firstSeed = (normal: number): number => (SOAK ? Math.floor(Math.random() * 2 ** 31) : normal);

/** The time a seeded test may take. */
export const limitMs = (normalMs: number): number => (SOAK ? 3_600_000 : normalMs);
