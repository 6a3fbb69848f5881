import type { App } from '../cluster/app.ts';
import { ownerOf } from '../cluster/replica-sets.ts';
import { resourceOfKind } from '../cluster/resources.ts';
import type { SimCluster } from '../cluster/sim-cluster.ts';
import { appOf, type Row } from './catalogue.ts';

/** What a cluster has beside the catalogue: applications with one replica, and one with more pods than one slice holds. */
const ROWS = {
  'prod-eu': [
    ['shop', 'gift-cards', 'web', 'python', 1, 256],
    ['shop', 'coupons', 'web', 'go', 1, 128, { init: true }],
    ['logistics', 'depot-map', 'logistics', 'node', 1, 256],
    ['platform', 'status-page', 'platform', 'go', 1, 128, { labelled: false }],
    ['payments', 'tax-tables', 'payments', 'go', 2, 256],
  ],
  'prod-us': [
    ['platform', 'edge-cache', 'platform', 'nginx', 130, 64, { readyMs: 1_500, dualStack: true }],
    ['platform', 'status-page', 'platform', 'go', 1, 128, { labelled: false }],
  ],
  staging: [],
} satisfies Record<string, Row[]>;

export const LANDSCAPES: Readonly<Record<keyof typeof ROWS, readonly App[]>> = {
  'prod-eu': ROWS['prod-eu'].map((row) => appOf(row as Row)),
  'prod-us': ROWS['prod-us'].map((row) => appOf(row as Row)),
  staging: [],
};

const HTTPS = [{ name: 'https', port: 443, protocol: 'TCP' }];
/** Runs outside of the cluster; a person keeps its addresses. */
const OUTSIDE = 'legacy-erp';

/** Services without pods: a name elsewhere, addresses that a person keeps, and one whose pods never came. */
export function createOddServices({ store }: SimCluster): void {
  const labels = { team: 'payments' };
  store.create({
    kind: 'Service',
    metadata: { name: 'card-network', namespace: 'payments', labels },
    spec: { type: 'ExternalName', externalName: 'gateway.cards.example' },
    status: { loadBalancer: {} },
  });
  store.create({
    kind: 'Service',
    metadata: { name: 'loyalty', namespace: 'shop', labels: { app: 'loyalty', team: 'web' } },
    spec: { selector: { app: 'loyalty' }, type: 'ClusterIP', clusterIP: '10.96.201.7', ports: HTTPS },
    status: { loadBalancer: {} },
  });
  const outside = store.create({
    kind: 'Service',
    metadata: { name: OUTSIDE, namespace: 'payments', labels },
    spec: { type: 'ClusterIP', clusterIP: '10.96.201.8', ports: HTTPS },
    status: { loadBalancer: {} },
  });
  store.create({
    kind: 'EndpointSlice',
    metadata: {
      name: `${OUTSIDE}-1`,
      namespace: 'payments',
      labels: {
        'kubernetes.io/service-name': OUTSIDE,
        'endpointslice.kubernetes.io/managed-by': 'staff',
      },
      ownerReferences: [ownerOf(outside)],
    },
    addressType: 'IPv4',
    endpoints: addresses(true),
    ports: HTTPS,
  });
}

const addresses = (ready: boolean) =>
  ['192.0.2.17', '192.0.2.18'].map((address) => ({ addresses: [address], conditions: { ready } }));

/** Somebody takes the addresses outside of the cluster out of service, or in again. */
export function setOutside({ store }: SimCluster, ready: boolean): void {
  const slice = store.list(resourceOfKind('EndpointSlice')).find(({ metadata }) => metadata.name === `${OUTSIDE}-1`);
  if (slice) store.update({ ...structuredClone(slice), endpoints: addresses(ready) });
}
