import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Found } from './palette-items.ts';
import { findKey, isFound, recentFinds, rememberFind } from './recent-finds.ts';

const found = (fields: Partial<Found> = {}): Found => ({
  kind: 'workload',
  name: 'web',
  cluster: 'east',
  namespace: 'a',
  workload_kind: 'Deployment',
  fingerprint: null,
  reason: 'Error',
  count: 3,
  last_seen: '2026-11-22T14:58:00.123Z',
  ...fields,
});

describe('two finds', () => {
  it.each([
    ['kinds of workload', { workload_kind: 'StatefulSet' }],
    ['names', { name: 'web2' }],
    ['places whose names meet at a space', { cluster: 'east a', namespace: '' }],
  ])('of different %s are two', (_what, fields) => {
    expect(findKey(found(fields))).not.toBe(findKey(found()));
  });
  it('of one group are one, whatever its newest row is', () => {
    const group = found({ kind: 'group', fingerprint: 'f00' });
    expect(findKey({ ...group, name: 'other/main', reason: 'OOMKilled' })).toBe(findKey(group));
  });
});

it.each([
  ['null', null],
  ['a text', 'web'],
  ['no fields', {}],
  ['a name of another type', { ...found(), name: 7 }],
  ['a time of another type', { ...found(), last_seen: null }],
  ['a kind that there is not', { ...found(), kind: 'constructor' }],
  ['a fingerprint of another type', { ...found(), fingerprint: {} }],
  ['an older version that kept less', { kind: 'pod', name: 'web', last_seen: '' }],
])('%s is no find', (_what, value) => expect(isFound(value)).toBe(false));

describe('what is kept in the browser', () => {
  const kept = new Map<string, string>();
  const keep = (value: unknown) => kept.set('tidemark.recent-finds', JSON.stringify(value));
  beforeEach(() => {
    kept.clear();
    vi.stubGlobal('localStorage', {
      getItem: (name: string) => kept.get(name) ?? null,
      setItem: (name: string, text: string) => kept.set(name, text),
    });
  });
  afterEach(() => vi.unstubAllGlobals());

  it('is read again, the newest first, each once', () => {
    rememberFind(found());
    rememberFind(found({ workload_kind: 'StatefulSet' }));
    rememberFind(found());
    expect(recentFinds().map((one) => one.workload_kind)).toEqual(['Deployment', 'StatefulSet']);
  });
  it('loses what is no find, and what is there twice', () => {
    keep([found(), { kind: 'pod', name: {}, last_seen: 1 }, 'x', found()]);
    expect(recentFinds()).toEqual([found()]);
  });
  it('is nothing where it is no list', () => {
    keep({ kind: 'pod' });
    expect(recentFinds()).toEqual([]);
  });
});
