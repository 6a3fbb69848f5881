import type { ServerResponse } from 'node:http';
import type { Clock } from '../../platform/clock.ts';
import { instanceLog, stamped, type Instance } from '../cluster/container-logs.ts';
import type { ContainerRun, RunningPod } from '../cluster/pod-object.ts';
import type { SimCluster } from '../cluster/sim-cluster.ts';
import { sendStatus } from './reply.ts';

const FOLLOW_MS = 500;

/** The container id whose log is asked for, by the kubelet's rules, or its error. */
export function choose(
  pod: string,
  { name, status }: ContainerRun,
  previous: boolean,
): { id: string } | { error: string } {
  const { state, lastState } = status;
  const last = lastState?.terminated?.containerID;
  if (previous)
    return last ? { id: last } : { error: `previous terminated container "${name}" in pod "${pod}" not found` };
  if (state?.running) return { id: status.containerID ?? '' };
  if (state?.terminated?.containerID) return { id: state.terminated.containerID };
  if (last) return { id: last };
  const reason = state?.waiting?.reason ?? 'ContainerCreating';
  const why =
    { ErrImagePull: "image can't be pulled", ImagePullBackOff: 'trying and failing to pull image' }[reason] ?? reason;
  return { error: `container "${name}" in pod "${pod}" is waiting to start: ${why}` };
}

/** The instance behind an id, while the kubelet still has it: the running one and one dead one. */
export const instanceOf = (run: ContainerRun, id: string): Instance | undefined =>
  [run.current, run.dead].find((instance) => instance?.containerId === id) ?? undefined;

export interface LogRequest {
  readonly cluster: SimCluster;
  readonly clock: Clock;
  readonly namespace: string;
  readonly name: string;
  readonly query: URLSearchParams;
}

/** `GET …/pods/{name}/log` with the API server's and the kubelet's answers. */
export function servePodLog(request: LogRequest, response: ServerResponse): void {
  const { cluster, namespace, name, query } = request;
  const pod = cluster.pod(namespace, name);
  if (!pod) return sendStatus(response, 404, `pods "${name}" not found`, { name, kind: 'pods' });
  const run = containerOf(pod, query.get('container'));
  if ('error' in run) return sendStatus(response, 400, run.error);
  if (pod.cutOff)
    return sendStatus(
      response,
      500,
      `Get "https://${pod.node}:10250/containerLogs/${namespace}/${name}/${run.name}": dial tcp: i/o timeout`,
    );
  if (!pod.node) return sendStatus(response, 400, `pod ${name} does not have a host assigned`);
  const chosen = choose(name, run, query.get('previous') === 'true');
  if ('error' in chosen) return sendStatus(response, 400, chosen.error);
  response.writeHead(200, { 'content-type': 'text/plain' });
  const instance = instanceOf(run, chosen.id);
  if (!instance) return void response.end(`unable to retrieve container logs for ${chosen.id}`);
  writeLog(request, instance, response);
}

function containerOf(pod: RunningPod, asked: string | null): ContainerRun | { error: string } {
  const { name } = pod.object.metadata;
  const [first] = pod.containers;
  if (!asked && first && pod.containers.length === 1) return first;
  const found = pod.containers.find((run) => run.name === asked);
  if (found) return found;
  if (asked) return { error: `container ${asked} is not valid for pod ${name}` };
  const names = (init: boolean) =>
    pod.containers
      .filter(({ kind }) => (kind !== 'app') === init)
      .map((run) => run.name)
      .join(' ');
  return {
    error: `a container name must be specified for pod ${name}, choose one of: [${names(false)}] or one of the init containers: [${names(true)}]`,
  };
}

function writeLog({ cluster, clock, query }: LogRequest, instance: Instance, response: ServerResponse): void {
  const whole = (key: string) => (query.has(key) ? Number(query.get(key)) : undefined);
  const limitBytes = whole('limitBytes');
  const sinceSeconds = whole('sinceSeconds');
  const format = query.get('timestamps') === 'true' ? stamped : (line: { text: string }) => line.text;
  let shown = cluster.now();
  const oldest = sinceSeconds === undefined ? 0 : shown - sinceSeconds * 1000;
  const lines = instanceLog(instance, shown, whole('tailLines')).filter(({ at }) => at >= oldest);
  const body = Buffer.from(lines.map((line) => `${format(line)}\n`).join(''));
  response.write(limitBytes === undefined ? body : body.subarray(0, limitBytes));
  if (query.get('follow') !== 'true' || instance.finishedAt !== null || (limitBytes ?? Infinity) <= body.length)
    return void response.end();
  let cancel = () => {};
  const turn = () => {
    const until = cluster.now();
    for (const line of instanceLog(instance, until)) if (line.at > shown) response.write(`${format(line)}\n`);
    shown = until;
    if (instance.finishedAt !== null) return void response.end();
    cancel = clock.after(FOLLOW_MS, turn);
  };
  cancel = clock.after(FOLLOW_MS, turn);
  response.on('close', () => cancel());
}
