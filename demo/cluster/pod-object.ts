import type { Condition, ContainerSpec, ContainerStatus, OwnerReference } from '../../schemas/objects.ts';
import type { Behaviour, StartFailure, Template } from './app.ts';
import type { Instance } from './container-logs.ts';
import type { Draft } from './object-store.ts';
import { kubeTime, type Pod } from './objects.ts';

/** One container of a running pod, as its kubelet knows it. */
export interface ContainerRun {
  readonly name: string;
  readonly kind: 'app' | 'init' | 'sidecar';
  readonly spec: ContainerSpec;
  readonly status: ContainerStatus;
  /** Rises with every start, stop and retry: plans made under an older number are void. */
  life: number;
  starts: number;
  backoffMs: number;
  current: Instance | null;
  /** The one dead instance that the kubelet keeps. */
  dead: Instance | null;
}

export interface RunningPod {
  readonly object: Pod;
  readonly template: Template;
  readonly containers: readonly ContainerRun[];
  readonly behaviours: Map<string, Behaviour>;
  failure: StartFailure | undefined;
  /** The node to which it is bound from the start (a DaemonSet's). */
  readonly pinnedTo: string | undefined;
  node: string | null;
  stopping: boolean;
  gone: boolean;
  /** Its node does not answer: nothing changes until it is back. */
  cutOff: boolean;
}

export interface PodRequest {
  readonly name: string;
  readonly generateName?: string;
  readonly template: Template;
  readonly labels?: Readonly<Record<string, string>>;
  readonly owner: OwnerReference;
  readonly pinnedTo?: string;
}

const pendingStatus = ({ name, image }: ContainerSpec): ContainerStatus => ({
  name,
  image: image ?? '',
  imageID: '',
  ready: false,
  started: false,
  restartCount: 0,
  state: { waiting: { reason: 'PodInitializing' } },
  lastState: {},
});

/** As the API server counts it: of what is asked for and allowed of CPU and memory in all containers. */
function qosOf({ spec }: Template): string {
  const all = [...spec.initContainers, ...spec.containers].map(({ resources }) => resources ?? {});
  if (all.every(({ requests = {}, limits = {} }) => !requests['cpu'] && !requests['memory'] && !limits['memory']))
    return 'BestEffort';
  const even = all.every(({ requests = {}, limits = {} }) =>
    ['cpu', 'memory'].every((name) => limits[name] !== undefined && requests[name] === limits[name]),
  );
  return even ? 'Guaranteed' : 'Burstable';
}

/** A pod as a controller sends it to the API server. */
export const podDraft = (request: PodRequest): Draft => ({
  kind: 'Pod',
  metadata: {
    name: request.name,
    ...(request.generateName ? { generateName: request.generateName } : {}),
    namespace: request.template.app.namespace,
    labels: { ...request.template.labels, ...request.labels },
    ...(request.template.annotations ? { annotations: request.template.annotations } : {}),
    ownerReferences: [request.owner],
  },
  spec: request.template.spec,
  status: {
    phase: 'Pending',
    qosClass: qosOf(request.template),
    conditions: [],
    containerStatuses: [],
    initContainerStatuses: [],
  },
});

function behavioursOf(uid: string, { app, behaviours }: Template): Map<string, Behaviour> {
  const { fate } = app;
  return new Map(Object.entries({ ...(fate ? { [app.name]: (life: number) => fate(uid, life) } : {}), ...behaviours }));
}

/** Binds a stored pod to its run. */
export function runOf(object: Pod, { template, pinnedTo }: PodRequest): RunningPod {
  const containerOf = (spec: ContainerSpec, init: boolean): ContainerRun => ({
    name: spec.name,
    kind: init ? (spec.restartPolicy === 'Always' ? 'sidecar' : 'init') : 'app',
    spec,
    status: pendingStatus(spec),
    life: 0,
    starts: 0,
    backoffMs: 0,
    current: null,
    dead: null,
  });
  return {
    object,
    template,
    containers: [
      ...object.spec.initContainers.map((spec) => containerOf(spec, true)),
      ...object.spec.containers.map((spec) => containerOf(spec, false)),
    ],
    behaviours: behavioursOf(object.metadata.uid, template),
    failure: template.failure,
    pinnedTo,
    node: null,
    stopping: false,
    gone: false,
    cutOff: false,
  };
}

/** Sets a condition; its transition time moves only when its status does. */
export function setCondition(conditions: Condition[], next: Condition, now: number): void {
  const before = conditions.find(({ type }) => type === next.type);
  const lastTransitionTime = before?.status === next.status ? before.lastTransitionTime : kubeTime(now);
  const full: Condition & { lastProbeTime?: null } = { ...next, ...(lastTransitionTime ? { lastTransitionTime } : {}) };
  if (before) conditions[conditions.indexOf(before)] = full;
  else conditions.push(full);
}

export const isReady = ({ object }: { object: Pod }): boolean =>
  object.status.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True') ?? false;

const finished = ({ status }: ContainerRun) => status.state?.terminated?.exitCode === 0;

/** Brings phase and conditions in line with the containers, as the kubelet does before each status update. */
export function refreshStatus(pod: RunningPod, now: number): void {
  const { status } = pod.object;
  const conditions = (status.conditions ??= []);
  const inits = pod.containers.filter(({ kind }) => kind === 'init');
  const serving = pod.containers.filter(({ kind }) => kind !== 'init');
  const waitingFor = inits.filter((run) => !finished(run)).map(({ name }) => name);
  const initialized = waitingFor.length === 0;
  status.initContainerStatuses = pod.containers.filter(({ kind }) => kind !== 'app').map((run) => run.status);
  status.containerStatuses = pod.containers.filter(({ kind }) => kind === 'app').map((run) => run.status);
  const done = status.phase === 'Succeeded' || status.phase === 'Failed';
  if (
    !done &&
    initialized &&
    status.containerStatuses.some(({ state }) => !state?.waiting || state.waiting.reason === 'CrashLoopBackOff')
  ) {
    status.phase = 'Running';
  }
  const unready = serving.filter((run) => !run.status.ready).map(({ name }) => name);
  const because = done
    ? { reason: status.phase === 'Succeeded' ? 'PodCompleted' : 'PodFailed' }
    : unready.length > 0
      ? { reason: 'ContainersNotReady', message: `containers with unready status: [${unready.join(' ')}]` }
      : {};
  const ready = !done && unready.length === 0 && !pod.cutOff ? 'True' : 'False';
  setCondition(conditions, { type: 'PodReadyToStartContainers', status: done ? 'False' : 'True' }, now);
  setCondition(
    conditions,
    initialized
      ? { type: 'Initialized', status: 'True' }
      : {
          type: 'Initialized',
          status: 'False',
          reason: 'ContainersNotInitialized',
          message: `containers with incomplete status: [${waitingFor.join(' ')}]`,
        },
    now,
  );
  setCondition(conditions, { type: 'Ready', status: ready, ...because }, now);
  if (!pod.cutOff) setCondition(conditions, { type: 'ContainersReady', status: ready, ...because }, now);
  setCondition(conditions, { type: 'PodScheduled', status: 'True' }, now);
}
