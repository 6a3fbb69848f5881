import type { Clock } from '../../platform/clock.ts';
import { messageOf } from '../../platform/errors.ts';
import type { Logger } from '../../platform/log.ts';
import { readBody, Refused, refusedByAnswer } from './api-refusal.ts';
import type { KubeTransport } from './kube-transport.ts';

/** `auto`: hold the Lease where there is one to be had, go on without it elsewhere. `off`: this agent is alone by arrangement. */
export type LeaseMode = 'required' | 'auto' | 'off';
export type LeaseState = 'off' | 'waiting' | 'held' | 'unusable';

export interface LeaseOptions {
  readonly mode: LeaseMode;
  readonly namespace: string;
  readonly name: string;
  /** How long the others wait after the last renewal they saw. */
  readonly durationMs: number;
  /** After so long without a renewal the holder stops: before anybody else may begin. */
  readonly deadlineMs: number;
  readonly retryMs: number;
}

/** Longer than client-go's 15 s: an API server that restarts shall not cost a relist. */
export const LEASE_DEFAULTS: LeaseOptions = {
  mode: 'auto',
  namespace: 'tidemark',
  name: 'tidemark-agent',
  durationMs: 60_000,
  deadlineMs: 40_000,
  retryMs: 5_000,
};

export interface Hold {
  /** Nobody has written since this local log's last word, as far as the Lease can tell. */
  readonly wroteLast: boolean;
  /** Above that of every hold before, whichever agent's and whatever its clock; null without a Lease. */
  readonly epoch: number | null;
}

export interface Lease {
  state(): { state: LeaseState; holder: string; reason: string };
  /** Runs `lead` whenever this process may write; its signal aborts when it may not any more. Ends with `signal`. */
  run(signal: AbortSignal, lead: (signal: AbortSignal, hold: Hold) => Promise<void>): Promise<void>;
}

interface LeaseSpec {
  holderIdentity?: string | null;
  leaseDurationSeconds?: number;
  acquireTime?: string;
  renewTime?: string;
  leaseTransitions?: number;
}

interface LeaseObject {
  metadata: {
    name: string;
    namespace: string;
    resourceVersion?: string;
    annotations?: Record<string, string>;
    [other: string]: unknown;
  };
  spec?: LeaseSpec;
}

const REQUEST_TIMEOUT_MS = 10_000;
/** On the Lease: the id of the local log whose agent held it last. */
const LOG_ANNOTATION = 'tidemark.dev/local-log';
/** On the Lease: the epoch of the hold. */
const EPOCH_ANNOTATION = 'tidemark.dev/epoch';
/** Without a Lease this agent is alone by arrangement. */
const ALONE: Hold = { wroteLast: true, epoch: null };
const microTime = (ms: number): string => new Date(ms).toISOString().replace('Z', '000Z');

/**
 * One writer a cluster, by a coordination.k8s.io Lease, with client-go's rules: whether another's hold has run out is
 * judged by this process' own clock, from when it saw the Lease change; every write carries the version read.
 */
