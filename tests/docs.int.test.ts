import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildApp } from '../api/app.ts';
import { fakeDeps } from '../api/testing/fake-deps.ts';
import { at, NOON } from '../api/testing/rows.ts';
import { seed } from '../api/testing/seed.ts';
import { outageRow, rolloutRow } from '../api/testing/service-rows.ts';
import { openTestStore } from '../processors/journal/testing/open-test-store.ts';
import { ExceptionRow } from '../schemas/exceptions.ts';
import { CAUSES, OUTAGE_KINDS, outagesTable } from '../schemas/outages.ts';
import { ROLLOUT_KINDS, ROLLOUT_OUTCOMES, rolloutsTable } from '../schemas/rollouts.ts';
import { FakeClock } from '../platform/clock.ts';
import { LOG_STATUSES } from '../schemas/objects.ts';
import { RULE_NAMES } from '../processors/journal/exceptions/options.ts';
import type { Store } from '../platform/store/store.ts';

const documentOf = (name: string) => readFile(join(import.meta.dirname, '..', 'docs', name), 'utf8');
const queriesOf = (document: string) =>
  [...document.matchAll(/\n([^\n]+):\n\n```sql\n([^]*?)```/g)].map(([, title, sql]) => ({
    title: title ?? '',
    // The seeded rows stand at a time of their own.
    sql: (sql ?? '').replace(/now\(\) - INTERVAL \d+ DAY/g, "toDateTime('2020-01-01 00:00:00')"),
  }));
/** What stands in the first cell of a table's line. */
const namedIn = (document: string) =>
  new Set([...document.matchAll(/^\| (`[^|]*)\|/gm)].flatMap(([, cell = '']) => cell.match(/[\w-]+/g)));

/** What stands between the quotes of `curl -s '…'`; those that need an id of another answer are in double quotes. */
const pathsOf = (document: string) =>
  [...document.matchAll(/^ *curl -s 'http:\/\/127\.0\.0\.1:8080(\/[^']*)'$/gm)].map(([, path]) => path ?? '');
const withoutFences = (document: string) => document.replace(/^```[^]*?^```$/gm, '');

const API = await documentOf('api.md');
const EXCEPTIONS = await documentOf('exceptions.md');
const ATTRIBUTION = await documentOf('attribution.md');
const ROLLOUTS = await documentOf('rollouts.md');

let folder: string;
let store: Store;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tidemark-docs-'));
  store = await openTestStore(folder);
  await seed(store);
  const times = { started_at: at(-600), ended_at: at(-500) };
  const outage = outageRow({ id: 'outage', service: 'web', cause: 'node', node: 'node-1', rollout: 'r', ...times });
  await store.insert(outagesTable, [outage], { token: 'outages' });
  await store.insert(rolloutsTable, [rolloutRow({ id: 'r', outcome: 'failed' })], { token: 'rollouts' });
});
afterAll(async () => {
  await store?.close();
  await rm(folder, { recursive: true });
});

describe('docs/exceptions.md', () => {
  const queries = queriesOf(EXCEPTIONS);
  it('has its queries', () => expect(queries.length).toBeGreaterThanOrEqual(8));

  it.each(queries)('$title: runs', async ({ title, sql }) => {
    const rows = await store.query<Record<string, unknown>>(sql);
    // The seeded log says something else.
    expect(rows.length > 0).toBe(!title.startsWith('Logs that name'));
  });

  it('names every column, rule and log status', () => {
    const named = namedIn(EXCEPTIONS);
    const wanted = [...Object.keys(ExceptionRow.properties), ...RULE_NAMES, ...LOG_STATUSES];
    expect(wanted.filter((name) => !named.has(name))).toEqual([]);
    const rules = [...EXCEPTIONS.split('## Rules')[1]!.matchAll(/^\| `([\w-]+)`/gm)].map(([, rule]) => rule);
    expect(rules).toEqual(RULE_NAMES);
  });
});

describe('docs/api.md', () => {
  const paths = pathsOf(API);
  it('has its examples, each as code', () => {
    expect(paths.length).toBeGreaterThanOrEqual(16);
    expect(withoutFences(API)).not.toMatch(/^ {0,3}curl /m);
  });

  it.each(paths)('%s: is answered', async (url) => {
    const app = await buildApp(fakeDeps({ store, clock: new FakeClock(NOON) }));
    const answer = await app.inject({ url, headers: { host: 'localhost' } });
    await app.close();
    expect([answer.statusCode, answer.body.length > 0]).toEqual([200, true]);
  });
});

describe('docs/attribution.md and docs/rollouts.md', () => {
  const queries = [...queriesOf(ATTRIBUTION), ...queriesOf(ROLLOUTS)];
  it('have their queries', () => expect(queries.length).toBeGreaterThanOrEqual(4));

  it.each(queries)('$title: runs', async ({ sql }) => {
    expect(await store.query(sql)).not.toEqual([]);
  });

  it('name every kind of interval, cause, kind of rollout and outcome', () => {
    const words = new Set(ATTRIBUTION.match(/`[\w-]+`/g));
    expect([...OUTAGE_KINDS, ...CAUSES].filter((name) => !words.has(`\`${name}\``))).toEqual([]);
    const named = namedIn(ROLLOUTS);
    expect([...ROLLOUT_KINDS, ...ROLLOUT_OUTCOMES].filter((name) => !named.has(name))).toEqual([]);
  });
});
