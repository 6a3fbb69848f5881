import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { OBJECT_KINDS, type ObjectKind } from '../../../schemas/entry.ts';
import type { ContainerSpec, PodObject } from '../../../schemas/objects.ts';
import { createRedactor } from '../redact.ts';
import { DEFAULT_ANNOTATIONS } from './metadata.ts';
import { createProjector, type ProjectionSource } from './projector.ts';

const project = createProjector({
  redact: createRedactor({ extra: [] }),
  envHashKey: 'key',
  annotations: { allow: DEFAULT_ANNOTATIONS },
});
const source = (kind: ObjectKind, apiKind = '', apiVersion = 'v1'): ProjectionSource => ({ kind, apiVersion, apiKind });
const SECRET = 'topsecretvalue';

const metadata = {
  name: 'web-1',
  namespace: 'shop',
  uid: 'u1',
  creationTimestamp: '2026-01-01T00:00:00Z',
  generation: 3,
  labels: { app: 'web' },
  annotations: {
    'kubectl.kubernetes.io/last-applied-configuration': SECRET,
    'other.io/x': SECRET,
    'prometheus.io/scrape': 'true',
    'kubernetes.io/change-cause': `kubectl set env PASSWORD=${SECRET}`,
  },
  ownerReferences: [
    { apiVersion: 'apps/v1', kind: 'ReplicaSet', name: 'web', uid: 'r1', controller: true, blockOwnerDeletion: true },
  ],
  managedFields: [
    { manager: 'kubectl', operation: 'Update', time: '2026-01-01T00:00:00Z', fieldsV1: { 'f:spec': {} } },
  ],
};
const containerSpec = {
  name: 'app',
  image: 'shop/web:1',
  command: ['web', '--db-password', SECRET, '--port', '80'],
  args: [`--token=${SECRET}`],
  env: [
    { name: 'PASSWORD', value: SECRET },
    { name: 'FROM', valueFrom: { secretKeyRef: { name: 's', key: 'k' } } },
  ],
  envFrom: [{ secretRef: { name: 'all' }, prefix: 'X_' }],
  resources: { requests: { cpu: '100m' }, limits: { memory: '1Gi' } },
  readinessProbe: {
    httpGet: { path: '/ready', port: 80, httpHeaders: [{ name: 'A', value: SECRET }] },
    periodSeconds: 5,
  },
  lifecycle: { preStop: { exec: { command: ['sh', '-c', SECRET] } } },
  securityContext: { privileged: true, seLinuxOptions: { level: 'x' } },
  volumeMounts: [{ name: 'cfg', mountPath: '/cfg' }],
};
const podSpec = {
  nodeName: 'n1',
  containers: [containerSpec],
  volumes: [
    { name: 'cfg', configMap: { name: 'cm', items: [{ key: 'a', path: 'b' }] } },
    { name: 'old', rbd: { image: 'x', secretRef: { name: 'y' } } },
  ],
  tolerations: [{ key: 'a', operator: 'Exists' }],
  hostNetwork: true,
};
const terminated = { exitCode: 1, reason: 'Error', message: `password=${SECRET}`, finishedAt: '2026-01-01T00:00:05Z' };
const rawPod = {
  metadata,
  spec: podSpec,
  status: {
    phase: 'Running',
    conditions: [{ type: 'Ready', status: 'False', message: `token=${SECRET}x1`, lastProbeTime: null }],
    containerStatuses: [
      {
        name: 'app',
        restartCount: 2,
        containerID: 'containerd://a',
        state: { waiting: { reason: 'CrashLoopBackOff', message: 'back-off' } },
        lastState: { terminated },
        allocatedResources: { cpu: '100m' },
        resources: { requests: { cpu: '200m' } },
      },
    ],
  },
};

