import type { ContainerStatus } from '../../schemas/objects.ts';
import type { Death } from './app.ts';
import type { Instance } from './container-logs.ts';
import { kubeTime } from './objects.ts';
import type { ContainerRun } from './pod-object.ts';
import { hash32 } from './random.ts';

/** A digest that belongs to an image's name. */
function digestOf(image: string): string {
  let digest = '';
  for (let i = 0; i < 8; i++) digest += hash32(`${image}#${i}`).toString(16).padStart(8, '0');
  return digest;
}

/** Writes a new life into the container's status: what ended before it becomes lastState. */
export function begin(run: ContainerRun, instance: Instance): void {
  const { status, spec } = run;
  const ended = status.state?.terminated ?? status.lastState?.terminated;
  run.current = instance;
  Object.assign(status, {
    restartCount: run.starts,
    containerID: instance.containerId,
    imageID: `${(spec.image ?? '').split(':')[0]}@sha256:${digestOf(spec.image ?? '')}`,
    state: { running: { startedAt: kubeTime(instance.startedAt) } },
    lastState: run.starts > 0 && ended ? { terminated: ended } : {},
    started: true,
    ready: run.kind !== 'init' && spec.readinessProbe === undefined,
  } satisfies Partial<ContainerStatus>);
  run.starts += 1;
}

/** Writes the end of the current life into the status. A lastState of the life before stays beside it. */
export function terminate(run: ContainerRun, death: Death, now: number): void {
  const instance = run.current;
  if (!instance) return;
  instance.finishedAt = now;
  instance.ending = death.ending;
  run.life += 1;
  run.current = null;
  run.dead = instance;
  Object.assign(run.status, {
    state: {
      terminated: {
        exitCode: death.exitCode,
        reason: death.reason,
        ...(death.message ? { message: death.message } : {}),
        startedAt: kubeTime(instance.startedAt),
        finishedAt: kubeTime(now),
        containerID: instance.containerId,
      },
    },
    ready: run.kind === 'init' && death.exitCode === 0,
    started: false,
  } satisfies Partial<ContainerStatus>);
}
