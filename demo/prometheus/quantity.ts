const FACTORS: Readonly<Record<string, number>> = {
  '': 1,
  m: 0.001,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
};

/** A Kubernetes quantity as a number; null where there is none. Only what the demo's specifications hold. */
export function quantity(text: string | undefined): number | null {
  const [, digits = '', suffix = ''] = /^([\d.]+)([a-zA-Z]*)$/.exec(text ?? '') ?? [];
  const factor = FACTORS[suffix];
  if (digits === '' || factor === undefined) return null;
  return suffix === 'm' ? Number(digits) / 1000 : Number(digits) * factor;
}
