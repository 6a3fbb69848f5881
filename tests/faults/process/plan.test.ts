import { describe, expect, it } from 'vitest';
import { planOf } from './plan.ts';

describe('planOf', () => {
  it.each([1, 20, 220])('makes at least one sleeper of %i kills wake with an insert that it has not sent', (kills) => {
    for (let seed = 0; seed < 200; seed++) {
      const sleepers = planOf(seed, kills).processors.filter((fault) => fault.kind === 'zombie');
      expect(sleepers.filter(({ at }) => at.stage === 'before').length).toBeGreaterThan(0);
    }
  });

  it('makes the same plan of the same seed, and another of another', () => {
    expect(planOf(7, 20)).toEqual(planOf(7, 20));
    expect(planOf(7, 20)).not.toEqual(planOf(8, 20));
  });
});
