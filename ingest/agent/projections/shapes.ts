/**
 * Small shapes that a projection is put together from. A shape takes what it knows from a value and leaves the rest;
 * where the value is of another type it gives undefined, and the field is left out. Shapes never throw.
 */
export interface Pass {
  /** Masks secrets in a free text. */
  redact(text: string): string;
  /** A keyed, shortened hash: tells that a value changed, never what it is. */
  hash(name: string, value: string): string;
  allowsAnnotation(name: string): boolean;
}

export type Shape = (value: unknown, pass: Pass) => unknown;

/** Longer free texts are cut: a whole script in an argument would crowd out the rest of the entry. */
const MAX_TEXT = 16_384;
const MAX_DEPTH = 14;

export const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** A string, number or boolean of a closed vocabulary: a name, a reference, a quantity, a time. */
export const scalar: Shape = (value) =>
  typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' ? value : undefined;

/** Free text: cut, then redacted. */
export const freeText: Shape = (value, pass) =>
  typeof value === 'string' ? pass.redact(value.slice(0, MAX_TEXT)) : undefined;

/** A map of scalars: labels, quantities, selectors. */
export const scalars: Shape = (value) =>
  isRecord(value)
    ? Object.fromEntries(Object.entries(value).filter(([, each]) => scalar(each, noPass) !== undefined))
    : undefined;

const noPass: Pass = { redact: () => '', hash: () => '', allowsAnnotation: () => false };

/** Present or not, content left out. */
export const presence: Shape = (value) => (isRecord(value) ? {} : undefined);

export function list(item: Shape): Shape {
  return (value, pass) =>
    Array.isArray(value) ? value.map((each) => item(each, pass)).filter((each) => each !== undefined) : undefined;
}

/** An object of which the named fields are kept, each by its shape. */
export function fields(shapes: Readonly<Record<string, Shape>>): Shape {
  const entries = Object.entries(shapes);
  return (value, pass) => {
    if (!isRecord(value)) return undefined;
    const result: Record<string, unknown> = {};
    for (const [name, shape] of entries) {
      if (value[name] === undefined || value[name] === null) continue;
      const kept = shape(value[name], pass);
      if (kept !== undefined) result[name] = kept;
    }
    return result;
  };
}

/** `fields` whose listed names are all scalars, beside others. */
export function scalarsNamed(names: string, others: Readonly<Record<string, Shape>> = {}): Shape {
  return fields({ ...Object.fromEntries(names.split(' ').map((name) => [name, scalar])), ...others });
}

/** A whole structure of an API type that holds no free text (affinities, strategies, metrics), to a bounded depth. */
export const structure: Shape = (value, pass) => copy(value, pass, 0);

function copy(value: unknown, pass: Pass, depth: number): unknown {
  if (depth > MAX_DEPTH) return undefined;
  if (Array.isArray(value))
    return value.map((each) => copy(each, pass, depth + 1)).filter((each) => each !== undefined);
  if (!isRecord(value)) return scalar(value, pass);
  return Object.fromEntries(
    Object.entries(value)
      .map(([name, each]) => [name, copy(each, pass, depth + 1)])
      .filter(([, each]) => each !== undefined),
  );
}

export const condition: Shape = scalarsNamed(
  'type status reason lastTransitionTime lastUpdateTime observedGeneration',
  {
    message: freeText,
  },
);
