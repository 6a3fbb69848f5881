import { expect, it } from 'vitest';
import { parse } from 'yaml';
import { judge } from './judge.ts';
import { DEFAULT_SIZING, type SizingOptions } from './options.ts';
import { patchOf } from './patch.ts';
import { MIB } from './quantity.ts';
import { asking, container, evidence, spread } from './testing/evidence.ts';

type Json = Record<string, unknown>;
const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** What the API server does with a strategic merge patch, as far as pods' templates need it: lists by name, null removes. */
function merge(target: unknown, patch: unknown): unknown {
  if (Array.isArray(patch) && Array.isArray(target)) {
    const items = target as Json[];
    const changes = patch as Json[];
    const merged = items.map((item) => merge(item, changes.find(({ name }) => name === item['name']) ?? {}));
    return [...merged, ...changes.filter(({ name }) => !items.some((item) => item['name'] === name))];
  }
  if (!isObject(patch)) return patch;
  const result: Json = isObject(target) ? { ...target } : {};
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete result[key];
    else result[key] = merge(result[key], value);
  }
  return result;
}

const app = container({
  name: 'on',
  cpu_request_cores: 1,
  cpu_limit_cores: 2,
  memory_request_bytes: 512 * MIB,
  memory_limit_bytes: 512 * MIB,
});
const sidecar = container({
  name: '1e3',
  kind: 'sidecar',
  cpu_request_cores: 1,
  memory_request_bytes: 512 * MIB,
  memory_limit_bytes: 512 * MIB,
});
const given = asking(
  'memory',
  { request: 1024 * MIB, limit: 1024 * MIB },
  asking('cpu', { request: 2 }, evidence({ cpu: spread(0.2), memory: spread(200 * MIB), containers: [app, sidecar] })),
);
const write = (kind: string, of = given, options: Partial<SizingOptions> = {}, name = 'web') =>
  patchOf({ namespace: 'a', kind, name }, of, judge(of, { ...DEFAULT_SIZING, ...options }));

const podSpec = {
  containers: [
    {
      name: 'on',
      image: 'web:7',
      resources: { requests: { cpu: '1', memory: '512Mi' }, limits: { cpu: '2', memory: '512Mi' } },
    },
    { name: 'other', image: 'x:1' },
  ],
  initContainers: [{ name: '1e3', image: 'proxy:1', restartPolicy: 'Always' }],
};
const resources = (limits: Json) => ({ requests: { cpu: '120m', memory: '128Mi' }, limits });
const expected = {
  containers: [
    { name: 'on', image: 'web:7', resources: resources({ memory: '240Mi' }) },
    { name: 'other', image: 'x:1' },
  ],
  initContainers: [
    { name: '1e3', image: 'proxy:1', restartPolicy: 'Always', resources: resources({ memory: '240Mi' }) },
  ],
};

const inTemplate = (pods: Json) => ({ spec: { replicas: 2, template: { metadata: { labels: {} }, spec: pods } } });
it.each([
  ['Deployment', 'apps/v1', inTemplate],
  ['StatefulSet', 'apps/v1', inTemplate],
  ['DaemonSet', 'apps/v1', inTemplate],
  ['Job', 'batch/v1', inTemplate],
  ['CronJob', 'batch/v1', (pods: Json) => ({ spec: { schedule: '* * * * *', jobTemplate: inTemplate(pods) } })],
])('applies to a %s', (kind, apiVersion, place) => {
  const identity = { apiVersion, kind, metadata: { name: 'web', namespace: 'a' } };
  const merged = merge({ ...identity, ...place(podSpec) }, parse(write(kind) ?? ''));
  expect(merged).toEqual({ ...identity, ...place(expected) });
});

it.each(['Pod', 'Rollout', 'constructor', ''])('has none for a kind like %s', (kind) => {
  expect(write(kind)).toBeNull();
});

it.each(['on', '1e3', 'a: b', "o'b", '- x', '# no', 'null', '{x}', 'a\nkind: Secret'])('quotes the name %j', (name) => {
  expect(parse(write('Deployment', given, {}, name) ?? '')).toMatchObject({ kind: 'Deployment', metadata: { name } });
});

it('has none where nothing is to change, or containers are not known', () => {
  const as = container({
    name: 'app',
    cpu_request_cores: 0.12,
    memory_request_bytes: 128 * MIB,
    memory_limit_bytes: 128 * MIB,
  });
  expect(write('Deployment', evidence({ containers: [as] }))).toBeNull();
  expect(write('Deployment', { ...given, containers: [] })).toBeNull();
  expect(write('Deployment', { ...given, knownHours: 1 })).toBeNull();
});

it('says nothing of a request that an autoscaler goes by', () => {
  const autoscaler = { name: 'a', minReplicas: 1, maxReplicas: 9, cpuTargetPercent: 60, memoryTargetPercent: null };
  const scaled = { ...given, autoscaler, podsWhileThere: 4 };
  expect(write('Deployment', scaled)).not.toContain('m\n');
  expect(parse(write('Deployment', scaled, { cpu_limits: 'keep' }) ?? '')).toMatchObject({
    spec: { template: { spec: { containers: [{ resources: { requests: { memory: '128Mi' } } }] } } },
  });
});

it('takes idle GPUs from the one container that has them', () => {
  const one = container({ name: 'main', gpu: 4 });
  const idle = asking(
    'gpu',
    { request: 4, limit: 4 },
    evidence({ gpu: spread(0.01), containers: [one], gpuResource: 'nvidia.com/gpu' }),
  );
  const patch = parse(write('Deployment', idle) ?? '') as { spec: { template: { spec: { containers: unknown[] } } } };
  const gpus = { 'nvidia.com/gpu': 1 };
  expect(patch.spec.template.spec.containers).toMatchObject([{ resources: { requests: gpus, limits: gpus } }]);
  expect(write('Deployment', { ...idle, containers: [one, { ...one, name: 'b' }] })).not.toContain('nvidia');
  expect(write('Deployment', { ...idle, gpuResource: 'a/gpu,b/gpu' })).not.toContain('gpu');
});
