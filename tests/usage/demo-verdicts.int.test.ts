import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { until } from '../../deploy/testkube/test-kube.ts';
import { SIZING_VERDICTS, type SizingVerdict } from '../../schemas/api/sizing-parameters.ts';
import type { SizingItem, SizingPage } from '../../schemas/api/sizing.ts';
import { freePort, startChild, type Child } from '../road/child.ts';
import { get } from '../road/rows.ts';

const IMPORTED_WITHIN_MS = 480_000;
/** Verdicts take a day of use. */
const DAYS = '2';

let dir: string;
let demo: Child;
let url: string;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'tidemark-verdicts-'));
  const port = await freePort();
  url = `http://127.0.0.1:${port}/api/v1/usage/sizing`;
  const env = {
    TIDEMARK_DATA_DIR: dir,
    TIDEMARK_API_PORT: String(port),
    TIDEMARK_AGENT_METRICS_PORT: '0',
    TIDEMARK_USAGE_CATCH_UP_DAYS: DAYS,
  };
  const healthy = `http://127.0.0.1:${port}/healthz`;
  demo = await startChild('demo', { args: ['demo', '--days', DAYS], env, dir, url: healthy });
}, IMPORTED_WITHIN_MS);
afterAll(async () => {
  await demo?.end();
  await rm(dir, { recursive: true, force: true });
});

test(
  "the demo's loads show every verdict, one of them on GPUs that two exporters tell of",
  async () => {
    let found: SizingVerdict[] = [];
    const wanted = [...SIZING_VERDICTS].toSorted();
    await until(
      'every verdict in prod-eu',
      async () => {
        const { verdicts } = await get<SizingPage>(`${url}?cluster=prod-eu`);
        found = verdicts.flatMap(({ verdict, workloads }) => (workloads > 0 ? [verdict] : []));
        return wanted.every((verdict) => found.includes(verdict));
      },
      IMPORTED_WITHIN_MS,
    ).catch(() => undefined);
    expect(found.toSorted()).toEqual(wanted);

    const itemOf = async (workload: string): Promise<SizingItem | undefined> =>
      (await get<SizingPage>(`${url}?cluster=prod-eu&workload=${workload}`)).items[0];
    const trained = await until(
      'the hours of the nightly job',
      async () => {
        const item = await itemOf('taste-training');
        return item?.gpu.max != null && item;
      },
      IMPORTED_WITHIN_MS,
    );
    expect(trained.gpu).toMatchObject({ request: 1, limit: 1 });
    expect(trained.gpu.max).toBeGreaterThan(0.8);
    expect(trained.known_hours).toBeLessThan(3);
    const embedding = await until(
      'more than a day of the workload that keeps its GPU busy',
      async () => {
        const item = await itemOf('image-embedding');
        return (item?.known_hours ?? 0) > 24 && item;
      },
      IMPORTED_WITHIN_MS,
    );
    expect(embedding?.gpu.avg).toBeGreaterThan(0.5);
  },
  2 * IMPORTED_WITHIN_MS,
);
