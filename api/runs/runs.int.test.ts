import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RunItem } from '../../schemas/api/runs.ts';
import { parseTokens } from '../auth.ts';
import { at } from '../testing/rows.ts';
import { serviceApp, type ServiceApp } from '../testing/service-app.ts';

const TOKENS = parseTokens(
  JSON.stringify({
    tokens: [
      { name: 'viewer', token: 'viewer-token-of-all', role: 'viewer' },
      {
        name: 'operator',
        token: 'operator-token-of-a',
        role: 'operator',
        clusters: ['east'],
        namespaces: ['a', 'a-*'],
      },
      { name: 'admin', token: 'admin-token-of-all', role: 'admin' },
    ],
  }),
  'tokens.yaml',
);
const [VIEWER, OPERATOR, ADMIN] = ['viewer-token-of-all', 'operator-token-of-a', 'admin-token-of-all'] as const;

let api: ServiceApp;
beforeAll(async () => {
  api = await serviceApp(async () => {}, { auth: { tokens: TOKENS } });
});
afterAll(() => api.close());

type Method = 'GET' | 'POST' | 'DELETE';
async function ask<T>(
  url: string,
  request: { method?: Method; token?: string; payload?: object; status?: number } = {},
): Promise<T> {
  const { status = 200, ...rest } = request;
  const answer = await api.ask(url, { token: ADMIN, ...rest });
  if (answer.statusCode !== status) throw new Error(`${url}: ${answer.statusCode} ${answer.body}`);
  return answer.json<T>();
}
const post = (payload: object, more: object = {}) => ask<RunItem>('/runs', { method: 'POST', payload, ...more });

describe('runs', () => {
  it('begin, are found by id and name, end and are deleted', async () => {
    const run = await post({ name: 'load test/7', clusters: ['east'], note: 'two\nlines' });
    expect(run).toMatchObject({
      from: at(0),
      to: null,
      going_on: true,
      whole: true,
      created_by: 'admin',
      workloads: [],
    });
    expect(await ask(`/runs/${run.id}`)).toEqual(run);
    expect(await ask(`/runs/${encodeURIComponent('load test/7')}`)).toEqual(run);
    const refused = await ask<{ error: { message: string } }>('/runs', {
      method: 'POST',
      payload: { name: run.name },
      status: 409,
    });
    expect(refused.error.message).toMatch(/goes on since 2026-11-22T12:00:00.000Z: stop it, and choose another name/);
    const stopped = await ask<RunItem>(`/runs/${run.id}/stop`, { method: 'POST' });
    expect(stopped).toMatchObject({ to: at(0.001), id: run.id });
    await api.clock.advance(1);
    expect(await ask(`/runs/${run.id}/stop`, { method: 'POST' })).toMatchObject({ to: at(0.001), going_on: false });
    expect(await ask(`/runs/${run.id}`, { method: 'DELETE' })).toMatchObject({ id: run.id });
    await ask(`/runs/${run.id}`, { status: 404 });
    await ask(`/runs/${run.id}`, { method: 'DELETE', status: 404 });
    const again = await post({ name: 'load test/7' });
    expect(again.id).not.toBe(run.id);
    await ask(`/runs/${again.id}`, { method: 'DELETE' });
  });

  it('that are deleted stay so, whatever is changed at the same time', async () => {
    const run = await post({ name: 'both at once', clusters: ['east'] });
    const change = () => api.ask(`/runs/${run.id}`, { token: ADMIN, method: 'PATCH', payload: { note: 'late' } });
    const removed = () => api.ask(`/runs/${run.id}`, { token: ADMIN, method: 'DELETE' });
    await Promise.all([change(), removed(), change(), change()]);
    await ask(`/runs/${run.id}`, { status: 404 });
    const noted = await post({ name: 'stopped and noted', clusters: ['east'] });
    await Promise.all([
      api.ask(`/runs/${noted.id}/stop`, { token: ADMIN, method: 'POST' }),
      api.ask(`/runs/${noted.id}`, { token: ADMIN, method: 'PATCH', payload: { note: 'late' } }),
    ]);
    const both = await ask<RunItem>(`/runs/${noted.id}`);
    expect(both).toMatchObject({ note: 'late' });
    expect(both.to).not.toBeNull();
  });

  it('let one of many have a name', async () => {
    const answers = await Promise.all(
      [1, 2, 3, 4].map(() => api.ask('/runs', { method: 'POST', token: ADMIN, payload: { name: 'race' } })),
    );
    expect(answers.map(({ statusCode }) => statusCode).toSorted()).toEqual([200, 409, 409, 409]);
    await ask('/runs/race', { method: 'DELETE' });
  });

  it('are listed newest first, by name and state', async () => {
    await post({ name: 'list-1', from: at(-300), to: at(-200) });
    await post({ name: 'list-2', from: at(-200) });
    const names = async (query: string) =>
      (await ask<{ items: RunItem[] }>(`/runs?${query}`)).items.map(({ name }) => name);
    expect(await names('name=list-*')).toEqual(['list-2', 'list-1']);
    expect(await names('name=list-*&going_on=false')).toEqual(['list-1']);
    expect(await names('name=list-*&going_on=true')).toEqual(['list-2']);
    expect(await names('name=list-*&limit=1&offset=1')).toEqual(['list-1']);
    expect(await names('name=list%25')).toEqual([]);
    for (const name of ['list-1', 'list-2']) await ask(`/runs/${name}`, { method: 'DELETE' });
  });

  it.each([
    ['a viewer', { name: 'x' }, VIEWER, 403],
    ['all clusters from an operator of one', { name: 'x', namespaces: ['a'] }, OPERATOR, 403],
    ['all namespaces from an operator of some', { name: 'x', clusters: ['east'] }, OPERATOR, 403],
    ['a wider pattern', { name: 'x', clusters: ['east'], namespaces: ['a*'] }, OPERATOR, 403],
    ['a beginning in the future', { name: 'x', from: at(60) }, ADMIN, 400],
    ['an end before the beginning', { name: 'x', from: at(-60), to: at(-60) }, ADMIN, 400],
    ['more than 92 days', { name: 'x', from: at(-93 * 86_400), to: at(0) }, ADMIN, 400],
    ['null for all clusters', { name: 'x', clusters: null }, ADMIN, 400],
    ['no name', {}, ADMIN, 400],
    ['a name of two lines', { name: 'a\nb' }, ADMIN, 400],
    ['a name that ends with a blank', { name: 'a ' }, ADMIN, 400],
    ['dots', { name: '..' }, ADMIN, 400],
    ['the name of a route', { name: 'compare' }, ADMIN, 400],
    ['a name like an id', { name: '0b6a1f8e-1111-4222-8333-444444444444' }, ADMIN, 400],
    ['a cluster that cannot be', { name: 'x', clusters: ["ea'st"] }, ADMIN, 400],
  ])('refuse %s', async (_what, payload, token, status) => {
    expect((await api.ask('/runs', { method: 'POST', token, payload })).statusCode).toBe(status);
  });
});
