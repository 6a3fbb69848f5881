import { fieldsOf } from './fields.ts';
import { parseQuantity } from './quantity.ts';

/** Amounts by resource, in thousand-millionths; null where a quantity could not be read, so that what it is part of is unknown. */
export type Amounts = ReadonlyMap<string, bigint | null>;
export const NOTHING: Amounts = new Map();

/** What of a resource list is looked at, and how many of its quantities could not be read. */
export interface Reader {
  isWanted(resource: string): boolean;
  unreadable: number;
}

/** Reads a Kubernetes resource list: `{"cpu": "100m", ...}`. */
export function readAmounts(reader: Reader, list: unknown): Amounts {
  const amounts = new Map<string, bigint | null>();
  for (const [name, quantity] of Object.entries(fieldsOf(list))) {
    if (!reader.isWanted(name)) continue;
    const amount = parseQuantity(quantity);
    if (amount === null) reader.unreadable += 1;
    amounts.set(name, amount);
  }
  return amounts;
}

function merge(a: Amounts, b: Amounts, join: (a: bigint, b: bigint) => bigint): Amounts {
  if (a.size === 0) return b;
  const merged = new Map(a);
  for (const [name, amount] of b) {
    const other = merged.get(name);
    if (other === undefined) merged.set(name, amount);
    else merged.set(name, amount === null || other === null ? null : join(other, amount));
  }
  return merged;
}

export const add = (a: Amounts, b: Amounts): Amounts => merge(a, b, (x, y) => x + y);
export const most = (...lists: readonly Amounts[]): Amounts =>
  lists.reduce((a, b) => merge(a, b, (x, y) => (x > y ? x : y)), NOTHING);

/** Those of `amounts`, and of `others` what it lacks. */
export const orElse = (amounts: Amounts, others: Amounts): Amounts => new Map([...others, ...amounts]);

/** Those that are not 0. */
export const withoutZero = (amounts: Amounts): Amounts => new Map([...amounts].filter(([, amount]) => amount !== 0n));
