import { execFile, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { describeWithCluster } from '../deploy/testkube/testkube-binary.ts';
import { realClock, type Clock } from '../platform/clock.ts';
import { error, OOM } from './cluster/app.ts';
import type { RunningPod } from './cluster/pod-object.ts';
import { createSimCluster, type SimCluster } from './cluster/sim-cluster.ts';
import { startSimServer, type SimServer } from './server.ts';

const run = promisify(execFile);

/** The testkube binary, which is kubectl too, where it has been built. */
async function findTestkube(): Promise<string | undefined> {
  const cache = join(homedir(), '.cache', 'testkube');
  const folders = await readdir(cache).catch(() => []);
  return folders.map((folder) => join(cache, folder, 'testkube')).find((path) => existsSync(path));
}

const testkube = await findTestkube();
const availability = {
  available: testkube !== undefined,
  reason: 'testkube has not been built: deploy/testkube/testkube/build.sh --node',
};

describeWithCluster(availability, 'kubectl against a simulated cluster', () => {
  let folder: string;
  let cluster: SimCluster;
  let server: SimServer;
  let pod: RunningPod;
  const args = (rest: string[]) => ['kubectl', '--kubeconfig', join(folder, 'config'), '--cache-dir', folder, ...rest];
  const kubectl = async (...rest: string[]) => (await run(testkube ?? '', args(rest))).stdout;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'tidemark-kubectl-'));
    const start = Date.now() - 120_000;
    let live = false;
    const clock: Clock = { ...realClock, now: () => (live ? Date.now() : start) };
    cluster = createSimCluster({ name: 'prod-eu', seed: 'kubectl', clock, share: 0.5 });
    cluster.runUntil(Date.now());
    live = true;
    cluster.start();
    server = await startSimServer(cluster);
    await writeFile(join(folder, 'config'), server.kubeconfig);
    pod = cluster.deployments.get('shop/search')?.pods()[0] as RunningPod;
  });
  afterAll(async () => {
    cluster.stop();
    await server.close();
    await rm(folder, { recursive: true, force: true });
  });

  it('gets', async () => {
    const { name } = pod.object.metadata;
    expect(await kubectl('get', 'pods', '-A')).toContain(name);
    const all = await kubectl('get', 'deploy,sts,jobs,cj,ds,rs,hpa,pdb', '-A');
    for (const each of [
      'deployment.apps/search',
      'statefulset.apps/kafka',
      'cronjob.batch/settlement',
      'daemonset.apps/log-shipper',
    ])
      expect(all).toContain(each);
    expect(await kubectl('get', 'events', '-n', 'shop')).toContain(name);
    expect(await kubectl('api-resources')).toContain('endpointslices');
  });

  it('prints the columns of a real API server', async () => {
    const header = async (...rest: string[]) => (await kubectl('get', ...rest)).split('\n')[0]?.split(/ {2,}/);
    const pods = ['NAMESPACE', 'NAME', 'READY', 'STATUS', 'RESTARTS', 'AGE'];
    const wide = [...pods, 'IP', 'NODE', 'NOMINATED NODE', 'READINESS GATES'];
    expect(await header('pods', '-A')).toEqual(pods);
    expect((await header('pods', '-A', '-o', 'wide'))?.map((each) => each.trim())).toEqual(wide);
    expect(await header('deploy', '-n', 'shop')).toEqual(['NAME', 'READY', 'UP-TO-DATE', 'AVAILABLE', 'AGE']);
    expect(await header('nodes')).toEqual(['NAME', 'STATUS', 'ROLES', 'AGE', 'VERSION']);
    expect(await header('events', '-n', 'shop')).toEqual(['LAST SEEN', 'TYPE', 'REASON', 'OBJECT', 'MESSAGE']);
    const { name } = pod.object.metadata;
    expect(await kubectl('get', 'pod', name, '-n', 'shop', '--no-headers')).toMatch(
      new RegExp(`^${name} +1/1 +Running +0 +\\S+\\n$`),
    );
    expect(await kubectl('get', 'pods', '-n', 'shop', '--chunk-size=3', '--sort-by=.metadata.name')).toContain(name);
    expect(await kubectl('get', 'pod', name, '-n', 'shop', '-o', 'name')).toBe(`pod/${name}\n`);
    expect(await kubectl('get', 'pod', name, '-n', 'shop', '-o', 'yaml')).toContain('containerStatuses:');
    expect(JSON.parse(await kubectl('get', 'pods', '-n', 'shop', '-o', 'json'))).toMatchObject({ kind: 'List' });
  });

  it('shows a crash loop', async () => {
    const target = cluster.deployments.get('shop/reviews')?.pods()[0] as RunningPod;
    const { name } = target.object.metadata;
    target.behaviours.set('reviews', () => ({ afterMs: 1_000, death: error('bug') }));
    cluster.kubelet.die(target, 'reviews', error('bug'));
    await expect
      .poll(() => kubectl('get', 'pod', name, '-n', 'shop', '--no-headers'), { timeout: 60_000, interval: 300 })
      .toMatch(new RegExp(`^${name} +0/1 +CrashLoopBackOff +[1-9]\\d* \\(\\d+s ago\\) +\\S+\\n$`));
  });

  it('describes a pod with its events', async () => {
    const text = await kubectl('describe', 'pod', '-n', 'shop', pod.object.metadata.name);
    expect(text).toContain('Successfully assigned shop/');
    expect(text).toMatch(/State:\s+Running/);
  });

  it('reads logs, those of the dead instance too', async () => {
    const { name } = pod.object.metadata;
    // Its first lines may have been rotated away by now.
    expect(await kubectl('logs', '-n', 'shop', name)).toContain('http-nio-8080-exec');
    await expect(kubectl('logs', '-n', 'shop', name, '--previous')).rejects.toThrow(
      /previous terminated container "search" in pod .* not found/,
    );
    cluster.kubelet.die(pod, 'search', OOM);
    await expect.poll(() => pod.containers[0]?.status.state?.running !== undefined, { timeout: 30_000 }).toBe(true);
    expect(await kubectl('logs', '-n', 'shop', name, '--previous', '--tail=1')).toContain('IndexCache');
    const own = () => kubectl('logs', '-n', 'shop', name);
    await expect.poll(own, { timeout: 30_000 }).toContain('Tomcat started');
  });

  it('watches', async () => {
    const target = cluster.deployments.get('shop/catalog')?.pods()[0] as RunningPod;
    const child = spawn(testkube ?? '', args(['get', 'pods', '-n', 'shop', '-w', '--output-watch-events']));
    let text = '';
    child.stdout.on('data', (chunk: Buffer) => (text += chunk.toString()));
    try {
      await expect.poll(() => text, { timeout: 30_000 }).toMatch(/ADDED +\S+ +1\/1 +Running/);
      cluster.kubelet.stop(target);
      await expect.poll(() => text, { timeout: 30_000 }).toMatch(new RegExp(`DELETED +${target.object.metadata.name}`));
      expect(text).toMatch(new RegExp(`MODIFIED +${target.object.metadata.name} +\\S+ +Terminating`));
      expect(text.match(/READY/g)).toHaveLength(1);
    } finally {
      child.kill();
    }
  });
});
