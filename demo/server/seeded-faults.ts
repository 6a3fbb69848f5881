import type { Clock } from '../../platform/clock.ts';
import { createRandom, type Random } from '../cluster/random.ts';
import type { Fault, FaultRequest, Faults } from './faults.ts';

/** One fault that took effect. Times in milliseconds since the Unix epoch, by the clock of the plan. */
export interface InjectedFault {
  /** `watch reset`, `list 500`, `page 410`, `restart`, … */
  readonly name: string;
  readonly fault: Fault;
  /** Plural name; '' where every resource is hit. */
  readonly resource: string;
  readonly at: number;
  /** From when on the client may ask again: what a Retry-After, the server's absence or a token's renewal says. */
  readonly permittedAt: number;
  /** When the client next asked for the resource; null while it has not. */
  nextAt: number | null;
}

export interface SeededFaults {
  readonly faults: Faults;
  /** To be given to the server: a fault counts once it has taken effect. */
  readonly onFault: (request: FaultRequest, fault: Fault) => void;
  readonly injected: readonly InjectedFault[];
  /** Lets everything pass from now on. */
  stop(): void;
}

type Menu = readonly (readonly [weight: number, make: (random: Random) => Fault])[];

const afterEvents = (random: Random) => (random.chance(0.3) ? 0 : random.int(1, 6));
const refusal = (status: number) => (random: Random) =>
  ({ kind: 'status', status, ...(random.chance(0.5) ? { retryAfterSeconds: random.int(1, 3) } : {}) }) as const;

const WATCH: Menu = [
  [6, (random) => ({ kind: 'reset', afterEvents: afterEvents(random) })],
  [4, (random) => ({ kind: 'close', afterEvents: afterEvents(random) })],
  [3, (random) => ({ kind: 'freeze', afterEvents: afterEvents(random) })],
  [1, () => ({ kind: 'freeze' })],
  [4, (random) => ({ kind: 'truncate', afterEvents: afterEvents(random) })],
  [4, (random) => ({ kind: 'garble', afterEvents: afterEvents(random) })],
  [3, refusal(429)],
  [3, refusal(500)],
  [2, () => ({ kind: 'status', status: 410 })],
  [2, () => ({ kind: 'expired' })],
  [0.6, (random) => ({ kind: 'token', renewMs: random.int(0, 3_000) })],
  [0.6, (random) => ({ kind: 'restart', awayMs: random.int(300, 5_000), forgetful: random.chance(0.4) })],
];

const LIST: Menu = [
  [2, () => ({ kind: 'reset' })],
  [2, refusal(429)],
  [2, refusal(500)],
  [2, () => ({ kind: 'truncate' })],
  [4, (random) => ({ kind: 'stale', revisions: random.int(5, 80) })],
  [2, (random) => ({ kind: 'slow', headersMs: random.int(0, 1_000), bodyMs: random.int(1_000, 5_000) })],
  [2, (random) => ({ kind: 'slow', headersMs: random.int(1_000, 6_000), bodyMs: 500 })],
  [1, () => ({ kind: 'freeze' })],
];

const PAGE: Menu = [
  [2, () => ({ kind: 'reset' })],
  [2, refusal(500)],
  [2, () => ({ kind: 'expired' })],
  [2, () => ({ kind: 'truncate' })],
];

const kindOf = (fault: Fault): string => {
  if (fault.kind === 'status') return String(fault.status);
  return fault.kind === 'expired' ? 'ERROR 410' : fault.kind;
};

function nameOf({ verb, continued }: FaultRequest, fault: Fault): string {
  if (fault.kind === 'restart') return fault.forgetful ? 'restart, cache emptied' : 'restart, cache kept';
  if (fault.kind === 'token') return 'token expired';
  if (verb === 'list' && fault.kind === 'expired') return continued ? 'page 410' : 'list 410';
  return `${verb === 'list' && continued ? 'page' : verb} ${kindOf(fault)}`;
}

function permittedAfterMs(fault: Fault): number {
  if (fault.kind === 'status') return (fault.retryAfterSeconds ?? 0) * 1000;
  if (fault.kind === 'token') return fault.renewMs;
  return fault.kind === 'restart' ? fault.awayMs : 0;
}

const hitsAll = (fault: Fault): boolean => fault.kind === 'restart' || fault.kind === 'token';

/**
 * Faults by a seed, for lists and watches. The nth request of a resource and verb meets the same fate in every run of
 * the seed, whatever else is asked for between.
 */
export function seededFaults(options: {
  seed: string;
  clock: Clock;
  /** How likely a watch, a list's first page and a further page fail. */
  watch?: number;
  list?: number;
  page?: number;
}): SeededFaults {
  const { seed, clock, watch = 0.8, list = 0.35, page = 0.15 } = options;
  const streams = new Map<string, Random>();
  const injected: InjectedFault[] = [];
  let stopped = false;

  function streamOf(name: string): Random {
    const random = streams.get(name) ?? createRandom(`${seed}/${name}`);
    streams.set(name, random);
    return random;
  }
  return {
    injected,
    stop() {
      stopped = true;
    },
    onFault(request, fault) {
      const at = clock.now();
      const resource = hitsAll(fault) ? '' : request.resource;
      const permittedAt = at + permittedAfterMs(fault);
      injected.push({ name: nameOf(request, fault), fault, resource, at, permittedAt, nextAt: null });
    },
    faults(request) {
      const { resource, verb, continued, path } = request;
      if (resource === '' || resource === 'leases' || (verb !== 'list' && verb !== 'watch')) return undefined;
      for (const one of injected)
        if (one.nextAt === null && (one.resource === resource || one.resource === '')) one.nextAt = clock.now();
      if (stopped) return undefined;
      const [kind, menu, probability] =
        verb === 'watch'
          ? (['watch', WATCH, watch] as const)
          : continued
            ? (['page', PAGE, page] as const)
            : (['list', LIST, list] as const);
      const random = streamOf(`${path}/${kind}`);
      return random.chance(probability) ? random.weighted(menu)(random) : undefined;
    },
  };
}
