import type { LocalLog } from '../../../platform/bus/local-log.ts';
import type { Entry } from '../../../schemas/entry.ts';

const PAGE = { maxRecords: 1_000, maxBytes: 8 * 1024 * 1024, waitMs: 0 };

/** What a local log holds so far. */
export async function entriesOf(localLog: LocalLog): Promise<Entry[]> {
  const entries: Entry[] = [];
  const signal = new AbortController().signal;
  for (let { first: from, next: end } = localLog.bounds(); from < end;) {
    const page = await localLog.read(from, PAGE, signal);
    const last = page.at(-1);
    if (!last) break;
    entries.push(...page.map(({ value }) => JSON.parse(value) as Entry));
    from = last.offset + 1;
  }
  return entries;
}
