import { formatDuration, formatNumber, type Language } from '../time/format.ts';

interface Pair {
  readonly worst: number | null;
  readonly best: number | null;
}

const DIGITS = 1000;

/** `99.95 %`: cut and never rounded, so that only what was never down reads 100 %. */
export const percentText = (percent: number, language: Language): string => {
  // 99.95 × 1000 is 99949.99… in binary: what is a whole thousandth but for that is taken for it.
  const cut = Math.floor(percent * DIGITS + 1e-6) / DIGITS;
  return `${new Intl.NumberFormat(language, { maximumFractionDigits: 3 }).format(cut)} %`;
};

/** As `percentText` cuts, with as many digits in every row of a table: `99.950`; but `100`. */
const alignedText = (percent: number): string =>
  percent >= 100 ? '100' : (Math.floor(percent * DIGITS + 1e-6) / DIGITS).toFixed(3);

/** `99.930 – 99.970 %`; one number where both ends read the same; '' where no time counts. */
export function availabilityText({ worst, best }: Pair): string {
  if (worst === null || best === null) return '';
  const [low, high] = [alignedText(worst), alignedText(best)];
  return low === high ? `${high} %` : `${low} – ${high} %`;
}

/** Seconds as `21 min 5 s`; a minus before what is negative. */
export const secondsText = (seconds: number, language: Language): string =>
  seconds === 0
    ? formatDuration(1000, language).replace('1', '0')
    : `${seconds < 0 ? '−' : ''}${formatDuration(Math.abs(seconds) * 1000, language)}`;

/** What is left of a budget as a share of it: 1 where nothing is spent, below 0 where more is. */
export const budgetShare = ({ total_s: total, left_s: left }: { total_s: number; left_s: number }): number =>
  total > 0 ? left / total : left < 0 ? -1 : 1;

/** A burn rate: `0.4×`. */
export const burnText = (rate: number, language: Language): string => `${formatNumber(rate, language)}×`;
