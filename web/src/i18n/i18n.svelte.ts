import i18next, { type TOptions } from 'i18next';
import { formatNumber, type Language } from '../lib/time/format.ts';
import type { messages as english } from './en/index.ts';
import type { imports } from './en/imports.ts';
import type { resources } from './en/resources.ts';
import type { runs } from './en/runs.ts';
import type { sizing } from './en/sizing.ts';

const STORED = 'tidemark.language';
export const LANGUAGES: readonly { code: Language; name: string }[] = [
  { code: 'en', name: 'English' },
  { code: 'zh', name: '简体中文' },
];

type Leaves<T, Path extends string = ''> = {
  [K in keyof T & string]: T[K] extends string ? `${Path}${Plain<K>}` : Leaves<T[K], `${Path}${K}.`>;
}[keyof T & string];
/** `key_one` and `key_other` are asked for as `key`. */
type Plain<K extends string> = K extends `${infer Name}_${'one' | 'other'}` ? Name : K;

/** Texts that come with their page, and not before the first one is shown. */
interface Late {
  imports: typeof imports;
  resources: typeof resources;
  sizing: typeof sizing;
  runs: typeof runs;
}
export type LatePart = keyof Late;

/** Every text of the pages, by its path: `shell.search`. */
export type MessageKey = Leaves<typeof english & Late>;

const loaders = {
  en: () => import('./en/index.ts'),
  zh: () => import('./zh/index.ts'),
};

const lateLoaders: Record<LatePart, Record<Language, () => Promise<object>>> = {
  imports: {
    en: () => import('./en/imports.ts'),
    zh: () => import('./zh/imports.ts'),
  },
  resources: {
    en: () => import('./en/resources.ts'),
    zh: () => import('./zh/resources.ts'),
  },
  sizing: {
    en: () => import('./en/sizing.ts'),
    zh: () => import('./zh/sizing.ts'),
  },
  runs: {
    en: () => import('./en/runs.ts'),
    zh: () => import('./zh/runs.ts'),
  },
};
/** Those that some page has asked for: they are there in every language that is chosen from then on. */
const asked = new Set<LatePart>();

let language = $state<Language>('en');

const preferred = (): Language => {
  const stored = globalThis.localStorage?.getItem(STORED);
  if (stored === 'en' || stored === 'zh') return stored;
  return globalThis.navigator?.language.startsWith('zh') ? 'zh' : 'en';
};

async function addLate(code: Language, part: LatePart): Promise<void> {
  i18next.addResourceBundle(code, 'translation', { ...(await lateLoaders[part][code]()) }, true);
}

async function load(code: Language): Promise<void> {
  const { messages } = await loaders[code]();
  if (!i18next.isInitialized) {
    await i18next.init({ lng: code, resources: {}, interpolation: { escapeValue: false }, returnNull: false });
  }
  i18next.addResourceBundle(code, 'translation', messages, true);
  await Promise.all([...asked].map((part) => addLate(code, part)));
  await i18next.changeLanguage(code);
  language = code;
  globalThis.document.documentElement.lang = code === 'zh' ? 'zh-CN' : 'en';
}

/** Loads the texts of the person's language, before anything is shown. */
export const startI18n = (): Promise<void> => load(preferred());

/** A page, or a part of one, with the texts that come with it: for `.then` of its import. */
export const withTexts =
  (...parts: readonly LatePart[]) =>
  async <T>(page: T): Promise<T> => {
    for (const part of parts) asked.add(part);
    await Promise.all(parts.map((part) => addLate(language, part)));
    return page;
  };

export async function setLanguage(code: Language): Promise<void> {
  globalThis.localStorage?.setItem(STORED, code);
  await load(code);
}

/** The text of a key in the present language; a component that calls it is shown anew when the language changes. */
export function t(key: MessageKey, values: TOptions = {}): string {
  void language;
  return i18next.t(key, values);
}

/** Whether a key that was put together at run time has a text. */
export function hasText(key: string): key is MessageKey {
  void language;
  return i18next.exists(key);
}

/** A number with the separators of the present language; like `t`, shown anew when that changes. */
export const figure = (value: number): string => formatNumber(value, language);

export const locale = {
  get language(): Language {
    return language;
  },
};
