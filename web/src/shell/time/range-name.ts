import { t } from '../../i18n/i18n.svelte.ts';
import { presetOf } from '../../lib/time/presets.ts';
import type { Range, TimeText } from '../../lib/time/range.ts';
import { rangeTexts } from '../../lib/time/typed.ts';

/** What a range is called: the preset's name, or its two ends in the zone. */
export function rangeName(from: TimeText, to: TimeText, range: Range, zone: string): string {
  const preset = presetOf(from, to);
  return preset ? t(preset.text) : t('shell.time.span', rangeTexts(range.from, range.to, zone));
}
