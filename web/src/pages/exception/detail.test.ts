import { describe, expect, test } from 'vitest';
import type { ExceptionRow } from '../../lib/exceptions/sentence.ts';
import { rangePatch } from './range-around.ts';
import { stripOf } from './ends-strip.ts';
import { momentOf, offsetText, timeEvents, type PodEvent } from './event-line.ts';
import { summarisePod } from './pod-summary.ts';
import { quoteSql, sqlOf } from './row-sql.ts';

const NOON = Date.parse('2026-11-22T12:00:00.000Z');
const at = (seconds: number): string => new Date(NOON + seconds * 1000).toISOString();
const row = (own: Partial<ExceptionRow>): ExceptionRow =>
  ({ id: 'e', type: 'death', cluster: 'prod', observed_at: at(1), finished_at: at(0), ...own }) as ExceptionRow;
const event = (own: Partial<PodEvent>): PodEvent =>
  ({
    uid: 'u',
    type: 'Normal',
    reason: 'Pulled',
    count: 1,
    observed_at: at(-5),
    first_seen: '',
    last_seen: '',
    ...own,
  }) as PodEvent;

describe('the pod', () => {
  test('is read as a person asks', () => {
    const pod = summarisePod(
      {
        metadata: { labels: { app: 'web' }, ownerReferences: [{ kind: 'ReplicaSet', name: 'web-1' }] },
        spec: {
          restartPolicy: 'Always',
          priority: 100,
          priorityClassName: 'high',
          initContainers: [{ name: 'mesh', restartPolicy: 'Always' }, { name: 'setup' }],
          containers: [
            { name: 'side' },
            {
              name: 'app',
              image: 'web:7',
              command: ['sh', '-c'],
              args: ["echo 'hi'"],
              resources: {
                requests: { cpu: '250m', memory: '64Mi' },
                limits: { memory: '128Mi', 'nvidia.com/gpu': 1 },
              },
              ports: [
                { name: 'http', containerPort: 8080, protocol: 'TCP' },
                { containerPort: 53, hostPort: 53, protocol: 'UDP' },
              ],
              livenessProbe: { httpGet: { path: '/livez', port: 8080, scheme: 'HTTP' }, periodSeconds: 5 },
              readinessProbe: { exec: { command: ['cat', '/tmp/ok'] } },
              envHash: { TOKEN: 'x' },
              volumeMounts: [{ name: 'data', mountPath: '/data', readOnly: true }],
            },
          ],
          tolerations: [
            { key: 'gpu', operator: 'Exists', effect: 'NoExecute', tolerationSeconds: 300 },
            { key: 'a', value: 'b' },
          ],
          volumes: [
            { name: 'data', persistentVolumeClaim: { claimName: 'data-0' } },
            { name: 'tmp', emptyDir: {} },
          ],
        },
        status: { qosClass: 'Burstable' },
      },
      'app',
      'en',
    );
    expect(pod.containers.map(({ name, kind }) => `${name} ${kind}`)).toEqual([
      'app app',
      'side app',
      'mesh sidecar',
      'setup init',
    ]);
    expect(pod.containers[0]).toMatchObject({
      command: String.raw`sh -c 'echo '\''hi'\'''`,
      resources: [
        { resource: 'cpu', request: '250m (0.25)', limit: '' },
        { resource: 'memory', request: '64 MiB', limit: '128 MiB' },
        { resource: 'nvidia.com/gpu', request: '', limit: '1' },
      ],
      ports: ['http 8080/TCP', '53 → 53/UDP'],
      probes: [
        { kind: 'livenessProbe', asks: 'GET http://:8080/livez', periodSeconds: 5, timeoutSeconds: 1, failures: 3 },
        { kind: 'readinessProbe', asks: 'exec cat /tmp/ok' },
      ],
      variables: ['TOKEN'],
      mounts: ['/data ← data (ro)'],
    });
    expect(pod).toMatchObject({
      qos: 'Burstable',
      priority: 'high · 100',
      owners: ['ReplicaSet web-1'],
      tolerations: ['gpu:NoExecute 300 s', 'a=b'],
      volumes: ['data: persistentVolumeClaim data-0', 'tmp: emptyDir'],
      labels: ['app=web'],
    });
  });

  test.each([
    null,
    'x',
    7,
    [],
    { spec: 'x', metadata: [], status: null },
    { spec: { containers: [null, 3], volumes: 'x' } },
  ])('stands what is no pod: %j', (object) => {
    expect(() => summarisePod(object, 'app', 'en')).not.toThrow();
  });
});

test('events are measured by the end, in the order in which they came last', () => {
  const moment = momentOf(row({}));
  const timed = timeEvents(
    [
      event({ reason: 'BackOff', type: 'Warning', count: 3, first_seen: at(-100), last_seen: at(2) }),
      event({ last_seen: at(-42) }),
      event({}),
    ],
    moment,
  );
  expect(
    timed.map(({ event: { reason }, offsetMs, sinceMs, warning }) => [reason, offsetMs, sinceMs, warning]),
  ).toEqual([
    ['Pulled', -42_000, null, false],
    ['Pulled', -5000, null, false],
    ['BackOff', 2000, -100_000, true],
  ]);
  expect(momentOf(row({ type: 'stuck' }))).toEqual({ at: NOON + 1000, ended: false });
  expect([-42_000, 400, 185_000].map((ms) => offsetText(ms, 'en'))).toEqual(['−42 s', '0 s', '+3 min 5 s']);
});

test('dots lie where their time does', () => {
  const present = row({ id: 'b', observed_at: at(25) });
  const { dots } = stripOf(present, [row({ id: 'c', observed_at: at(100) }), row({ id: 'a', observed_at: at(0) })]);
  expect(dots.map((dot) => [dot.row.id, dot.at, dot.present])).toEqual([
    ['a', 0, false],
    ['b', 0.25, true],
    ['c', 1, false],
  ]);
  expect(stripOf(present, []).dots[0]?.at).toBe(0.5);
});

test('a row outside of the range brings a range of its own', () => {
  const range = { from: NOON, to: NOON + 60_000 };
  expect(rangePatch(row({}), range)).toEqual({});
  expect(rangePatch(row({ observed_at: at(60) }), range)).toEqual({ from: at(60 - 43_200), to: at(60 + 43_200) });
});

test('SQL quotes what it is given', () => {
  expect(quoteSql(String.raw`a'b\c` + '\n\0')).toBe(String.raw`'a\'b\\c\x0a\x00'`);
  expect(sqlOf(row({ id: "x' OR 1=1 --" }))).toContain(String.raw`e.id = 'x\' OR 1=1 --'`);
  expect(sqlOf(row({}))).toContain("e.observed_at = toDateTime64('2026-11-22 12:00:01.000', 3, 'UTC')");
});
