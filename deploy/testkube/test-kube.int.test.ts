import { afterAll, beforeAll, expect, it } from 'vitest';
import { startSimCluster, until, type SimCluster } from './test-kube.ts';
import { describeWithCluster, simAvailable } from './testkube-binary.ts';

describeWithCluster(simAvailable(), 'the simulated nodes', () => {
  let cluster: SimCluster;
  beforeAll(async () => {
    cluster = await startSimCluster({ nodes: 1 });
  });
  afterAll(() => cluster?.stop());

  it('run a pod with the log a test gives it', async () => {
    await cluster.setLog('default', 'web', 'app', { current: ['hello from the test'] });
    await cluster.kubectl([
      'run',
      'web',
      '--image=example/web:1',
      '--overrides={"spec":{"containers":[{"name":"app","image":"example/web:1"}]}}',
    ]);
    await cluster.kubectl(['wait', '--for=condition=Ready', 'pod/web', '--timeout=60s']);
    // The simulated kubelet hears of a log by a watch of its own.
    const said = 'hello from the test';
    const log = await until('the log', async () => {
      const text = await cluster.kubectl(['logs', 'web']);
      return text.includes(said) && text;
    });
    expect(log.trim()).toBe(said);
  });

  it('outlive the API server', async () => {
    await cluster.kill();
    await expect(cluster.kubectl(['get', 'pods', '--request-timeout=2s'])).rejects.toThrow(/refused/);
    await cluster.restart();
    expect(await cluster.kubectl(['get', 'pod', 'web', '-o', 'name'])).toContain('pod/web');
  });
});
