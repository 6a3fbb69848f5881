const DIGITS = 9n;
const NANOS = 10n ** DIGITS;
/** What Kubernetes caps a quantity at: 2^63 - 1. */
const MOST = (2n ** 63n - 1n) * NANOS;
const LONGEST = 64;
/** Beyond this every exponent means the cap, or the least. */
const FAR = 100;

const FORM = /^([+-]?)(\d*)(?:\.(\d*))?(?:([numkMGTPE])|([KMGTPE])i|[eE]([+-]?\d+))?$/;
const DECIMAL = { n: -9, u: -6, m: -3, k: 3, M: 6, G: 9, T: 12, P: 15, E: 18 } as const;
const BINARY = { K: 10n, M: 20n, G: 30n, T: 40n, P: 50n, E: 60n } as const;

/** The same few quantities come with every pod. */
const REMEMBERED = 10_000;
const remembered = new Map<string, bigint | null>();

/**
 * A Kubernetes quantity (`100m`, `1.5Gi`, `1e3`, a bare number) in thousand-millionths, exactly; what is finer is rounded up and
 * what is above 2^63 - 1 is that, as k8s.io/apimachinery/pkg/api/resource has it. Null for what is none, and for a negative one.
 */
export function parseQuantity(value: unknown): bigint | null {
  if (typeof value !== 'string' && typeof value !== 'number') return null;
  const text = String(value);
  const known = remembered.get(text);
  if (known !== undefined) return known;
  if (text.length > LONGEST) return null;
  const parsed = parse(text);
  if (remembered.size >= REMEMBERED) remembered.clear();
  remembered.set(text, parsed);
  return parsed;
}

function parse(text: string): bigint | null {
  const [, sign = '', whole = '', fraction = '', decimal, binary, exponent = '0'] = FORM.exec(text) ?? [];
  if (whole + fraction === '') return null;
  const digits = BigInt(whole + fraction);
  if (digits === 0n) return 0n;
  if (sign === '-') return null;
  const power = decimal ? DECIMAL[decimal as keyof typeof DECIMAL] : Math.min(Math.max(Number(exponent), -FAR), FAR);
  const shift = DIGITS + BigInt(power) - BigInt(fraction.length);
  const units = binary ? digits << BINARY[binary as keyof typeof BINARY] : digits;
  const nanos = shift >= 0n ? units * 10n ** shift : divideUp(units, 10n ** -shift);
  return nanos > MOST ? MOST : nanos;
}

const divideUp = (value: bigint, by: bigint): bigint => (value + by - 1n) / by;

/** Thousand-millionths as the nearest number. */
export const toNumber = (nanos: bigint): number =>
  nanos % NANOS === 0n ? Number(nanos / NANOS) : Number(nanos) / Number(NANOS);
