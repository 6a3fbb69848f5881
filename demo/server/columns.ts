import type { KubeObject, Pod } from '../cluster/objects.ts';
import type { Resource } from '../cluster/resources.ts';
import { spanText } from './age.ts';
import { summaryOf } from './pod-status.ts';

export type Cell = string | number | boolean;
type Read = (object: KubeObject, now: number) => Cell;

/** A column of a Table; only wide output shows those of priority 1. */
export interface Column {
  readonly name: string;
  readonly type: 'string' | 'integer' | 'boolean';
  readonly format: string;
  readonly description: string;
  readonly priority: 0 | 1;
  readonly read: Read;
}

const NONE = '<none>';

function at(object: unknown, path: string): unknown {
  let value = object;
  for (const part of path.split('.')) value = (value as Record<string, unknown> | null | undefined)?.[part];
  return value;
}
function listAt<T>(object: unknown, path: string): readonly T[] {
  const value = at(object, path);
  return Array.isArray(value) ? (value as T[]) : [];
}
const numberAt = (object: unknown, path: string) => Number(at(object, path) ?? 0);
const textAt = (object: unknown, path: string) => {
  const value = at(object, path);
  return typeof value === 'string' ? value : '';
};
const joined = (values: readonly (string | undefined)[]) => values.filter(Boolean).join(',') || NONE;

const text =
  (path: string, otherwise = NONE): Read =>
  (object) =>
    textAt(object, path) || otherwise;
const count =
  (path: string): Read =>
  (object) =>
    numberAt(object, path);
const size =
  (path: string): Read =>
  (object) =>
    listAt(object, path).length;
const ratio =
  (path: string, ofPath: string): Read =>
  (object) =>
    `${numberAt(object, path)}/${numberAt(object, ofPath)}`;
const since =
  (path: string, otherwise = '<unknown>'): Read =>
  (object, now) => {
    const time = textAt(object, path);
    return time ? spanText(now - Date.parse(time)) : otherwise;
  };
const labels =
  (path: string): Read =>
  (object) =>
    joined(Object.entries(at(object, path) ?? {}).map(([key, value]) => `${key}=${String(value)}`));
const each =
  (path: string, field: string): Read =>
  (object) =>
    joined(listAt(object, path).map((item) => textAt(item, field)));

const column = (
  name: string,
  read: Read,
  type: Column['type'] = 'string',
  priority: Column['priority'] = 0,
): Column => ({
  name,
  type,
  format: name === 'Name' ? 'name' : '',
  description: '',
  priority,
  read,
});
const wide = (name: string, read: Read) => column(name, read, 'string', 1);

const NAME = column('Name', text('metadata.name'));
const AGE = column('Age', since('metadata.creationTimestamp'));
const SELECTOR = wide('Selector', labels('spec.selector.matchLabels'));
const containers = (template: string) => [
  wide('Containers', each(`${template}.spec.containers`, 'name')),
  wide('Images', each(`${template}.spec.containers`, 'image')),
];
const CONTAINERS = containers('spec.template');

const podReady: Read = (object) => {
  const { ready, total } = summaryOf(object as Pod);
  return `${ready}/${total}`;
};
const podRestarts: Read = (object, now) => {
  const { restarts, lastRestartAt } = summaryOf(object as Pod);
  return restarts > 0 && lastRestartAt > 0 ? `${restarts} (${spanText(now - lastRestartAt)} ago)` : String(restarts);
};

type Condition = { readonly type: string; readonly status: string };
const holds = (object: KubeObject, type: string) =>
  listAt<Condition>(object, 'status.conditions').some(
    (condition) => condition.type === type && condition.status === 'True',
  );

const JOB_ENDS = ['Complete', 'Failed', 'Suspended', 'FailureTarget', 'SuccessCriteriaMet'];
const jobStatus: Read = (object) => JOB_ENDS.find((type) => holds(object, type)) ?? 'Running';
const jobDuration: Read = (object, now) => {
  const start = textAt(object, 'status.startTime');
  const end = textAt(object, 'status.completionTime');
  return start ? spanText((end ? Date.parse(end) : now) - Date.parse(start)) : '';
};

const nodeStatus: Read = (object) =>
  [
    holds(object, 'Ready') ? 'Ready' : 'NotReady',
    ...(at(object, 'spec.unschedulable') ? ['SchedulingDisabled'] : []),
  ].join();
const ROLE = 'node-role.kubernetes.io/';
const nodeRoles: Read = ({ metadata }) =>
  joined(Object.keys(metadata.labels ?? {}).flatMap((key) => (key.startsWith(ROLE) ? [key.slice(ROLE.length)] : [])));
const nodeAddress =
  (type: string): Read =>
  (object) =>
    listAt<{ type: string; address: string }>(object, 'status.addresses').find((address) => address.type === type)
      ?.address ?? NONE;

