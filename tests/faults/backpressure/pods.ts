const CONTAINERS = ['app', 'metrics'];
const START = Date.parse('2026-01-01T10:00:00Z');
const time = (second: number): string => new Date(START + second * 1000).toISOString().replace('.000', '');

export interface PodState {
  readonly version: number;
  readonly name?: string;
  readonly restarts?: number;
  readonly ready?: boolean;
}

/** A pod of two containers as an API server gives it: about 3 kB of JSON. */
export function podAt(number: number, { version, name, restarts = 0, ready = true }: PodState) {
  const podName = name ?? `checkout-5d8f7c9b6d-${String(number).padStart(5, '0')}`;
  const containers = CONTAINERS.map((container) => ({
    name: container,
    image: `registry.example.com/shop/${container}:1.24.7`,
    args: ['--listen=:8080', '--log-format=json'],
    env: [1, 2, 3, 4].map((at) => ({ name: `SETTING_${at}`, value: `value ${at}` })),
    resources: { limits: { cpu: '1', memory: '512Mi' }, requests: { cpu: '250m', memory: '256Mi' } },
    livenessProbe: { httpGet: { path: '/healthz', port: 'http', scheme: 'HTTP' }, periodSeconds: 10 },
    readinessProbe: { httpGet: { path: '/ready', port: 'http', scheme: 'HTTP' }, periodSeconds: 5 },
  }));
  const statuses = CONTAINERS.map((container, index) => {
    const deaths = index === 0 ? restarts : 0;
    return {
      name: container,
      ready,
      started: true,
      restartCount: deaths,
      state: { running: { startedAt: time(deaths * 60) } },
      lastState:
        deaths === 0 ? {} : { terminated: { exitCode: 1, reason: 'Error', finishedAt: time(deaths * 60 - 1) } },
      image: `registry.example.com/shop/${container}:1.24.7`,
      containerID: `containerd://${'cd34'.repeat(16)}`,
    };
  });
  return {
    kind: 'Pod',
    apiVersion: 'v1',
    metadata: {
      name: podName,
      namespace: `shop-${number % 20}`,
      uid: name ? `uid-${name}` : `00000000-0000-4000-8000-${String(number).padStart(12, '0')}`,
      resourceVersion: String(version),
      creationTimestamp: time(0),
      labels: { app: 'checkout', tier: 'backend', 'pod-template-hash': '5d8f7c9b6d' },
    },
    spec: { containers, restartPolicy: 'Always', nodeName: `node-${number % 200}` },
    status: {
      phase: 'Running',
      conditions: [{ type: 'Ready', status: ready ? 'True' : 'False', lastTransitionTime: time(0) }],
      podIP: `10.1.${number >> 8}.${number & 255}`,
      startTime: time(0),
      containerStatuses: statuses,
      qosClass: 'Burstable',
    },
  };
}

export interface PodEvent {
  /** Whether no later list tells it: a death, the coming or the going of a pod. */
  readonly lasting: boolean;
  readonly version: number;
  /** As a watch tells it. */
  line(): { type: 'ADDED' | 'MODIFIED' | 'DELETED'; object: ReturnType<typeof podAt> };
}

/**
 * Updates of `pods` pods in turn, after a list of them at the version `pods`: every twentieth is a death, and now and then a
 * pod comes and goes.
 */
export function podEvents(count: number, pods: number): PodEvent[] {
  const restarts = new Map<number, number>();
  return Array.from({ length: count }, (_, at): PodEvent => {
    const number = at % pods;
    const version = pods + at + 1;
    const phase = at % 100;
    if (phase === 50 || phase === 51) {
      const name = `short-${at - (phase - 50)}`;
      const type = phase === 50 ? 'ADDED' : 'DELETED';
      return { lasting: true, version, line: () => ({ type, object: podAt(number, { version, name }) }) };
    }
    const lasting = at % 20 === 7;
    if (lasting) restarts.set(number, (restarts.get(number) ?? 0) + 1);
    const state = { version, restarts: restarts.get(number) ?? 0, ready: Math.floor(at / pods) % 2 === 0 };
    return { lasting, version, line: () => ({ type: 'MODIFIED', object: podAt(number, state) }) };
  });
}
