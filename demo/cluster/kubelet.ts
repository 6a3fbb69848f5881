import { voiceOf, type Death } from './app.ts';
import { begin, terminate } from './container-status.ts';
import { kubeTime } from './objects.ts';
import { refreshStatus, setCondition, type ContainerRun, type RunningPod } from './pod-object.ts';
import type { Sim } from './sim.ts';

const BACKOFF_FIRST_MS = 10_000;
const BACKOFF_MOST_MS = 300_000;
/** A container that lived so long starts over without a back-off. */
const BACKOFF_RESET_MS = 600_000;
const CONFIG_RETRY_MS = 12_000;

export interface Kubelet {
  /** Takes over a pod that has been bound to its node. */
  admit(pod: RunningPod): void;
  /** Ends a running container; false where it does not run. */
  die(pod: RunningPod, container: string, death: Death): boolean;
  /** Fails a probe until the container is killed. */
  failProbe(pod: RunningPod, container: string, probe: 'liveness' | 'startup'): void;
  /** Fails the readiness probe for so long; the container runs on. */
  failReadiness(pod: RunningPod, container: string, ms: number): void;
  /** The hook after its start fails: it is killed for that. */
  failPostStart(pod: RunningPod, container: string): void;
  /** Deletes gracefully, as an API delete does. */
  stop(pod: RunningPod): void;
  /** Node-pressure eviction: DisruptionTarget, then Failed with reason Evicted. */
  evict(pod: RunningPod, message: string): void;
  /** The node stops answering: nothing changes any more; what is written of the pod from now on says that it is not ready. */
  silence(pod: RunningPod): void;
  /** The node answers again. */
  hear(pod: RunningPod): void;
  commit(pod: RunningPod): void;
}

const fieldPath = (run: ContainerRun) => `spec.${run.kind === 'app' ? 'containers' : 'initContainers'}{${run.name}}`;

const nextBackoff = (ms: number) => (ms === 0 ? BACKOFF_FIRST_MS : Math.min(2 * ms, BACKOFF_MOST_MS));

/**
 * Runs pods on nodes: init containers in order, then the rest; restarts with the kubelet's back-off (at once, then 10 s doubling
 * to 5 minutes); pulls that fail; probes; graceful and forced ends. Every change of a status is one update of the object.
 */
