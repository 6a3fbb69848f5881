import { MINUTE_MS } from '../objects/times.ts';
import type { Desk } from './desk.ts';
import type { ServiceRecord } from './state.ts';

/** A workload that is made anew so soon after it was deleted has not been given up. */
const BACK_WITHIN_MS = MINUTE_MS;

interface Sight {
  wanted: number;
  ready: number;
  isFirst: boolean;
  /** A workload was just made. */
  isMade: boolean;
}

/**
 * How many endpoints are missed if they are not ready. What is wanted in addition is expected once it is there, or after a while:
 * new pods take time to come. Each rise has that while for itself.
 */
export function expect(desk: Desk, service: ServiceRecord, { wanted, ready, isFirst, isMade }: Sight): void {
  const before = service.expected;
  if (isFirst) {
    expectNone(service);
    service.expected = wanted;
    return;
  }
  const since = desk.now - desk.options.scale_up_minutes * MINUTE_MS;
  const rises = (service.rises ?? []).map(([to, at]): [number, number] => [Math.min(to, wanted), at]);
  if (wanted > (rises.at(-1)?.[0] ?? before)) rises.push([wanted, desk.now]);
  const falls = (service.falls ?? []).filter(([, at]) => at >= desk.now - BACK_WITHIN_MS);
  const due = rises.filter(([, at]) => at <= since).map(([to]) => to);
  const back = isMade ? falls.map(([from]) => from) : [];
  service.expected = Math.min(wanted, Math.max(before, ready, ...due, ...back));
  keep(service, 'rises', onlyRising(rises, service.expected));
  if (service.expected < before) falls.push([before, desk.now]);
  keep(service, 'falls', onlyFalling(falls, service.expected));
}

/** Of one that has never been ready. */
export function expectNone(service: ServiceRecord): void {
  service.expected = 0;
  delete service.rises;
  delete service.falls;
}

type Step = [count: number, at: number];

function keep(service: ServiceRecord, name: 'rises' | 'falls', steps: Step[]): void {
  if (steps.length > 0) service[name] = steps;
  else delete service[name];
}

function onlyRising(steps: readonly Step[], above: number): Step[] {
  let most = above;
  return steps.filter(([count]) => {
    const rises = count > most;
    most = Math.max(most, count);
    return rises;
  });
}

/** An older step of less than a newer one says nothing more. */
function onlyFalling(steps: readonly Step[], above: number): Step[] {
  let most = above;
  const kept = steps.toReversed().filter(([count]) => {
    const counts = count > most;
    most = Math.max(most, count);
    return counts;
  });
  return kept.toReversed();
}
