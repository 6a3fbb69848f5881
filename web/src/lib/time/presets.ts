import type { MessageKey } from '../../i18n/i18n.svelte.ts';
import type { TimeText } from './range.ts';

export interface Preset {
  readonly from: TimeText;
  readonly to: TimeText;
  readonly text: MessageKey;
}

/** The ranges that are one click away; weeks begin on Monday. */
export const PRESETS: readonly Preset[] = [
  { from: 'now-5m', to: 'now', text: 'shell.time.presets.m5' },
  { from: 'now-15m', to: 'now', text: 'shell.time.presets.m15' },
  { from: 'now-1h', to: 'now', text: 'shell.time.presets.h1' },
  { from: 'now-6h', to: 'now', text: 'shell.time.presets.h6' },
  { from: 'now-24h', to: 'now', text: 'shell.time.presets.h24' },
  { from: 'now-2d', to: 'now', text: 'shell.time.presets.d2' },
  { from: 'now-7d', to: 'now', text: 'shell.time.presets.d7' },
  { from: 'now-30d', to: 'now', text: 'shell.time.presets.d30' },
  { from: 'now-90d', to: 'now', text: 'shell.time.presets.d90' },
  { from: 'now/d', to: 'now', text: 'shell.time.presets.today' },
  { from: 'now-1d/d', to: 'now/d', text: 'shell.time.presets.yesterday' },
  { from: 'now/w', to: 'now', text: 'shell.time.presets.thisWeek' },
  { from: 'now-1w/w', to: 'now/w', text: 'shell.time.presets.lastWeek' },
  { from: 'now/M', to: 'now', text: 'shell.time.presets.thisMonth' },
  { from: 'now-1M/M', to: 'now/M', text: 'shell.time.presets.lastMonth' },
];

export const presetOf = (from: TimeText, to: TimeText): Preset | undefined =>
  PRESETS.find((preset) => preset.from === from && preset.to === to);
