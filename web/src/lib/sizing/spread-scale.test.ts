import { describe, expect, it } from 'vitest';
import { spreadScale } from './spread-scale.ts';
import { figures } from './testing/item.ts';

const SPREAD = { p50: 1, p90: 2, p95: 3, p99: 4, max: 5 };

describe('the scale of what was used', () => {
  it('reaches to the largest figure', () => {
    const scale = spreadScale(SPREAD, figures({ request: 10, recommended_request: 4, limit: 8 }));
    expect(scale).toMatchObject({ p50: 0.1, max: 0.5, request: 1, limit: 0.8, recommended_request: 0.4 });
    expect(scale?.recommended_limit).toBeNull();
  });
  it('has shares of one, with nothing that is asked for beside them', () => {
    const scale = spreadScale({ p50: 0.1, p90: 0.2, p95: 0.2, p99: 0.2, max: 0.4 }, figures({ request: 2 }), false);
    expect(scale).toMatchObject({ p50: 0.1, max: 0.4, request: null });
  });
  it('is nothing where nothing was used that is known, and all at 0 where nothing was used', () => {
    const unknown = { p50: null, p90: null, p95: null, p99: null, max: null };
    expect(spreadScale(unknown, figures({ request: 1 }))).toBeNull();
    expect(spreadScale({ p50: 0, p90: 0, p95: 0, p99: 0, max: 0 }, figures())?.max).toBe(0);
  });
});
