import { figure, t, type MessageKey } from '../../i18n/i18n.svelte.ts';
import { availabilityText, secondsText } from '../services/availability.ts';
import type { Language } from '../time/format.ts';
import type { SlaLine } from './sla-report.svelte.ts';

/** Clauses of which each is there or not, in their order. */
const given = (clauses: readonly (string | false)[]): string[] =>
  clauses.filter((clause): clause is string => clause !== false);

function downClauses({ outages, downtime }: SlaLine, language: Language): string[] {
  const length = (seconds: number): string => secondsText(seconds, language);
  const [first] = downtime.by_cause;
  if (outages === 0) return [t('report.summary.quiet')];
  return given([
    t('report.summary.down', { count: outages, n: figure(outages), length: length(downtime.likely_s) }),
    downtime.planned_s >= 1 && t('report.summary.planned', { length: length(downtime.planned_s) }),
    first !== undefined &&
      downtime.by_cause.length > 1 &&
      t('report.summary.cause', {
        cause: t(`terms.causes.${first.cause}` satisfies MessageKey),
        length: length(first.seconds),
      }),
  ]);
}

/** The whole report in a sentence; '' where nothing counts. */
export function reportSummary(total: SlaLine, language: Language): string {
  const availability = availabilityText(total.availability);
  if (availability === '') return '';
  const { services, missed, unknown_s: unknown } = total;
  const joint = t('report.summary.joint');
  const withMaintenance = availabilityText(total.availability_with_maintenance);
  const rest = given([
    missed === 0 ? t('report.summary.kept') : t('report.summary.missed', { count: missed, n: figure(missed) }),
    downClauses(total, language).join(joint),
    unknown >= 1 && t('report.summary.unknown', { length: secondsText(unknown, language) }),
    total.maintenance_s >= 1 && t('report.summary.maintenance', { availability: withMaintenance }),
  ]);
  const between = language === 'zh' ? '；' : '; ';
  return t('report.summary.sentence', {
    head: t('report.summary.available', { count: services, n: figure(services), availability }),
    rest: rest.join(between),
  });
}
