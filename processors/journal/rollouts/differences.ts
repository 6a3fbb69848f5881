import type { FieldChange as Change } from '../../../schemas/flat-template.ts';
import type { FlatTemplate } from './flat-template.ts';

export { changesBetween, type FieldChange as Change } from '../../../schemas/flat-template.ts';

const IMAGE = /^(?:containers|initContainers)\[([^\]]+)\]\.image$/;
const RESTARTED_AT = 'annotations[kubectl.kubernetes.io/restartedAt]';

/** Nothing but the time of a restart, as `kubectl rollout restart` writes it. */
export const isRestart = (changes: readonly Change[]): boolean =>
  changes.length === 1 && changes[0]?.field === RESTARTED_AT;

/** Image of each container, init containers included. */
export function imagesOf(template: FlatTemplate): Record<string, string> {
  const images: Record<string, string> = {};
  for (const [field, value] of Object.entries(template)) {
    const container = IMAGE.exec(field)?.[1];
    if (container) images[container] = value;
  }
  return images;
}
