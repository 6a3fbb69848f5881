import { describe, expect, it } from 'vitest';
import type { WatchStatus } from '../ingest/agent/agent.ts';
import { agentProblem, journalProblem, troubleProblem } from './problems.ts';

const NOW = Date.parse('2026-01-01T00:10:00Z');

type Status = Parameters<typeof agentProblem>[0];
const pod = (state: WatchStatus['state'], reason = '', lastProofAt: number | null = NOW): WatchStatus => ({
  kind: 'pod',
  namespace: '',
  state,
  reason,
  lastProofAt,
  objects: 1,
});
const agent = (given: Partial<Status>): Status => ({
  cluster: 'prod',
  lease: { state: 'off', holder: '', reason: '' },
  blockedSince: null,
  queuedBytes: 0,
  epoch: 1,
  watches: [pod('watching')],
  ...given,
});

describe("an agent's problem", () => {
  it.each<[string, Partial<Status>, string | null]>([
    ['none while it watches', {}, null],
    ['none without a lease to be had', { lease: { state: 'unusable', holder: '', reason: '403' } }, null],
    ['none while a short cut is mended', { watches: [pod('late', 'reset', NOW - 59_000)] }, null],
    ['none when one of several namespaces is watched', { watches: [pod('unreadable'), pod('watching')] }, null],
    ['before the first watch', { watches: [] }, 'no watch has begun yet'],
    ['before the first list', { watches: [pod('gap', 'refused')] }, 'the pods have not been listed yet: refused'],
    ['a silent server', { watches: [pod('late', 'reset', NOW - 61_000)] }, 'the API server has not spoken'],
    ['a denial', { watches: [pod('unreadable', '403')] }, 'pods may not be read: 403'],
    ['a full disk', { blockedSince: NOW - 1000 }, 'cannot be written since 2026-01-01T00:09:59.000Z'],
    [
      'another holder',
      { lease: { state: 'waiting', holder: 'a', reason: 'held by another' } },
      'another agent holds the lease: a',
    ],
    ['a lease out of reach', { lease: { state: 'waiting', holder: '', reason: 'refused' } }, 'is not held: refused'],
  ])('%s', (_, given, expected) => {
    const problem = agentProblem(agent(given), NOW);
    expect(problem ?? 'none').toContain(expected ?? 'none');
    expect(problem === null).toBe(expected === null);
  });
});

describe("a journal reader's problem", () => {
  const reader = { lag: 0, lastSuccessAt: NOW - 600_000, heldSince: NOW - 900_000, failing: null };
  it.each<[string, Partial<Parameters<typeof journalProblem>[0]>, string | null]>([
    ['none on a quiet journal', {}, null],
    ['none just after a success', { lag: 9, lastSuccessAt: NOW - 119_000 }, null],
    ['none before its first batch is late', { lag: 9, lastSuccessAt: null, heldSince: NOW - 119_000 }, null],
    ['none at a first failure', { failing: { since: NOW - 119_000, reason: 'away' } }, null],
    ['entries that wait', { lag: 9 }, '9 entries wait, and nothing was folded since 2026-01-01T00:00:00.000Z'],
    ['no batch ever', { lag: 9, lastSuccessAt: null }, 'since 2025-12-31T23:55:00.000Z'],
    ['a store that stays away', { failing: { since: NOW - 121_000, reason: 'away' } }, ': away'],
  ])('%s', (_, given, expected) => {
    const problem = journalProblem({ ...reader, ...given }, NOW);
    expect(problem ?? 'none').toContain(expected ?? 'none');
    expect(problem === null).toBe(expected === null);
  });
});

describe('a trouble', () => {
  const away = { since: NOW - 120_001, reason: 'no broker answers', lasting: false };
  it.each([
    ['is none', null, null],
    ['is told once it has lasted', away, 'since 2026-01-01T00:07:59.999Z: no broker answers'],
    ['is not told while it may pass', { ...away, since: NOW - 120_000 }, null],
    ['is told at once where somebody has to put it right', { ...away, since: NOW, lasting: true }, 'no broker answers'],
  ])('%s', (_, trouble, expected) => expect(troubleProblem(trouble, NOW)).toBe(expected));
});
