import { ownLabels } from './app.ts';
import type { DeploymentRun } from './deployments.ts';
import { CONTROLLER } from './managed-fields.ts';
import { kubeTime } from './objects.ts';
import type { Sim } from './sim.ts';

const LOOK_MS = 900_000;
const DAY_MS = 86_400_000;
/** The hour (UTC) in which most is asked of it. */
const BUSIEST_HOUR = 14;

interface Bounds {
  readonly least: number;
  readonly most: number;
  readonly percent: number;
}

/** How many replicas the hour asks for: the least of them at night. `now` in milliseconds since the Unix epoch. */
function wantedAt(now: number, { least, most }: Bounds): number {
  const hour = ((now % DAY_MS) / DAY_MS) * 24;
  const busy = (1 + Math.cos(((hour - BUSIEST_HOUR) / 24) * 2 * Math.PI)) / 2;
  return least + Math.round((most - least) * busy);
}

/** A horizontal pod autoscaler that follows the day: more replicas, each about as busy as its target says. */
export function startAutoscaler(sim: Sim, run: DeploymentRun, bounds: Bounds): void {
  const { store, timeline } = sim;
  const { name, namespace } = run.app;
  const resource = (averageUtilization: number) => ({ type: 'Utilization', averageUtilization });
  const object = store.create({
    kind: 'HorizontalPodAutoscaler',
    metadata: { name, namespace, labels: ownLabels(run.app) },
    spec: {
      scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name },
      minReplicas: bounds.least,
      maxReplicas: bounds.most,
      metrics: [{ type: 'Resource', resource: { name: 'cpu', target: resource(bounds.percent) } }],
    },
    status: { currentReplicas: run.replicas(), desiredReplicas: run.replicas() },
  });
  const turn = () => {
    const now = timeline.now();
    const wanted = wantedAt(now, bounds);
    if (wanted !== run.replicas()) {
      object['status'] = {
        currentReplicas: run.replicas(),
        desiredReplicas: wanted,
        lastScaleTime: kubeTime(now),
        currentMetrics: [
          { type: 'Resource', resource: { name: 'cpu', current: { averageUtilization: bounds.percent } } },
        ],
      };
      store.write(object);
      run.scale(wanted, { ...CONTROLLER, subresource: 'scale' });
    }
    timeline.after(LOOK_MS - (now % LOOK_MS), turn);
  };
  timeline.after(LOOK_MS - (timeline.now() % LOOK_MS), turn);
}
