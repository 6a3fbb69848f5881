import type { SimCluster } from '../../../deploy/testkube/test-kube.ts';

const FAMILIES = 'testkube/families';
/** A simulated pod with an address of each family. */
export const DUAL_STACK: Readonly<Record<string, string>> = { [FAMILIES]: 'both' };

const conditions = ['Initialized', 'PodReadyToStartContainers', 'ContainersReady', 'Ready']
  .map((type) => `      - {type: ${type}, status: "True", lastTransitionTime: {{ $now | Quote }}}`)
  .join('\n');

const STAGE = `
apiVersion: kwok.x-k8s.io/v1alpha1
kind: Stage
metadata: {name: pod-ready-dual-stack}
spec:
  resourceRef: {apiGroup: v1, kind: Pod}
  selector:
    matchExpressions:
    - {key: .metadata.deletionTimestamp, operator: DoesNotExist}
    - {key: .status.phase, operator: In, values: [Pending]}
    - {key: '.metadata.annotations["${FAMILIES}"]', operator: In, values: [both]}
  weight: 1000
  delay: {durationMilliseconds: 200}
  next:
    statusTemplate: |
      {{ $now := Now }}
      {{ $ip := index (PodIPsWith .spec.nodeName false .metadata.uid .metadata.name .metadata.namespace) 0 }}
      conditions:
${conditions}
      containerStatuses:
      {{ range .spec.containers }}
      - {name: {{ .name | Quote }}, image: {{ .image | Quote }}, imageID: "", ready: true, started: true, restartCount: 0, state: {running: {startedAt: {{ $now | Quote }}}}}
      {{ end }}
      podIP: {{ $ip | Quote }}
      podIPs: [{ip: {{ $ip | Quote }}}, {ip: {{ printf "fd00:10:244::%s" $ip | Quote }}}]
      phase: Running
      startTime: {{ $now | Quote }}
`;

/** Teaches the simulated nodes to give the pods that ask for it an address of each family. */
export const teachFamilies = (cluster: SimCluster): Promise<void> => cluster.apply(STAGE);
