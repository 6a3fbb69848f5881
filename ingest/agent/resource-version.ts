const DECIMAL = /^[0-9]*$/;

/**
 * Whether one resourceVersion of a resource comes before another: as decimal numbers of any length, which is how
 * Kubernetes 1.35 lets clients compare them; '' comes before all. False where either is no number, so that nothing follows.
 */
export function isOlder(one: string, other: string): boolean {
  const before = one.length === other.length ? one < other : one.length < other.length;
  return before && DECIMAL.test(one) && DECIMAL.test(other);
}
