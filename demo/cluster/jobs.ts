import { error, type Death, type Template } from './app.ts';
import type { Kubelet } from './kubelet.ts';
import type { Nodes } from './nodes.ts';
import { kubeTime, type KubeObject } from './objects.ts';
import type { RunningPod } from './pod-object.ts';
import { ownerOf, podTemplate, type Workload } from './replica-sets.ts';
import type { Sim } from './sim.ts';

const BACKOFF_LIMIT = 2;
const KEPT_SUCCEEDED = 2;
const KEPT_FAILED = 1;
const COMPLETED: Death = { exitCode: 0, reason: 'Completed', ending: 'completed' };

export interface JobRun {
  readonly object: Workload;
  readonly pods: readonly RunningPod[];
  outcome: 'running' | 'succeeded' | 'failed';
}

export interface Jobs {
  /** Runs a Job whose attempts fail so many times before one completes; more than the back-off limit fails it. */
  run(template: Template, name: string, failures: number, owner?: KubeObject): JobRun;
  /** Deletes a Job and its pods, as the garbage collector does. */
  remove(job: JobRun): void;
  /** A CronJob that goes on for ever. */
  schedule(template: Template): void;
}

export function createJobs(sim: Sim, nodes: Nodes, kubelet: Kubelet): Jobs {
  const { timeline, random, store, events } = sim;
  const jobOf = new Map<RunningPod, (pod: RunningPod) => void>();
  sim.podChanged.add((pod) => jobOf.get(pod)?.(pod));

  function run(template: Template, name: string, failures: number, owner?: KubeObject): JobRun {
    const { app } = template;
    const labels = { ...template.labels, 'batch.kubernetes.io/job-name': name, 'job-name': name };
    const object = store.create<Workload>({
      kind: 'Job',
      metadata: { name, namespace: app.namespace, labels, ...(owner ? { ownerReferences: [ownerOf(owner)] } : {}) },
      spec: {
        parallelism: 1,
        completions: 1,
        backoffLimit: BACKOFF_LIMIT,
        completionMode: 'NonIndexed',
        suspend: false,
        template: podTemplate(template),
      },
      status: {},
    });
    const pods: RunningPod[] = [];
    const job: JobRun = { object, pods, outcome: 'running' };
    const startTime = kubeTime(timeline.now());
    let failed = 0;
    const note = (type: 'Normal' | 'Warning', reason: string, message: string) =>
      events.record(object, { type, reason, message, component: 'job-controller' });
    const write = (status: Record<string, unknown>) => {
      object.status = { startTime, ...(failed > 0 ? { failed } : {}), uncountedTerminatedPods: {}, ...status };
      store.write(object);
    };
    const condition = (type: string, reason: string, message: string) => {
      const now = kubeTime(timeline.now());
      return { type, status: 'True', lastProbeTime: now, lastTransitionTime: now, reason, message };
    };
    const finish = (outcome: 'succeeded' | 'failed') => {
      job.outcome = outcome;
      if (outcome === 'succeeded') {
        const message = 'Reached expected number of succeeded pods';
        write({
          succeeded: 1,
          ready: 0,
          terminating: 0,
          completionTime: kubeTime(timeline.now()),
          conditions: [
            condition('SuccessCriteriaMet', 'CompletionsReached', message),
            condition('Complete', 'CompletionsReached', message),
          ],
        });
        note('Normal', 'Completed', 'Job completed');
      } else {
        const message = 'Job has reached the specified backoff limit';
        write({
          ready: 0,
          terminating: 0,
          conditions: [
            condition('FailureTarget', 'BackoffLimitExceeded', message),
            condition('Failed', 'BackoffLimitExceeded', message),
          ],
        });
        note('Warning', 'BackoffLimitExceeded', message);
      }
    };

    function attempt(): void {
      if (job.outcome !== 'running') return;
      const runMs = (app.runMs ?? 20_000) * random.between(0.6, 1.4);
      const death = pods.length < failures ? error('job-error') : COMPLETED;
      const pod = nodes.submit({
        name: `${name}-${random.suffix(5)}`,
        generateName: `${name}-`,
        template,
        labels,
        owner: ownerOf(object),
      });
      pod.behaviours.set(app.name, () => ({ afterMs: runMs, death }));
      pods.push(pod);
      note('Normal', 'SuccessfulCreate', `Created pod: ${pod.object.metadata.name}`);
      write({ active: 1, ready: 0, terminating: 0 });
      let counted = false;
      jobOf.set(pod, ({ object: { status }, gone }) => {
        if (
          counted ||
          job.outcome !== 'running' ||
          !(gone || status.phase === 'Succeeded' || status.phase === 'Failed')
        )
          return;
        counted = true;
        if (status.phase === 'Succeeded') return void timeline.after(400, () => finish('succeeded'));
        failed += 1;
        if (failed > BACKOFF_LIMIT) return void timeline.after(400, () => finish('failed'));
        write({ ready: 0, terminating: 0 });
        timeline.after(10_000 * 2 ** (failed - 1), attempt);
      });
    }
    timeline.after(random.between(30, 200), attempt);
    return job;
  }

  function remove(job: JobRun): void {
    job.outcome = job.outcome === 'running' ? 'failed' : job.outcome;
    for (const pod of job.pods) {
      jobOf.delete(pod);
      kubelet.stop(pod);
    }
    store.delete(job.object);
  }

  function schedule(template: Template): void {
    const { app } = template;
    const everyMs = app.everyMs ?? 3_600_000;
    const object = store.create<Workload>({
      kind: 'CronJob',
      metadata: { name: app.name, namespace: app.namespace, labels: { ...template.labels } },
      spec: {
        schedule: cronOf(everyMs),
        concurrencyPolicy: 'Forbid',
        suspend: false,
        successfulJobsHistoryLimit: KEPT_SUCCEEDED,
        failedJobsHistoryLimit: KEPT_FAILED,
        jobTemplate: { spec: { backoffLimit: BACKOFF_LIMIT, template: podTemplate(template) } },
      },
      status: {},
    });
    const runs: JobRun[] = [];
    const tidy = () => {
      for (const [outcome, kept] of [
        ['succeeded', KEPT_SUCCEEDED],
        ['failed', KEPT_FAILED],
      ] as const) {
        const done = runs.filter((job) => job.outcome === outcome);
        for (const job of done.slice(0, Math.max(0, done.length - kept))) {
          runs.splice(runs.indexOf(job), 1);
          remove(job);
        }
      }
    };
    const turn = () => {
      const now = timeline.now();
      const failures = random.chance(app.failureRate ?? 0) ? (random.chance(0.6) ? BACKOFF_LIMIT + 1 : 1) : 0;
      const job = run(template, `${app.name}-${Math.floor(now / 60_000)}`, failures, object);
      runs.push(job);
      events.record(object, {
        type: 'Normal',
        reason: 'SuccessfulCreate',
        message: `Created job ${job.object.metadata.name}`,
        component: 'cronjob-controller',
      });
      object.status = {
        ...object.status,
        lastScheduleTime: kubeTime(now),
        active: [
          {
            kind: 'Job',
            apiVersion: 'batch/v1',
            namespace: app.namespace,
            name: job.object.metadata.name,
            uid: job.object.metadata.uid,
          },
        ],
      };
      store.write(object);
      timeline.after((app.runMs ?? 20_000) * 2 + 90_000, () => {
        const success = job.outcome === 'succeeded' ? { lastSuccessfulTime: job.object.status['completionTime'] } : {};
        const { active: _done, ...rest } = object.status;
        object.status = { ...rest, ...success };
        store.write(object);
        tidy();
      });
      timeline.after(everyMs - (now % everyMs), turn);
    };
    timeline.after(everyMs - (timeline.now() % everyMs), turn);
  }

  return { run, remove, schedule };
}

function cronOf(everyMs: number): string {
  const hours = everyMs / 3_600_000;
  if (hours >= 24) return '0 0 * * *';
  return hours >= 1 ? `0 */${hours} * * *` : `*/${everyMs / 60_000} * * * *`;
}
