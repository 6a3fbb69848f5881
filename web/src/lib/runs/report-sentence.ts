import { figure, locale, t } from '../../i18n/i18n.svelte.ts';
import { secondsText } from '../services/availability.ts';
import { formatDuration } from '../time/format.ts';
import { checkValue } from './run-words.ts';
import type { RunCheck, RunReport } from './runs-api.ts';

const given = (parts: readonly (string | false)[]): string[] => parts.filter((part) => part !== false);

/** Whether it was good, and if not, which checks failed. */
export function verdictSentence({ ok, checks, going_on: goingOn }: RunCheck): string {
  const failed = checks.filter((check) => !check.ok);
  const which = failed.map(({ name, found }) => `${t(`runs.checks.names.${name}`)} ${checkValue(name, found)}`);
  const key = ok ? (goingOn ? 'goodSoFar' : 'good') : goingOn ? 'badSoFar' : 'bad';
  return t(`runs.sentence.${key}`, {
    n: figure(ok ? checks.length : failed.length),
    total: figure(checks.length),
    which: which.join(t('runs.sentence.joint')),
  });
}

function exceptionClauses({ deaths, others, new_groups: groups, oom_kills: kills }: RunReport['exceptions']): string[] {
  const total = deaths + others;
  return given([
    total === 0 ? t('runs.sentence.noExceptions') : t('runs.sentence.exceptions', { count: total, n: figure(total) }),
    groups > 0 && t('runs.sentence.newGroups', { count: groups, n: figure(groups) }),
    kills > 0 && t('runs.sentence.oom', { count: kills, n: figure(kills) }),
  ]);
}

function outageClause({ unplanned, unplanned_s: seconds }: RunReport['outages']): string {
  if (unplanned === 0) return t('runs.sentence.noOutages');
  const length = secondsText(seconds, locale.language);
  return t('runs.sentence.outages', { count: unplanned, n: figure(unplanned), length });
}

function rolloutClauses({ total, failed }: RunReport['rollouts']): string[] {
  if (total === 0) return [t('runs.sentence.noRollouts')];
  return given([
    t('runs.sentence.rollouts', { count: total, n: figure(total) }),
    failed > 0 && t('runs.sentence.failed', { count: failed, n: figure(failed) }),
  ]);
}

/** What happened in the range, in one sentence. */
export function reportSentence(report: RunReport): string {
  const joint = t('runs.sentence.joint');
  const what = [
    exceptionClauses(report.exceptions).join(joint),
    outageClause(report.outages),
    rolloutClauses(report.rollouts).join(joint),
  ].join(t('runs.sentence.joints'));
  const lengthMs = Date.parse(report.to) - Date.parse(report.from);
  return t('runs.sentence.tell', { length: formatDuration(Math.max(1000, lengthMs), locale.language), what });
}
