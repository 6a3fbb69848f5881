import { describe, expect, it } from 'vitest';
import { checkHistory, type Arrival, type Cause, type Findings, type History, type Transition } from './history.ts';
import type { Span } from '../recorded-rows.ts';

const START = 1_000_000;
const SECOND = 1_000;
const types = { a: 'ADDED', m: 'MODIFIED', d: 'DELETED' } as const;

/** `a1@5`: the object is added with revision 1, 5 s after the start. */
const made = (...texts: string[]): Transition[] =>
  texts.map((text) => {
    const [, type = 'a', revision, at] = /^([amd])(\d+)@(\d+)$/.exec(text) ?? [];
    return {
      type: types[type as keyof typeof types],
      revision: Number(revision),
      at: START + Number(at) * SECOND,
      source: 'pod',
      uid: 'u',
      what: 'Pod shop/a',
    };
  });
/** `update 2@5`. */
const told = (...texts: string[]): Arrival[] =>
  texts.map((text) => {
    const [, op, revision, at] = /^(\w+) (\d+)@(\d+)$/.exec(text) ?? [];
    return { op: op as Arrival['op'], revision: Number(revision), at: START + Number(at) * SECOND, uid: 'u' };
  });
const span = (state: string, from: number, to: number): Span => ({
  source: 'pod',
  state,
  from: START + from * SECOND,
  to: START + to * SECOND,
});
const cause = (at: number, breaks: boolean): Cause => ({
  source: 'pod',
  at: START + at * SECOND,
  until: START + at * SECOND,
  breaks,
});

function rulesBroken(given: Partial<History>): string[] {
  const found: Findings = checkHistory({
    transitions: [],
    arrivals: [],
    causes: [],
    expiring: new Set(),
    ...given,
    spans: given.spans?.some(({ state }) => state === 'watching')
      ? given.spans
      : [span('watching', 0, 0), ...(given.spans ?? [])],
  });
  return Object.entries(found).flatMap(([rule, lines]) => (Array.isArray(lines) && lines.length > 0 ? [rule] : []));
}

const LIFE = made('a1@10', 'm2@20', 'd3@30');
const TOLD = told('add 1@10', 'update 2@20', 'delete 3@30');
const gap = [span('gap', 15, 40)];
const broke = [cause(16, true)];

describe('the history checker', () => {
  it.each<[string, string[], Partial<History>]>([
    ['all of it, once', [], { transitions: LIFE, arrivals: TOLD }],
    ['a transition that never came', ['missed'], { transitions: LIFE, arrivals: told('add 1@10', 'delete 3@30') }],
    ['a deletion that never came', ['missed'], { transitions: LIFE, arrivals: told('add 1@10', 'update 2@20') }],
    ['a transition twice', ['doubled'], { transitions: LIFE, arrivals: [...TOLD.slice(0, 2), ...TOLD.slice(1)] }],
    ['a deletion twice', ['doubled'], { transitions: LIFE, arrivals: [...TOLD, ...told('vanished 2@31')] }],
    [
      'what never was',
      ['invented'],
      { transitions: LIFE, arrivals: [...TOLD.slice(0, 2), ...told('update 9@25', 'delete 3@30')] },
    ],
    [
      'an end that never was',
      ['invented'],
      { transitions: LIFE.slice(0, 2), arrivals: told('add 1@10', 'update 2@20', 'vanished 2@25') },
    ],
    [
      'the wrong order',
      ['disordered'],
      { transitions: LIFE, arrivals: told('update 2@20', 'add 1@11', 'delete 3@30') },
    ],
    [
      'late without a word',
      ['lateUntold'],
      { transitions: LIFE, arrivals: told('add 1@10', 'update 2@25', 'delete 3@30') },
    ],
    [
      'late and told so',
      [],
      {
        transitions: LIFE,
        arrivals: told('add 1@10', 'update 2@25', 'delete 3@30'),
        spans: [span('late', 18, 25)],
        causes: [cause(19, false)],
      },
    ],
    ['a span without a cause', ['unfounded'], { transitions: LIFE, arrivals: TOLD, spans: [span('late', 18, 25)] }],
    [
      'a gap for what can be got over',
      ['unfounded'],
      { transitions: LIFE, arrivals: TOLD, spans: gap, causes: [cause(16, false)] },
    ],
    [
      'a first list that failed for a while',
      [],
      { spans: [span('gap', 0, 40), span('watching', 40, 40)], causes: [cause(16, false)] },
    ],
    ['a first list that did not fail', ['unfounded'], { spans: [span('gap', 0, 40), span('watching', 40, 40)] }],
    [
      'overtaken in a gap',
      [],
      { transitions: LIFE, arrivals: told('add 1@10', 'vanished 1@40'), spans: gap, causes: broke },
    ],
    [
      'lost in a gap, and nothing after it',
      ['missed', 'wrongEnd'],
      { transitions: LIFE.slice(0, 2), arrivals: told('add 1@10'), spans: gap, causes: broke },
    ],
    ['born and gone in a gap', [], { transitions: made('a1@20', 'd2@30'), spans: gap, causes: broke }],
    ['the wrong end', ['missed', 'wrongEnd'], { transitions: LIFE.slice(0, 2), arrivals: told('add 1@10') }],
    ['an object nobody knows', ['invented'], { arrivals: told('add 1@10') }],
  ])('%s: %j', (_, rules, given) => expect(rulesBroken(given)).toEqual(rules));

  it('does not wait for the end of what the server expires', () => {
    const given = { transitions: LIFE, arrivals: TOLD.slice(0, 2), expiring: new Set(['pod']) };
    expect(rulesBroken(given)).toEqual([]);
  });
});
