/** How a cluster's Prometheus was set up: what it scrapes, how often, and under which names. */
export interface Flavour {
  readonly everyMs: number;
  /** `old`: pod_name and container_name, kube-state-metrics 1. */
  readonly names: 'new' | 'old';
  /** Keeps cAdvisor's id and name: a container that starts over is a new series then, and a counter's reset else. */
  readonly ids: boolean;
  /** Where its GPUs' series come from. */
  readonly gpus: 'dcgm' | 'container' | null;
  readonly version: string;
}

const USUAL: Flavour = { everyMs: 30_000, names: 'new', ids: true, gpus: 'dcgm', version: '3.5.0' };

const FLAVOURS: Readonly<Record<string, Flavour>> = {
  'prod-us': { ...USUAL, ids: false, gpus: 'container' },
  staging: { ...USUAL, everyMs: 15_000, names: 'old', gpus: null },
};

export const flavourOf = (cluster: string): Flavour => FLAVOURS[cluster] ?? USUAL;
