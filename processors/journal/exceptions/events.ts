import type { EventObject } from '../../../schemas/objects.ts';
import type { EventRecord, PodState } from './state.ts';
import { lastTimeOf } from '../objects/events.ts';

/** The events that say why a container was ended or cannot start; a few a pod, newest last. */
const KEPT_EVENTS = 8;
const KEPT_CHARACTERS = 240;
const KEPT_MS = 3_600_000;

export function eventRecord(event: EventObject, observedAt: number): EventRecord | null {
  const { reason = '', message = '' } = event;
  if (!isTelling(reason, message)) return null;
  const at = lastTimeOf(event) ?? observedAt;
  const container = /\{([^}]+)\}/.exec(event.involvedObject?.fieldPath ?? '')?.[1] ?? '';
  return { reason, container, message: message.slice(0, KEPT_CHARACTERS), at };
}

function isTelling(reason: string, message: string): boolean {
  if (reason === 'Killing' || reason === 'FailedPostStartHook') return true;
  if (reason === 'Unhealthy') return /^(liveness|startup)/i.test(message);
  return reason === 'Failed' && /pull image/i.test(message);
}

/** A repeated event (the same but for its count and time) takes the place of the earlier one. */
export function keepEvent(pod: PodState, event: EventRecord): void {
  const others = (pod.events ?? []).filter(
    (own) =>
      event.at - own.at < KEPT_MS &&
      (own.reason !== event.reason || own.container !== event.container || own.message !== event.message),
  );
  pod.events = [...others, event].slice(-KEPT_EVENTS);
}
