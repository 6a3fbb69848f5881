import type { ContainerSpec } from '../../schemas/objects.ts';
import type { App } from './app.ts';
import type { Instance } from './container-logs.ts';
import type { RunningPod } from './pod-object.ts';
import type { Sim } from './sim.ts';

/** From when to when, in milliseconds since the Unix epoch; null: still. */
export interface Span {
  readonly from: number;
  to: number | null;
}

/** One container of a pod, and all its lives, in order. */
export interface ContainerLives {
  readonly name: string;
  readonly kind: 'app' | 'init' | 'sidecar';
  readonly spec: ContainerSpec;
  readonly lives: Instance[];
}

/** What is remembered of a pod, also when it is gone. */
export interface PodLife {
  readonly uid: string;
  readonly namespace: string;
  readonly name: string;
  readonly app: App;
  readonly owner: { readonly kind: string; readonly name: string };
  readonly priorityClass: string;
  readonly containers: readonly ContainerLives[];
  readonly createdAt: number;
  /** When its kubelet took it over. */
  admittedAt: number | null;
  node: string | null;
  podIp: string;
  hostIp: string;
  /** When it was done: Succeeded or Failed. */
  endedAt: number | null;
  goneAt: number | null;
  /** When its kubelet did not answer. */
  readonly unheard: Span[];
}

/** All pods that have lived in a simulated cluster. */
export interface PodLives {
  /** Pods that existed at some time in [from, to], in order of their creation. Milliseconds since the Unix epoch. */
  between(from: number, to: number): PodLife[];
  /** From when on what happens is not known before; null while the past is made. */
  liveSince(): number | null;
  goLive(at: number): void;
  /** Takes note of a pod that has just been submitted. */
  begin(pod: RunningPod): void;
}

/** Longer than anybody asks about. */
const KEPT_MS = 40 * 86_400_000;
const TIDIED_EVERY = 1_000;

/** Follows every pod from its submission to its removal. */
export function createPodLives(sim: Sim): PodLives {
  const { timeline } = sim;
  const following = new Map<RunningPod, PodLife>();
  let all: PodLife[] = [];
  let liveSince: number | null = null;

  function begin(pod: RunningPod): void {
    const { metadata, spec } = pod.object;
    const [owner] = metadata.ownerReferences ?? [];
    const life: PodLife = {
      uid: metadata.uid,
      namespace: metadata.namespace ?? '',
      name: metadata.name,
      app: pod.template.app,
      owner: { kind: owner?.kind ?? '', name: owner?.name ?? '' },
      priorityClass: spec.priorityClassName ?? '',
      containers: pod.containers.map(({ name, kind, spec: container }) => ({ name, kind, spec: container, lives: [] })),
      createdAt: timeline.now(),
      admittedAt: null,
      node: null,
      podIp: '',
      hostIp: '',
      endedAt: null,
      goneAt: null,
      unheard: [],
    };
    following.set(pod, life);
    all.push(life);
    if (all.length % TIDIED_EVERY === 0) {
      const oldest = timeline.now() - KEPT_MS;
      all = all.filter(({ goneAt }) => goneAt === null || goneAt > oldest);
    }
  }

  sim.podChanged.add((pod) => {
    const life = following.get(pod);
    if (!life) return;
    const { status } = pod.object;
    if (pod.node) life.admittedAt ??= timeline.now();
    life.node = pod.node;
    if (status.phase === 'Succeeded' || status.phase === 'Failed') life.endedAt ??= timeline.now();
    life.podIp = status.podIP ?? '';
    life.hostIp = typeof status['hostIP'] === 'string' ? status['hostIP'] : '';
    pod.containers.forEach(({ current }, i) => {
      const lives = life.containers[i]?.lives;
      if (current && lives && lives.at(-1) !== current) lives.push(current);
    });
    const last = life.unheard.at(-1);
    const dark = last !== undefined && last.to === null;
    if (pod.cutOff && !dark) life.unheard.push({ from: timeline.now(), to: null });
    else if (dark && (!pod.cutOff || pod.gone)) last.to = timeline.now();
    if (!pod.gone) return;
    life.goneAt = timeline.now();
    following.delete(pod);
  });

  return {
    between: (from, to) => all.filter((life) => life.createdAt <= to && (life.goneAt ?? Infinity) >= from),
    liveSince: () => liveSince,
    goLive(at) {
      liveSince ??= at;
    },
    begin,
  };
}
