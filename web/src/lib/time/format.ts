export type Language = 'en' | 'zh';

/** Years first and 24 hours in both languages: what is copied sorts, and nobody takes 3/4 for 4/3. */
const LOCALE = { en: 'en-CA', zh: 'zh-CN' } as const;

const cache = new Map<string, Intl.DateTimeFormat>();
const offsetFormats = new Map<string, Intl.DateTimeFormat>();

function parts(ms: number, zone: string, fields: Intl.DateTimeFormatOptions): Record<string, string> {
  const key = `${zone} ${Object.keys(fields).join()}`;
  let format = cache.get(key);
  if (!format) {
    format = new Intl.DateTimeFormat(LOCALE.en, { timeZone: zone, hourCycle: 'h23', ...fields });
    cache.set(key, format);
  }
  return Object.fromEntries(format.formatToParts(ms).map(({ type, value }) => [type, value]));
}

const DAY = { year: 'numeric', month: '2-digit', day: '2-digit' } as const;
const MINUTE = { ...DAY, hour: '2-digit', minute: '2-digit' } as const;
const MILLISECOND = { ...MINUTE, second: '2-digit', fractionalSecondDigits: 3 } as const;

/** `2026-11-22` in the zone. */
export const formatDay = (ms: number, zone: string): string => {
  const { year, month, day } = parts(ms, zone, DAY);
  return `${year}-${month}-${day}`;
};

/** `2026-11-22 14:58`. */
export const formatMinute = (ms: number, zone: string): string => {
  const { year, month, day, hour, minute } = parts(ms, zone, MINUTE);
  return `${year}-${month}-${day} ${hour}:${minute}`;
};

/** `2026-11-22 14:58:00`, with milliseconds where asked for. */
export const formatInstant = (ms: number, zone: string, milliseconds = false): string => {
  const { year, month, day, hour, minute, second, fractionalSecond } = parts(ms, zone, MILLISECOND);
  const text = `${year}-${month}-${day} ${hour}:${minute}:${second}`;
  return milliseconds ? `${text}.${fractionalSecond}` : text;
};

/** `UTC+8`, `UTC-3:30`, `UTC`: what the zone's clocks show at the instant. */
export const formatOffset = (ms: number, zone: string): string => {
  let format = offsetFormats.get(zone);
  if (!format) {
    format = new Intl.DateTimeFormat('en', { timeZone: zone, timeZoneName: 'shortOffset' });
    offsetFormats.set(zone, format);
  }
  const name = format.formatToParts(ms).find(({ type }) => type === 'timeZoneName')?.value ?? 'UTC';
  return name.replace('GMT', 'UTC').replace(/\+0$/, '');
};

const STEPS = [
  ['year', 365 * 86_400_000],
  ['month', 30 * 86_400_000],
  ['day', 86_400_000],
  ['hour', 3_600_000],
  ['minute', 60_000],
  ['second', 1000],
] as const;

const relativeFormats = {
  en: new Intl.RelativeTimeFormat('en', { numeric: 'always', style: 'narrow' }),
  zh: new Intl.RelativeTimeFormat('zh-CN', { numeric: 'always', style: 'narrow' }),
};

/** `3m ago`, `3分钟前`. */
export function formatRelative(ms: number, now: number, language: Language): string {
  const apart = ms - now;
  const [unit, size] = STEPS.find(([, length]) => Math.abs(apart) >= length) ?? (['second', 1000] as const);
  const count = Math.trunc(apart / size);
  return relativeFormats[language].format(Object.is(count, 0) ? -0 : count, unit);
}

const UNIT_WORDS = {
  en: { day: 'd', hour: 'h', minute: 'min', second: 's', millisecond: 'ms', gap: ' ' },
  zh: { day: '天', hour: '小时', minute: '分', second: '秒', millisecond: '毫秒', gap: '' },
} as const;

/** A length of time in its two largest units: `2 h 5 min`, `42 s`, `350 ms`. */
export function formatDuration(ms: number, language: Language): string {
  const words = UNIT_WORDS[language];
  if (ms < 1000) return `${Math.max(0, Math.round(ms))} ${words.millisecond}`.replace(' ', words.gap || ' ');
  const seconds = Math.floor(ms / 1000);
  const counts = [
    ['day', Math.floor(seconds / 86_400)],
    ['hour', Math.floor((seconds % 86_400) / 3600)],
    ['minute', Math.floor((seconds % 3600) / 60)],
    ['second', seconds % 60],
  ] as const;
  const first = counts.findIndex(([, count]) => count > 0);
  return counts
    .slice(first, first + 2)
    .filter(([, count]) => count > 0)
    .map(([unit, count]) => `${count}${words.gap}${words[unit]}`)
    .join(language === 'en' ? ' ' : '');
}

/** The unit of which a length of time is exactly one: nobody says "the 1 day before" for "the day before". Else undefined. */
export function oneUnit(ms: number): 'day' | 'hour' | 'minute' | undefined {
  if (ms === 86_400_000) return 'day';
  if (ms === 3_600_000) return 'hour';
  return ms === 60_000 ? 'minute' : undefined;
}

/** With thousands separators, in the language's way. */
export const formatNumber = (value: number, language: Language): string =>
  new Intl.NumberFormat(LOCALE[language], { maximumFractionDigits: 2 }).format(value);

/** Bytes in powers of 1024, as Kubernetes writes limits: `128 MiB`. */
export function formatBytes(bytes: number, language: Language): string {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
  const power = bytes < 1 ? 0 : Math.min(units.length - 1, Math.floor(Math.log2(bytes) / 10));
  return `${formatNumber(bytes / 1024 ** power, language)} ${units[power]}`;
}