const servicePorts: Read = (object) =>
  joined(
    listAt<{ port: number; nodePort?: number; protocol?: string }>(object, 'spec.ports').map(
      ({ port, nodePort, protocol = 'TCP' }) => `${port}${nodePort ? `:${nodePort}` : ''}/${protocol}`,
    ),
  );
const serviceAddress: Read = (object) => {
  const given = listAt<{ ip?: string; hostname?: string }>(object, 'status.loadBalancer.ingress').map(
    ({ ip, hostname }) => ip ?? hostname,
  );
  return given.length === 0 && textAt(object, 'spec.type') === 'LoadBalancer' ? '<pending>' : joined(given);
};

const eventObject: Read = (object) =>
  [textAt(object, 'involvedObject.kind').toLowerCase(), textAt(object, 'involvedObject.name')]
    .filter(Boolean)
    .join('/');
const eventSource: Read = (object) =>
  [textAt(object, 'source.component'), textAt(object, 'source.host')].filter(Boolean).join(', ');

const PLAIN = [NAME, AGE];

/** By plural; the names and order of the real API server. */
const COLUMNS: Readonly<Record<string, readonly Column[]>> = {
  pods: [
    NAME,
    column('Ready', podReady),
    column('Status', (object) => summaryOf(object as Pod).status),
    column('Restarts', podRestarts),
    AGE,
    wide('IP', text('status.podIP')),
    wide('Node', text('spec.nodeName')),
    wide('Nominated Node', text('status.nominatedNodeName')),
    wide('Readiness Gates', () => NONE),
  ],
  deployments: [
    NAME,
    column('Ready', ratio('status.readyReplicas', 'spec.replicas')),
    column('Up-to-date', count('status.updatedReplicas'), 'integer'),
    column('Available', count('status.availableReplicas'), 'integer'),
    AGE,
    ...CONTAINERS,
    SELECTOR,
  ],
  replicasets: [
    NAME,
    column('Desired', count('spec.replicas'), 'integer'),
    column('Current', count('status.replicas'), 'integer'),
    column('Ready', count('status.readyReplicas'), 'integer'),
    AGE,
    ...CONTAINERS,
    SELECTOR,
  ],
  statefulsets: [NAME, column('Ready', ratio('status.readyReplicas', 'spec.replicas')), AGE, ...CONTAINERS],
  daemonsets: [
    NAME,
    column('Desired', count('status.desiredNumberScheduled'), 'integer'),
    column('Current', count('status.currentNumberScheduled'), 'integer'),
    column('Ready', count('status.numberReady'), 'integer'),
    column('Up-to-date', count('status.updatedNumberScheduled'), 'integer'),
    column('Available', count('status.numberAvailable'), 'integer'),
    column('Node Selector', labels('spec.template.spec.nodeSelector')),
    AGE,
    ...CONTAINERS,
    SELECTOR,
  ],
  jobs: [
    NAME,
    column('Status', jobStatus),
    column('Completions', ratio('status.succeeded', 'spec.completions')),
    column('Duration', jobDuration),
    AGE,
    ...CONTAINERS,
    SELECTOR,
  ],
  cronjobs: [
    NAME,
    column('Schedule', text('spec.schedule')),
    column('Timezone', text('spec.timeZone')),
    column('Suspend', (object) => at(object, 'spec.suspend') === true, 'boolean'),
    column('Active', size('status.active'), 'integer'),
    column('Last Schedule', since('status.lastScheduleTime', NONE)),
    AGE,
    ...containers('spec.jobTemplate.spec.template'),
  ],
  services: [
    NAME,
    column('Type', text('spec.type')),
    column('Cluster-IP', text('spec.clusterIP')),
    column('External-IP', serviceAddress),
    column('Port(s)', servicePorts),
    AGE,
    wide('Selector', labels('spec.selector')),
  ],
  nodes: [
    NAME,
    column('Status', nodeStatus),
    column('Roles', nodeRoles),
    AGE,
    column('Version', text('status.nodeInfo.kubeletVersion')),
    wide('Internal-IP', nodeAddress('InternalIP')),
    wide('External-IP', nodeAddress('ExternalIP')),
    wide('OS-Image', text('status.nodeInfo.osImage', '<unknown>')),
    wide('Kernel-Version', text('status.nodeInfo.kernelVersion', '<unknown>')),
    wide('Container-Runtime', text('status.nodeInfo.containerRuntimeVersion', '<unknown>')),
  ],
  events: [
    column('Last Seen', since('lastTimestamp')),
    column('Type', text('type', '')),
    column('Reason', text('reason', '')),
    column('Object', eventObject),
    wide('Subobject', text('involvedObject.fieldPath', '')),
    wide('Source', eventSource),
    column('Message', (object) => textAt(object, 'message').trim()),
    wide('First Seen', since('firstTimestamp')),
    column('Count', count('count'), 'integer', 1),
    wide('Name', text('metadata.name')),
  ],
};

/** What a Table of these objects shows; Name and Age where nothing else is known. */
export const columnsOf = ({ plural }: Resource): readonly Column[] => COLUMNS[plural] ?? PLAIN;
