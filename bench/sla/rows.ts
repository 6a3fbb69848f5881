import { toTime } from '../../platform/clock.ts';
import type { CoverageRow } from '../../schemas/journal.ts';
import type { OutageRow, ServiceEndpointsRow, ServiceRow } from '../../schemas/outages.ts';

const DAY_MS = 86_400_000;
/** The end of the quarter that is asked for. */
export const END = Date.parse('2026-10-01T00:00:00.000Z');
export const BEGIN = Date.parse('2026-07-01T00:00:00.000Z');
const HISTORY_DAYS = 3 * 365;
const SERVICES = 1000;
const CLUSTERS = 20;
const INTERVALS_A_YEAR = 40;
const GAPS_A_YEAR = 24;

export interface History {
  readonly services: ServiceRow[];
  readonly outages: OutageRow[];
  /** The same as raw changes between none ready and some. */
  readonly changes: ServiceEndpointsRow[];
  readonly gaps: CoverageRow[];
}

/** Three years of 1,000 services in 20 clusters, the same in each run: whole seconds, one interval after another. */
export function makeHistory(): History {
  const history: History = { services: [], outages: [], changes: [], gaps: [] };
  const begin = END - HISTORY_DAYS * DAY_MS;
  const intervals = (HISTORY_DAYS / 365) * INTERVALS_A_YEAR;
  const everyMs = (HISTORY_DAYS * DAY_MS) / intervals;
  for (let number = 0; number < SERVICES; number++) {
    const name = { cluster: `c${number % CLUSTERS}`, namespace: `n${number % 50}`, service: `s${number}` };
    const owner = { workloads: [`Deployment/${name.service}`], team: `t${number % 30}`, environment: 'live' };
    const since = toTime(begin);
    history.services.push({
      ...name,
      ...owner,
      service_uid: `uid-${number}`,
      type: 'ClusterIP',
      state: 'up',
      since,
      ready: 2,
      wanted: 2,
      objective: null,
      first_seen_at: since,
      first_ready_at: since,
      deleted_at: null,
      version: 1,
    });
    history.changes.push({ ...name, at: since, ready: 2, serving: 0, wanted: 2, version: 1 });
    for (let at = 0; at < intervals; at++) {
      const wanderMs = ((number * 7919 + at * 104_729) % 3_600) * 1000;
      const start = begin + Math.floor(at * everyMs) - (Math.floor(at * everyMs) % 1000) + 3_600_000 + wanderMs;
      const end = start + (20 + ((number * 31 + at * 17) % 900)) * 1000;
      const [started, ended] = [toTime(start), toTime(end)];
      history.outages.push({
        id: `${number}-${at}`,
        kind: 'down',
        ...name,
        ...owner,
        service_uid: `uid-${number}`,
        port: '',
        started_at: started,
        started_earliest: toTime(start - 1000),
        started_latest: started,
        ended_at: ended,
        ended_earliest: ended,
        ended_latest: toTime(end + 1000),
        observed_at: started,
        ready_least: 0,
        wanted: 2,
        cause: at % 3 === 0 ? 'rollout' : 'crash',
        planned: at % 3 === 0 ? 1 : 0,
        sentence: 'container app was killed for memory',
        cause_facts: '{"pod":"s-1"}',
        rollout: '',
        exceptions: [],
        node: '',
        pods: [],
        blip: 0,
        version: at + 1,
      });
      history.changes.push({ ...name, at: started, ready: 0, serving: 0, wanted: 2, version: 1 });
      history.changes.push({ ...name, at: ended, ready: 2, serving: 0, wanted: 2, version: 1 });
    }
  }
  for (let cluster = 0; cluster < CLUSTERS; cluster++) {
    for (let gap = 0; gap < (HISTORY_DAYS / 365) * GAPS_A_YEAR; gap++) {
      const start = begin + gap * 15 * DAY_MS + cluster * 60_000;
      for (const kind of ['service', 'endpointslice', 'pod', 'workload/deployments']) {
        history.gaps.push({
          cluster: `c${cluster}`,
          kind,
          namespace: '',
          state: 'gap',
          from: toTime(start),
          to: toTime(start + 90_000),
          reason: 'relisted',
          vanished: 0,
          version: 1,
        });
      }
    }
  }
  return history;
}
