import { expect, inject } from 'vitest';

const MINUTE_MS = 60_000;

export interface Run {
  readonly id: string;
  readonly name: string;
  readonly from: string;
  readonly to: string | null;
  readonly going_on: boolean;
  readonly note: string;
}

/** A page of the demo about runs. */
export const addressOf = (path: string, query: Record<string, string> = {}): string =>
  `${inject('demoUrl')}${path}?${new URLSearchParams({ refresh: '0', tz: 'UTC', ...query })}`;

/** Asks the demo's API. */
export async function ask<T>(path: string, init: RequestInit = {}): Promise<T> {
  const answer = await fetch(`${inject('demoUrl')}/api/v1/${path}`, {
    ...init,
    headers: { 'content-type': 'application/json' },
  });
  expect(answer.status).toBe(200);
  return (await answer.json()) as T;
}

export const makeRun = (body: Record<string, unknown>): Promise<Run> =>
  ask('runs', { method: 'POST', body: JSON.stringify(body) });

/** A run of prod-eu's namespaces shop and payments, so many minutes ago. */
export const makeRunOf = (name: string, fromMinutes: number, toMinutes: number, note = ''): Promise<Run> =>
  makeRun({
    name,
    note,
    from: new Date(Date.now() - fromMinutes * MINUTE_MS).toISOString(),
    to: new Date(Date.now() - toMinutes * MINUTE_MS).toISOString(),
    clusters: ['prod-eu'],
    namespaces: ['shop', 'payments'],
  });
