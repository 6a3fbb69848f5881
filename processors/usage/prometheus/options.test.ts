import { ParseError } from 'typebox/value';
import { expect, it } from 'vitest';
import { selectorText } from './matchers.ts';
import { prometheusOptions, prometheusProblems } from './options.ts';

const problems = (more: Record<string, unknown>): string =>
  prometheusProblems(prometheusOptions({ url: 'http://p:9090', ...more })).join('\n');

it('takes an address alone, and a path before the API', () => {
  expect(problems({})).toBe('');
  expect(problems({ url: 'https://mimir.example/prometheus/', headers: { 'X-Scope-OrgID': 'a' } })).toBe('');
});

it.each([
  [{ url: 'http://me:secret@p:9090' }, 'user or password'],
  [{ url: 'http://p:9090/?a=b' }, 'query'],
  [{ url: 'http://' }, 'must be http'],
  [{ username: 'u', token: 'secret' }, 'username and token'],
  [{ username: 'u', password: 'secret', password_file: '/f' }, 'password and password_file'],
  [{ token: 'secret', token_file: '/f' }, 'token and token_file'],
  [{ password: 'secret' }, 'needs a username'],
  [{ cert_file: '/f' }, 'give both'],
  [{ matchers: { 'a b': 'c' } }, "no label's name"],
  [{ headers: { 'X Y': 'secret' } }, 'no name of a header'],
  [{ headers: { 'X-Y': 'secret\n' } }, 'cannot be sent'],
  [{ headers: { 'Accept-Encoding': 'secret' } }, 'set by Tidemark'],
  [{ headers: { Authorization: 'secret' }, token: 't' }, 'a username or token too'],
])('says what is wrong with %j, and no secret', (more, part) => {
  const said = problems(more);
  expect(said).toContain(part);
  expect(said).not.toContain('secret');
});

it.each([{ insecure_skip_verify: true }, { url: 'ftp://p' }, { matchers: { a: 1 } }, { parallel_requests: 0 }])(
  'refuses %j',
  (more) => {
    expect(() => prometheusOptions({ url: 'http://p:9090', ...more })).toThrow(ParseError);
  },
);

it('writes selectors as PromQL reads them', () => {
  expect(
    selectorText([
      { name: '__name__', op: '=', value: 'up' },
      { name: 'job', op: '!~', value: 'a"b\\.c\n' },
    ]),
  ).toBe('{__name__="up",job!~"a\\"b\\\\.c\\n"}');
});
