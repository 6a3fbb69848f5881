import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { until } from '../../deploy/testkube/test-kube.ts';
import type { Entry } from '../../schemas/entry.ts';
import { journalTopic } from '../../schemas/topics.ts';
import { valuesOf } from '../bad-input/journal-file.ts';
import { freePort, startChild } from '../road/child.ts';
import { startCrashLoad } from './process/load.ts';
import { fillDisk, mountSmallDisk, unmount } from './process/small-disk.ts';

const CLUSTER = 'small-disk';
const HEARTBEAT_MS = 10_000;
/** More states than are on their way at any moment while the disk has room. */
const WAITING = 100;

/** Between two heartbeats that follow each other. */
function longestSilenceMs(entries: readonly Entry[]): number {
  const beats = entries.filter(({ kind }) => kind === 'heartbeat').map(({ observed_at: at }) => Date.parse(at));
  return Math.max(0, ...beats.slice(1).map((at, index) => at - (beats[index] ?? at)));
}

test('an agent whose disk is full falls silent, waits, and then writes all that happened meanwhile', async (context) => {
  const dir = mkdtempSync(join(tmpdir(), 'tidemark-disk-'));
  const disk = join(dir, 'disk');
  const cannot = mountSmallDisk(disk, 64);
  if (cannot !== null) return context.skip(cannot);
  const load = await startCrashLoad(CLUSTER, 'disk');
  /** Every state of a pod that the cluster went through. */
  const states: string[] = [];
  const unsubscribe = load.cluster.store.subscribe(({ resource, object }) => {
    if (resource.plural === 'pods') states.push(`${object.metadata.uid}@${object.metadata.resourceVersion}`);
  });
  const port = await freePort();
  const base = `http://127.0.0.1:${port}`;
  const kubeconfig = join(dir, 'kubeconfig.yaml');
  writeFileSync(kubeconfig, load.kubeconfig);
  const env = {
    TIDEMARK_DATA_DIR: disk,
    TIDEMARK_AGENT_LEASE: 'off',
    TIDEMARK_AGENT_METRICS_PORT: String(port),
  };
  const args = ['agent', '--kubeconfig', kubeconfig, '--cluster', CLUSTER];
  const agent = await startChild('agent', { args, env, dir, url: `${base}/healthz` });
  const health = () => fetch(`${base}/healthz`).then((answer) => answer.text());
  const skipped = async () => {
    const text = await fetch(`${base}/metrics`).then((answer) => answer.text());
    return Number(/^tidemark_agent_heartbeats_skipped_total\{.*\} (\d+)$/m.exec(text)?.[1] ?? 0);
  };
  const entries = () => valuesOf(disk, journalTopic(CLUSTER)).map((value) => JSON.parse(value) as Entry);
  const untold = (made: readonly string[]) => {
    const told = new Set(entries().map(({ uid, resource_version }) => `${uid}@${resource_version}`));
    return made.filter((state) => !told.has(state));
  };
  try {
    states.length = 0;
    load.begin();
    await until('the first deaths', async () => load.deaths().length > 5);
    fillDisk(join(disk, 'filler'));
    await until('the agent to say so', async () => (await health()).includes('the local log cannot be written since'));
    await until('a heartbeat left out', async () => (await skipped()) > 0);
    // A checkpoint may free a little room after all; what it frees is taken as well, until nothing gets in any more.
    await until('states that wait', async () => {
      fillDisk(join(disk, 'filler'));
      return untold([...states]).length >= WAITING;
    });
    const writtenByThen = entries();
    rmSync(join(disk, 'filler'));
    await until('the agent to be well', async () => (await health()).startsWith('ok'));
    await load.quiet();
    await until('the last state', async () => untold(states).length === 0);
    await until('a heartbeat after a silence', async () => longestSilenceMs(entries()) > HEARTBEAT_MS * 1.5);
    await agent.end();

    const all = entries();
    expect(all.slice(0, writtenByThen.length)).toEqual(writtenByThen);
    expect(new Set(all.map(({ epoch }) => epoch)).size).toBe(1);
    expect(all.map(({ seq }) => seq)).toEqual(Array.from({ length: all.length }, (_, index) => index + 1));
  } finally {
    await agent.end();
    unsubscribe();
    await load.close();
    unmount(disk);
    rmSync(dir, { recursive: true, force: true });
  }
});
