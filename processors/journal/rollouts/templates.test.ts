import { expect, test } from 'vitest';
import { changesBetween, imagesOf, isRestart } from './differences.ts';
import { flatContainers, flatTemplate, labelsOf, readFlat } from './flat-template.ts';
import { writerBetween, writersOf } from './writers.ts';

const flat = (spec: object, metadata: object = {}) => readFlat(flatTemplate({ metadata, spec }));

test('a template becomes paths, with what has a name by its name', () => {
  expect(
    flat(
      {
        containers: [
          {
            name: 'app',
            image: 'shop:1',
            args: ['--a', '--b'],
            ports: [{ name: 'http', containerPort: 80, protocol: 'TCP' }],
            readinessProbe: { httpGet: { path: '/', port: 80, scheme: 'HTTP' }, periodSeconds: 10, timeoutSeconds: 5 },
            volumeMounts: [{ name: 'data', mountPath: '/data' }],
            envHash: { DB: 'abc' },
            env: [{ name: 'DB', valueFrom: { secretKeyRef: { name: 's', key: 'k' } } }],
          },
        ],
        initContainers: [{ name: 'side', image: 'side:1', restartPolicy: 'Always' }],
        volumes: [{ name: 'data', emptyDir: {} }],
        nodeSelector: { disk: 'ssd' },
        tolerations: [{ key: 'x' }],
        restartPolicy: 'Always',
      },
      { labels: { app: 'shop', 'pod-template-hash': 'abc' }, annotations: { 'prometheus.io/scrape': 'true' } },
    ),
  ).toEqual({
    'annotations[prometheus.io/scrape]': 'true',
    'containers[app].args': '["--a","--b"]',
    'containers[app].env[DB]': 'abc',
    'containers[app].image': 'shop:1',
    'containers[app].ports[80].name': 'http',
    'containers[app].readinessProbe.httpGet.path': '/',
    'containers[app].readinessProbe.httpGet.port': '80',
    'containers[app].readinessProbe.timeoutSeconds': '5',
    'containers[app].volumeMounts[/data].name': 'data',
    'initContainers[side].image': 'side:1',
    'initContainers[side].restartPolicy': 'Always',
    'labels[app]': 'shop',
    'nodeSelector[disk]': 'ssd',
    tolerations: '[{"key":"x"}]',
    'volumes[data].emptyDir': '{}',
  });
});

test('defaults that the API server fills in, and the order of names, make no difference', () => {
  const bare = { containers: [{ name: 'b' }, { name: 'a' }] };
  const filled = {
    dnsPolicy: 'ClusterFirst',
    schedulerName: 'default-scheduler',
    securityContext: {},
    terminationGracePeriodSeconds: 30,
    containers: [
      { name: 'a', terminationMessagePath: '/dev/termination-log', terminationMessagePolicy: 'File', resources: {} },
      { name: 'b' },
    ],
  };
  expect(flatTemplate({ spec: filled })).toBe(flatTemplate({ spec: bare }));
});

test('long values are cut, and still differ where they differ behind the cut', () => {
  const long = (end: string) => flat({ containers: [{ name: 'app', args: ['x'.repeat(5000), end] }] });
  expect(JSON.stringify(long('a')).length).toBeLessThan(300);
  expect(long('a')).not.toEqual(long('b'));
});

test('of a pod’s own spec, what admission has added is left out', () => {
  const added = {
    volumeMounts: [{ name: 'kube-api-access-x', mountPath: '/var/run/secrets/kubernetes.io/serviceaccount' }],
  };
  const spec = { nodeName: 'n', tolerations: [], containers: [{ name: 'app', image: 'a', ...added }] };
  expect(flatContainers(spec)).toBe('{"containers[app].image":"a"}');
});

test('what is missing or of another shape is no error', () => {
  for (const odd of [undefined, null, 3, { spec: { containers: 'x', labels: 1 } }, { metadata: [] }]) {
    expect(() => flatTemplate(odd)).not.toThrow();
    expect(labelsOf(odd)).toEqual({});
  }
});

test('a change tells what was before and after; an image is listed by container', () => {
  const before = { 'containers[a].image': 'x:1', 'initContainers[i].image': 'i:1' };
  const after = { 'containers[a].image': 'x:2', 'containers[b].image': 'y:1' };
  expect(changesBetween(before, after)).toEqual([
    { field: 'containers[a].image', before: 'x:1', after: 'x:2' },
    { field: 'containers[b].image', before: null, after: 'y:1' },
    { field: 'initContainers[i].image', before: 'i:1', after: null },
  ]);
  expect(imagesOf(before)).toEqual({ a: 'x:1', i: 'i:1' });
});

test('a restart changes one annotation alone', () => {
  const restarted = { field: 'annotations[kubectl.kubernetes.io/restartedAt]', before: null, after: 'now' };
  expect(isRestart([restarted])).toBe(true);
  expect(isRestart([restarted, { field: 'x', before: null, after: '' }])).toBe(false);
  expect(isRestart([])).toBe(false);
});

test('writers are those of the object itself, oldest first', () => {
  const managedFields = [
    { manager: 'late', operation: 'Update', time: '2026-03-01T10:00:09Z' },
    { manager: 'kube-controller-manager', operation: 'Update', time: '2026-03-01T10:00:10Z' },
    { manager: 'hpa', operation: 'Update', time: '2026-03-01T10:00:11Z', subresource: 'scale' },
    { manager: 'early', operation: 'Apply', time: '2026-03-01T10:00:01Z' },
    { manager: 'timeless', operation: 'Update' },
  ];
  const writers = writersOf({ managedFields });
  expect(writers.map(([manager]) => manager)).toEqual(['early', 'late']);
  const at = (seconds: number) => Date.parse('2026-03-01T10:00:00Z') + seconds * 1000;
  expect(writerBetween(writers, 0, null)?.[0]).toBe('late');
  expect(writerBetween(writers, 0, at(5))?.[0]).toBe('early');
  expect(writerBetween(writers, at(2), at(5))).toBeNull();
  expect(writersOf(undefined)).toEqual([]);
});
