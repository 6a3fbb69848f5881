import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { seed } from '../api/testing/seed.ts';
import { openTestStore } from '../processors/journal/testing/open-test-store.ts';
import { ExceptionRow } from '../schemas/exceptions.ts';
import { LOG_STATUSES } from '../schemas/objects.ts';
import { RULE_NAMES } from '../processors/journal/exceptions/options.ts';
import type { Store } from '../platform/store/store.ts';

const DOCUMENT = await readFile(join(import.meta.dirname, '..', 'docs', 'exceptions.md'), 'utf8');
const QUERIES = [...DOCUMENT.matchAll(/\n([^\n]+):\n\n```sql\n([^]*?)```/g)].map(([, title, sql]) => ({
  title: title ?? '',
  // The seeded rows stand at a time of their own.
  sql: (sql ?? '').replace(/now\(\) - INTERVAL \d+ DAY/g, "toDateTime('2020-01-01 00:00:00')"),
}));

describe('docs/exceptions.md', () => {
  let folder: string;
  let store: Store;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'tidemark-docs-'));
    store = await openTestStore(folder);
    await seed(store);
  });
  afterAll(async () => {
    await store?.close();
    await rm(folder, { recursive: true });
  });

  it('has its queries', () => expect(QUERIES.length).toBeGreaterThanOrEqual(8));

  it.each(QUERIES)('$title: runs', async ({ title, sql }) => {
    const rows = await store.query<Record<string, unknown>>(sql);
    // The seeded log says something else.
    expect(rows.length > 0).toBe(!title.startsWith('Logs that name'));
  });

  it('names every column, rule and log status', () => {
    const named = new Set([...DOCUMENT.matchAll(/^\| (`[^|]*)\|/gm)].flatMap(([, cell = '']) => cell.match(/[\w-]+/g)));
    const wanted = [...Object.keys(ExceptionRow.properties), ...RULE_NAMES, ...LOG_STATUSES];
    expect(wanted.filter((name) => !named.has(name))).toEqual([]);
    const rules = [...DOCUMENT.split('## Rules')[1]!.matchAll(/^\| `([\w-]+)`/gm)].map(([, rule]) => rule);
    expect(rules).toEqual(RULE_NAMES);
  });
});
