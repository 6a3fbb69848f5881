import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { until, type LogLine, type SimCluster } from '../../deploy/testkube/test-kube.ts';
import { testkubeBinary } from '../../deploy/testkube/testkube-binary.ts';

const COLUMNS = [
  'NAMESPACE:.metadata.namespace',
  'POD:.metadata.name',
  'CONTAINER:.status.containerStatuses[0].name',
  'RESTARTS:.status.containerStatuses[0].restartCount',
  'RUNNING:.status.containerStatuses[0].state.running.startedAt',
  'WAITS:.metadata.annotations.testkube/after-log',
].join(',');

/** What the instance `ordinal` of a simulated container logs. */
export const lineOf = (pod: string, ordinal: number): string => `${pod} instance ${ordinal} says hello`;

/**
 * Simulated containers log nothing: this writes for those that wait for it (`testkube/after-log`), so that none dies
 * before its log is there. Each instance says one line; the log of the one before it is then the previous one, as a
 * kubelet has it.
 */
export async function keepLogs(cluster: SimCluster): Promise<() => Promise<void>> {
  const args = ['--kubeconfig', cluster.kubeconfig, 'get', 'pods', '-A', '--watch', '--no-headers'];
  const kubectl = spawn(testkubeBinary(), ['kubectl', ...args, '-o', `custom-columns=${COLUMNS}`], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const kill = () => void kubectl.kill('SIGKILL');
  process.once('exit', kill);
  const written = new Map<string, { restarts: number; lines: LogLine[] }>();

  async function write(line: string): Promise<void> {
    const [namespace = '', pod = '', container = '', count, running, waits] = line.split(/\s+/);
    const restarts = Number(count);
    const key = `${namespace}/${pod}`;
    const before = written.get(key);
    if (waits !== 'true' || !Number.isInteger(restarts) || running === '<none>' || before?.restarts === restarts)
      return;
    const lines: LogLine[] = [{ at: new Date(), text: lineOf(pod, restarts) }];
    written.set(key, { restarts, lines });
    await cluster.setLog(namespace, pod, container, { current: lines, previous: before?.lines ?? lines });
    const inNamespace = (...rest: string[]) => cluster.kubectl(['-n', namespace, ...rest]);
    await until(`the log of ${key}`, async () => (await inNamespace('logs', pod)).includes(lineOf(pod, restarts)));
    await inNamespace('annotate', '--overwrite', 'pod', pod, `testkube/logged=${restarts}`);
  }

  const work = new Set<Promise<void>>();
  let failure: unknown = null;
  createInterface({ input: kubectl.stdout }).on('line', (line) => {
    const writing = write(line)
      .catch((error: unknown) => void (failure ??= error))
      .finally(() => work.delete(writing));
    work.add(writing);
  });
  await once(kubectl, 'spawn');
  return async () => {
    process.off('exit', kill);
    const gone = once(kubectl, 'close');
    kill();
    await gone;
    await Promise.all(work);
    if (failure) throw failure;
  };
}
