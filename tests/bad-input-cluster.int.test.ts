import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import type { ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ClusterItem } from '../schemas/api/clusters.ts';
import { DEAD_LETTER_TOPIC, journalTopic } from '../schemas/topics.ts';
import { until } from '../deploy/testkube/test-kube.ts';
import { valuesOf } from './bad-input/journal-file.ts';
import { createRawKube, deadPod, LOG_TIME, type RawKube, type RawKubeObject } from './bad-input/raw-kube.ts';
import { freePort, startChild, type Child } from './road/child.ts';
import { rowsOf, type FoundRow } from './road/rows.ts';

const CLUSTER = 'odd';
const MIB = 1024 * 1024;
const dir = mkdtempSync(join(tmpdir(), 'tidemark-odd-'));
const dataDir = join(dir, 'data');

let kube: RawKube;
let up: Child;
let url: string;
let env: Record<string, string>;

const start = () =>
  startChild('up', { args: ['up', '--kubeconfig', join(dir, 'kubeconfig')], env, dir, url: `${url}/healthz` });

async function cluster(): Promise<ClusterItem | undefined> {
  const response = await fetch(`${url}/api/v1/clusters`).catch(() => undefined);
  if (!response?.ok) return undefined;
  return ((await response.json()) as { items: ClusterItem[] }).items[0];
}

const stateOf = (item: ClusterItem | undefined, kind: string) => item?.coverage.find((each) => each.kind === kind);

/** The row of a pod once its log's fate is known. */
const rowOf = (pod: string): Promise<FoundRow> =>
  until(`the row of ${pod}`, async () =>
    (await rowsOf(url, 'shop')).find((row) => row.pod === pod && row.type === 'death' && row.log_status !== 'pending'),
  );

beforeAll(async () => {
  kube = createRawKube(CLUSTER, await freePort());
  writeFileSync(join(dir, 'kubeconfig'), kube.kubeconfig);
  const port = await freePort();
  url = `http://127.0.0.1:${port}`;
  env = {
    TIDEMARK_DATA_DIR: dataDir,
    TIDEMARK_API_PORT: String(port),
    TIDEMARK_LOG_LEVEL: 'info',
    TIDEMARK_EXCEPTIONS_RULES_STARTUP_MINUTES: '0',
  };
  kube.denied.add('services');
  up = await start();
});

afterAll(async () => {
  await up.end();
  await kube.close();
  rmSync(dir, { recursive: true, force: true });
});

