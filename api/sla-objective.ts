import { createMatcher } from './name-pattern.ts';
import type { Service } from './queries/services.ts';
import type { SlaOptions } from './sla-options.ts';

type Wanted = Pick<Service, 'cluster' | 'namespace' | 'service' | 'objective'>;

/** Tells the percent wanted of a service: by its annotation, else by the first configured line that matches, else by the default. */
export function createObjectives(options: SlaOptions) {
  const lines = options.objectives.map(({ cluster, namespace, service, objective }) => ({
    matches: [createMatcher(cluster), createMatcher(namespace), createMatcher(service)] as const,
    objective,
  }));
  return (wanted: Wanted): { objective: number; objective_from: 'annotation' | 'configuration' } => {
    if (wanted.objective !== null) return { objective: wanted.objective, objective_from: 'annotation' };
    const line = lines.find(
      ({ matches: [cluster, namespace, service] }) =>
        cluster(wanted.cluster) && namespace(wanted.namespace) && service(wanted.service),
    );
    return { objective: line?.objective ?? options.objective, objective_from: 'configuration' };
  };
}
