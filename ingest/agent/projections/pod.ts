import { container, containerStatus, resources, securityContext } from './container.ts';
import { metadata, templateMetadata } from './metadata.ts';
import {
  condition,
  fields,
  freeText,
  isRecord,
  list,
  presence,
  scalar,
  scalars,
  scalarsNamed,
  structure,
  type Shape,
} from './shapes.ts';

const projectedSource = fields({
  configMap: scalarsNamed('name optional'),
  secret: scalarsNamed('name optional'),
  serviceAccountToken: scalarsNamed('expirationSeconds'),
  downwardAPI: presence,
  clusterTrustBundle: scalarsNamed('name signerName'),
});

const knownVolume = fields({
  name: scalar,
  configMap: scalarsNamed('name optional'),
  secret: scalarsNamed('secretName optional'),
  persistentVolumeClaim: scalarsNamed('claimName readOnly'),
  emptyDir: scalarsNamed('medium sizeLimit'),
  hostPath: scalarsNamed('path type'),
  projected: fields({ sources: list(projectedSource) }),
  csi: scalarsNamed('driver readOnly'),
  nfs: scalarsNamed('server path readOnly'),
  image: scalarsNamed('reference pullPolicy'),
  ephemeral: fields({ volumeClaimTemplate: fields({ spec: structure }) }),
});

/** A volume's kind and what it refers to; of kinds not known here the kind alone. */
const volume: Shape = (value, pass) => {
  if (!isRecord(value)) return undefined;
  const kinds = Object.keys(value).filter((name) => isRecord(value[name]));
  return { ...Object.fromEntries(kinds.map((name) => [name, {}])), ...(knownVolume(value, pass) as object) };
};

export const podSpec: Shape = scalarsNamed(
  'nodeName restartPolicy terminationGracePeriodSeconds activeDeadlineSeconds priority priorityClassName preemptionPolicy schedulerName ' +
    'serviceAccountName automountServiceAccountToken hostNetwork hostPID hostIPC hostUsers shareProcessNamespace dnsPolicy ' +
    'hostname subdomain runtimeClassName enableServiceLinks',
  {
    containers: list(container),
    initContainers: list(container),
    ephemeralContainers: list(container),
    volumes: list(volume),
    resources,
    overhead: scalars,
    nodeSelector: scalars,
    affinity: structure,
    tolerations: list(scalarsNamed('key operator value effect tolerationSeconds')),
    topologySpreadConstraints: list(structure),
    schedulingGates: list(scalarsNamed('name')),
    readinessGates: list(scalarsNamed('conditionType')),
    imagePullSecrets: list(scalarsNamed('name')),
    securityContext,
    os: scalarsNamed('name'),
  },
);

export const podTemplate: Shape = fields({ metadata: templateMetadata, spec: podSpec });

const podStatus = scalarsNamed(
  'phase reason startTime podIP hostIP qosClass nominatedNodeName observedGeneration resize',
  {
    message: freeText,
    podIPs: list(scalarsNamed('ip')),
    conditions: list(condition),
    containerStatuses: list(containerStatus),
    initContainerStatuses: list(containerStatus),
    ephemeralContainerStatuses: list(containerStatus),
    resources,
    allocatedResources: scalars,
  },
);

export const pod: Shape = fields({ metadata, spec: podSpec, status: podStatus });
