import { spawn, type ChildProcess } from 'node:child_process';
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
  const ending = new AbortController();
  let kubectl: ChildProcess | undefined;
  const kill = () => void kubectl?.kill('SIGKILL');
  process.once('exit', kill);
  const written = new Map<string, { restarts: number; lines: LogLine[] }>();

  async function write(key: string, line: string): Promise<void> {
    const [namespace = '', pod = '', container = '', count, running, waits] = line.split(/\s+/);
    const restarts = Number(count);
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
  /** By pod; a control plane that comes back is watched anew, and each pod gets its log then. */
  const failures = new Map<string, unknown>();
  const take = (line: string): void => {
    const key = line.split(/\s+/, 2).join('/');
    const before = written.get(key);
    const writing = write(key, line)
      .then(
        () => void failures.delete(key),
        (error: unknown) => {
          if (before) written.set(key, before);
          else written.delete(key);
          failures.set(key, error);
        },
      )
      .finally(() => work.delete(writing));
    work.add(writing);
  };

  /** One `kubectl` after the other: each ends with the control plane that it watches. */
  async function watch(): Promise<void> {
    while (!ending.signal.aborted) {
      const watching = spawn(testkubeBinary(), ['kubectl', ...args, '-o', `custom-columns=${COLUMNS}`], {
        stdio: ['ignore', 'pipe', 'ignore'],
      });
      kubectl = watching;
      createInterface({ input: watching.stdout }).on('line', take);
      await once(watching, 'close');
    }
  }
  const watching = watch();
  return async () => {
    ending.abort();
    process.off('exit', kill);
    kill();
    await watching;
    await Promise.all(work);
    if (failures.size > 0) throw new AggregateError([...failures.values()], 'logs could not be written');
  };
}
