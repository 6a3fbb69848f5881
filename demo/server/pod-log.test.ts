import { describe, expect, it } from 'vitest';
import { FakeClock } from '../../platform/clock.ts';
import { OOM } from '../cluster/app.ts';
import { instanceLog, stamped } from '../cluster/container-logs.ts';
import type { RunningPod } from '../cluster/pod-object.ts';
import { createSimCluster } from '../cluster/sim-cluster.ts';
import { choose, instanceOf } from './pod-log.ts';

function onePod() {
  const clock = new FakeClock();
  const cluster = createSimCluster({ name: 'test', seed: 'logs', clock });
  cluster.runUntil(clock.now() + 120_000);
  const pod = cluster.deployments.get('shop/search')?.pods()[0] as RunningPod;
  const run = pod.containers[0] as RunningPod['containers'][number];
  const kill = () => cluster.kubelet.die(pod, 'search', OOM);
  return { cluster, pod, run, kill };
}
const id = (answer: ReturnType<typeof choose>) => ('id' in answer ? answer.id : answer.error);

describe('a pod’s log', () => {
  it('has no previous instance before the first death', () => {
    const { run } = onePod();
    expect(choose('p', run, true)).toEqual({ error: 'previous terminated container "search" in pod "p" not found' });
    expect(id(choose('p', run, false))).toBe(run.status.containerID);
  });

  it('is the dead one’s without previous while it is dead, and with previous once it runs again', () => {
    const { cluster, run, kill } = onePod();
    const first = run.status.containerID ?? '';
    kill();
    expect(id(choose('p', run, false))).toBe(first);
    cluster.runUntil(cluster.now() + 2_000);
    expect(id(choose('p', run, true))).toBe(first);
    expect(id(choose('p', run, false))).not.toBe(first);
  });

  it('is kept of one dead instance only', () => {
    const { cluster, run, kill } = onePod();
    const first = run.status.containerID ?? '';
    kill();
    cluster.runUntil(cluster.now() + 2_000);
    kill();
    expect(run.status.lastState?.terminated?.containerID).toBe(first);
    expect(id(choose('p', run, true))).toBe(first);
    expect(instanceOf(run, first)).toBeUndefined();
    expect(instanceOf(run, id(choose('p', run, false)))?.ending).toBe('oom');
  });

  it('lies between start and end, ends with the cause and is the same whenever it is asked for', () => {
    const { run, kill } = onePod();
    kill();
    const dead = run.dead;
    if (!dead) throw new Error('no dead instance');
    const lines = instanceLog(dead, Infinity);
    expect(lines.map(({ at }) => at)).toEqual(lines.map(({ at }) => at).toSorted((a, b) => a - b));
    expect(lines.every(({ at }) => at >= dead.startedAt && at <= (dead.finishedAt ?? 0))).toBe(true);
    expect(lines.at(-1)?.text).toContain('IndexCache');
    expect(instanceLog(dead, Infinity, 3)).toEqual(lines.slice(-3));
    expect(lines.map(stamped).every((line) => /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z /.test(line))).toBe(true);
    expect(lines.some(({ text }) => text.includes('password=Winter2026'))).toBe(true);
  });
});
