import { expect, it } from 'vitest';
import { inTrouble, worstFirst, type ClusterItem } from './cluster-order.ts';

const cluster = (name: string, own: Partial<ClusterItem> = {}): ClusterItem => ({
  cluster: name,
  last_heartbeat_at: '2026-11-22T12:00:00.000Z',
  agent_version: '0.1.0',
  identity: 'agent-0',
  started_at: '2026-11-22T11:00:00.000Z',
  holes: 0,
  repeats: 0,
  lag_ms: 1000,
  status: 'live',
  objects: {},
  coverage: [{ kind: 'pod', namespace: '', state: 'watching', since: '2026-11-22T11:00:00.000Z', reason: '' }],
  gaps: [],
  ...own,
});
const state = (of: ClusterItem['coverage'][number]['state']) => ({
  coverage: [{ kind: 'hpa', namespace: '', state: of, since: '2026-11-22T11:00:00.000Z', reason: '' }],
});

it('puts the silent first, then the refused, the interrupted, those with gaps, and the others by name', () => {
  const clusters = [
    cluster('b'),
    cluster('a'),
    cluster('holes', { holes: 1 }),
    cluster('late', state('late')),
    cluster('refused', state('unreadable')),
    cluster('silent', { status: 'silent' }),
  ];
  expect(worstFirst(clusters).map((one) => one.cluster)).toEqual(['silent', 'refused', 'late', 'holes', 'a', 'b']);
  expect(clusters.filter(inTrouble).map((one) => one.cluster)).toEqual(['late', 'refused', 'silent']);
});