export function createLease(deps: {
  transport: KubeTransport;
  clock: Clock;
  log: Logger;
  identity: string;
  /** Names the local log that is written under this hold. */
  logId: string;
  /** The highest epoch that the local log knows of. */
  lastEpoch: () => number;
  options?: Partial<LeaseOptions>;
}): Lease {
  const { transport, clock, log, identity, logId, lastEpoch } = deps;
  const options = { ...LEASE_DEFAULTS, ...deps.options };
  const collection = `/apis/coordination.k8s.io/v1/namespaces/${encodeURIComponent(options.namespace)}/leases`;
  const path = `${collection}/${encodeURIComponent(options.name)}`;
  let state: LeaseState = options.mode === 'off' ? 'off' : 'waiting';
  let holder = '';
  let reason = '';
  let seen = { version: '', at: -Infinity };
  let hold: Hold = ALONE;

  async function call(
    signal: AbortSignal,
    method: 'GET' | 'POST' | 'PUT',
    at: string,
    body?: LeaseObject,
  ): Promise<LeaseObject> {
    const response = await transport.request({
      method,
      path: at,
      signal,
      timeoutMs: REQUEST_TIMEOUT_MS,
      ...(body ? { body } : {}),
    });
    if (response.status >= 300) throw await refusedByAnswer(response);
    return JSON.parse(await readBody(response, 1024 * 1024)) as LeaseObject;
  }

  async function read(signal: AbortSignal): Promise<LeaseObject | null> {
    try {
      return await call(signal, 'GET', path);
    } catch (error) {
      if (error instanceof Refused && error.status === 404) return null;
      throw error;
    }
  }

  const lease = (spec: LeaseSpec, metadata: LeaseObject['metadata']): LeaseObject => {
    const annotations = {
      ...metadata.annotations,
      [LOG_ANNOTATION]: logId,
      ...(hold.epoch === null ? {} : { [EPOCH_ANNOTATION]: String(hold.epoch) }),
    };
    const kind = { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease' };
    return { ...kind, metadata: { ...metadata, annotations }, spec };
  };

  function claim(before: LeaseSpec): LeaseSpec {
    const now = microTime(clock.now());
    const mine = before.holderIdentity === identity;
    return {
      holderIdentity: identity,
      leaseDurationSeconds: Math.round(options.durationMs / 1000),
      acquireTime: mine ? (before.acquireTime ?? now) : now,
      renewTime: now,
      leaseTransitions: (before.leaseTransitions ?? 0) + (mine || !before.holderIdentity ? 0 : 1),
    };
  }

  /** What the Lease that was found, with these annotations, makes of a new hold. */
  function holdAfter(annotations: Record<string, string>): Hold {
    const before = Number(annotations[EPOCH_ANNOTATION] ?? 0);
    const known = [before, lastEpoch()].map((epoch) => (Number.isSafeInteger(epoch) ? epoch + 1 : 0));
    return { wroteLast: annotations[LOG_ANNOTATION] === logId, epoch: Math.max(clock.now(), ...known) };
  }

  /** True when the Lease is this process' after the call. Throws when it cannot be told. */
  async function acquire(signal: AbortSignal): Promise<boolean> {
    const current = await read(signal);
    if (!current) {
      hold = holdAfter({});
      await call(signal, 'POST', collection, lease(claim({}), { name: options.name, namespace: options.namespace }));
      holder = identity;
      return true;
    }
    const spec = current.spec ?? {};
    holder = spec.holderIdentity ?? '';
    const version = current.metadata.resourceVersion ?? '';
    if (version !== seen.version || clock.now() < seen.at) seen = { version, at: clock.now() };
    const heldMs = (spec.leaseDurationSeconds ?? options.durationMs / 1000) * 1000;
    if (holder !== '' && holder !== identity && clock.now() - seen.at < heldMs) return false;
    if (state !== 'held') hold = holdAfter(current.metadata.annotations ?? {});
    await call(signal, 'PUT', path, lease(claim(spec), current.metadata));
    holder = identity;
    return true;
  }

  async function release(): Promise<void> {
    const late = new AbortController();
    const cancel = clock.after(REQUEST_TIMEOUT_MS, () => late.abort());
    try {
      const current = await read(late.signal);
      if (current?.spec?.holderIdentity !== identity) return;
      const given = { ...current.spec, holderIdentity: '', leaseDurationSeconds: 1 };
      await call(late.signal, 'PUT', path, lease(given, current.metadata));
      [state, holder] = ['waiting', ''];
    } catch (error) {
      log.info({ reason: messageOf(error) }, 'the lease was not given back and will run out');
    } finally {
      cancel();
    }
  }

  /** Waits until this process may write. */
  async function awaitLease(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      try {
        if (await acquire(signal)) {
          [state, reason] = ['held', ''];
          log.info({ identity }, 'holding the lease');
          return;
        }
        if (state !== 'waiting' || reason !== 'held by another') log.info({ holder }, 'another agent holds the lease');
        [state, reason] = ['waiting', 'held by another'];
      } catch (error) {
        if (signal.aborted) return;
        const why = messageOf(error);
        // A 401 says nothing about the Lease: another who is let in may hold it.
        const denied = error instanceof Refused && error.verdict === 'unreadable' && error.status !== 401;
        if (reason !== why) log.warn({ reason: why, mode: options.mode }, 'the lease cannot be had');
        [state, reason] = [denied ? 'unusable' : 'waiting', why];
        if (denied && options.mode === 'auto') return;
      }
      await clock.sleep(options.retryMs, signal);
    }
  }

  /** Renews until `signal` aborts or the Lease is lost; a server that hangs is given up at the deadline. */
  async function renew(signal: AbortSignal): Promise<void> {
    let renewedAt = clock.now();
    while (!signal.aborted) {
      await clock.sleep(options.retryMs, signal);
      if (signal.aborted) return;
      const askedAt = clock.now();
      // After the clock was set back the time since the last renewal is unknown, and counted from here.
      renewedAt = Math.min(renewedAt, askedAt);
      const late = new AbortController();
      const cancel = clock.after(renewedAt + options.deadlineMs - askedAt, () => late.abort());
      try {
        if (!(await acquire(AbortSignal.any([signal, late.signal])))) {
          reason = `lost to ${holder}`;
          break;
        }
        renewedAt = askedAt;
      } catch (error) {
        reason = messageOf(error);
        if (clock.now() - renewedAt >= options.deadlineMs) break;
      } finally {
        cancel();
      }
    }
    if (signal.aborted) return;
    state = 'waiting';
    log.warn({ reason }, 'the lease is lost; writing stops');
  }

  return {
    state: () => ({ state, holder, reason }),
    async run(signal, lead) {
      while (!signal.aborted) {
        if (options.mode === 'off') return lead(signal, ALONE);
        await awaitLease(signal);
        if (signal.aborted) return;
        if (state !== 'held') return lead(signal, ALONE);
        const lost = new AbortController();
        const ended = new AbortController();
        const renewing = renew(AbortSignal.any([signal, ended.signal])).then(() => lost.abort());
        try {
          await lead(AbortSignal.any([signal, lost.signal]), hold);
        } finally {
          ended.abort();
          await renewing;
          if (state === 'held') await release();
        }
      }
    },
  };
}
