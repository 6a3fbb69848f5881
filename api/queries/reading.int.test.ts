import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { outagesTable } from '../../schemas/outages.ts';
import { rolloutsTable } from '../../schemas/rollouts.ts';
import type { Store } from '../../platform/store/store.ts';
import { FULL_SCOPE } from '../scope.ts';
import { chdbStore } from '../testing/chdb-store.ts';
import { outageRow, rolloutRow } from '../testing/service-rows.ts';
import { getRollout, listRollouts } from './rollouts.ts';
import { compareStates } from './signals-now.ts';
import { listSpecKeys, listSpecs } from './workloads.ts';

const MONTHS = 24;
/** Noon of the first day of a month, the 0th in January 2025. */
const month = (number: number, minutes = 0) => new Date(Date.UTC(2025, number, 1, 12, minutes)).toISOString();

let store: Store;
let remove: () => Promise<void>;
beforeAll(async () => {
  ({ store, remove } = await chdbStore());
  const months = Array.from({ length: MONTHS }, (_, number) => number);
  const outages = months.map((number) =>
    outageRow({
      id: `o${number}`,
      service: 'web',
      started_at: month(number),
      ended_at: month(number, 5),
      rollout: `r${number}`,
    }),
  );
  const rollouts = months.map((number) =>
    rolloutRow({
      id: `r${number}`,
      started_at: month(number),
      finished_at: number === 3 ? null : month(number, 5),
      failed_at: month(number, 2),
    }),
  );
  const lasting = outageRow({ id: 'lasting', service: 'api', started_at: month(7), ended_at: null });
  await store.insert(outagesTable, [...outages, lasting], { token: 'outages' });
  // What the newest version says holds, and the older one stands in another part.
  const begun = outageRow({ id: 'ended', service: 'db', started_at: month(9), ended_at: null, rollout: 'r23' });
  await store.insert(outagesTable, [begun], { token: 'begun' });
  await store.insert(outagesTable, [{ ...begun, ended_at: month(9, 1), rollout: 'r9', version: 2 }], {
    token: 'ended',
  });
  await store.insert(rolloutsTable, rollouts, { token: 'rollouts' });
});
afterAll(() => remove());

/** The store, and how many parts of each table its queries read in the end, as the engine says beforehand. */
function counting() {
  const parts: Record<string, number> = {};
  const query = async <Row>(...[sql, params, options]: Parameters<Store['query']>): Promise<Row[]> => {
    const found = await store.query<{ table: string; parts: number }>(`EXPLAIN ESTIMATE ${sql}`, params, options);
    for (const each of found) parts[each.table] = each.parts;
    return store.query<Row>(sql, params, options);
  };
  return { store: { ...store, query }, parts };
}

describe('of the outages that are kept for years', () => {
  it('a page of rollouts reads those of its own', async () => {
    const { store: counted, parts } = counting();
    const request = {
      filter: { lists: {} },
      after: null,
      limit: 2,
      sort: 'started_at',
      order: 'desc',
      offset: 0,
    } as const;
    const page = await listRollouts(FULL_SCOPE, counted, request, {});
    expect(page.map(({ id, outages }) => [id, outages])).toEqual([
      ['r23', 1],
      ['r22', 1],
    ]);
    expect(parts['outages_versions']).toBeLessThanOrEqual(4);
  });

  it('one rollout reads those of its own', async () => {
    const { store: counted, parts } = counting();
    expect(await getRollout(FULL_SCOPE, counted, 'r9', {})).toMatchObject({ id: 'r9', outages: 2 });
    expect(parts['outages_versions']).toBeLessThanOrEqual(4);
  });

  it('the overview reads those that may last', async () => {
    const { store: counted, parts } = counting();
    const to = Date.parse(month(23, 3));
    const states = await compareStates(FULL_SCOPE, counted, { lists: {}, from: to - 86_400_000, to }, {});
    expect(states).toEqual({
      services_down: { current: 2, previous: 1 },
      services_degraded: { current: 0, previous: 0 },
      rollouts_failing: { current: 2, previous: 1 },
    });
    expect(parts['outages_versions']).toBeLessThanOrEqual(4);
    expect(parts['rollouts_versions']).toBe(2);
  });
});

it('a history of many versions needs no memory for all of their objects', async () => {
  const versions = 15_000;
  await store.command(`
    INSERT INTO journal (cluster, log_id, \`offset\`, observed_at, kind, namespace, name, uid, op, object)
    SELECT 'east', 'l', number, toDateTime64('2026-11-01 00:00:00', 3, 'UTC') + number, 'workload', 'a', 'web', 'uid',
      if(number = 0, 'add', 'update'),
      concat('{"kind":"Deployment","spec":{"replicas":', toString(intDiv(number, 5000)), '},"status":{"text":"',
        repeat(hex(number), 4000), '"}}')
    FROM numbers(${versions})`);
  const bounded: Store = {
    ...store,
    query: (sql, params, options) => store.query(`${sql} SETTINGS max_memory_usage = 120_000_000`, params, options),
  };
  const name = { cluster: 'east', namespace: 'a', kind: 'Deployment', name: 'web' };
  const keys = await listSpecKeys(FULL_SCOPE, bounded, { name, uid: 'uid', limit: 2 }, {});
  const specs = await listSpecs(FULL_SCOPE, bounded, { name, uid: 'uid', keys }, {});
  expect(specs.map(({ spec }) => spec)).toEqual(['{"replicas":2}', '{"replicas":1}']);
});
