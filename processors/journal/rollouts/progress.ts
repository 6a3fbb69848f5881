import type { WorkloadObject } from '../../../schemas/objects.ts';
import type { Standing } from './state.ts';

/** Of `OnDelete`: whoever deletes its pods carries it out. */
export const WAITS_FOR_DELETION = 'waits for its pods to be deleted';

/** How far a workload's pods are, as its status tells. */
export interface Progress {
  /** The controller has looked at this generation of the spec; else all the other numbers are of an older one. */
  observed: boolean;
  wanted: number;
  updated: number;
  /** Of the old and the new template. */
  total: number;
  available: number;
  complete: boolean;
  /** It stands still by a person's will or its strategy's. */
  standing: Standing | null;
  /** Its controller has given up: since when. */
  exceeded: { at: number | null; reason: string } | null;
  /** At first sight: it is under way. A workload whose pods merely fail is not. */
  underway: boolean;
  /** When the controller says that it was over. */
  finished: number | null;
  /** Whether a deadline of ours holds; null: the controller has its own. Milliseconds a pod needs before it counts. */
  patience: number | null;
  /** The revision as the object names it, where it is that of its template; ''. */
  revision: string;
}

type Fields = Readonly<Record<string, unknown>>;

export const specOf = (object: WorkloadObject): Fields => object.spec ?? {};
export const statusOf = (object: WorkloadObject): Fields => object.status ?? {};

/** A count; what is missing, or none, is `otherwise`. */
export function count(fields: Fields, name: string, otherwise = 0): number {
  const value = fields[name];
  return typeof value === 'number' && Number.isInteger(value) && value >= 0 ? Math.min(value, 2 ** 32 - 1) : otherwise;
}

export const word = (fields: Fields, name: string): string => {
  const value = fields[name];
  return typeof value === 'string' ? value : '';
};

export const record = (value: unknown): Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : {};

export const generationOf = (object: WorkloadObject): number => object.metadata?.generation ?? 0;

export const isObserved = (object: WorkloadObject): boolean =>
  count(statusOf(object), 'observedGeneration') >= generationOf(object);

/** `minReadySeconds`: a pod counts as available only after that. */
export const patienceOf = (object: WorkloadObject): number => count(specOf(object), 'minReadySeconds') * 1000;