describe('a cluster that sends bad things', () => {
  test('an API server that is away at the start: live, nothing claimed to be watched, then watched', async () => {
    const before = await until('a heartbeat', cluster);
    expect(before.status).toBe('live');
    expect(before.coverage).toEqual([]);
    expect(readFileSync(up.logFile, 'utf8')).toMatch(/the API server http:\S+ cannot be reached: ECONNREFUSED/);
    await kube.listen();
    await until('pods are watched', async () => stateOf(await cluster(), 'pod')?.state === 'watching');
  });

  test('a denied verb is a state with its reason', async () => {
    const service = await until('services are unreadable', async () => stateOf(await cluster(), 'service'));
    expect(service.state).toBe('unreadable');
    expect(service.reason).toContain('services is forbidden');
  });

  test('pods without status, spec or times, and with odd ones, are counted and hurt nobody', async () => {
    const meta = (name: string) => ({ name, namespace: 'shop', uid: `uid-${name}` });
    const odd: RawKubeObject[] = [
      { metadata: meta('bare') },
      { metadata: meta('nulls'), spec: null, status: null },
      { metadata: { ...meta('wrong'), labels: 'none', ownerReferences: {} }, spec: [], status: 'Running' },
      {
        metadata: { ...meta('statuses'), creationTimestamp: 'yesterday', annotations: { a: 1 } },
        spec: { containers: [null, { name: 7 }, {}] },
        status: { conditions: [null, 3], containerStatuses: [null, {}, { name: 'a', state: { terminated: null } }] },
      },
      {
        metadata: meta('times'),
        status: {
          containerStatuses: [
            { name: 'a', restartCount: -1, state: { terminated: { exitCode: 'x', finishedAt: 'never' } } },
          ],
        },
      },
    ];
    for (const pod of odd) kube.put(pod);
    await until('all are counted', async () => (await cluster())?.objects?.['pod'] === odd.length);
    const kept = (): boolean =>
      valuesOf(dataDir, DEAD_LETTER_TOPIC).some((value) => value.includes('bad_row') && value.includes('uid-times'));
    await until('what makes no row is kept', async () => kept());
    kube.put(deadPod('after-odd'));
    expect((await rowOf('after-odd')).exit_code).toBe(1);
    expect(up.exited()).toBe(false);
  });

  test('names, labels and messages that mean harm stay text', async () => {
    const message = `'; DROP TABLE exceptions_versions; -- <script>alert(1)</script> {x:String} \u202e \\`;
    const name = `it's {name:String} <b>`;
    kube.put(deadPod(name, { message, labels: { 'a"b': `\u0000\n'` } }));
    const row = await rowOf(name);
    expect(row.message).toContain(`'; DROP TABLE exceptions_versions; -- <script>alert(1)</script> {x:String}`);
    const found = await fetch(
      `${url}/api/v1/exceptions?verdict=reported,suppressed&workload=${encodeURIComponent(name)}`,
    );
    expect(((await found.json()) as { total: number }).total).toBe(1);
  });

  test('a log of invalid UTF-8, NUL and control characters becomes readable text', async () => {
    kube.logs.set('binary', (response) => {
      const bytes = [0x61, 0xff, 0xfe, 0x00, 0x62, 0x1b, 0x5b, 0x33, 0x31, 0x6d, 0x63, 0x07, 0xc3, 0x0a];
      response.end(
        Buffer.concat([Buffer.from(`${LOG_TIME} `), Buffer.from(bytes), Buffer.from(`${LOG_TIME} Größe ✓\n`)]),
      );
    });
    kube.put(deadPod('binary'));
    const { log, log_status: status } = await rowOf('binary');
    expect(status).toBe('caught');
    expect(log.split('\n')[0]).toBe(`${LOG_TIME} a\ufffd\ufffdbc\\x07\ufffd`);
    expect(log.split('\n')[1]).toBe(`${LOG_TIME} Größe ✓`);
  });

  test('a log of 50 MB in one line is caught by its end, in bounded memory', async () => {
    kube.logs.set('long', (response) => void sendLongLine(response));
    const memory = (field: string): number =>
      Number(new RegExp(`${field}:\\s+(\\d+) kB`).exec(readFileSync(`/proc/${up.pid}/status`, 'utf8'))?.[1]) * 1024;
    writeFileSync(`/proc/${up.pid}/clear_refs`, '5');
    const before = memory('VmRSS');
    kube.put(deadPod('long'));
    const { log, log_status: status } = await rowOf('long');
    expect(status).toBe('caught');
    expect(log).toContain(`${LOG_TIME} … `);
    expect(log.trimEnd().endsWith('the end')).toBe(true);
    expect(log.length).toBeLessThan(512 * 1024);
    expect(memory('VmHWM') - before).toBeLessThan(100 * MIB);
  });

  test.each([
    [
      'cut in the middle',
      '{"type":"MODIFIED","object":{"kind":"Pod","env":[{"name":"A","value":"hunter2"',
      'truncated',
    ],
    ['no JSON', '{"type":"MODIFIED" "password=hunter2"}\n', 'not_json'],
    ['no event', '{"type":"MODIFIED","object":{"spec":{"env":[{"value":"hunter2"}]}}}\n', 'not_event'],
  ])('a watch line that is %s is kept without its secrets, and nothing is missed', async (_, line, reason) => {
    const letters = () =>
      valuesOf(dataDir, DEAD_LETTER_TOPIC).filter((value) => value.includes(`watch_line_${reason}`));
    const lists = kube.lists();
    kube.sayToWatches(line);
    await until('the line is kept', async () => letters().length === 1);
    expect(letters()[0]).toContain('MODIFIED');
    expect(letters()[0]).not.toContain('hunter2');
    kube.put(deadPod(`after-${reason.replace('_', '-')}`));
    await rowOf(`after-${reason.replace('_', '-')}`);
    // It is asked for again from the last version that was good: no list, and so no gap.
    expect(kube.lists()).toBe(lists);
    const item = await cluster();
    expect(item?.gaps.filter(({ kind, state }) => kind === 'pod' && state === 'gap')).toEqual([]);
  });

  test('an API server that goes away and comes back: the cut is told while it lasts, and after', async () => {
    await until('pods are watched', async () => stateOf(await cluster(), 'pod')?.state === 'watching');
    await kube.close();
    const during = await until('the cut shows', async () => {
      const item = await cluster();
      return stateOf(item, 'pod')?.state === 'late' ? item : undefined;
    });
    expect(during.status).toBe('live');
    expect(stateOf(during, 'pod')?.reason).toContain('cannot be reached');
    await kube.listen();
    await until('pods are watched again', async () => stateOf(await cluster(), 'pod')?.state === 'watching');
    expect(up.exited()).toBe(false);
  });

  test('a local log that was damaged between two runs: told as a gap, what was folded stays, recording goes on', async () => {
    const before = (await rowsOf(url, 'shop')).map(({ id }) => id);
    expect(before.length).toBeGreaterThan(5);
    await up.end();
    const folder = join(dataDir, 'journal', journalTopic(CLUSTER));
    damage(
      join(folder, readdirSync(folder).findLast((name) => name.endsWith('.sqlite') && name !== 'lock.sqlite') ?? ''),
    );
    up = await start();
    const gap = await until('the gap shows', async () =>
      (await cluster())?.gaps.find(({ kind, reason }) => kind === 'journal' && reason.includes('cannot be read')),
    );
    expect(gap.to).not.toBeNull();
    kube.put(deadPod('after-damage'));
    await rowOf('after-damage');
    const after = (await rowsOf(url, 'shop')).map(({ id }) => id);
    expect(after).toEqual(expect.arrayContaining(before));
    expect(after).toHaveLength(before.length + 1);
  });
});

async function sendLongLine(response: ServerResponse): Promise<void> {
  response.write(`${LOG_TIME} `);
  const chunk = Buffer.alloc(MIB, 'word ');
  for (let sent = 0; sent < 50 && !response.destroyed; sent++) {
    if (!response.write(chunk)) await once(response, 'drain').catch(() => undefined);
  }
  response.end(' the end\n');
}

/** Flips every byte of the pages after the first, and of the write-ahead log after its header. */
function damage(file: string): void {
  for (const [path, from] of [
    [file, 4096],
    [`${file}-wal`, 32],
  ] as const) {
    if (!existsSync(path) || statSync(path).size <= from) continue;
    const bytes = readFileSync(path);
    writeFileSync(
      path,
      bytes.map((byte, at) => (at < from ? byte : byte ^ 0xff)),
    );
  }
}
