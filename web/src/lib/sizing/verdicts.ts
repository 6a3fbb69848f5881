import type { Verdict } from './sizing-api.ts';

/** The most pressing first, as the API lists them. */
export const VERDICTS = [
  'oom-killed',
  'throttled',
  'under-provisioned',
  'too-little-data',
  'no-request',
  'over-provisioned',
  'hpa-driven',
  'no-limit',
  'fine',
] as const satisfies readonly Verdict[];

/** A workload with one of them uses, or was cut off from, more than it asks for. */
export const NEEDS_MORE = [
  'oom-killed',
  'throttled',
  'under-provisioned',
  'no-request',
] as const satisfies readonly Verdict[];

/** The words of a filter that are verdicts, in the order of `VERDICTS`. */
export const readVerdicts = (words: readonly string[]): Verdict[] => VERDICTS.filter((one) => words.includes(one));

/** The chosen verdicts with one more, or without it where it was among them. */
export const toggled = (chosen: readonly Verdict[], verdict: Verdict): Verdict[] =>
  VERDICTS.filter((one) => chosen.includes(one) !== (one === verdict));
