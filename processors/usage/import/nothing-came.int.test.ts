import { afterAll, afterEach, expect, test } from 'vitest';
import { FakeClock } from '../../../platform/clock.ts';
import { HOUR_MS } from './plan.ts';
import { H9, openImports, SERIES } from './testing/imports.ts';

const { store, fake, counts, importing, importHours, rowsOf, windowsOf, ...imports } = await openImports();
afterEach(imports.rest);
afterAll(imports.close);

const later = () => new FakeClock(H9 + 2 * HOUR_MS);

test('hours that the server says it keeps nothing of are given up', async () => {
  const work = importing(later());
  fake.behaviour.series = [];
  fake.behaviour.values = (expression, fromMs) =>
    expression.includes('lowest_timestamp')
      ? [{ labels: {}, samples: [{ atMs: fromMs, value: (H9 + HOUR_MS) / 1_000 }] }]
      : [];
  expect(await importHours(work)).toMatchObject([{ imported: { givenUp: true, rows: 0 } }]);
  expect(await windowsOf(work.cluster)).toMatchObject([{ state: 'given-up' }]);
});

test('where nothing of CPU and memory ever came, it is the settings that are wrong; later it is nothing', async () => {
  const work = importing(later(), { headers: { 'X-Scope-OrgID': 'tenant-7' }, matchers: { cluster: 'x' } });
  fake.behaviour.series = [];
  fake.behaviour.values = () => [];
  expect(await importHours(work)).toMatchObject([{ error: { code: 'prometheus_nothing' } }]);
  const [window] = await windowsOf(work.cluster);
  expect(window).toMatchObject({ state: 'failed', tries: 1 });
  expect(window?.error).toMatch(/matchers \{cluster="x"\}, headers X-Scope-OrgID;/);
  expect(window?.error).not.toContain('tenant-7');
  const other = importing(later());
  await importHours(other);
  fake.behaviour.series = [];
  fake.behaviour.values = () => [];
  expect(await importHours(other, { fromMs: H9 - HOUR_MS, toMs: H9 })).toMatchObject([
    { error: { code: 'prometheus_nothing' } },
  ]);
  const [empty] = await windowsOf(other.cluster);
  expect(empty).toMatchObject({ state: 'failed', rows: 0, imported_to: null });
  expect(empty?.error).not.toMatch(/never did/);
});

/** The journal knows the pod for as long as there is one. */
const recordCart1 = (cluster: string, node = 'n1') =>
  store.command(
    `INSERT INTO pod_resources_versions
      (id, cluster, namespace, pod, workload_kind, workload, node, started_at, observed_at, cpu_request_cores, version)
    SELECT {id:String}, {cluster:String}, 'shop', {pod:String}, 'Deployment', 'cart', {node:String},
      fromUnixTimestamp64Milli({at:Int64}, 'UTC'), fromUnixTimestamp64Milli({at:Int64}, 'UTC'), 2, 1`,
    { id: `${cluster}-${node}`, cluster, pod: node === '' ? 'waits' : 'cart-1', node, at: H9 - HOUR_MS },
  );

test('what the server has forgotten stays as it was imported, and is done', async () => {
  const work = importing(later());
  await importHours(work);
  const [rows, [window]] = [await rowsOf(work.cluster), await windowsOf(work.cluster)];
  await recordCart1(work.cluster);
  const lowest = (at: number): void => {
    fake.behaviour.values = (expression, fromMs) =>
      expression.includes('lowest_timestamp') ? [{ labels: {}, samples: [{ atMs: fromMs, value: at / 1_000 }] }] : [];
  };
  for (const at of [H9, H9 + HOUR_MS]) {
    fake.behaviour.series = [];
    lowest(at);
    expect(await importHours(work, { force: true })).toMatchObject([{ imported: { kept: true, givenUp: false } }]);
    expect(await rowsOf(work.cluster)).toEqual(rows);
    const { pods, rows: count, samples, missing, imported_to } = window!;
    expect(await windowsOf(work.cluster)).toMatchObject([
      { state: 'done', pods, rows: count, samples, missing, imported_to },
    ]);
  }
  // What is as much as before is written, with what the journal has told since.
  fake.behaviour.series = SERIES;
  fake.behaviour.values = counts;
  expect(await importHours(work, { force: true })).toMatchObject([{ imported: { kept: false } }]);
  expect((await rowsOf(work.cluster))[0]).toMatchObject({ cpu_cores: 0.25, cpu_request_cores: 2, node: 'n1' });
});

test('of hours that are imported together those of which nothing came fail alone', async () => {
  const work = importing(later());
  await importHours(work);
  const series = SERIES.map((each) => ({ ...each, samples: each.samples.filter(({ atMs }) => atMs >= H9) }));
  fake.behaviour.series = series;
  await store.command(
    `ALTER TABLE usage_windows_versions DELETE WHERE cluster = {cluster:String}
    SETTINGS mutations_sync = 1`,
    { cluster: work.cluster },
  );
  expect(await importHours(work, { fromMs: H9 - HOUR_MS })).toMatchObject([
    { imported: { rows: 236, withoutUse: [H9 - HOUR_MS] } },
  ]);
  expect(await windowsOf(work.cluster)).toMatchObject([
    { state: 'failed', error_code: 'prometheus_nothing', imported_to: null },
    { state: 'done', rows: 236 },
  ]);
});

test('a pod that waits for a node has no rows', async () => {
  const work = importing(later());
  await recordCart1(work.cluster, '');
  await importHours(work);
  expect(new Set((await rowsOf(work.cluster)).map(({ pod }) => pod))).toEqual(new Set(['cart-1', 'cart-2']));
});
