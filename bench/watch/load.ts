export const PODS = 10_000;
export const EVENTS = 60_000;

const CONTAINERS = ['app', 'metrics'];

const conditions = ['PodReadyToStartContainers', 'Initialized', 'Ready', 'ContainersReady', 'PodScheduled'];

const containerSpec = (name: string) => ({
  name,
  image: `registry.example.com/shop/${name}:1.24.7`,
  args: ['--listen=:8080', '--log-format=json'],
  ports: [{ name: 'http', containerPort: 8080, protocol: 'TCP' }],
  env: [1, 2, 3, 4].map((at) => ({ name: `SETTING_${at}`, value: `value ${at}` })),
  resources: { limits: { cpu: '1', memory: '512Mi' }, requests: { cpu: '250m', memory: '256Mi' } },
  livenessProbe: {
    httpGet: { path: '/healthz', port: 'http', scheme: 'HTTP' },
    periodSeconds: 10,
    failureThreshold: 3,
  },
  readinessProbe: { httpGet: { path: '/ready', port: 'http', scheme: 'HTTP' }, periodSeconds: 5, failureThreshold: 3 },
  volumeMounts: [{ name: 'token', readOnly: true, mountPath: '/var/run/secrets/kubernetes.io/serviceaccount' }],
  terminationMessagePath: '/dev/termination-log',
  imagePullPolicy: 'IfNotPresent',
});

const containerStatus = (name: string, restarts: number) => ({
  name,
  state: { running: { startedAt: '2026-01-01T10:00:00Z' } },
  lastState: restarts === 0 ? {} : { terminated: { exitCode: 1, reason: 'Error', finishedAt: '2026-01-01T09:59:58Z' } },
  ready: true,
  restartCount: restarts,
  image: `registry.example.com/shop/${name}:1.24.7`,
  imageID: `registry.example.com/shop/${name}@sha256:${'ab12'.repeat(16)}`,
  containerID: `containerd://${'cd34'.repeat(16)}`,
  started: true,
});

/** A pod of two containers as an API server gives it: about 4 kB of JSON. */
export function podObject(number: number, version: number) {
  const name = `checkout-5d8f7c9b6d-${String(number).padStart(5, '0')}`;
  const at = '2026-01-01T10:00:00Z';
  return {
    kind: 'Pod',
    apiVersion: 'v1',
    metadata: {
      name,
      generateName: 'checkout-5d8f7c9b6d-',
      namespace: `shop-${number % 20}`,
      uid: `00000000-0000-4000-8000-${String(number).padStart(12, '0')}`,
      resourceVersion: String(version),
      creationTimestamp: at,
      labels: { app: 'checkout', tier: 'backend', 'pod-template-hash': '5d8f7c9b6d' },
      ownerReferences: [
        { apiVersion: 'apps/v1', kind: 'ReplicaSet', name: 'checkout-5d8f7c9b6d', uid: 'rs-1', controller: true },
      ],
    },
    spec: {
      volumes: [{ name: 'token', projected: { sources: [{ serviceAccountToken: { expirationSeconds: 3607 } }] } }],
      containers: CONTAINERS.map(containerSpec),
      restartPolicy: 'Always',
      terminationGracePeriodSeconds: 30,
      dnsPolicy: 'ClusterFirst',
      serviceAccountName: 'checkout',
      nodeName: `node-${number % 200}`,
      schedulerName: 'default-scheduler',
      tolerations: [{ key: 'node.kubernetes.io/not-ready', operator: 'Exists', effect: 'NoExecute' }],
    },
    status: {
      phase: 'Running',
      conditions: conditions.map((type) => ({ type, status: 'True', lastProbeTime: null, lastTransitionTime: at })),
      hostIP: '10.0.0.7',
      podIP: `10.1.${number >> 8}.${number & 255}`,
      startTime: at,
      containerStatuses: CONTAINERS.map((container) => containerStatus(container, version % 3)),
      qosClass: 'Burstable',
    },
  };
}
