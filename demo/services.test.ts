import { describe, expect, it } from 'vitest';
import { FakeClock } from '../platform/clock.ts';
import { createExceptionsFold } from '../processors/journal/exceptions/fold.ts';
import { createOutagesFold } from '../processors/journal/outages/fold.ts';
import { createRolloutsFold } from '../processors/journal/rollouts/fold.ts';
import { FoldChain } from '../processors/journal/testing/fold-chain.ts';
import type { Table } from '../schemas/column.ts';
import {
  CAUSES,
  OUTAGE_KINDS,
  outagesTable,
  servicesTable,
  type OutageRow,
  type ServiceRow,
} from '../schemas/outages.ts';
import { rolloutsTable, type RolloutRow } from '../schemas/rollouts.ts';
import { createDemoCluster, DEMO_CLUSTERS } from './history.ts';

const NOW = Date.parse('2026-11-20T12:00:00.000Z');
const DAY = 86_400_000;
const LABELS = { team: 'team', environment: 'environment' };

/** What the folds make of the last days of one of the demo's clusters. */
function foldsOf(name: string, historyDays: number) {
  const profile = DEMO_CLUSTERS.find((each) => each.name === name);
  if (!profile) throw new Error(`no cluster ${name}`);
  const demo = createDemoCluster({ ...profile, historyDays, now: NOW, clock: new FakeClock(NOW) });
  const chain = new FoldChain([
    () => createExceptionsFold()(name),
    () => createRolloutsFold(undefined, LABELS)(name),
    () => createOutagesFold(undefined, LABELS)(name),
  ]);
  for (const entry of demo.history()) chain.apply(entry);
  const rowsOf = <Row>(table: Table) => [...(chain.rows.get(table.name)?.values() ?? [])] as unknown as Row[];
  return {
    cluster: demo.cluster,
    outages: rowsOf<OutageRow>(outagesTable),
    rollouts: rowsOf<RolloutRow>(rolloutsTable),
    services: rowsOf<ServiceRow>(servicesTable),
  };
}

const DAYS = 12;
const { outages, rollouts, services } = foldsOf('prod-eu', DAYS);

const endOf = ({ ended_at: end }: OutageRow) => (end === null ? NOW : Date.parse(end));
const lasted = (row: OutageRow) => (endOf(row) - Date.parse(row.started_at)) / 1000;
/** Intervals of a service in the quarter of an hour that begins so many days before the end. */
const around = (service: string, daysAgo: number) => {
  const from = NOW - daysAgo * DAY - 1_000;
  return outages.filter(
    (row) =>
      row.service === service && Date.parse(row.started_at) >= from && Date.parse(row.started_at) < from + 900_000,
  );
};
const story = (rows: OutageRow[]) =>
  rows.map(({ kind, cause, planned }) => `${kind} ${cause}${planned ? ' planned' : ''}`);

