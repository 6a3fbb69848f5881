import type { ContainerStatus } from '../../schemas/objects.ts';
import type { Pod } from '../cluster/objects.ts';

export interface PodSummary {
  readonly ready: number;
  readonly total: number;
  readonly status: string;
  readonly restarts: number;
  /** When the last instance before a restart ended, milliseconds since the Unix epoch; 0 where there was none. */
  readonly lastRestartAt: number;
}

const conditionHolds = ({ status }: Pod, type: string) =>
  status.conditions?.some((each) => each.type === type && each.status === 'True') ?? false;

const endOf = ({ reason, signal, exitCode }: { reason?: string; signal?: number; exitCode?: number }) =>
  reason || (signal ? `Signal:${signal}` : `ExitCode:${exitCode ?? 0}`);

/** What an init container holds the pod up with; null where it does not. `index` is its place among `count`. */
function heldBy({ state, started }: ContainerStatus, sidecar: boolean, index: number, count: number): string | null {
  if (state?.terminated?.exitCode === 0 || (sidecar && started)) return null;
  if (state?.terminated) return `Init:${endOf(state.terminated)}`;
  const waitingFor = state?.waiting?.reason;
  return waitingFor && waitingFor !== 'PodInitializing' ? `Init:${waitingFor}` : `Init:${index}/${count}`;
}

/** The app containers' word on the pod: the first one's trouble, or what the pod itself says. */
function appStatus(pod: Pod, given: string): string {
  const containers = pod.status.containerStatuses;
  const troubles = containers.map(
    ({ state }) => state?.waiting?.reason || (state?.terminated && endOf(state.terminated)),
  );
  const status = troubles.find(Boolean) ?? given;
  if (status !== 'Completed' || !containers.some(({ ready, state }) => ready && state?.running)) return status;
  return conditionHolds(pod, 'Ready') ? 'Running' : 'NotReady';
}

function deletionStatus({ metadata, status: { phase, reason } }: Pod): string | null {
  if (!metadata.deletionTimestamp) return null;
  if (reason === 'NodeLost') return 'Unknown';
  return phase === 'Failed' || phase === 'Succeeded' ? null : 'Terminating';
}

const restartsOf = (containers: readonly ContainerStatus[]) => ({
  restarts: containers.reduce((sum, { restartCount }) => sum + (restartCount ?? 0), 0),
  lastRestartAt: Math.max(
    0,
    ...containers.map(({ lastState }) => Date.parse(lastState?.terminated?.finishedAt ?? '') || 0),
  ),
});

/**
 * A pod's row as `kubectl get pods` tells it; after printPod in pkg/printers/internalversion of Kubernetes. A container's trouble hides the
 * pod's own reason, so an evicted pod shows as Evicted only while none of its containers has ended.
 */
export function summaryOf(pod: Pod): PodSummary {
  const { spec, status } = pod;
  const inits = status.initContainerStatuses;
  const sidecars = new Set(
    spec.initContainers.filter((each) => each.restartPolicy === 'Always').map(({ name }) => name),
  );
  const total = spec.containers.length + sidecars.size;
  const sidecarStatuses = inits.filter(({ name }) => sidecars.has(name));
  const given = status.reason || status.phase || 'Unknown';
  const held = inits
    .map((each, index) => heldBy(each, sidecars.has(each.name), index, spec.initContainers.length))
    .find(Boolean);
  const started = !held || conditionHolds(pod, 'Initialized');
  const serving = [...sidecarStatuses, ...(started ? status.containerStatuses : [])];
  return {
    total,
    ready: serving.filter(({ ready, state }) => ready && state?.running).length,
    status: deletionStatus(pod) ?? (started ? appStatus(pod, held ?? given) : (held ?? given)),
    ...restartsOf(started ? serving : inits),
  };
}