export function createKubelet(sim: Sim): Kubelet {
  const { timeline, random, store, events } = sim;
  const now = () => timeline.now();
  const host = (pod: RunningPod) => pod.node ?? '';

  function commit(pod: RunningPod): void {
    if (pod.gone) return;
    refreshStatus(pod, now());
    store.update(pod.object);
    for (const listener of sim.podChanged) listener(pod);
  }
  const note = (
    pod: RunningPod,
    run: ContainerRun | null,
    type: 'Normal' | 'Warning',
    reason: string,
    message: string,
  ) =>
    events.record(pod.object, {
      type,
      reason,
      message,
      component: 'kubelet',
      host: host(pod),
      ...(run ? { fieldPath: fieldPath(run) } : {}),
    });

  /** Runs `action` later unless the container has moved on by then; a pod that is cut off waits. */
  function later(pod: RunningPod, run: ContainerRun, ms: number, action: () => void): void {
    const life = run.life;
    timeline.after(ms, () => {
      if (pod.gone || pod.stopping || run.life !== life) return;
      if (pod.cutOff) later(pod, run, 10_000, action);
      else action();
    });
  }

  function admit(pod: RunningPod): void {
    const { status } = pod.object;
    status.startTime = kubeTime(now());
    status['hostIP'] = `10.0.${1 + Number(host(pod).replaceAll(/\D/g, '').slice(-2) || 0)}.4`;
    const hasInit = pod.containers.some(({ kind }) => kind === 'init');
    if (!hasInit) for (const run of pod.containers) run.status.state = { waiting: { reason: 'ContainerCreating' } };
    commit(pod);
    timeline.after(random.between(600, 2_500), () => {
      if (pod.gone || pod.stopping) return;
      const [subnet, address] = [random.int(0, 15), random.int(2, 250)];
      status.podIP = `10.244.${subnet}.${address}`;
      status['podIPs'] = [{ ip: status.podIP }, { ip: `fd00:10:244:${subnet.toString(16)}::${address.toString(16)}` }];
      startNext(pod);
    });
  }

  /** Starts the first init container that is still to run, or all the others. */
  function startNext(pod: RunningPod): void {
    const init = pod.containers.find(({ kind, status }) => kind === 'init' && status.state?.terminated?.exitCode !== 0);
    if (init) return start(pod, init);
    for (const run of pod.containers) {
      if (run.kind === 'sidecar') start(pod, run);
    }
    for (const run of pod.containers) if (run.kind === 'app') start(pod, run);
  }

  function start(pod: RunningPod, run: ContainerRun): void {
    run.life += 1;
    if (run.kind === 'app' && pod.failure && pod.failure.kind !== 'schedule') return failStart(pod, run);
    note(pod, run, 'Normal', 'Pulled', `Container image "${run.spec.image}" already present on machine`);
    const probed = run.spec.readinessProbe !== undefined;
    begin(run, {
      containerId: `containerd://${random.hex(64)}`,
      voice: voiceOf(pod.template, run.name),
      startedAt: now(),
      finishedAt: null,
      ending: null,
    });
    note(pod, run, 'Normal', 'Created', 'Container created');
    note(pod, run, 'Normal', 'Started', 'Container started');
    commit(pod);
    plan(pod, run, probed);
  }

  function plan(pod: RunningPod, run: ContainerRun, probed: boolean): void {
    const fate = pod.behaviours.get(run.name)?.(run.starts - 1);
    if (fate) later(pod, run, fate.afterMs, () => end(pod, run, fate.death));
    else if (run.kind === 'init') {
      later(pod, run, random.between(400, 2_500), () =>
        end(pod, run, { exitCode: 0, reason: 'Completed', ending: 'init-wait' }),
      );
    }
    if (!probed) return;
    const readyMs = pod.template.app.readyMs * random.between(0.8, 1.3);
    later(pod, run, readyMs, () => {
      if (!run.status.started) return;
      run.status.ready = true;
      commit(pod);
    });
  }

  /** A failed pull alternates between ErrImagePull and ImagePullBackOff; a configuration error is tried again and again. */
  function failStart(pod: RunningPod, run: ContainerRun): void {
    const { failure } = pod;
    if (!failure) return start(pod, run);
    const image = run.spec.image ?? '';
    const isImage = failure.kind === 'image';
    const pulled = isImage && failure.reason === undefined;
    const reason = failure.reason ?? (isImage ? 'ErrImagePull' : 'CreateContainerConfigError');
    if (pulled) note(pod, run, 'Normal', 'Pulling', `Pulling image "${image}"`);
    const says = pulled ? `Failed to pull image "${image}": ` : 'Error: ';
    note(pod, run, 'Warning', 'Failed', says + failure.message);
    if (isImage) note(pod, run, 'Warning', 'Failed', `Error: ${reason}`);
    if (run.status.state?.waiting?.reason !== reason) {
      run.status.state = { waiting: { reason, message: failure.message } };
      commit(pod);
    }
    if (!pulled) return later(pod, run, CONFIG_RETRY_MS, () => failStart(pod, run));
    run.backoffMs = nextBackoff(run.backoffMs);
    later(pod, run, random.between(2_000, 9_000), () => {
      note(pod, run, 'Normal', 'BackOff', `Back-off pulling image "${image}"`);
      note(pod, run, 'Warning', 'Failed', 'Error: ImagePullBackOff');
      run.status.state = {
        waiting: {
          reason: 'ImagePullBackOff',
          message: `Back-off pulling image "${image}": ErrImagePull: ${failure.message}`,
        },
      };
      commit(pod);
      later(pod, run, run.backoffMs, () => failStart(pod, run));
    });
  }

  function terminateAll(pod: RunningPod, runs: readonly ContainerRun[], deathOf: (run: ContainerRun) => Death): void {
    const ended = runs.flatMap((run) => (run.current ? [{ run, instance: run.current }] : []));
    for (const { run } of ended) terminate(run, deathOf(run), now());
    commit(pod);
    for (const { run, instance } of ended) {
      const notice = { pod, run, instance, restartCount: run.status.restartCount ?? 0 };
      for (const listener of sim.died) listener(notice);
    }
  }

  function end(pod: RunningPod, run: ContainerRun, death: Death): void {
    const lived = now() - (run.current?.startedAt ?? now());
    if (lived >= BACKOFF_RESET_MS) run.backoffMs = 0;
    const policy = run.kind === 'sidecar' ? 'Always' : pod.object.spec.restartPolicy;
    const again = policy === 'Always' ? run.kind !== 'init' || death.exitCode !== 0 : false;
    const last =
      run.kind === 'app' &&
      !again &&
      pod.containers.every((other) => other === run || other.kind !== 'app' || !other.current);
    if (last) pod.object.status.phase = death.exitCode === 0 ? 'Succeeded' : 'Failed';
    terminateAll(pod, [run], () => death);
    if (again) return restart(pod, run);
    if (run.kind === 'init' && death.exitCode === 0) later(pod, run, 300, () => startNext(pod));
    if (last) {
      const sidecars = pod.containers.filter(({ kind, current }) => kind === 'sidecar' && current);
      if (sidecars.length > 0)
        terminateAll(pod, sidecars, () => ({ exitCode: 143, reason: 'Error', ending: 'sigterm' }));
    }
  }

  function restart(pod: RunningPod, run: ContainerRun): void {
    const wait = run.backoffMs;
    run.backoffMs = nextBackoff(wait);
    if (wait === 0) return later(pod, run, random.between(300, 950), () => start(pod, run));
    later(pod, run, random.between(400, 1_500), () => {
      const { uid, name, namespace } = pod.object.metadata;
      const spell = wait < 60_000 ? `${wait / 1000}s` : `${Math.floor(wait / 60_000)}m${(wait / 1000) % 60}s`;
      const message = `back-off ${spell} restarting failed container=${run.name} pod=${name}_${namespace}(${uid})`;
      run.status.lastState = { terminated: run.status.state?.terminated ?? {} };
      run.status.state = { waiting: { reason: 'CrashLoopBackOff', message } };
      note(
        pod,
        run,
        'Warning',
        'BackOff',
        `Back-off restarting failed container ${run.name} in pod ${name}_${namespace}(${uid})`,
      );
      commit(pod);
      later(pod, run, wait, () => start(pod, run));
    });
  }

  function stop(pod: RunningPod): void {
    if (pod.gone || pod.object.metadata.deletionTimestamp) return;
    if (['Succeeded', 'Failed'].includes(pod.object.status.phase ?? '')) return remove(pod);
    const grace = pod.object.spec.terminationGracePeriodSeconds ?? 30;
    pod.object.metadata.deletionTimestamp = kubeTime(now() + grace * 1000);
    pod.object.metadata.deletionGracePeriodSeconds = grace;
    const finish = () => {
      if (pod.gone) return;
      if (pod.cutOff) return void timeline.after(10_000, finish);
      pod.stopping = true;
      const obeys = ['go', 'node', 'nginx', 'redis', 'agent'].includes(pod.template.app.runtime);
      const death: Death = obeys
        ? { exitCode: 0, reason: 'Completed', ending: 'sigterm' }
        : { exitCode: 143, reason: 'Error', ending: 'sigterm' };
      if (pod.containers.some(({ current }) => current)) terminateAll(pod, pod.containers, () => death);
      timeline.after(random.between(80, 600), () => remove(pod));
    };
    for (const run of pod.containers)
      if (run.current) note(pod, run, 'Normal', 'Killing', `Stopping container ${run.name}`);
    commit(pod);
    timeline.after(random.between(700, 5_000), finish);
  }

  function remove(pod: RunningPod): void {
    if (pod.gone) return;
    pod.gone = true;
    store.delete(pod.object);
    for (const listener of sim.podChanged) listener(pod);
  }

  function evict(pod: RunningPod, message: string): void {
    if (pod.gone || pod.stopping) return;
    const { status } = pod.object;
    note(pod, null, 'Warning', 'Evicted', message);
    setCondition(
      (status.conditions ??= []),
      { type: 'DisruptionTarget', status: 'True', reason: 'TerminationByKubelet', message },
      now(),
    );
    commit(pod);
    timeline.after(random.between(900, 2_500), () => {
      if (pod.gone || pod.stopping) return;
      for (const run of pod.containers)
        if (run.current) note(pod, run, 'Normal', 'Killing', `Stopping container ${run.name}`);
      Object.assign(status, { phase: 'Failed', reason: 'Evicted', message });
      pod.stopping = true;
      terminateAll(pod, pod.containers, () => ({ exitCode: 137, reason: 'Error', ending: 'killed' }));
    });
  }

  /** Three failures ten seconds apart, then the kill; a process that hangs uses up its grace period. */
  function failProbe(pod: RunningPod, container: string, probe: 'liveness' | 'startup'): void {
    const run = pod.containers.find(({ name }) => name === container);
    if (!run?.current) return;
    const [kind, words, ending] =
      probe === 'liveness'
        ? (['Liveness', 'context deadline exceeded (Client.Timeout exceeded while awaiting headers)', 'hang'] as const)
        : (['Startup', 'dial tcp 10.244.3.17:8080: connect: connection refused', 'slow-start'] as const);
    const message = `${kind} probe failed: Get "http://10.244.3.17:8080/livez": ${words}`;
    run.status.ready = false;
    if (probe === 'startup') run.status.started = false;
    commit(pod);
    const fail = (time: number) => {
      note(pod, run, 'Warning', 'Unhealthy', message);
      if (time < 3) return later(pod, run, 10_000, () => fail(time + 1));
      note(pod, run, 'Normal', 'Killing', `Container ${container} failed ${probe} probe, will be restarted`);
      later(pod, run, 30_000, () => end(pod, run, { exitCode: 137, reason: 'Error', ending }));
    };
    fail(1);
  }

  function failReadiness(pod: RunningPod, container: string, ms: number): void {
    const run = pod.containers.find(({ name }) => name === container);
    if (!run?.current || !run.status.ready) return;
    const says = 'Readiness probe failed: HTTP probe failed with statuscode: 503';
    note(pod, run, 'Warning', 'Unhealthy', says);
    run.status.ready = false;
    commit(pod);
    later(pod, run, ms, () => {
      run.status.ready = true;
      commit(pod);
    });
  }

  function failPostStart(pod: RunningPod, container: string): void {
    const run = pod.containers.find(({ name }) => name === container);
    if (!run?.current) return;
    note(pod, run, 'Warning', 'FailedPostStartHook', 'PostStartHook failed');
    note(pod, run, 'Normal', 'Killing', 'FailedPostStartHook');
    end(pod, run, { exitCode: 137, reason: 'Error', ending: 'killed' });
  }

  return {
    admit,
    commit,
    stop,
    evict,
    failProbe,
    failReadiness,
    failPostStart,
    die(pod, container, death) {
      const run = pod.containers.find(({ name }) => name === container);
      if (!run?.current || pod.gone || pod.stopping || pod.cutOff) return false;
      end(pod, run, death);
      return true;
    },
    silence(pod) {
      pod.cutOff = true;
    },
    hear(pod) {
      if (pod.gone) return;
      pod.cutOff = false;
      commit(pod);
    },
  };
}
