import { MEASURE_NAMES, type Measure } from '../../../schemas/usage.ts';

export interface PodName {
  readonly namespace: string;
  readonly pod: string;
}

/** What is known of one pod in a window. */
export interface PodInstants extends PodName {
  /** By the measure's number, one value an instant; NaN where it is not known. */
  readonly values: (Float64Array | undefined)[];
  /** 1 at the instants at which it is known to have run, whatever was measured. */
  ran: Uint8Array | undefined;
}

export const MEASURE_NUMBERS: Readonly<Record<Measure, number>> = Object.fromEntries(
  MEASURE_NAMES.map((name, number) => [name, number]),
) as Record<Measure, number>;

/** The pods of a window, made as they are first heard of. */
export interface Pods {
  of(name: PodName): PodInstants;
  /** The pod's values of a measure, all unknown at first. */
  valuesOf(name: PodName, measure: Measure): Float64Array;
  /**
   * Makes `values`, multiplied by `scale`, the pod's where nothing is known yet; what is not finite then is unknown. The array is the
   * pod's from then on.
   */
  keep(name: PodName, measure: Measure, values: Float64Array, scale: number): void;
  /** Instants at which the measure is known, over all pods. */
  countOf(measure: Measure): number;
  /** In the order of the table: by namespace, then by pod. */
  sorted(): PodInstants[];
}

export function createPods(instants: number): Pods {
  const pods = new Map<string, PodInstants>();
  const of = ({ namespace, pod }: PodName): PodInstants => {
    const key = `${namespace}\0${pod}`;
    const there = pods.get(key);
    if (there) return there;
    const made: PodInstants = { namespace, pod, values: [], ran: undefined };
    pods.set(key, made);
    return made;
  };
  return {
    of,
    valuesOf(name, measure) {
      const { values } = of(name);
      return (values[MEASURE_NUMBERS[measure]] ??= new Float64Array(instants).fill(Number.NaN));
    },
    keep(name, measure, values, scale) {
      const slots = of(name).values;
      const number = MEASURE_NUMBERS[measure];
      const there = slots[number];
      for (let instant = 0; instant < values.length; instant++) {
        const value = (values[instant] as number) * scale;
        if (there && !Number.isNaN(there[instant])) continue;
        (there ?? values)[instant] = Number.isFinite(value) ? value : Number.NaN;
      }
      slots[number] = there ?? values;
    },
    countOf(measure) {
      let count = 0;
      for (const { values } of pods.values()) {
        for (const value of values[MEASURE_NUMBERS[measure]] ?? []) if (!Number.isNaN(value)) count++;
      }
      return count;
    },
    sorted: () =>
      [...pods.values()].toSorted(
        (one, other) => compare(one.namespace, other.namespace) || compare(one.pod, other.pod),
      ),
  };
}

function compare(one: string, other: string): number {
  if (one === other) return 0;
  return one < other ? -1 : 1;
}
