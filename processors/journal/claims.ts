import { foldClaimsTable, type FoldClaimRow } from '../../schemas/folds.ts';
import { toTime } from '../../platform/clock.ts';
import { AppError } from '../../platform/errors.ts';
import type { Store } from '../../platform/store/store.ts';

/** A journal's life as one group of folds sees it. */
export interface Life {
  readonly group: string;
  readonly topic: string;
  readonly logId: string;
}

export type Claim = Pick<FoldClaimRow, 'first' | 'last' | 'fold_version' | 'claimed_by'>;

export const tokenOf = (life: Life, rest: string): string => `${life.group}:${life.logId}:${life.topic}:${rest}`;

/** The claim on the range that begins at `first`, if anybody has made one. */
export async function findClaim(store: Store, life: Life, first: number): Promise<Claim | null> {
  const [claim] = await store.queryAfterWrite<Claim>(
    'SELECT first, last, fold_version, claimed_by FROM fold_claims ' +
      'WHERE `group` = {group:String} AND topic = {topic:String} AND log_id = {logId:String} AND first = {first:UInt64} ' +
      'ORDER BY last LIMIT 1',
    { ...life, first },
  );
  return claim ?? null;
}

/** The last offset that anybody has claimed in each life of the topic, by `log_id`. */
export async function lastClaims(store: Store, { group, topic }: Omit<Life, 'logId'>): Promise<Map<string, number>> {
  const rows = await store.queryAfterWrite<{ log_id: string; claimed: number }>(
    'SELECT log_id, max(last) AS claimed FROM fold_claims ' +
      'WHERE `group` = {group:String} AND topic = {topic:String} GROUP BY log_id',
    { group, topic },
  );
  return new Map(rows.map((row) => [row.log_id, row.claimed]));
}

/** As long as the table keeps a claim. */
const KEPT_MS = 30 * 24 * 3_600_000;

/**
 * Claims first..last at `now` (milliseconds since the Unix epoch) and answers the claim that stands: the first writer's,
 * whoever that was. The store may remember the token of a claim that was never finished and that the TTL has taken since:
 * the range is then claimed under a token of the present month.
 */
export async function claimRange(store: Store, life: Life, wanted: Claim, now: number): Promise<Claim> {
  const row: FoldClaimRow = {
    group: life.group,
    log_id: life.logId,
    topic: life.topic,
    ...wanted,
    claimed_at: toTime(now),
  };
  for (const token of [String(wanted.first), `${wanted.first}:anew:${Math.floor(now / KEPT_MS)}`]) {
    await store.insert(foldClaimsTable, [row], { token: tokenOf(life, token) });
    const standing = await findClaim(store, life, wanted.first);
    if (standing) return standing;
  }
  throw new AppError('store_error', 'a claim was written and cannot be read back', { details: { ...life } });
}
