/** Plain JSON values, of which the fold copies and compares one or two an entry. */

/** A deep copy: several times as fast as `structuredClone`, for plain objects, lists and scalars alone. */
export function copyJson<T>(value: T): T {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(copyJson) as T;
  const copy = { ...value };
  for (const key in copy) {
    const each = copy[key];
    if (typeof each === 'object' && each !== null) copy[key] = copyJson(each);
  }
  return copy;
}

/** Whether both have the same JSON but for the order of members. A member that is undefined is none. */
export function sameJson(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  if (Array.isArray(a) || Array.isArray(b)) {
    if (!Array.isArray(a) || !Array.isArray(b) || a.length !== b.length) return false;
    return a.every((each, at) => sameJson(each, b[at]));
  }
  return membersIn(a, b) && membersIn(b, a, true);
}

/** Whether `b` has every member of `a`; with `named` its name alone counts. */
function membersIn(a: object, b: object, named = false): boolean {
  for (const key in a) {
    const own = a[key as keyof typeof a] as unknown;
    if (own === undefined) continue;
    const other = Object.hasOwn(b, key) ? (b[key as keyof typeof b] as unknown) : undefined;
    if (named ? other === undefined : !sameJson(own, other)) return false;
  }
  return true;
}
