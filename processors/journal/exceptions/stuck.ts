import type { ContainerStatus } from '../../../schemas/objects.ts';
import { isCreating } from '../../../schemas/container-status.ts';
import type { StuckSign } from '../objects/signs.ts';
import { millis } from '../objects/times.ts';
import type { SpellKind } from './state.ts';

/** What becomes of an open container spell when the container's status comes anew. `at`: when it ended, where the status says. */
export type Course = { goes: 'on' } | { goes: 'runs'; since: number | null } | { goes: 'over'; at: number | null };

/**
 * ErrImagePull, ImagePullBackOff and a moment of ContainerCreating between them are one spell. A crash loop goes on
 * through its running and dying, until it has run for long enough (the fold's clock says so).
 */
export function courseOf(kind: SpellKind, status: ContainerStatus, sign: StuckSign | null): Course {
  if (sign) return sign.kind === kind ? { goes: 'on' } : { goes: 'over', at: null };
  const running = status.state?.running;
  const terminated = status.state?.terminated;
  if (kind !== 'crashloop') {
    if (running) return { goes: 'over', at: millis(running.startedAt) };
    if (terminated) return { goes: 'over', at: millis(terminated.startedAt) };
    return isCreating(status.state?.waiting?.reason) ? { goes: 'on' } : { goes: 'over', at: null };
  }
  if (running) return { goes: 'runs', since: millis(running.startedAt) };
  return { goes: 'on' };
}

/** Of the two reasons that a failed pull goes back and forth between, the one that stays. */
export function steadyReason(before: string, now: string): string {
  return before === 'ImagePullBackOff' && now === 'ErrImagePull' ? before : now;
}

/** The message that says more: a bare back-off says nothing of why. */
export function tellingMessage(before: string, now: string): string {
  const isBare = /^Back-off pulling image "[^"]*"$/.test(now);
  return now === '' || (isBare && before !== '') ? before : now;
}
