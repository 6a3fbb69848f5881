import { createCandidates } from './measures.ts';
import type { UsageOptions } from './options.ts';
import { prometheusProblems } from './prometheus/options.ts';
import { choiceProblems } from './sources.ts';

/**
 * What is wrong within the `usage` part of the configuration, a sentence each: what its schema cannot say. None tells a secret.
 * `gpuResources`: the extended resources that count as GPUs.
 */
export function usageProblems(options: UsageOptions, gpuResources: readonly string[]): string[] {
  const known = createCandidates({ gpuResources });
  const sources = new Set([...known.values()].flat().map(({ source }) => source));
  const vendors = options.gpu.map(({ name }) => name);
  const clusters = options.prometheus.map(({ cluster }) => cluster);
  const candidates = createCandidates({ gpuResources, gpu: options.gpu });
  return [
    ...repeated(vendors).map((name) => `usage.gpu: ${name} is there twice`),
    ...vendors.filter((name) => sources.has(name)).map((name) => `usage.gpu: ${name} is the name of a known source`),
    ...options.gpu
      .filter(({ utilisation, memory }) => utilisation === undefined && memory === undefined)
      .map(({ name }) => `usage.gpu: ${name} has neither utilisation nor memory`),
    ...repeated(clusters).map((cluster) => `usage.prometheus: the cluster ${cluster} is there twice`),
    ...options.prometheus.flatMap((server, index) =>
      [...prometheusProblems(server), ...choiceProblems(candidates, server.measures)].map(
        (problem) => `usage.prometheus.${index}.${problem}`,
      ),
    ),
  ];
}

const repeated = (names: readonly string[]): string[] => [
  ...new Set(names.filter((name, index) => names.indexOf(name) !== index)),
];
