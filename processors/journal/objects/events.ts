import type { EventObject } from '../../../schemas/objects.ts';
import { millis } from './times.ts';

/** When an event last happened, in milliseconds; null where it does not say. */
export const lastTimeOf = ({ series, lastTimestamp, eventTime }: EventObject): number | null =>
  millis(series?.lastObservedTime) ?? millis(lastTimestamp) ?? millis(eventTime);
