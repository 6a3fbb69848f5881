import { METRICS, ownLabels, type App } from './app.ts';
import { createEndpointSlices, type Service, type ServicePort } from './endpoint-slices.ts';
import type { RunningPod } from './pod-object.ts';
import type { Sim } from './sim.ts';

/** Services and the endpoint slices that stand for their pods: written a moment after a pod has changed. */
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

  function specOf(app: App) {
    const isHeadless = app.kind === 'StatefulSet';
    const clusterIP = isHeadless ? 'None' : `10.96.${random.int(0, 200)}.${random.int(2, 250)}`;
    const http: ServicePort = { name: 'http', port: 80, targetPort: app.port ?? 8080, protocol: 'TCP' };
    const metrics: ServicePort = { name: METRICS, port: app.metricsPort ?? 0, targetPort: METRICS, protocol: 'TCP' };
    const second = `fd00:10:96::${random.hex(4)}`;
    return {
      selector: { app: app.name },
      type: 'ClusterIP',
      clusterIP,
      clusterIPs: isHeadless ? ['None'] : [clusterIP, ...(app.dualStack ? [second] : [])],
      ipFamilies: app.dualStack ? ['IPv4', 'IPv6'] : ['IPv4'],
      ipFamilyPolicy: app.dualStack ? 'PreferDualStack' : 'SingleStack',
      ...(app.publishesAll ? { publishNotReadyAddresses: true } : {}),
      ports: [http, ...(app.metricsPort === undefined ? [] : [metrics])],
    };
  }

  return function expose(app: App): void {
    const { name, namespace, objective } = app;
    const service = store.create<Service>({
      kind: 'Service',
      metadata: {
        name,
        namespace,
        labels: ownLabels(app),
        ...(objective ? { annotations: { 'tidemark.dev/slo': objective } } : {}),
      },
      spec: specOf(app),
      status: { loadBalancer: {} },
    });
    const pods = new Set<RunningPod>();
    const writeSlices = createEndpointSlices(sim, service);
    const write = () => writeSlices(pods);
    write();
    byApp.set(`${namespace}/${name}`, { pods, planned: false, write });
  };
}
