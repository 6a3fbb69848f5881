import { figure, locale, t } from '../../i18n/i18n.svelte.ts';
import { twoDecimals } from '../../lib/usage/units.ts';
import type { UsageItem } from '../../lib/usage/usage-api.ts';
import { bytesText, percentText } from './figure-words.ts';

/** The figures of one pod or group as sentences, the telling ones only. */
export function usageSentences({ cpu, memory, gpu, throttled, waste, ...item }: UsageItem): string[] {
  const none = t('resources.missing.none');
  const cores = (value: number | null, otherwise = t('resources.missing.words')): string =>
    value === null ? otherwise : twoDecimals(value, locale.language);
  const said = [
    t('resources.one.sentence.cpu', {
      avg: cores(cpu.avg),
      p95: cores(cpu.p95),
      max: cores(cpu.max),
      request: cores(cpu.request, none),
      limit: cores(cpu.limit, none),
    }),
    t('resources.one.sentence.memory', {
      avg: bytesText(memory.avg),
      p95: bytesText(memory.p95),
      max: bytesText(memory.max),
      request: bytesText(memory.request, none),
      limit: bytesText(memory.limit, none),
    }),
  ];
  if (gpu.utilisation.avg !== null) {
    said.push(
      t('resources.one.sentence.gpu', {
        avg: percentText(gpu.utilisation.avg),
        max: percentText(gpu.utilisation.max),
        request: gpu.request === null ? t('resources.missing.words') : figure(gpu.request),
      }),
    );
  }
  if ((waste.cpu ?? 0) >= 0.005 && (waste.memory ?? 0) > 0) {
    said.push(t('resources.one.sentence.waste', { cpu: cores(waste.cpu), memory: bytesText(waste.memory) }));
  }
  if (throttled.avg) {
    said.push(
      t('resources.one.sentence.throttled', { avg: percentText(throttled.avg), max: percentText(throttled.max) }),
    );
  }
  if (item.oom_kills) {
    const values = { count: item.oom_kills, n: figure(item.oom_kills), limit: bytesText(item.oom_limit_bytes) };
    said.push(t('resources.one.sentence.oom', values));
  }
  if (cpu.known < 1) said.push(t('resources.one.known', { share: percentText(cpu.known) }));
  return said;
}
