import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startRealCluster, until, type TestCluster } from '../../deploy/testkube/test-kube.ts';
import { podMetrics, type ListedPod } from '../../deploy/testprometheus/pod-metrics.ts';
import { exposeTargets, writeScrapeConfig } from '../../deploy/testprometheus/scrape-targets.ts';
import { startPrometheus, type TestServer } from '../../deploy/testprometheus/test-prometheus.ts';

export const NAMESPACE = 'usage';
const IMAGE = 'docker.io/testkube/busybox:1';
const SCRAPE_MS = 5_000;

/** Some tenths of a core, and the file that ends it. */
const WORKS = 'while [ ! -f /tmp/end ]; do i=0; while [ $i -lt 4000 ]; do i=$((i+1)); done; sleep 0.1; done; exit 3';
const SPINS = 'while :; do :; done';
const HOLDS = 'held=$(head -c 40000000 /dev/zero | tr "\\0" a); while :; do sleep 1; done';

const container = (name: string, script: string, resources: object = {}) => ({
  name,
  image: IMAGE,
  imagePullPolicy: 'Never',
  command: ['sh', '-c', script],
  resources,
});

const podSpec = (...containers: readonly object[]) => ({ terminationGracePeriodSeconds: 1, containers });
const pod = (name: string, ...containers: readonly object[]) => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name, namespace: NAMESPACE },
  spec: podSpec(...containers),
});

/** Its containers are called: works is ended once, and spins beside it has a limit that throttles it. */
const MANIFESTS = [
  { apiVersion: 'v1', kind: 'Namespace', metadata: { name: NAMESPACE } },
  { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'prometheus', namespace: NAMESPACE } },
  {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'ClusterRole',
    metadata: { name: 'scrapes-kubelets' },
    rules: [{ apiGroups: [''], resources: ['nodes/metrics'], verbs: ['get'] }],
  },
  {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'ClusterRoleBinding',
    metadata: { name: 'scrapes-kubelets' },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'scrapes-kubelets' },
    subjects: [{ kind: 'ServiceAccount', name: 'prometheus', namespace: NAMESPACE }],
  },
  {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'pair', namespace: NAMESPACE },
    spec: {
      replicas: 1,
      selector: { matchLabels: { app: 'pair' } },
      template: {
        metadata: { labels: { app: 'pair' } },
        spec: podSpec(
          container('spins', SPINS, {
            requests: { cpu: '50m', memory: '16Mi' },
            limits: { cpu: '100m', memory: '32Mi' },
          }),
          container('works', WORKS, { requests: { cpu: '25m' }, limits: { cpu: '500m', memory: '24Mi' } }),
        ),
      },
    },
  },
  pod('holder', container('app', HOLDS, { requests: { cpu: '20m', memory: '64Mi' }, limits: { memory: '256Mi' } })),
  pod('restarted', container('app', WORKS, { requests: { memory: '16Mi' }, limits: { cpu: '1' } })),
  pod('bare', container('app', WORKS)),
];

/** A real node with pods that work, and a real Prometheus that scrapes its kubelet's cAdvisor. */
export interface ScrapedCluster {
  readonly prometheus: TestServer;
  /** Whole names of the pods, in order. */
  readonly pods: readonly string[];
  /** Ends the container of the pod `restarted`, and waits for the one that comes after it. */
  restartOne(): Promise<void>;
  stop(): Promise<void>;
}

async function podsOf(cluster: TestCluster): Promise<ListedPod[]> {
  const text = await cluster.kubectl(['get', 'pods', '-n', NAMESPACE, '-o', 'json']);
  return (JSON.parse(text) as { items: ListedPod[] }).items;
}

/** The kubelet over TLS, with the token of a service account that may read metrics and nothing else. */
async function writeConfig(cluster: TestCluster, dir: string, exporter: string): Promise<string> {
  const token = await cluster.kubectl(['create', 'token', 'prometheus', '-n', NAMESPACE]);
  const tokenFile = join(dir, 'token');
  await writeFile(tokenFile, token.trim(), { mode: 0o600 });
  const config = join(dir, 'prometheus.yml');
  const cadvisor = {
    job: 'kubelet',
    targets: { file: join(cluster.dir, 'prometheus-sd', '*.json') },
    path: '/metrics/cadvisor',
    more: {
      scheme: 'https',
      tls_config: { ca_file: join(cluster.dir, 'pki', 'ca.crt') },
      authorization: { credentials_file: tokenFile },
    },
  };
  writeScrapeConfig(config, [cadvisor, { job: 'kube-state-metrics', targets: [exporter] }], { intervalMs: SCRAPE_MS });
  return config;
}

async function restartOne({ kubectl }: TestCluster): Promise<void> {
  await kubectl(['exec', '-n', NAMESPACE, 'restarted', '--', 'touch', '/tmp/end']);
  const path = '{.status.containerStatuses[0].restartCount} {.status.containerStatuses[0].state.running.startedAt}';
  await until('the container after the one that ended', async () => {
    const text = await kubectl(['get', 'pod', 'restarted', '-n', NAMESPACE, '-o', `jsonpath=${path}`]);
    return /^1 ./.test(text);
  });
}

export async function startScrapedCluster(): Promise<ScrapedCluster> {
  const ends: (() => Promise<void>)[] = [];
  const stop = async () => {
    for (const end of ends.splice(0).toReversed()) await end();
  };
  try {
    const dir = await mkdtemp(join(tmpdir(), 'tidemark-cadvisor-'));
    ends.push(() => rm(dir, { recursive: true, force: true }));
    const cluster = await startRealCluster();
    ends.push(() => cluster.stop());
    await cluster.apply(JSON.stringify({ apiVersion: 'v1', kind: 'List', items: MANIFESTS }));
    await cluster.kubectl(['rollout', 'status', 'deployment/pair', '-n', NAMESPACE, '--timeout=90s']);
    await cluster.kubectl(['wait', '-n', NAMESPACE, '--for=condition=Ready', 'pods', '--all', '--timeout=90s']);
    const exporter = await exposeTargets({ '/metrics': async () => podMetrics(await podsOf(cluster)) });
    ends.push(() => exporter.stop());
    const config = await writeConfig(cluster, dir, exporter.target);
    const prometheus = await startPrometheus({ dir: join(dir, 'prometheus'), config });
    ends.push(() => prometheus.stop());
    const pods = (await podsOf(cluster)).map(({ metadata }) => metadata.name).toSorted();
    return { prometheus, pods, restartOne: () => restartOne(cluster), stop };
  } catch (error) {
    await stop();
    throw error;
  }
}
