import type { Entry } from '../../schemas/entry.ts';

/** The largest entry, in bytes of its JSON: what a broker takes, and what a reader can hold many of. */
export const MAX_ENTRY_BYTES = 512 * 1024;
const STRING_LENGTH = 4_096;

export interface EncodedEntry {
  readonly value: string;
  readonly bytes: number;
  readonly truncated: boolean;
}

type Json = Record<string, unknown>;
const isJson = (value: unknown): value is Json => typeof value === 'object' && value !== null && !Array.isArray(value);
const bytesOf = (value: string): number => Buffer.byteLength(value, 'utf8');

function cutStrings(value: unknown): unknown {
  if (typeof value === 'string') return value.length > STRING_LENGTH ? `${value.slice(0, STRING_LENGTH)}…` : value;
  if (Array.isArray(value)) return value.map(cutStrings);
  if (!isJson(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, cutStrings(member)]));
}

interface Member {
  path: string;
  size: number;
  drop(): void;
}

/** What may be left out: members of the object's sections, and its other top-level members. */
function members(object: Json): Member[] {
  const found: Member[] = [];
  const add = (path: string, owner: Json, key: string): void => {
    found.push({ path, size: JSON.stringify(owner[key])?.length ?? 0, drop: () => delete owner[key] });
  };
  for (const [key, value] of Object.entries(object)) {
    if (isJson(value)) for (const inner of Object.keys(value)) add(`${key}.${inner}`, value, inner);
    else if (key !== 'kind' && key !== 'apiVersion') add(key, object, key);
  }
  return found;
}

/** Leaves the largest parts out, `status` last, until the object's JSON fits into `room` bytes. */
function shrinkObject(object: Json, room: number): Json {
  const smaller = cutStrings(object) as Json;
  const dropped: string[] = [];
  const rank = (member: Member): number => (member.path.startsWith('status.') ? 0 : 1);
  const largestFirst = members(smaller).toSorted((a, b) => rank(b) - rank(a) || b.size - a.size);
  let over = bytesOf(JSON.stringify(smaller)) - room;
  for (const member of largestFirst) {
    if (over <= 0) break;
    member.drop();
    dropped.push(member.path);
    over = bytesOf(JSON.stringify(smaller)) - room;
  }
  return { ...(over <= 0 ? smaller : {}), truncated: true, left_out: dropped.slice(0, 20) };
}

/** Keeps the end of a log: the last words count. */
function shrinkLog(object: Json, room: number): Json {
  const text = typeof object.text === 'string' ? object.text : '';
  const cut = (keep: number): Json => {
    const tail = text.slice(text.length - keep);
    const line = tail.indexOf('\n') + 1;
    const kept = line > 0 && line < tail.length ? tail.slice(line) : tail;
    const lines = kept === '' ? 0 : kept.split('\n').length - (kept.endsWith('\n') ? 1 : 0);
    return { ...object, text: kept, truncated: true, lines, bytes: bytesOf(kept) };
  };
  let keep = Math.min(text.length, room);
  let smaller = cut(keep);
  while (keep > 0 && bytesOf(JSON.stringify(smaller)) > room) smaller = cut((keep = Math.floor(keep * 0.8)));
  return smaller;
}

/** An entry as JSON of at most MAX_ENTRY_BYTES; what had to be left out is marked with `truncated` in its object. */
export function encodeEntry(entry: Entry, maxBytes = MAX_ENTRY_BYTES): EncodedEntry {
  const value = JSON.stringify(entry);
  const bytes = value.length * 3 <= maxBytes ? value.length : bytesOf(value);
  if (bytes <= maxBytes) return { value, bytes, truncated: false };
  const room = maxBytes - bytesOf(JSON.stringify({ ...entry, object: {} })) - 1_024;
  const object = (entry.kind === 'log' ? shrinkLog : shrinkObject)(entry.object, room);
  const shrunk = JSON.stringify({ ...entry, object });
  return { value: shrunk, bytes: bytesOf(shrunk), truncated: true };
}
