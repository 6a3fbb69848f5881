import Type from 'typebox';
import { Compile } from 'typebox/compile';
import { describe, expect, it } from 'vitest';
import { AutoscalerRow, NodeResourcesRow, PodResourcesRow } from '../../../schemas/resources.ts';
import { ended, Harness, kube, podObject } from './testing.ts';

describe('rows fit their tables, whatever an API server says', () => {
  const ODD = [null, 0, -1, 1.5, true, '', 'x', '\0', [], {}, [null], { a: null }, '9999-12-31T23:59:59Z', kube(1e7)];
  const checks = [PodResourcesRow, NodeResourcesRow, AutoscalerRow].map((row) => Compile(Type.Omit(row, ['version'])));
  const node = { metadata: {}, spec: {}, status: { allocatable: { cpu: '1', memory: '1', pods: '1' } } };
  const hpa = {
    metadata: {},
    spec: {
      scaleTargetRef: { kind: 'Deployment', name: 'x' },
      minReplicas: 1,
      maxReplicas: 2,
      metrics: [{ resource: { name: 'cpu', target: { averageUtilization: 1 } } }],
    },
  };
  const pod = podObject({
    status: {
      ...ended(5),
      conditions: [{ type: 'Ready', lastTransitionTime: kube(1) }],
      resources: { requests: { cpu: '1' } },
    },
    spec: {
      containers: [{ name: 'app', resources: { requests: { cpu: '1' }, limits: { cpu: '1' } } }],
      initContainers: [{ name: 'init', restartPolicy: 'Always', resources: {} }],
      overhead: { cpu: '1' },
      resources: { requests: { cpu: '1' } },
    },
  });
  const job = {
    kind: 'Job',
    metadata: { labels: { team: 't' }, ownerReferences: [{ kind: 'CronJob', name: 'c', uid: 'u' }] },
  };

  it.each([
    ['pod', pod],
    ['node', node],
    ['hpa', hpa],
    ['workload', job],
  ] as const)('%s', (kind, object) => {
    let rows = 0;
    for (const path of pathsOf(object)) {
      for (const value of ODD) {
        for (const phase of ['Running', 'Failed']) {
          const broken = replaced(object, path, value) as { status?: { phase?: unknown } };
          if (kind === 'pod' && path.join('.') !== 'status' && path.join('.') !== 'status.phase' && broken.status) {
            broken.status.phase = phase;
          }
          const h = new Harness({ labels: { team: 'team', environment: 'app' } });
          h.podIs(0, { owner: { kind: 'Job', name: 'odd', uid: 'uid-odd' } }, 'list', 'waiting');
          h.put(1, kind, 'list', broken, 'odd')
            .put(2, kind, 'update', broken, 'odd')
            .put(3, kind, 'delete', broken, 'odd');
          for (const [at, table] of [h.pods, h.nodes, h.scalers].entries()) {
            rows += table.length;
            for (const row of table) expect([path, value, ...(checks[at]?.Errors(row) ?? [])]).toEqual([path, value]);
          }
        }
      }
    }
    expect(rows).toBeGreaterThan(100);
  });
});

type Path = readonly (string | number)[];

function pathsOf(value: unknown, path: Path = []): Path[] {
  if (typeof value !== 'object' || value === null) return [path];
  const members = Object.entries(value).flatMap(([key, each]) => pathsOf(each, [...path, key]));
  return path.length === 0 ? members : [path, ...members];
}

function replaced(value: unknown, [key, ...rest]: Path, by: unknown): unknown {
  if (key === undefined) return by;
  const copy = structuredClone(value) as Record<string, unknown>;
  copy[key] = replaced(copy[key], rest, by);
  return copy;
}
