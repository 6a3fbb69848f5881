import { RESOURCES } from '../../demo/cluster/resources.ts';
import type { Faults } from '../../demo/server/faults.ts';
import type { Clock } from '../../platform/clock.ts';

export interface RequestTimes {
  /** For the simulated server: injects nothing, notes everything. */
  readonly faults: Faults;
  /** By source: when it was first asked for after `since`, or Infinity. */
  askedAfter(verb: 'list' | 'watch', since: number): ReadonlyMap<string, number>;
}

/** Notes when each source that an agent watches is asked for. */
export function noteRequests(clock: Clock): RequestTimes {
  const asked: { verb: string; source: string; at: number }[] = [];
  const sources = RESOURCES.map(({ source }) => source).filter((source) => source !== '');
  return {
    faults({ verb, resource }) {
      const source = RESOURCES.find(({ plural }) => plural === resource)?.source;
      if (source) asked.push({ verb, source, at: clock.now() });
      return undefined;
    },
    askedAfter: (verb, since) =>
      new Map(
        sources.map((source) => [
          source,
          asked.find((one) => one.verb === verb && one.source === source && one.at >= since)?.at ?? Infinity,
        ]),
      ),
  };
}
