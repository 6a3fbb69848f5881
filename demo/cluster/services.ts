import type { App } from './app.ts';
import type { KubeObject } from './objects.ts';
import { isReady, type RunningPod } from './pod-object.ts';
import { ownerOf } from './replica-sets.ts';
import type { Sim } from './sim.ts';

const done = ({ object }: RunningPod) => object.status.phase === 'Failed' || object.status.phase === 'Succeeded';

/** The endpoint slice controller: one slice a service, its endpoints' conditions as the pods' readiness and deletion say. */
export function createServices(sim: Sim) {
  const { store, timeline, random } = sim;
  const byApp = new Map<string, { pods: Set<RunningPod>; planned: boolean; write: () => void }>();

  sim.podChanged.add((pod) => {
    const { namespace, name } = pod.template.app;
    const service = byApp.get(`${namespace}/${name}`);
    if (!service) return;
    if (pod.gone) service.pods.delete(pod);
    else service.pods.add(pod);
    if (service.planned) return;
    service.planned = true;
    timeline.after(random.between(20, 120), () => {
      service.planned = false;
      service.write();
    });
  });

  const endpoint = (pod: RunningPod) => {
    const ready = isReady(pod);
    const terminating = Boolean(pod.object.metadata.deletionTimestamp);
    const { namespace, name, uid } = pod.object.metadata;
    return {
      addresses: [pod.object.status.podIP],
      conditions: { ready: ready && !terminating, serving: ready, terminating },
      nodeName: pod.node,
      targetRef: { kind: 'Pod', namespace, name, uid },
    };
  };

  return function expose(app: App): void {
    const labels = { app: app.name, team: app.team };
    const port = app.port ?? 8080;
    const service = store.create({
      kind: 'Service',
      metadata: { name: app.name, namespace: app.namespace, labels },
      spec: {
        selector: { app: app.name },
        type: 'ClusterIP',
        clusterIP: app.kind === 'StatefulSet' ? 'None' : `10.96.${random.int(0, 200)}.${random.int(2, 250)}`,
        ports: [{ name: 'http', port: 80, targetPort: port, protocol: 'TCP' }],
      },
      status: { loadBalancer: {} },
    });
    const slice = store.create<KubeObject & { endpoints: unknown[] }>({
      kind: 'EndpointSlice',
      metadata: {
        name: `${app.name}-${random.suffix(5)}`,
        namespace: app.namespace,
        labels: {
          ...labels,
          'kubernetes.io/service-name': app.name,
          'endpointslice.kubernetes.io/managed-by': 'endpointslice-controller.k8s.io',
        },
        ownerReferences: [ownerOf(service)],
      },
      addressType: 'IPv4',
      endpoints: [],
      ports: [{ name: 'http', port, protocol: 'TCP' }],
    });
    const pods = new Set<RunningPod>();
    const write = () => {
      slice.endpoints = [...pods].filter((pod) => pod.object.status.podIP && !done(pod)).map(endpoint);
      store.write(slice);
    };
    byApp.set(`${app.namespace}/${app.name}`, { pods, planned: false, write });
  };
}
