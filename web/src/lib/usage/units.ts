import type { Language } from '../time/format.ts';

/** How bytes are counted: MB = 10⁶, or MiB = 2²⁰. */
export type ByteBase = 'decimal' | 'binary';

export interface Unit {
  readonly name: string;
  /** A figure is divided by it. */
  readonly size: number;
}

const LOCALE = { en: 'en-CA', zh: 'zh-CN' } as const;
const formats = new Map<string, Intl.NumberFormat>();

/** Two decimals, with thousands separators; what is more than nothing never reads 0.00. */
export function twoDecimals(value: number, language: Language): string {
  let format = formats.get(language);
  if (!format) {
    format = new Intl.NumberFormat(LOCALE[language], { minimumFractionDigits: 2, maximumFractionDigits: 2 });
    formats.set(language, format);
  }
  return value > 0 && value < 0.005 ? '<0.01' : format.format(value);
}

/** From so many of a unit on, the next larger one is read more easily. */
const MANY = 1000;

/**
 * The unit for figures of which `most` is the largest, in bytes: MB (or MiB) below 1,000 of them, then GB (GiB), then TB (TiB).
 * All figures that stand together have the same.
 */
export function byteUnit(most: number, base: ByteBase): Unit {
  const [step, names] =
    base === 'decimal' ? ([1000, ['MB', 'GB', 'TB']] as const) : ([1024, ['MiB', 'GiB', 'TiB']] as const);
  const power = most < MANY * step ** 2 ? 0 : most < MANY * step ** 3 ? 1 : 2;
  return { name: names[power], size: step ** (power + 2) };
}

/** As `byteUnit`, for an axis: the largest unit that leaves a figure of 1 or more. */
export function axisByteUnit(most: number, base: ByteBase): Unit {
  const [step, names] =
    base === 'decimal'
      ? ([1000, ['B', 'kB', 'MB', 'GB', 'TB']] as const)
      : ([1024, ['B', 'KiB', 'MiB', 'GiB', 'TiB']] as const);
  let power = 0;
  while (power < names.length - 1 && most >= step ** (power + 1)) power++;
  return { name: names[power] ?? '', size: step ** power };
}

export const PERCENT: Unit = { name: '%', size: 0.01 };
export const ONE: Unit = { name: '', size: 1 };
