import type { Table } from '../../../schemas/column.ts';
import type { Entry } from '../../../schemas/entry.ts';
import { sameJson } from '../objects/json-values.ts';
import { shortHash } from '../objects/short-hash.ts';
import { stamp } from '../objects/times.ts';
import type { Desk } from './desk.ts';
import type { SpanRow, SpanState } from './state.ts';

/** What an object says: its part of the row, and since and until when, where that is told, in milliseconds. */
export interface Reading<R extends SpanRow> {
  readonly content: Omit<R, keyof SpanRow>;
  readonly started: number | null;
  readonly ended: number | null;
  /** Uid of a pod's owner whose own entry has not come. */
  readonly owner?: string | undefined;
}

/** One kind of object whose rows are spans. */
export interface SpanKind<R extends SpanRow> {
  readonly prefix: string;
  readonly table: Table;
  /** Columns of which a change ends one span and begins the next; the others are put right in the row. */
  readonly set: readonly (keyof R & string)[];
  /** Null where the object says nothing. `before` is the row as it was last written. */
  read(desk: Desk, entry: Entry, before: R | undefined): Reading<R> | null;
}

/**
 * Folds an object into its spans. A row begins when the object says that it began, or when a change of what is set was seen, and
 * ends with the object. What vanished between two lists ended by the second one at the latest: that is its end. If it shows again
 * its span goes on. An entry that newer ones have overtaken can only tell that an object was deleted.
 */
export function applySpan<R extends SpanRow>(desk: Desk, kind: SpanKind<R>, entry: Entry): void {
  const { state, late } = desk.context;
  const key = `${kind.prefix}${entry.uid}`;
  const before = state.get<SpanState>(key);
  if (before?.gone !== undefined && (before.over || entry.op === 'vanished')) return;
  if (entry.op === 'vanished') {
    if (before && !late) putSpan(desk, kind.table, key, { ...end(before, desk.now), gone: desk.now });
  } else if (entry.op === 'delete') {
    const last = before ?? applied(desk, kind, entry, undefined);
    if (last) putSpan(desk, kind.table, key, { ...end(last, desk.now), over: true, gone: desk.now });
  } else if (!late) {
    const after = applied(desk, kind, entry, before);
    if (after) putSpan(desk, kind.table, key, after);
  }
}

/** Writes a span's row where it is new, and stores its state. */
export function putSpan(desk: Desk, table: Table, key: string, after: SpanState): void {
  const { state } = desk.context;
  const before = state.get<SpanState>(key);
  if (sameJson(before, after)) return;
  if (after.row && !sameJson(before?.row, after.row)) desk.context.emit(table, after.row.id, { ...after.row });
  const { row, ...rest } = after;
  // Nothing changes any more but whose pod it was.
  const kept: SpanState = row && (!after.over || after.owner) ? after : rest;
  state.set(key, kept);
  desk.indexes.put(key, kept);
}

function end(span: SpanState, at: number): SpanState {
  const { row } = span;
  if (!row || row.ended_at !== null) return span;
  return { ...span, row: { ...row, ended_at: stamp(Math.max(at, Date.parse(row.started_at))) } };
}

function applied<R extends SpanRow>(
  desk: Desk,
  kind: SpanKind<R>,
  entry: Entry,
  before: SpanState | undefined,
): SpanState | null {
  if (before?.over) return null;
  const row = before?.row as R | undefined;
  const reading = kind.read(desk, entry, row);
  if (!reading) return null;
  const { started, ended, content, owner } = reading;
  const next = (spans: number, began: number): SpanState => ({
    row: spanRow(desk, kind, entry.uid, { spans, began, content }),
    spans,
    ...(owner !== undefined && { owner }),
  });
  if (!before || !row) {
    const first = next((before?.spans ?? 0) + 1, Math.min(started ?? desk.now, desk.now));
    return ended === null ? first : { ...end(first, ended), over: true };
  }
  if (ended !== null) return { ...end(withoutGone(before), ended), over: true };
  if (kind.set.some((name) => row[name] !== (content as Partial<R>)[name])) {
    const closed = end(before, desk.now).row;
    if (closed && !sameJson(closed, row)) desk.context.emit(kind.table, closed.id, { ...closed });
    return next(before.spans + 1, desk.now);
  }
  // Of the first span the object itself says when it began.
  const isToldAnew = before.spans === 1 && started !== null;
  const began = isToldAnew ? stamp(Math.min(started, desk.now)) : row.started_at;
  return { ...withoutGone(before), row: { ...row, ...content, started_at: began, ended_at: null } };
}

function withoutGone({ gone: _gone, ...span }: SpanState): SpanState {
  return span;
}

function spanRow<R extends SpanRow>(
  desk: Desk,
  kind: SpanKind<R>,
  uid: string,
  { spans, began, content }: { spans: number; began: number; content: Omit<R, keyof SpanRow> },
): SpanRow {
  return {
    id: shortHash(kind.prefix, desk.cluster, uid, spans),
    cluster: desk.cluster,
    ...content,
    started_at: stamp(began),
    ended_at: null,
    observed_at: stamp(desk.now),
  };
}