describe('the services of a history, as the folds read them', () => {
  it('have each kind of interval and each cause', () => {
    expect([...new Set(outages.map(({ kind }) => kind))].toSorted()).toEqual([...OUTAGE_KINDS].toSorted());
    expect([...new Set(outages.map(({ cause }) => cause))].toSorted()).toEqual([...CAUSES].toSorted());
  });

  it.each([
    ['gift-cards', 5.6, 'down eviction'],
    ['depot-map', 4.7, 'down unschedulable'],
    ['tax-tables', 4.3, 'degraded unschedulable'],
    ['gift-cards', 3.9, 'down node'],
    ['coupons', 3.5, 'down eviction planned'],
    ['status-page', 3.1, 'off scale-down planned'],
    ['wishlist', 2.4, 'down pod-deleted'],
    ['legacy-erp', 2.2, 'down unknown'],
    ['checkout', 1.9, 'down rollout planned'],
    ['status-page', 1.6, 'down readiness'],
    ['status-page', 1.5, 'down readiness'],
  ])('%s, %f days ago: %s', (service, daysAgo, told) => {
    expect(story(around(service, daysAgo))).toContain(told);
  });

  it('have pods whose image is gone, and others that a quota refuses', () => {
    expect(outages.some(({ cause, rollout }) => cause === 'image' && rollout === '')).toBe(true);
    const [refused] = around('tax-tables', 4.3);
    expect(refused?.sentence).toContain('exceeded quota');
  });

  it('flap for a second', () => {
    const [blink] = around('status-page', 1.5);
    expect(blink && lasted(blink)).toBeLessThan(2);
    expect(blink?.blip).toBe(0);
  });

  it('lose a port by its name while they are up', () => {
    const ports = outages.filter(({ kind }) => kind === 'port');
    expect(ports.every(({ port, ready_least: ready }) => port === 'metrics' && ready > 0)).toBe(true);
    expect(new Set(ports.map(({ cause }) => cause))).toEqual(new Set(['bad-release']));
    expect(ports.every((row) => lasted(row) > 600 && row.rollout !== '')).toBe(true);
  });

  it('tell checkout’s story as that of a bad release', () => {
    const release = rollouts.findLast(({ workload, finished_at: end }) => workload === 'checkout' && end === null);
    expect(release).toMatchObject({ outcome: 'failed', kind: 'change', manager: 'helm' });
    const down = outages.filter(
      ({ service, kind, rollout }) => service === 'checkout' && kind === 'down' && rollout === release?.id,
    );
    expect(down.length).toBeGreaterThan(3);
    expect(new Set(down.map(({ cause, planned }) => `${cause} ${planned}`))).toEqual(new Set(['bad-release 0']));
    expect(down.at(-1)?.exceptions.length).toBeGreaterThan(0);
  });

  it('are mostly well, and checkout has spent what three nines leave it', () => {
    const downMs = ({ service_uid: uid }: ServiceRow) =>
      outages
        .filter((row) => row.service_uid === uid && row.kind === 'down' && !row.blip && !row.planned)
        .reduce((sum, row) => sum + lasted(row) * 1000, 0);
    const seen = services.filter((service) => service.first_ready_at !== null);
    const good = seen.filter((service) => downMs(service) < 0.001 * DAYS * DAY);
    expect(good.length / seen.length).toBeGreaterThan(0.85);
    const checkout = seen.find(({ service }) => service === 'checkout');
    expect(checkout && downMs(checkout)).toBeGreaterThan(0.001 * 30 * DAY);
    expect(Math.max(...seen.map(downMs)) / (DAYS * DAY)).toBeLessThan(0.01);
  });

  it('are of all sorts', () => {
    const sorts = new Set(services.map(({ type, state }) => `${type} ${state}`));
    for (const sort of ['ClusterIP up', 'Headless up', 'ExternalName external', 'ClusterIP never-ready']) {
      expect(sorts).toContain(sort);
    }
    const of = (name: string) => services.find(({ service }) => service === name);
    expect(of('payment-gateway')).toMatchObject({ objective: 99.95, team: 'payments', environment: 'production' });
    expect(of('coredns')).toMatchObject({ objective: null, team: '', environment: '' });
  });
});

describe('the rollouts of a history, as the folds read them', () => {
  it.each([
    ['Deployment', 'change', 'completed'],
    ['Deployment', 'change', 'failed'],
    ['Deployment', 'change', 'superseded'],
    ['Deployment', 'change', 'rolled-back'],
    ['Deployment', 'change', 'paused'],
    ['Deployment', 'rollback', 'completed'],
    ['Deployment', 'restart', 'completed'],
    ['StatefulSet', 'change', 'held'],
  ])('have a %s’s %s that came to be %s', (workload_kind, kind, outcome) => {
    expect(rollouts).toContainEqual(expect.objectContaining({ workload_kind, kind, outcome }));
  });

  it('name who began them, and their revision', () => {
    expect(new Set(rollouts.map(({ manager }) => manager))).toEqual(
      new Set(['helm', 'kubectl-rollout', 'kubectl-client-side-apply']),
    );
    const counted = rollouts.filter(({ workload_kind: kind }) => kind === 'Deployment');
    expect(counted.every(({ revision }) => Number(revision) > 0)).toBe(true);
  });
});

it('counts each endpoint of a service once over families and slices', () => {
  const { cluster, services: own } = foldsOf('prod-us', 0.1);
  const counts = (family: string) =>
    cluster
      .list('endpointslice')
      .filter(
        ({ metadata, addressType }) =>
          metadata.labels?.['kubernetes.io/service-name'] === 'edge-cache' && addressType === family,
      )
      .map((slice) => (slice['endpoints'] as unknown[]).length);
  for (const family of ['IPv4', 'IPv6']) {
    expect(counts(family)).toHaveLength(2);
    expect(counts(family).reduce((sum, count) => sum + count, 0)).toBe(130);
  }
  expect(own.find(({ service }) => service === 'edge-cache')).toMatchObject({ ready: 130, wanted: 130, state: 'up' });
});
