import type { SimCluster } from '../../../deploy/testkube/test-kube.ts';
import { deployment, service } from './manifests.ts';
import type { ServiceScenario } from './scenario.ts';

const STAYING = 1_500;
const LEAVING = 1_000;
const ENDPOINTS = STAYING + LEAVING;
/** The EndpointSlice controller puts so many into one slice. */
const IN_SLICE = 100;

/** Two Deployments behind one service, so that the pods of one can be taken away by one command. */
const half = (name: string, replicas: number) =>
  deployment({ name, replicas, app: 'web', pod: 'nodeSelector: {type: kwok}' });

/** A service whose endpoints fill many slices; two in five of them are deleted, and come back. */
export const MANY_ENDPOINTS: ServiceScenario<SimCluster> = {
  name: `a service with ${ENDPOINTS} endpoints`,
  async play({ cluster, apply, ready, view, namespace }) {
    await apply(half('stays', STAYING), half('leaves', LEAVING), service('web'));
    await ready('web', ENDPOINTS);
    const slices = view.slices(namespace, 'web').filter(({ endpoints }) => endpoints > 0);
    if (slices.length < ENDPOINTS / IN_SLICE) throw new Error(`${slices.length} slices are too few`);
    // One by one: the API server gives up a request for all of them after a minute.
    await cluster.kubectl(['delete', 'pods', '-n', namespace, '-l', 'of=leaves', '--wait=false']);
    await ready('web', ENDPOINTS);
    return { commands: [] };
  },
  service: 'web',
  wanted: ENDPOINTS,
  intervals: [],
  degraded: [{ cause: 'pod-deleted', planned: false, sentence: /^(Pod \S+ was|\d+ pods were) deleted\.$/ }],
};
