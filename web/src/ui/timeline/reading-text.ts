import { figure, t } from '../../i18n/i18n.svelte.ts';
import type { Reading } from './lanes.ts';

/** What a lane shows at an instant, in words; '' where there is nothing to say. */
export function readingText(reading: Reading): string {
  switch (reading.kind) {
    case 'counts':
      return reading.count === 0 ? '' : figure(reading.count);
    case 'steps': {
      if (!reading.step) return t('ui.timeline.unknown');
      const { ready, wanted } = reading.step;
      return t('ui.timeline.readyOf', { ready: figure(ready), wanted: figure(wanted) });
    }
    case 'spans': {
      const [first] = reading.spans;
      return first ? withMore(first.title.replaceAll('\n', '; '), reading.spans.length - 1) : reading.otherwise;
    }
  }
}

/** `title`, and how many there are besides. */
export const withMore = (title: string, more: number): string =>
  more === 0 ? title : t('ui.timeline.andMore', { title, n: figure(more) });
