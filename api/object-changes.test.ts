import { expect, it } from 'vitest';
import { changesBetween } from '../processors/journal/rollouts/differences.ts';
import { flatTemplate, readFlat } from '../processors/journal/rollouts/flat-template.ts';
import { objectChanges, specChanges } from './object-changes.ts';

const spec = (container: object, other: object = {}) => ({
  replicas: 2,
  ...other,
  template: {
    metadata: { labels: { app: 'web' } },
    spec: { containers: [{ name: 'app', image: 'web:1', ...container }] },
  },
});

it.each([
  ['an image', spec({}), spec({ image: 'web:2' }), ['containers[app].image', 'web:1', 'web:2']],
  ['replicas', spec({}), spec({}, { replicas: 5 }), ['spec.replicas', '2', '5']],
  ['a field that came', spec({}), spec({ tty: true }), ['containers[app].tty', null, 'true']],
  ['a field that went', spec({ command: ['a', 'b'] }), spec({}), ['containers[app].command', '["a","b"]', null]],
  [
    'a variable',
    spec({ envHash: { KEY: 'h1' } }),
    spec({ envHash: { KEY: 'h2' } }),
    ['containers[app].env[KEY]', 'set', 'changed'],
  ],
  [
    'a new variable',
    spec({ envHash: {} }),
    spec({ envHash: { KEY: 'h2' } }),
    ['containers[app].env[KEY]', null, 'set'],
  ],
  ['a lost variable', spec({ envHash: { KEY: 'h2' } }), spec({}), ['containers[app].env[KEY]', 'set', null]],
])('tells %s', (_what, before, after, [field, old, fresh]) => {
  expect(specChanges(before, after)).toEqual([{ field, before: old, after: fresh }]);
});

it('does not mind the order of what has a name', () => {
  const [a, b] = [
    { name: 'a', image: 'a:1' },
    { name: 'b', image: 'b:1' },
  ];
  const of = (...containers: object[]) => ({ template: { spec: { containers } } });
  expect(specChanges(of(a, b), of(b, a))).toEqual([]);
  expect(specChanges(of(a), of(a, b)).map(({ field }) => field)).toEqual(['containers[b].image']);
});

it('names the fields of a template as rollouts do', () => {
  const fields = (container: object, other: object = {}) => ({
    labels: { app: 'web' },
    spec: { containers: [{ name: 'app', image: 'web:1', ...container }], ...other },
  });
  const before = fields({ timeoutSeconds: 1, args: ['a'.repeat(300)], ports: [{ containerPort: 53 }] });
  const after = fields(
    {
      args: ['b'.repeat(300)],
      envHash: { KEY: 'h' },
      ports: [{ containerPort: 53 }, { containerPort: 53, protocol: 'UDP' }],
      livenessProbe: { httpGet: { path: '/', scheme: 'HTTP' } },
    },
    { volumes: [{ name: 'data', emptyDir: {} }], nodeSelector: { disk: 'ssd' }, tolerations: [{ key: 'x' }] },
  );
  const asRollout = ({ labels, spec: pod }: ReturnType<typeof fields>) =>
    readFlat(flatTemplate({ metadata: { labels }, spec: pod }));
  const asObject = ({ labels, spec: pod }: ReturnType<typeof fields>) => ({
    template: { metadata: { labels }, spec: pod },
  });
  const changes = specChanges(asObject(before), asObject(after));
  expect(changes).toEqual(changesBetween(asRollout(before), asRollout(after)));
  expect(changes.map(({ field }) => field)).toEqual([
    'containers[app].args',
    'containers[app].env[KEY]',
    'containers[app].livenessProbe.httpGet.path',
    'containers[app].ports[53/UDP]',
    'nodeSelector[disk]',
    'tolerations',
    'volumes[data].emptyDir',
  ]);
});

it('tells of metadata but what every write changes, and not of the status', () => {
  const object = (generation: number, labels: object) => ({
    metadata: { generation, resourceVersion: String(generation), labels },
    spec: {},
    status: { replicas: generation },
  });
  expect(objectChanges(object(1, { team: 'a' }), object(2, { team: 'b' }))).toEqual([
    { field: 'metadata.labels[team]', before: 'a', after: 'b' },
  ]);
});

it('cuts what is long', () => {
  const [change] = specChanges(spec({ image: 'x' }), spec({ image: 'y'.repeat(500) }));
  expect(change?.after).toMatch(/^y{200}… #[0-9a-f]{8}$/);
});
