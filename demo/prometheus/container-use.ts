import type { Instance } from '../cluster/container-logs.ts';
import type { ContainerLives, PodLife } from '../cluster/pod-lives.ts';
import { hash32 } from '../cluster/random.ts';
import { usageOf, usualLoad, type Load, type Usage } from './load.ts';
import { quantity } from './quantity.ts';

const PAGE = 4096;
const LONGEST_CLIMB_MS = 6 * 3_600_000;
/** What runs beside the kernel's limit is killed: the last that is seen lies just below it. */
const BELOW_LIMIT = 0.995;

/** What one container used, over all its lives. Times in milliseconds since the Unix epoch. */
export interface ContainerUse {
  readonly container: ContainerLives;
  readonly load: Load;
  readonly lives: readonly { readonly instance: Instance; readonly usage: Usage }[];
  /** Working set at an instant of the nth life, in whole pages. */
  memoryBytes(life: number, ms: number): number;
  /** CPU seconds of all lives until an instant. */
  cpuSeconds(ms: number): number;
}

/** The load of a container of a pod. */
export function loadOf({ app }: PodLife, { name, kind }: ContainerLives): Load {
  if (kind === 'app' && app.load) return app.load;
  const key = `${app.namespace}/${app.name}/${name}`;
  if (kind === 'init') return { cpuCores: 0.05, daily: 0, memoryMi: 9 };
  return usualLoad(key, app.memoryMi, app.kind === 'CronJob', kind === 'app');
}

/**
 * How far memory has climbed from its usual to its limit, 0 to 1: over every life where the load says so, and before an end for
 * want of memory. `liveSince`: an end that came later was not foreseen by what was told before it.
 */
function climbOf(pod: PodLife, load: Load, life: number, instance: Instance, liveSince: number | null) {
  const { startedAt, finishedAt, ending } = instance;
  const fate = load.climbs ? pod.app.fate?.(pod.uid, life) : undefined;
  if (fate) return (ms: number) => Math.min(1, (ms - startedAt) / fate.afterMs) ** 1.3;
  if (ending !== 'oom' || finishedAt === null || finishedAt > (liveSince ?? Infinity)) return () => 0;
  const climb = Math.min(LONGEST_CLIMB_MS, finishedAt - startedAt);
  return (ms: number) => Math.max(0, 1 - (finishedAt - ms) / climb) ** 3;
}

export function containerUse(pod: PodLife, container: ContainerLives, liveSince: number | null): ContainerUse {
  const load = loadOf(pod, container);
  const seed = hash32(`${pod.uid}/${container.name}`);
  const limit = quantity(container.spec.resources?.limits?.['memory']) ?? Infinity;
  const lives = container.lives.map((instance) => ({ instance, usage: usageOf(load, seed, instance.startedAt) }));
  const climbs = lives.map(({ instance }, i) => climbOf(pod, load, i, instance, liveSince));
  return {
    container,
    load,
    lives,
    memoryBytes(life, ms) {
      const usual = lives[life]?.usage.memoryBytes(ms) ?? 0;
      const climbed = climbs[life]?.(ms) ?? 0;
      const top = BELOW_LIMIT * limit;
      const bytes = climbed > 0 && Number.isFinite(limit) ? usual + (top - usual) * climbed : usual;
      return Math.floor(Math.min(bytes, top) / PAGE) * PAGE;
    },
    cpuSeconds(ms) {
      let sum = 0;
      for (const { instance, usage } of lives) {
        if (instance.startedAt <= ms) sum += usage.cpuSeconds(Math.min(ms, instance.finishedAt ?? ms));
      }
      return sum;
    },
  };
}
