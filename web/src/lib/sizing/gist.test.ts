import { describe, expect, it } from 'vitest';
import { gistOf } from './gist.ts';
import { figures, reason, sizingItem } from './testing/item.ts';

const over = (resource: 'cpu' | 'memory') =>
  reason({ code: 'request-above-use', verdict: 'over-provisioned', resource });

describe('the gist of a workload', () => {
  it('is nothing where nothing is wrong', () => {
    expect(gistOf(sizingItem())).toEqual({ reason: null, advice: null, also: null });
  });
  it('gives back what is requested above what is recommended, of the resource that is asked for', () => {
    const item = sizingItem({
      verdict: 'over-provisioned',
      reasons: [over('cpu'), over('memory')],
      cpu: figures({ request: 4, recommended_request: 0.75 }),
      memory: figures({ request: 1000, recommended_request: 400 }),
    });
    expect(gistOf(item)).toMatchObject({
      advice: { what: 'give-back', resource: 'cpu', amount: 3.25 },
      also: 'memory',
    });
    expect(gistOf(item, 'memory')).toMatchObject({ advice: { resource: 'memory', amount: 600 }, also: 'cpu' });
  });
  it('adds where more is recommended, sets where nothing is set, and says nothing where nothing changes', () => {
    const under = reason({ code: 'use-above-request', verdict: 'under-provisioned', resource: 'cpu' });
    const given = { verdict: 'under-provisioned', reasons: [under] } as const;
    const advice = (request: number | null, recommended: number | null) =>
      gistOf(sizingItem({ ...given, reasons: [under], cpu: figures({ request, recommended_request: recommended }) }))
        .advice;
    expect(advice(1, 1.5)).toEqual({ what: 'add', resource: 'cpu', amount: 0.5 });
    expect(advice(null, 1.5)).toEqual({ what: 'set-request', resource: 'cpu', amount: 1.5 });
    expect(advice(1.5, 1.5)).toBeNull();
    expect(advice(1.5, null)).toBeNull();
  });
  it('answers limits with limits', () => {
    const advice = (code: string, change: 'set' | 'remove' | 'keep', resource: 'cpu' | 'memory') =>
      gistOf(
        sizingItem({
          verdict: 'throttled',
          reasons: [reason({ code, verdict: 'throttled', resource })],
          [resource]: figures({ request: 9, recommended_request: 1, limit_change: change, recommended_limit: 7 }),
        }),
      ).advice;
    expect(advice('throttled', 'remove', 'cpu')).toEqual({ what: 'remove-limit', resource: 'cpu', amount: 0 });
    expect(advice('oom-killed', 'set', 'memory')).toEqual({ what: 'set-limit', resource: 'memory', amount: 7 });
    expect(advice('near-limit', 'keep', 'memory')).toBeNull();
  });
  it('raises the limit of the container that was killed, not that of its pod', () => {
    const container = (name: string, limit: number | null) => ({
      name,
      kind: 'app' as const,
      cpu_request: null,
      cpu_limit: null,
      memory_request: null,
      memory_limit: 5,
      recommended_cpu_request: null,
      recommended_cpu_limit: null,
      recommended_memory_request: null,
      recommended_memory_limit: limit,
    });
    const killed = (limit: number | null) =>
      gistOf(
        sizingItem({
          verdict: 'oom-killed',
          reasons: [reason({ code: 'oom-killed', verdict: 'oom-killed' })],
          oom: { kills: 1, last_at: null, container: 'web', limit_bytes: 5 },
          memory: figures({ limit_change: 'set', recommended_limit: 12 }),
          containers: [container('proxy', 4), container('web', limit)],
        }),
      ).advice?.amount;
    expect(killed(8)).toBe(8);
    expect(killed(null)).toBe(12);
  });
  it('passes over the reasons of other verdicts and of recommendations', () => {
    const item = sizingItem({
      verdict: 'no-limit',
      reasons: [reason({ code: 'request-from-percentile', verdict: null }), over('cpu'), reason({})],
    });
    expect(gistOf(item, 'cpu').reason?.code).toBe('no-limit');
  });
});
