import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import type {
  FastifyBaseLogger,
  FastifyInstance,
  FastifyReply,
  FastifyRequest,
  RawReplyDefaultExpression,
  RawRequestDefaultExpression,
  RawServerDefault,
} from 'fastify';
import type { Bus } from '../platform/bus/journal.ts';
import type { Clock } from '../platform/clock.ts';
import type { Logger } from '../platform/log.ts';
import type { Metrics } from '../platform/metrics.ts';
import type { QueryOptions, Store } from '../platform/store/store.ts';
import type { Auth, Principal } from './auth.ts';
import type { LiveExceptions } from './live.ts';
import type { SizingOptions } from './sizing/options.ts';
import type { SlaOptions } from './sla-options.ts';
import type { UsageRetention } from '../platform/usage-retention.ts';

export interface ApiOptions {
  /** How long a query may take. Default 10 s. */
  readonly queryTimeoutMs?: number;
  /** How long a search in logs may take. Default 15 s. */
  readonly searchTimeoutMs?: number;
  /** Clients of the live stream at a time. Default 200. */
  readonly maxStreams?: number;
  /** Of those, with one token. Default 40. */
  readonly maxStreamsEach?: number;
  /** What may wait for one slow client of the stream. Default 256 kB. */
  readonly streamBufferBytes?: number;
  /** Objectives and the time zone of the calendar. Default 99.9 percent of each service, in UTC. */
  readonly sla?: SlaOptions;
  /** Margins and thresholds of recommendations. Default as `DEFAULT_SIZING`. */
  readonly sizing?: SizingOptions;
  /** How long rows of usage are kept, as the store has it. Default 35 days of instants, 400 days of hours. */
  readonly retention?: UsageRetention;
  /** Clusters whose usage is imported, as it is configured. Without it: those of which anything was ever imported. */
  readonly importedClusters?: readonly string[];
}

export interface ApiDeps {
  readonly store: Store;
  readonly bus: Pick<Bus, 'tail' | 'check'>;
  readonly auth: Auth;
  readonly clock: Clock;
  readonly log: Logger;
  readonly metrics: Metrics;
  /** Folder of the built pages; without it only the API is served. */
  readonly pagesDir?: string;
  readonly options?: ApiOptions;
  /** Tidemark's version, shown with the session. */
  readonly version?: string;
}

/** What a route needs. */
export interface RouteContext {
  readonly store: Store;
  readonly bus: Pick<Bus, 'tail' | 'check'>;
  readonly clock: Clock;
  readonly metrics: Metrics;
  readonly live: LiveExceptions;
  /** Who asks; there is no route without. */
  readonly principal: (request: FastifyRequest) => Principal;
  readonly auth: Auth;
  readonly version: string;
  readonly sla: SlaOptions;
  readonly sizing: SizingOptions;
  readonly retention: UsageRetention;
  readonly importedClusters: ReadonlySet<string> | null;
  /** Limits of the request's queries: the time, and the client's patience. */
  readonly limits: (reply: FastifyReply, kind?: 'search') => QueryOptions;
}

export type App = FastifyInstance<
  RawServerDefault,
  RawRequestDefaultExpression,
  RawReplyDefaultExpression,
  FastifyBaseLogger,
  TypeBoxTypeProvider
>;

declare module 'fastify' {
  interface FastifyContextConfig {
    /** `public`: answers without a token and shows no data. */
    access?: 'public' | 'operator';
  }
}
