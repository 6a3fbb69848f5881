import { ownLabels, type App, type Template } from './app.ts';
import type { Kubelet } from './kubelet.ts';
import { CONTROLLER, noteWrite, type Write } from './managed-fields.ts';
import type { Nodes } from './nodes.ts';
import type { KubeObject } from './objects.ts';
import { isReady, type RunningPod } from './pod-object.ts';
import { alive, ownerOf, podTemplate, readyOf, type Workload } from './replica-sets.ts';
import type { Sim } from './sim.ts';

/** A StatefulSet (a slot an ordinal) or a DaemonSet (a slot a node). */
export interface SlottedRun {
  readonly app: App;
  readonly template: Template;
  pods(): RunningPod[];
  /** `partition` (a StatefulSet's): ordinals below it keep what they have. */
  release(template: Template, cause: string, partition?: number): void;
  /** All of its pods are there and ready. */
  settled(): boolean;
}

interface Slot {
  readonly key: string;
  readonly pinnedTo?: string;
  pod: RunningPod | null;
}

const KUBECTL: Write = { manager: 'kubectl-client-side-apply' };
/** The API server itself still counts a DaemonSet's templates. */
const TEMPLATE_GENERATION = 'deprecated.daemonset.template.generation';

const baseSpec = (app: App, template: Template) => ({
  selector: { matchLabels: { app: app.name } },
  template: podTemplate(template),
  updateStrategy: {
    type: 'RollingUpdate',
    rollingUpdate: app.kind === 'StatefulSet' ? { partition: 0 } : { maxSurge: 0, maxUnavailable: 1 },
  },
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
  let partition = 0;
  let planned = false;
  const revisions = new Map<string, KubeObject>();

  function record(next: Template): void {
    revision += 1;
    if (!stateful)
      object.metadata.annotations = { ...object.metadata.annotations, [TEMPLATE_GENERATION]: `${revision}` };
    const known = revisions.get(next.hash);
    if (known) return void store.update(Object.assign(known, { revision }));
    const made = store.create({
      kind: 'ControllerRevision',
      metadata: {
        name: `${app.name}-${next.hash}`,
        namespace: app.namespace,
        labels: {
          ...next.labels,
          [stateful ? 'controller.kubernetes.io/hash' : 'controller-revision-hash']: next.hash,
        },
        ownerReferences: [ownerOf(object)],
      },
      revision,
      data: { spec: { template: { $patch: 'replace', metadata: { labels: next.labels } } } },
    });
    revisions.set(next.hash, made);
  }

  /** The release for a slot: below the partition it is the one before. */
  const releaseFor = (slot: Slot) => (slots.indexOf(slot) < partition ? current : template);
  function claim(slot: Slot): void {
    const name = `data-${slot.key}`;
    store.create({
      kind: 'PersistentVolumeClaim',
      metadata: { name, namespace: app.namespace, labels: ownLabels(app) },
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
    const release = releaseFor(slot);
    slot.pod = nodes.submit({
      name,
      generateName,
      template: release,
      labels: { 'controller-revision-hash': stateful ? `${app.name}-${release.hash}` : release.hash, ...index },
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
    store.write(object, (written) => noteWrite(written, CONTROLLER, timeline.now()));
  }

  const isSettled = () => slots.every(({ pod }) => pod !== null && alive(pod) && isReady(pod));

  function reconcile(): void {
    for (const slot of slots) {
      if (slot.pod?.gone) slot.pod = null;
      if (slot.pod?.object.status.phase === 'Failed') kubelet.stop(slot.pod);
      if (!slot.pod) make(slot);
      if (stateful && slot.pod && !isReady(slot.pod)) break;
    }
    const settled = isSettled();
    const outdated = slots.findLast((slot) => slot.pod && slot.pod.template !== releaseFor(slot))?.pod;
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
  noteWrite(object, KUBECTL, timeline.now());
  store.update(object);
  if (stateful) for (const slot of slots) claim(slot);
  reconcileSoon();

  return {
    app,
    get template() {
      return template;
    },
    settled: isSettled,
    pods: () => slots.flatMap(({ pod }) => (pod && alive(pod) ? [pod] : [])),
    release(next, cause, held = 0) {
      if (next !== template) record(next);
      template = next;
      partition = held;
      object.spec['template'] = podTemplate(next);
      if (stateful) object.spec['updateStrategy'] = { type: 'RollingUpdate', rollingUpdate: { partition } };
      object.metadata.annotations = { ...object.metadata.annotations, 'kubernetes.io/change-cause': cause };
      noteWrite(object, KUBECTL, timeline.now());
      store.update(object);
      reconcileSoon();
    },
  };
}
