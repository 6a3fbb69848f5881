import { metadata } from './metadata.ts';
import { podTemplate } from './pod.ts';
import { condition, fields, isRecord, list, scalar, scalars, scalarsNamed, structure, type Shape } from './shapes.ts';

const claimTemplate = fields({
  metadata: fields({ name: scalar, labels: scalars }),
  spec: fields({
    accessModes: list(scalar),
    storageClassName: scalar,
    volumeMode: scalar,
    resources: fields({ requests: scalars, limits: scalars }),
  }),
});

const jobSpec = {
  template: podTemplate,
  selector: structure,
  podFailurePolicy: structure,
  successPolicy: structure,
  ...Object.fromEntries(
    (
      'parallelism completions completionMode backoffLimit backoffLimitPerIndex maxFailedIndexes activeDeadlineSeconds ' +
      'ttlSecondsAfterFinished suspend manualSelector podReplacementPolicy managedBy'
    )
      .split(' ')
      .map((name) => [name, scalar]),
  ),
} satisfies Record<string, Shape>;

const spec = scalarsNamed(
  'replicas minReadySeconds paused progressDeadlineSeconds revisionHistoryLimit podManagementPolicy serviceName ' +
    'schedule timeZone concurrencyPolicy startingDeadlineSeconds successfulJobsHistoryLimit failedJobsHistoryLimit',
  {
    ...jobSpec,
    strategy: structure,
    updateStrategy: structure,
    ordinals: scalarsNamed('start'),
    persistentVolumeClaimRetentionPolicy: scalarsNamed('whenDeleted whenScaled'),
    volumeClaimTemplates: list(claimTemplate),
    jobTemplate: fields({ metadata: fields({ labels: scalars }), spec: fields(jobSpec) }),
  },
);

const status = scalarsNamed(
  'observedGeneration replicas updatedReplicas readyReplicas availableReplicas unavailableReplicas fullyLabeledReplicas ' +
    'terminatingReplicas currentReplicas currentRevision updateRevision collisionCount currentNumberScheduled ' +
    'desiredNumberScheduled numberAvailable numberMisscheduled numberReady numberUnavailable updatedNumberScheduled ' +
    'succeeded failed ready terminating startTime completionTime completedIndexes failedIndexes lastScheduleTime lastSuccessfulTime',
  {
    conditions: list(condition),
    // A Job's `active` is a count, a CronJob's a list of Jobs.
    active: (value, pass) =>
      Array.isArray(value) ? list(scalarsNamed('kind namespace name uid'))(value, pass) : scalar(value, pass),
  },
);

const kept = fields({ metadata, spec, status, revision: scalar });

/** Any of the workload kinds. Of a ControllerRevision's data, which holds environment values, only `dataHash`. */
export const workload: Shape = (value, pass) => {
  const result = kept(value, pass);
  if (!isRecord(result) || !isRecord(value) || !isRecord(value.data)) return result;
  return { ...result, dataHash: pass.hash('ControllerRevision.data', JSON.stringify(value.data)) };
};
