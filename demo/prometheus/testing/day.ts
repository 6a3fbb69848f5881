import { FakeClock } from '../../../platform/clock.ts';
import type { PodLife } from '../../cluster/pod-lives.ts';
import { createDemoCluster, DEMO_CLUSTERS } from '../../history.ts';
import type { Scope } from '../family.ts';
import { flavourOf } from '../flavours.ts';
import { matcher, type Operator } from '../matchers.ts';
import { select } from '../select.ts';
import type { Series } from '../series.ts';

export const NOW = Date.parse('2026-11-20T12:00:00.000Z');
export const HOUR = 3_600_000;
export const FROM = NOW - 24 * HOUR;
export const MIB = 1_048_576;

/** A cluster of the demo after a day. */
export function scopeOf(name: string): Scope {
  const profile = DEMO_CLUSTERS.find((each) => each.name === name);
  if (!profile) throw new Error(`no cluster ${name}`);
  const demo = createDemoCluster({ ...profile, historyDays: 1, now: NOW, clock: new FakeClock(NOW) });
  demo.start();
  demo.cluster.stop();
  const { cluster } = demo;
  return { cluster, flavour: flavourOf(name), now: NOW, liveSince: cluster.lives.liveSince() };
}

export const scopes = new Map(DEMO_CLUSTERS.map(({ name }) => [name, scopeOf(name)]));
export const eu = scopes.get('prod-eu') as Scope;
export const us = scopes.get('prod-us') as Scope;
export const staging = scopes.get('staging') as Scope;

export type Condition = readonly [name: string, operator: Operator, value: string];
export const found = (scope: Scope, metric: string, ...more: Condition[]): Series[] =>
  select(scope, [matcher('__name__', '=', metric), ...more.map((each) => matcher(...each))], FROM, NOW);
export const podsOf = ({ cluster }: Scope, app: string): PodLife[] =>
  cluster.lives.between(FROM, NOW).filter((pod) => pod.app.name === app);
