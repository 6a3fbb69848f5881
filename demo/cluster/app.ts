import type { Ending, Runtime, Voice } from '../scenarios/log-lines.ts';
import type { ContainerSpec } from '../../schemas/objects.ts';
import type { Load } from '../prometheus/load.ts';

/** One application as its team describes it. */
export interface App {
  readonly namespace: string;
  readonly name: string;
  readonly team: string;
  readonly runtime: Runtime;
  readonly kind: 'Deployment' | 'StatefulSet' | 'DaemonSet' | 'CronJob';
  readonly replicas: number;
  readonly version: string;
  readonly memoryMi: number;
  /** From the container's start to its first good readiness probe. */
  readonly readyMs: number;
  /** Waits for its database before it starts. */
  readonly init?: boolean;
  readonly sidecar?: boolean;
  readonly service?: boolean;
  readonly port?: number;
  /** Offers its figures on a port of their own, which the service has too. */
  readonly metricsPort?: number;
  /** Of a rolling update; default 25%. */
  readonly maxUnavailable?: '100%';
  /** Seconds for which a pod must be ready before it counts as available. */
  readonly minReadySeconds?: number;
  /** False: no label says whose it is. */
  readonly labelled?: false;
  /** Its service: in percent as the annotation says it; in both address families; its pods published though not ready. */
  readonly objective?: string;
  readonly dualStack?: true;
  readonly publishesAll?: true;
  /** CronJob: how often it runs, how long a run takes, and how often one fails. */
  readonly everyMs?: number;
  readonly runMs?: number;
  readonly failureRate?: number;
  /** Requests and limits of its main container, in place of those usual for its size. */
  readonly resources?: NonNullable<ContainerSpec['resources']>;
  /** What its main container uses, in place of what is usual for its size. */
  readonly load?: Load;
  /** What a life (from 0) of its main container comes to, by the pod's uid. */
  readonly fate?: (podUid: string, life: number) => Fate;
  /** A horizontal autoscaler moves its replicas between these by its CPU's utilization of the request. */
  readonly autoscaled?: { readonly least: number; readonly most: number; readonly percent: number };
  /** Nothing happens to it by chance. */
  readonly spared?: true;
}

/** How a container's life ends. */
export interface Death {
  readonly exitCode: number;
  readonly reason: string;
  readonly ending: Ending;
  readonly message?: string;
}

export interface Fate {
  readonly afterMs: number;
  readonly death: Death;
}

/** What the nth life (from 0) of a container will do: nothing special, or end after a while. */
export type Behaviour = (life: number) => Fate | undefined;

/** Why a container cannot even be started, for as long as the answer is not undefined. */
export interface StartFailure {
  /** `schedule`: no node takes the pod. */
  readonly kind: 'image' | 'config' | 'schedule';
  readonly message: string;
  /** The waiting reason, where it is not the usual one of its kind: such an image is not even asked for. */
  readonly reason?: string;
}

/** A pod template, and what its containers do that the specification does not show. */
export interface Template {
  readonly app: App;
  readonly version: string;
  readonly hash: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly spec: { readonly containers: ContainerSpec[]; readonly initContainers: ContainerSpec[] } & Record<
    string,
    unknown
  >;
  readonly behaviours: Readonly<Record<string, Behaviour>>;
  readonly failure?: StartFailure;
}

export const OOM: Death = { exitCode: 137, reason: 'OOMKilled', ending: 'oom' };
export const error = (ending: Ending, exitCode = 1): Death => ({ exitCode, reason: 'Error', ending });

/** What takes longer to come up has a startup probe. */
const SLOW_START_MS = 10_000;
const REGISTRY = 'registry.acme.example';

const probe = (path: string, port: number, periodSeconds: number) => ({
  httpGet: { path, port, scheme: 'HTTP' },
  timeoutSeconds: 1,
  periodSeconds,
  successThreshold: 1,
  failureThreshold: 3,
});

/** What its containers call the port of its figures, by default. */
export const METRICS = 'metrics';

function portsOf(app: App, port: number, metricsName: string) {
  const http = { name: 'http', containerPort: port, protocol: 'TCP' };
  return app.metricsPort === undefined
    ? [http]
    : [http, { name: metricsName, containerPort: app.metricsPort, protocol: 'TCP' }];
}

