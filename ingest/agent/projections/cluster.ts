import { metadata } from './metadata.ts';
import { condition, fields, freeText, list, scalar, scalars, scalarsNamed, structure, type Shape } from './shapes.ts';

export const node: Shape = fields({
  metadata,
  spec: scalarsNamed('unschedulable podCIDR providerID', {
    taints: list(scalarsNamed('key value effect timeAdded')),
  }),
  status: fields({
    conditions: list(scalarsNamed('type status reason lastHeartbeatTime lastTransitionTime', { message: freeText })),
    allocatable: scalars,
    capacity: scalars,
    addresses: list(scalarsNamed('type address')),
    nodeInfo: scalarsNamed(
      'kernelVersion osImage containerRuntimeVersion kubeletVersion kubeProxyVersion operatingSystem architecture bootID machineID systemUUID',
    ),
  }),
});

export const podDisruptionBudget: Shape = fields({
  metadata,
  spec: scalarsNamed('minAvailable maxUnavailable unhealthyPodEvictionPolicy', { selector: structure }),
  status: scalarsNamed('observedGeneration disruptionsAllowed currentHealthy desiredHealthy expectedPods', {
    conditions: list(condition),
    disruptedPods: scalars,
  }),
});

export const horizontalPodAutoscaler: Shape = fields({
  metadata,
  spec: scalarsNamed('minReplicas maxReplicas targetCPUUtilizationPercentage', {
    scaleTargetRef: scalarsNamed('apiVersion kind name'),
    metrics: structure,
    behavior: structure,
  }),
  status: scalarsNamed('observedGeneration lastScaleTime currentReplicas desiredReplicas', {
    conditions: list(condition),
    currentMetrics: structure,
  }),
});

export const persistentVolumeClaim: Shape = fields({
  metadata,
  spec: scalarsNamed('storageClassName volumeMode volumeName volumeAttributesClassName', {
    accessModes: list(scalar),
    resources: fields({ requests: scalars, limits: scalars }),
    selector: structure,
    dataSource: scalarsNamed('apiGroup kind name'),
  }),
  status: scalarsNamed('phase', {
    accessModes: list(scalar),
    capacity: scalars,
    allocatedResources: scalars,
    conditions: list(condition),
  }),
});

export const priorityClass: Shape = fields({
  metadata,
  value: scalar,
  globalDefault: scalar,
  preemptionPolicy: scalar,
  description: freeText,
});

export const event: Shape = fields({
  metadata,
  involvedObject: scalarsNamed('apiVersion kind namespace name uid fieldPath'),
  related: scalarsNamed('kind namespace name uid'),
  reason: scalar,
  message: freeText,
  type: scalar,
  action: scalar,
  count: scalar,
  firstTimestamp: scalar,
  lastTimestamp: scalar,
  eventTime: scalar,
  source: scalarsNamed('component host'),
  reportingComponent: scalar,
  reportingInstance: scalar,
  series: scalarsNamed('count lastObservedTime'),
});
