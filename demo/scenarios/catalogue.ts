import type { App } from '../cluster/app.ts';
import type { Runtime } from './log-lines.ts';

const HOUR = 3_600_000;

export type Row = [
  namespace: string,
  name: string,
  team: string,
  runtime: Runtime,
  replicas: number,
  memoryMi: number,
  more?: Partial<App>,
];

const sets: Partial<App> = { kind: 'StatefulSet', readyMs: 9_000 };
const everywhere: Partial<App> = { kind: 'DaemonSet', readyMs: 1_500, service: false };
const cron = (everyMs: number, runMs: number, failureRate: number): Partial<App> => ({
  kind: 'CronJob',
  service: false,
  everyMs,
  runMs,
  failureRate,
});

/** Two releases of it must not run side by side; a release counts as out once it has stood for a while. */
const outright: Partial<App> = { maxUnavailable: '100%', minReadySeconds: 480 };

const ROWS: readonly Row[] = [
  ['shop', 'storefront', 'web', 'node', 6, 512, { sidecar: true, dualStack: true }],
  ['shop', 'cart', 'web', 'node', 4, 384],
  ['shop', 'catalog', 'catalog', 'go', 5, 256],
  ['shop', 'search', 'catalog', 'java', 3, 1536, { readyMs: 22_000 }],
  ['shop', 'checkout', 'checkout', 'java', 4, 1024, { init: true, sidecar: true, readyMs: 18_000, ...outright }],
  ['shop', 'recommendations', 'ml', 'python', 3, 2048, { readyMs: 15_000 }],
  ['shop', 'pricing', 'checkout', 'go', 3, 256, { metricsPort: 9090 }],
  ['shop', 'reviews', 'web', 'python', 2, 512],
  ['shop', 'wishlist', 'web', 'node', 2, 256],
  ['shop', 'image-resizer', 'web', 'go', 3, 512],
  ['shop', 'sitemap', 'web', 'batch', 1, 256, cron(6 * HOUR, 45_000, 0.03)],
  [
    'payments',
    'payment-gateway',
    'payments',
    'java',
    4,
    1024,
    { init: true, sidecar: true, readyMs: 20_000, objective: '99.95' },
  ],
  ['payments', 'ledger', 'payments', 'java', 3, 1536, { init: true, readyMs: 24_000 }],
  ['payments', 'fraud-detector', 'risk', 'python', 3, 2048, { readyMs: 16_000 }],
  ['payments', 'invoice-worker', 'payments', 'python', 2, 512, { service: false }],
  ['payments', 'refunds', 'payments', 'go', 2, 256, { init: true }],
  ['payments', 'settlement', 'payments', 'batch', 1, 512, cron(24 * HOUR, 180_000, 0.1)],
  ['payments', 'reconcile', 'payments', 'batch', 1, 512, cron(2 * HOUR, 60_000, 0.04)],
  ['data', 'postgres', 'data', 'postgres', 3, 8192, sets],
  ['data', 'kafka', 'data', 'kafka', 3, 6144, { ...sets, publishesAll: true }],
  ['data', 'redis', 'data', 'redis', 3, 2048, sets],
  ['data', 'schema-registry', 'data', 'java', 2, 768, { readyMs: 12_000 }],
  ['data', 'event-router', 'data', 'go', 4, 384, { metricsPort: 9090 }],
  ['data', 'feature-builder', 'ml', 'python', 2, 4096, { service: false }],
  ['data', 'warehouse-load', 'data', 'batch', 1, 2048, cron(24 * HOUR, 600_000, 0.08)],
  ['logistics', 'shipping', 'logistics', 'java', 3, 1024, { readyMs: 17_000 }],
  ['logistics', 'tracking', 'logistics', 'node', 3, 384],
  ['logistics', 'warehouse', 'logistics', 'go', 3, 384, { init: true }],
  ['logistics', 'label-printer', 'logistics', 'python', 2, 256],
  ['logistics', 'carrier-sync', 'logistics', 'go', 2, 256, { service: false }],
  ['platform', 'ingress', 'platform', 'nginx', 4, 512, { dualStack: true, metricsPort: 10254 }],
  ['platform', 'auth', 'identity', 'go', 4, 384],
  ['platform', 'accounts', 'identity', 'java', 3, 1024, { init: true, readyMs: 19_000 }],
  ['platform', 'notifications', 'platform', 'node', 3, 384],
  ['platform', 'feature-flags', 'platform', 'go', 2, 128],
  ['platform', 'prometheus', 'platform', 'go', 2, 6144, sets],
  ['platform', 'log-shipper', 'platform', 'agent', 1, 256, everywhere],
  ['platform', 'cert-renewal', 'platform', 'batch', 1, 128, cron(24 * HOUR, 15_000, 0.02)],
  ['kube-system', 'coredns', 'platform', 'go', 3, 256, { labelled: false }],
  ['kube-system', 'kube-proxy', 'platform', 'agent', 1, 128, { ...everywhere, labelled: false }],
  ['kube-system', 'metrics-server', 'platform', 'go', 2, 256, { labelled: false }],
];

export const NAMESPACES = [
  'default',
  'kube-system',
  'shop',
  'payments',
  'data',
  'logistics',
  'platform',
  'bulk',
] as const;

export const appOf = ([namespace, name, team, runtime, replicas, memoryMi, more]: Row): App => ({
  namespace,
  name,
  team,
  runtime,
  kind: 'Deployment',
  version: '1.0.0',
  memoryMi,
  readyMs: 4_000,
  ...more,
  replicas,
});

/** The applications of a demo cluster; `share` scales their replicas. */
export const catalogue = (share: number): App[] =>
  ROWS.map((row) => {
    const app = appOf(row);
    return { ...app, replicas: Math.max(1, Math.round(app.replicas * share)) };
  });

/** Deployments of a hundred plain pods each, for scale. */
export const bulk = (pods: number): App[] =>
  Array.from({ length: Math.ceil(pods / 100) }, (_, i) => ({
    namespace: 'bulk',
    name: `bulk-${String(i).padStart(3, '0')}`,
    team: 'platform',
    runtime: 'go',
    kind: 'Deployment',
    replicas: Math.min(100, pods - i * 100),
    version: '1.0.0',
    memoryMi: 64,
    readyMs: 1_000,
    service: false,
  }));
