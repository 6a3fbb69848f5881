import type { App, Template } from './app.ts';
import type { Kubelet } from './kubelet.ts';
import type { Nodes } from './nodes.ts';
import { isReady, type RunningPod } from './pod-object.ts';
import { alive, ownerOf, podTemplate, readyOf, type Workload } from './replica-sets.ts';
import type { Sim } from './sim.ts';

/** A StatefulSet (a slot an ordinal) or a DaemonSet (a slot a node). */
export interface SlottedRun {
  readonly app: App;
  readonly template: Template;
  pods(): RunningPod[];
  release(template: Template, cause: string): void;
}

interface Slot {
  readonly key: string;
  readonly pinnedTo?: string;
  pod: RunningPod | null;
}

const baseSpec = (app: App, template: Template) => ({
  selector: { matchLabels: { app: app.name } },
  template: podTemplate(template),
  updateStrategy: { type: 'RollingUpdate' },
  revisionHistoryLimit: 2,
  ...(app.kind === 'StatefulSet'
    ? { replicas: app.replicas, serviceName: app.name, podManagementPolicy: 'OrderedReady' }
    : {}),
});

/**
 * The StatefulSet and DaemonSet controllers: one pod a slot, made again when it is gone; an update replaces one
 * pod at a time, the highest ordinal first, and waits until all are ready.
 */
export function startSlotted(sim: Sim, nodes: Nodes, kubelet: Kubelet, app: App, first: Template): SlottedRun {
  const { timeline, random, store, events } = sim;
  const stateful = app.kind === 'StatefulSet';
  const object = store.create<Workload>({
    kind: app.kind,
    metadata: { name: app.name, namespace: app.namespace, labels: { ...first.labels } },
    spec: baseSpec(app, first),
    status: {},
  });
  const slots: Slot[] = stateful
    ? Array.from({ length: app.replicas }, (_, i) => ({ key: `${app.name}-${i}`, pod: null }))
    : nodes.names.map((pinnedTo) => ({ key: pinnedTo, pinnedTo, pod: null }));
  let template = first;
  let current = first;
  let revision = 0;
  let planned = false;

  function record(next: Template): void {
    revision += 1;
    store.create({
      kind: 'ControllerRevision',
      metadata: {
        name: `${app.name}-${next.hash}`,
        namespace: app.namespace,
        labels: { ...next.labels },
        ownerReferences: [ownerOf(object)],
      },
      revision,
      data: { spec: { template: { $patch: 'replace', metadata: { labels: next.labels } } } },
    });
  }
  function claim(slot: Slot): void {
    const name = `data-${slot.key}`;
    store.create({
      kind: 'PersistentVolumeClaim',
      metadata: { name, namespace: app.namespace, labels: { app: app.name, team: app.team } },
      spec: {
        accessModes: ['ReadWriteOnce'],
        resources: { requests: { storage: '100Gi' } },
        storageClassName: 'ssd',
        volumeMode: 'Filesystem',
        volumeName: `pvc-${random.uid()}`,
      },
      status: { phase: 'Bound', accessModes: ['ReadWriteOnce'], capacity: { storage: '100Gi' } },
    });
  }

  function make(slot: Slot): void {
    const generateName = `${app.name}-`;
    const name = stateful ? slot.key : generateName + random.suffix(5);
    const index: Record<string, string> = stateful
      ? {
          'apps.kubernetes.io/pod-index': slot.key.slice(app.name.length + 1),
          'statefulset.kubernetes.io/pod-name': name,
        }
      : {};
    slot.pod = nodes.submit({
      name,
      generateName,
      template,
      labels: { 'controller-revision-hash': stateful ? `${app.name}-${template.hash}` : template.hash, ...index },
      owner: ownerOf(object),
      ...(slot.pinnedTo ? { pinnedTo: slot.pinnedTo } : {}),
    });
    const message = stateful ? `create Pod ${name} in StatefulSet ${app.name} successful` : `Created pod: ${name}`;
    events.record(object, {
      type: 'Normal',
      reason: 'SuccessfulCreate',
      message,
      component: `${app.kind.toLowerCase()}-controller`,
    });
  }

  function writeStatus(): void {
    const pods = slots.flatMap(({ pod }) => (pod && alive(pod) ? [pod] : []));
    const ready = readyOf(pods);
    const updated = pods.filter((pod) => pod.template === template).length;
    if (updated === slots.length && ready === slots.length) current = template;
    const observedGeneration = object.metadata.generation ?? 1;
    object.status = stateful
      ? {
          observedGeneration,
          replicas: pods.length,
          readyReplicas: ready,
          availableReplicas: ready,
          currentReplicas: pods.filter((pod) => pod.template === current).length,
          updatedReplicas: updated,
          currentRevision: `${app.name}-${current.hash}`,
          updateRevision: `${app.name}-${template.hash}`,
          collisionCount: 0,
        }
      : {
          observedGeneration,
          desiredNumberScheduled: slots.length,
          currentNumberScheduled: pods.length,
          updatedNumberScheduled: updated,
          numberReady: ready,
          numberAvailable: ready,
          ...(ready < slots.length ? { numberUnavailable: slots.length - ready } : {}),
          numberMisscheduled: 0,
        };
    store.write(object);
  }

  function reconcile(): void {
    for (const slot of slots) {
      if (slot.pod?.gone) slot.pod = null;
      if (slot.pod?.object.status.phase === 'Failed') kubelet.stop(slot.pod);
      if (!slot.pod) make(slot);
      if (stateful && slot.pod && !isReady(slot.pod)) break;
    }
    const settled = slots.every(({ pod }) => pod && alive(pod) && isReady(pod));
    const outdated = slots.findLast(({ pod }) => pod && pod.template !== template)?.pod;
    if (outdated && (settled || !isReady(outdated))) kubelet.stop(outdated);
    writeStatus();
  }
  function reconcileSoon(): void {
    if (planned) return;
    planned = true;
    timeline.after(random.between(40, 160), () => {
      planned = false;
      reconcile();
    });
  }

  sim.podChanged.add((pod) => {
    if (slots.some((slot) => slot.pod === pod)) reconcileSoon();
  });
  record(first);
  if (stateful) for (const slot of slots) claim(slot);
  reconcileSoon();

  return {
    app,
    get template() {
      return template;
    },
    pods: () => slots.flatMap(({ pod }) => (pod && alive(pod) ? [pod] : [])),
    release(next, cause) {
      template = next;
      record(next);
      object.spec['template'] = podTemplate(next);
      object.metadata.annotations = { 'kubernetes.io/change-cause': cause };
      store.update(object);
      reconcileSoon();
    },
  };
}
