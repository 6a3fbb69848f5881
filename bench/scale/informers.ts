import {
  AppsV1Api,
  AutoscalingV2Api,
  BatchV1Api,
  CoreV1Api,
  DiscoveryV1Api,
  KubeConfig,
  makeInformer,
  PolicyV1Api,
  SchedulingV1Api,
  type KubernetesListObject,
  type KubernetesObject,
} from '@kubernetes/client-node';
import { collectionPath, SOURCES } from '../../ingest/agent/sources.ts';

type List = () => Promise<KubernetesListObject<KubernetesObject>>;

/** How client-node lists each of the agent's sources. */
function listsOf(config: KubeConfig): Record<string, List> {
  const core = config.makeApiClient(CoreV1Api);
  const apps = config.makeApiClient(AppsV1Api);
  const batch = config.makeApiClient(BatchV1Api);
  return {
    node: () => core.listNode(),
    priorityclass: () => config.makeApiClient(SchedulingV1Api).listPriorityClass(),
    'workload/deployments': () => apps.listDeploymentForAllNamespaces(),
    'workload/replicasets': () => apps.listReplicaSetForAllNamespaces(),
    'workload/statefulsets': () => apps.listStatefulSetForAllNamespaces(),
    'workload/daemonsets': () => apps.listDaemonSetForAllNamespaces(),
    'workload/controllerrevisions': () => apps.listControllerRevisionForAllNamespaces(),
    'workload/cronjobs': () => batch.listCronJobForAllNamespaces(),
    'workload/jobs': () => batch.listJobForAllNamespaces(),
    service: () => core.listServiceForAllNamespaces(),
    endpointslice: () => config.makeApiClient(DiscoveryV1Api).listEndpointSliceForAllNamespaces(),
    pdb: () => config.makeApiClient(PolicyV1Api).listPodDisruptionBudgetForAllNamespaces(),
    hpa: () => config.makeApiClient(AutoscalingV2Api).listHorizontalPodAutoscalerForAllNamespaces(),
    pvc: () => core.listPersistentVolumeClaimForAllNamespaces(),
    pod: () => core.listPodForAllNamespaces(),
    event: () => core.listEventForAllNamespaces(),
  };
}

/** An informer a source, all that the agent watches. Resolves when every list is in its cache; answers the changes seen so far. */
export async function startInformers(kubeconfig: string): Promise<() => number> {
  const config = new KubeConfig();
  config.loadFromFile(kubeconfig);
  const lists = listsOf(config);
  let changes = 0;
  for (const source of SOURCES) {
    const list = lists[source.name];
    if (!list) throw new Error(`no informer for ${source.name}`);
    const informer = makeInformer(config, collectionPath({ source, namespace: '' }), list);
    informer.on('change', () => void changes++);
    informer.on('error', (error: unknown) => {
      throw new Error(`the informer of ${source.name} stopped`, { cause: error });
    });
    await informer.start();
  }
  return () => changes;
}