function mainContainer(app: App, version: string, metricsName: string): ContainerSpec {
  const port = app.port ?? 8080;
  const batch = app.kind === 'CronJob';
  const slow = app.readyMs > SLOW_START_MS ? { startupProbe: probe('/livez', port, 10) } : {};
  const probes = batch
    ? {}
    : { livenessProbe: probe('/livez', port, 10), readinessProbe: probe('/readyz', port, 5), ...slow };
  return {
    name: app.name,
    image: `${REGISTRY}/${app.team}/${app.name}:${version}`,
    ...(batch ? { command: ['/bin/run'], args: ['--all-partitions'] } : { ports: portsOf(app, port, metricsName) }),
    env: [
      { name: 'LOG_LEVEL', value: 'info' },
      { name: 'DATABASE_PASSWORD', valueFrom: { secretKeyRef: { name: `${app.name}-db`, key: 'password' } } },
    ],
    resources: app.resources ?? {
      requests: { cpu: app.memoryMi > 1000 ? '500m' : '100m', memory: `${Math.round(app.memoryMi / 2)}Mi` },
      limits: { memory: `${app.memoryMi}Mi` },
    },
    ...probes,
    imagePullPolicy: 'IfNotPresent',
    terminationMessagePath: '/dev/termination-log',
    terminationMessagePolicy: 'File',
  };
}

const helper = (name: string, image: string, more: Record<string, unknown> = {}): ContainerSpec => ({
  name,
  image: `${REGISTRY}/platform/${image}`,
  resources: { requests: { cpu: '10m', memory: '32Mi' }, limits: { memory: '64Mi' } },
  ...more,
});

/** Labels of what belongs to an app beside its pods. */
export const ownLabels = ({ name, team, labelled }: App): Record<string, string> => ({
  app: name,
  ...(labelled === false ? {} : { team }),
});

/** The pod template of an app's release. */
export function templateOf(
  app: App,
  environment: string,
  release: {
    version: string;
    hash: string;
    behaviours?: Record<string, Behaviour>;
    failure?: StartFailure;
    extra?: Record<string, unknown>;
    annotations?: Record<string, string>;
    metricsName?: string;
  },
): Template {
  const initContainers = [
    ...(app.init ? [helper('wait-for-db', 'wait-for:1.4', { command: ['/bin/wait-for', 'postgres.data:5432'] })] : []),
    ...(app.sidecar ? [helper('proxy', 'mesh-proxy:2.31.0', { restartPolicy: 'Always' })] : []),
  ];
  return {
    app,
    version: release.version,
    hash: release.hash,
    labels: {
      app: app.name,
      'app.kubernetes.io/name': app.name,
      'app.kubernetes.io/version': release.version,
      ...(app.labelled === false ? {} : { team: app.team, environment }),
    },
    ...(release.annotations ? { annotations: release.annotations } : {}),
    spec: {
      initContainers,
      containers: [mainContainer(app, release.version, release.metricsName ?? METRICS)],
      restartPolicy: app.kind === 'CronJob' ? 'Never' : 'Always',
      terminationGracePeriodSeconds: 30,
      dnsPolicy: 'ClusterFirst',
      serviceAccountName: app.name,
      schedulerName: 'default-scheduler',
      ...(app.kind === 'StatefulSet' || app.kind === 'DaemonSet'
        ? { priorityClassName: 'important', priority: 100000 }
        : { priority: 0 }),
      tolerations: [
        { key: 'node.kubernetes.io/not-ready', operator: 'Exists', effect: 'NoExecute', tolerationSeconds: 300 },
        { key: 'node.kubernetes.io/unreachable', operator: 'Exists', effect: 'NoExecute', tolerationSeconds: 300 },
      ],
      ...release.extra,
    },
    behaviours: release.behaviours ?? {},
    ...(release.failure ? { failure: release.failure } : {}),
  };
}

export const voiceOf = (template: Template, container: string): Voice =>
  container === template.app.name
    ? { app: template.app.name, version: template.version, runtime: template.app.runtime }
    : { app: container, version: '2.31.0', runtime: 'agent' };
