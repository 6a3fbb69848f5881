import type { Measure } from '../../schemas/usage.ts';
import { cadvisorCandidates } from './measures-cadvisor.ts';
import type { Candidate } from './measures-candidate.ts';
import { gpuCandidates } from './measures-gpu.ts';
import { kubeStateCandidates } from './measures-kube-state.ts';
import type { GpuVendorOptions } from './options.ts';

export type Candidates = ReadonlyMap<Measure, readonly Candidate[]>;

/**
 * For each measure the ways to have it from a server, in order of preference. `gpuResources` are the extended resources that
 * count as GPUs (`*` for any characters), `gpu` the exporters that are not known by themselves. Throws AppError `config_invalid` on label names that cannot be.
 */
export function createCandidates(options: {
  gpuResources: readonly string[];
  gpu?: readonly GpuVendorOptions[];
}): Candidates {
  const all = [
    ...cadvisorCandidates(),
    ...gpuCandidates(options.gpu ?? []),
    ...kubeStateCandidates(options.gpuResources),
  ];
  return Map.groupBy(all, ({ measure }) => measure);
}