describe('a pod', () => {
  it('carries what the folds read and no secret', () => {
    const object = project(source('pod', 'Pod'), rawPod);
    expect(JSON.stringify(object)).not.toContain(SECRET);
    expect(object).toMatchInlineSnapshot(`
      {
        "metadata": {
          "annotations": {
            "kubernetes.io/change-cause": "kubectl set env PASSWORD=[redacted:password]",
            "prometheus.io/scrape": "true",
          },
          "creationTimestamp": "2026-01-01T00:00:00Z",
          "generation": 3,
          "labels": {
            "app": "web",
          },
          "managedFields": [
            {
              "manager": "kubectl",
              "operation": "Update",
              "time": "2026-01-01T00:00:00Z",
            },
          ],
          "ownerReferences": [
            {
              "apiVersion": "apps/v1",
              "controller": true,
              "kind": "ReplicaSet",
              "name": "web",
              "uid": "r1",
            },
          ],
        },
        "spec": {
          "containers": [
            {
              "args": [
                "--token=[redacted:secret]",
              ],
              "command": [
                "web",
                "--db-password",
                "[redacted:argument]",
                "--port",
                "80",
              ],
              "env": [
                {
                  "name": "FROM",
                  "valueFrom": {
                    "secretKeyRef": {
                      "key": "k",
                      "name": "s",
                    },
                  },
                },
              ],
              "envFrom": [
                {
                  "prefix": "X_",
                  "secretRef": {
                    "name": "all",
                  },
                },
              ],
              "envHash": {
                "FROM": "611fe2c47f61",
                "PASSWORD": "ec60ad90fad2",
              },
              "image": "shop/web:1",
              "lifecycle": {
                "preStop": {
                  "exec": {},
                },
              },
              "name": "app",
              "readinessProbe": {
                "httpGet": {
                  "path": "/ready",
                  "port": 80,
                },
                "periodSeconds": 5,
              },
              "resources": {
                "limits": {
                  "memory": "1Gi",
                },
                "requests": {
                  "cpu": "100m",
                },
              },
              "securityContext": {
                "privileged": true,
              },
              "volumeMounts": [
                {
                  "mountPath": "/cfg",
                  "name": "cfg",
                },
              ],
            },
          ],
          "hostNetwork": true,
          "nodeName": "n1",
          "tolerations": [
            {
              "key": "a",
              "operator": "Exists",
            },
          ],
          "volumes": [
            {
              "configMap": {
                "name": "cm",
              },
              "name": "cfg",
            },
            {
              "name": "old",
              "rbd": {},
            },
          ],
        },
        "status": {
          "conditions": [
            {
              "message": "token=[redacted:secret]",
              "status": "False",
              "type": "Ready",
            },
          ],
          "containerStatuses": [
            {
              "allocatedResources": {
                "cpu": "100m",
              },
              "containerID": "containerd://a",
              "lastState": {
                "terminated": {
                  "exitCode": 1,
                  "finishedAt": "2026-01-01T00:00:05Z",
                  "message": "password=[redacted:password]",
                  "reason": "Error",
                },
              },
              "name": "app",
              "resources": {
                "requests": {
                  "cpu": "200m",
                },
              },
              "restartCount": 2,
              "state": {
                "waiting": {
                  "message": "back-off",
                  "reason": "CrashLoopBackOff",
                },
              },
            },
          ],
          "phase": "Running",
        },
      }
    `);
  });

  it('shows a changed variable, and only that', () => {
    const hashes = (env: unknown) =>
      (project(source('pod'), { spec: { containers: [{ name: 'a', env }] } }) as PodObject).spec?.containers?.[0]
        ?.envHash;
    const before = hashes([{ name: 'A', value: '1' }, { name: 'B', value: '2' }, { name: 'C' }]);
    const after = hashes([{ name: 'A', value: '1' }, { name: 'B', value: '3' }, { name: 'C' }]);
    expect(before?.A).toMatch(/^[0-9a-f]{12}$/);
    expect(after?.A).toBe(before?.A);
    expect(after?.B).not.toBe(before?.B);
    expect(Object.keys(after ?? {})).toEqual(['A', 'B', 'C']);
  });

  it('hashes with the key', () => {
    const other = createProjector({
      redact: createRedactor({ extra: [] }),
      envHashKey: 'other',
      annotations: { allow: [] },
    });
    const env = (object: unknown) =>
      (object as { spec: { containers: ContainerSpec[] } }).spec.containers[0]?.envHash?.PASSWORD;
    expect(env(other(source('pod'), rawPod))).not.toBe(env(project(source('pod'), rawPod)));
  });

  it('never lets last-applied-configuration through, even where it is allowed', () => {
    const open = createProjector({
      redact: createRedactor({ extra: [] }),
      envHashKey: 'k',
      annotations: { allow: ['*'] },
    });
    const object = open(source('pod'), { metadata }) as PodObject;
    expect(Object.keys(object.metadata?.annotations ?? {})).toEqual([
      'other.io/x',
      'prometheus.io/scrape',
      'kubernetes.io/change-cause',
    ]);
  });
});

describe('odd input', () => {
  it.each([null, undefined, 1, 'x', [], {}, { metadata: null, spec: [], status: 'x' }])(
    '%j gives a smaller object',
    (raw) => {
      for (const kind of OBJECT_KINDS)
        expect(project(source(kind, 'K'), raw)).toEqual(
          kind === 'workload' && typeof raw === 'object' && raw !== null && !Array.isArray(raw)
            ? { apiVersion: 'v1', kind: 'K' }
            : {},
        );
    },
  );

  it('never throws, whatever stands in a field', () => {
    const mutated = fc.tuple(fc.nat(119), fc.jsonValue());
    fc.assert(
      fc.property(fc.constantFrom(...OBJECT_KINDS), mutated, (kind, [at, value]) => {
        let index = 0;
        const paths = JSON.stringify(rawPod, (_key, each: unknown) => (index++ === at ? value : each));
        const object = project(source(kind, 'K'), paths === undefined ? undefined : JSON.parse(paths));
        expect(() => JSON.stringify(object)).not.toThrow();
      }),
      { numRuns: 300, seed: 20260104 },
    );
  });
});
