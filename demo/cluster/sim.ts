import type { EventRecorder } from './events.ts';
import type { Instance } from './container-logs.ts';
import type { ObjectStore } from './object-store.ts';
import type { ContainerRun, RunningPod } from './pod-object.ts';
import type { Random } from './random.ts';
import type { Timeline } from './timeline.ts';

/** A container's end as its kubelet saw it, at the moment when the pod's status said so. */
export interface DeathNotice {
  readonly pod: RunningPod;
  readonly run: ContainerRun;
  readonly instance: Instance;
  readonly restartCount: number;
}

/** What the parts of one simulated cluster share. */
export interface Sim {
  readonly name: string;
  readonly environment: string;
  readonly timeline: Timeline;
  readonly random: Random;
  readonly store: ObjectStore;
  readonly events: EventRecorder;
  /** Called after every change of a pod, and once when it is gone. */
  readonly podChanged: Set<(pod: RunningPod) => void>;
  readonly died: Set<(notice: DeathNotice) => void>;
  /** Why the API server takes no pod of an app, by namespace/name: a quota, an admission. */
  readonly refusals: Map<string, string>;
}
