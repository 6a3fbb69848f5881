import { createCandidates } from './measures.ts';
import type { UsageOptions, UsageServerOptions } from './options.ts';
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
    ...sharedProblems(options.prometheus),
    ...options.prometheus.flatMap((server, index) =>
      [...prometheusProblems(server), ...choiceProblems(candidates, server.measures)].map(
        (problem) => `usage.prometheus.${index}.${problem}`,
      ),
    ),
  ];
}

/** Clusters that share a server and tenant, with nothing to tell their series apart, would each get the pods of all. */
function sharedProblems(servers: readonly UsageServerOptions[]): string[] {
  const enabled = servers.filter(({ enabled: isEnabled }) => isEnabled);
  return enabled.flatMap((server, index) =>
    enabled.slice(0, index).flatMap((other) => {
      if (placeOf(server) !== placeOf(other) || areApart(server.matchers, other.matchers)) return [];
      return `usage.prometheus: ${other.cluster} and ${server.cluster} share a server: their matchers must differ in a label's value`;
    }),
  );
}

const placeOf = ({ url, headers }: UsageServerOptions): string =>
  JSON.stringify([
    url.replace(/\/+$/, ''),
    Object.entries(headers)
      .map(([name, value]) => [name.toLowerCase(), value])
      .toSorted(),
  ]);

const areApart = (one: Readonly<Record<string, string>>, other: Readonly<Record<string, string>>): boolean =>
  Object.entries(one).some(([label, value]) => other[label] !== undefined && other[label] !== value);

const repeated = (names: readonly string[]): string[] => [
  ...new Set(names.filter((name, index) => names.indexOf(name) !== index)),
];
