import { formatDuration, type Language } from '../time/format.ts';
import { imageChanges, imageChangeText } from './image-change.ts';
import { reasonText } from './reason-text.ts';
import { rolloutName } from './rollout-name.ts';
import type { RolloutItem, RolloutMark } from './rollouts-api.ts';

type Times = Pick<RolloutItem, 'started_at' | 'finished_at' | 'outcome'>;
export type ToldRollout = RolloutItem;

/** Milliseconds that it took, or has taken so far. */
export const lastedMs = (
  { started_at: from, finished_at: to }: Pick<Times, 'started_at' | 'finished_at'>,
  now: number,
) => Math.max(0, (to === null ? now : Date.parse(to)) - Date.parse(from));

const WORDS = {
  en: {
    kinds: {
      create: 'was created',
      change: 'was rolled out',
      restart: 'was restarted',
      rollback: 'was rolled back',
    },
    kindsNow: {
      create: 'is being created',
      change: 'is being rolled out',
      restart: 'is being restarted',
      rollback: 'is being rolled back',
    },
  },
  zh: {
    kinds: { create: '创建', change: '发布', restart: '重启', rollback: '回滚' },
  },
} as const;

const listed = (parts: readonly string[], between: string): string => parts.filter((part) => part !== '').join(between);

function english(told: ToldRollout, now: number): string {
  const language = 'en';
  const name = rolloutName(told);
  const images = imageChangeText(imageChanges(told.images_before, told.images_after), told.workload);
  const length = formatDuration(Math.max(1000, lastedMs(told, now)), language);
  const what = images === '' ? name : `${name} (${images})`;
  const counts = `${told.updated} of ${told.wanted} updated, ${told.available} available`;
  const reason = reasonText(told.reason, language);
  switch (told.outcome) {
    case 'completed':
      return `${what} ${WORDS.en.kinds[told.kind]} in ${length}`;
    case 'progressing':
      return `${what} ${WORDS.en.kindsNow[told.kind]}, for ${length} so far: ${counts}`;
    case 'paused':
      return `${what} is paused, after ${length}: ${counts}`;
    case 'held':
      return `${what} stands still, for ${length} so far: ${listed([reason, counts], '; ')}`;
    case 'failed': {
      const after = told.failed_at === null ? 0 : Date.parse(told.failed_at) - Date.parse(told.started_at);
      const when = after >= 1000 ? `failed ${formatDuration(after, language)} after it began` : 'failed at once';
      return `${what} ${when}${reason && `: ${reason}`}${told.finished_at === null ? '; it is not over' : ''}`;
    }
    case 'superseded':
      return `${what} was given up after ${length}${reason && `: ${reason}`}`;
    case 'rolled-back':
      return `${what} was taken back after ${length}${reason && `: ${reason}`}`;
  }
}

function chinese(told: ToldRollout, now: number): string {
  const language = 'zh';
  const images = imageChangeText(imageChanges(told.images_before, told.images_after), told.workload);
  const length = formatDuration(Math.max(1000, lastedMs(told, now)), language);
  const what = rolloutName(told) + (images === '' ? ' ' : `（${images}）`);
  const counts = `已更新 ${told.updated} / ${told.wanted}，可用 ${told.available}`;
  const kind = WORDS.zh.kinds[told.kind];
  const reason = reasonText(told.reason, language);
  const because = reason && `：${reason}`;
  switch (told.outcome) {
    case 'completed':
      return `${what}${kind}完成，用时 ${length}`;
    case 'progressing':
      return `${what}正在${kind}，已 ${length}：${counts}`;
    case 'paused':
      return `${what}的${kind}已暂停，距开始 ${length}：${counts}`;
    case 'held':
      return `${what}的${kind}停在中途，已 ${length}：${listed([reason, counts], '；')}`;
    case 'failed': {
      const after = told.failed_at === null ? 0 : Date.parse(told.failed_at) - Date.parse(told.started_at);
      const when = after >= 1000 ? `开始 ${formatDuration(after, language)}后失败` : '一开始就失败';
      return `${what}的${kind}在${when}${because}${told.finished_at === null ? '；尚未结束' : ''}`;
    }
    case 'superseded':
      return `${what}的${kind}在 ${length}后被放弃${because}`;
    case 'rolled-back':
      return `${what}的${kind}在 ${length}后被撤回${because}`;
  }
}

/** What a rollout was and what became of it. `now`: milliseconds. */
export const rolloutSentence = (told: ToldRollout, now: number, language: Language): string =>
  language === 'zh' ? chinese(told, now) : english(told, now);

/** `42 s after rollout web@7 began`: what came before something else. `at`: milliseconds. */
export function afterRollout(
  rollout: Pick<RolloutMark, 'workload' | 'revision' | 'started_at'>,
  at: number,
  language: Language,
): { before: string; name: string; after: string } {
  const length = formatDuration(Math.max(0, at - Date.parse(rollout.started_at)), language);
  const name = rolloutName(rollout);
  return language === 'zh'
    ? { before: '发布 ', name, after: ` 开始 ${length}后` }
    : { before: `${length} after rollout `, name, after: ' began' };
}
