import { startSimCluster } from '../../deploy/testkube/test-kube.ts';
import { simAvailable } from '../../deploy/testkube/testkube-binary.ts';
import { ENDPOINT_SCENARIOS } from './services/endpoint-scenarios.ts';
import { teachFamilies } from './services/families.ts';
import { LOSS_SCENARIOS } from './services/loss-scenarios.ts';
import { MANY_ENDPOINTS } from './services/many-endpoints.ts';
import { RELEASE_SCENARIOS } from './services/release-scenarios.ts';
import { describeServices } from './services/walk.ts';

/** One goes away, one stays drained; each takes 1,000 pods. */
const NODES = 6;
/** However long a busy machine holds up their heartbeats: no node is lost but those that a scenario takes away. */
const NODES_STAY = ['--node-monitor-grace-period', '600s'];
const DUAL_STACK = '--service-cluster-ip-range=10.96.0.0/16,fd00:10:96::/112';

describeServices(simAvailable(), 'services on simulated nodes', {
  async start() {
    const args = [`--apiserver-arg=${DUAL_STACK}`, `--kcm-arg=${DUAL_STACK}`, ...NODES_STAY];
    const cluster = await startSimCluster({ nodes: NODES, args });
    await teachFamilies(cluster);
    return cluster;
  },
  scenarios: [...RELEASE_SCENARIOS, ...LOSS_SCENARIOS, ...ENDPOINT_SCENARIOS],
  last: [MANY_ENDPOINTS],
});
