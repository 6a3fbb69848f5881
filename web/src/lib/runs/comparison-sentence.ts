import { figure, locale, t } from '../../i18n/i18n.svelte.ts';
import { secondsText } from '../services/availability.ts';
import { judgeNamedCount, presence, usageChanges } from './differences.ts';
import type { ComparedCount, RunComparison } from './runs-api.ts';

/** A count as it stands in a column: seconds as a length of time. */
export const countText = (name: ComparedCount['name'], value: number | null): string =>
  value === null ? '–' : name.endsWith('_s') ? secondsText(value, locale.language) : figure(value);

/** More than that nobody reads in a sentence: the table below has them all. */
const NAMED = 4;
function someOf(which: readonly string[]): string {
  const named = which.slice(0, NAMED).join(t('runs.sentence.joint'));
  const more = which.length - NAMED;
  return more > 0 ? t('runs.comparison.sentence.andMore', { which: named, n: figure(more) }) : named;
}
const SETTINGS = /_(request|limit)$/;

function countSentences({ a, b, counts }: RunComparison): string[] {
  const names = { a: a.run.name, b: b.run.name, total: figure(counts.length) };
  const told = (['worse', 'better'] as const).flatMap((judgement) => {
    const found = counts.filter((count) => judgeNamedCount(count) === judgement);
    const which = found.map(({ name, a: from, b: to }) =>
      t('runs.comparison.sentence.from', {
        name: t(`runs.comparison.names.${name}`),
        a: countText(name, from),
        b: countText(name, to),
      }),
    );
    return found.length === 0
      ? []
      : [
          t(`runs.comparison.sentence.${judgement}`, {
            ...names,
            n: figure(found.length),
            which: someOf(which),
          }),
        ];
  });
  return told.length === 0 ? [t('runs.comparison.sentence.same')] : told;
}

function usageSentences({ a, b, usage }: RunComparison): string[] {
  if (usage.length === 0) return [];
  const set = usage.filter((row) => usageChanges(row).some(({ what }) => SETTINGS.test(what))).length;
  const alone = (side: 'new' | 'gone') => usage.filter((row) => presence(row) === side).length;
  const only = [
    { run: a.run.name, count: alone('gone') },
    { run: b.run.name, count: alone('new') },
  ].filter(({ count }) => count > 0);
  return [
    set === 0
      ? t('runs.comparison.sentence.noLimits')
      : t('runs.comparison.sentence.limits', { count: set, n: figure(set) }),
    ...only.map(({ run, count }) => t('runs.comparison.sentence.only', { run, count, n: figure(count) })),
  ];
}

/** The last minutes up to now are never imported yet. */
const ENOUGH = 0.95;
const isSeen = ({ watched, complete }: RunComparison['a']): boolean =>
  watched.share !== null && watched.share >= 1 && complete.share !== null && complete.share >= ENOUGH;

/** What differs, in sentences: counts first, then what was set, then what may be hidden. */
export const comparisonSentences = (comparison: RunComparison): string[] => [
  ...countSentences(comparison),
  ...usageSentences(comparison),
  ...(isSeen(comparison.a) && isSeen(comparison.b) ? [] : [t('runs.comparison.sentence.unsure')]),
];
