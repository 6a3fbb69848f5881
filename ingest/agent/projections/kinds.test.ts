import { describe, expect, it } from 'vitest';
import type { ObjectKind } from '../../../schemas/entry.ts';
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

describe('other kinds', () => {
  it.each<[string, ProjectionSource, unknown, unknown]>([
    [
      'deployment',
      source('workload', 'Deployment', 'apps/v1'),
      {
        spec: {
          replicas: 2,
          paused: true,
          strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: '25%' } },
          template: { spec: { containers: [{ name: 'a', env: [{ name: 'X', value: SECRET }] }] } },
        },
        status: {
          observedGeneration: 3,
          updatedReplicas: 1,
          conditions: [{ type: 'Progressing', status: 'True', reason: 'x' }],
        },
      },
      {
        apiVersion: 'apps/v1',
        kind: 'Deployment',
        spec: {
          replicas: 2,
          paused: true,
          strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: '25%' } },
          template: { spec: { containers: [{ name: 'a', envHash: { X: expect.any(String) } }] } },
        },
        status: {
          observedGeneration: 3,
          updatedReplicas: 1,
          conditions: [{ type: 'Progressing', status: 'True', reason: 'x' }],
        },
      },
    ],
    [
      'statefulset',
      source('workload', 'StatefulSet', 'apps/v1'),
      {
        spec: { updateStrategy: { type: 'RollingUpdate', rollingUpdate: { partition: 2 } }, serviceName: 's' },
        status: { currentRevision: 'a', updateRevision: 'b' },
      },
      {
        apiVersion: 'apps/v1',
        kind: 'StatefulSet',
        spec: { updateStrategy: { type: 'RollingUpdate', rollingUpdate: { partition: 2 } }, serviceName: 's' },
        status: { currentRevision: 'a', updateRevision: 'b' },
      },
    ],
    [
      'controller revision',
      source('workload', 'ControllerRevision', 'apps/v1'),
      { revision: 7, data: { spec: { template: { env: SECRET } } } },
      {
        apiVersion: 'apps/v1',
        kind: 'ControllerRevision',
        revision: 7,
        dataHash: expect.stringMatching(/^[0-9a-f]{12}$/),
      },
    ],
    [
      'cron job',
      source('workload', 'CronJob', 'batch/v1'),
      {
        spec: {
          schedule: '* * * * *',
          suspend: false,
          jobTemplate: { spec: { backoffLimit: 2, template: { spec: { restartPolicy: 'Never' } } } },
        },
        status: { active: [{ kind: 'Job', name: 'j', resourceVersion: '1' }] },
      },
      {
        apiVersion: 'batch/v1',
        kind: 'CronJob',
        spec: {
          schedule: '* * * * *',
          suspend: false,
          jobTemplate: { spec: { backoffLimit: 2, template: { spec: { restartPolicy: 'Never' } } } },
        },
        status: { active: [{ kind: 'Job', name: 'j' }] },
      },
    ],
    [
      'job',
      source('workload', 'Job', 'batch/v1'),
      {
        spec: { backoffLimit: 1, completions: 3, activeDeadlineSeconds: 60 },
        status: { failed: 2, active: 1, uncountedTerminatedPods: {} },
      },
      {
        apiVersion: 'batch/v1',
        kind: 'Job',
        spec: { backoffLimit: 1, completions: 3, activeDeadlineSeconds: 60 },
        status: { failed: 2, active: 1 },
      },
    ],
    [
      'endpoint slice',
      source('endpointslice'),
      {
        metadata: { labels: { 'kubernetes.io/service-name': 'web' } },
        addressType: 'IPv4',
        endpoints: [
          {
            addresses: ['10.0.0.1'],
            conditions: { ready: false, serving: true, terminating: true },
            targetRef: { kind: 'Pod', name: 'p', uid: 'u' },
            nodeName: 'n',
            zone: 'z',
          },
        ],
        ports: [{ name: 'http', port: 80 }],
      },
      {
        metadata: { labels: { 'kubernetes.io/service-name': 'web' } },
        addressType: 'IPv4',
        endpoints: [
          {
            addresses: ['10.0.0.1'],
            conditions: { ready: false, serving: true, terminating: true },
            targetRef: { kind: 'Pod', name: 'p', uid: 'u' },
            nodeName: 'n',
            zone: 'z',
          },
        ],
        ports: [{ name: 'http', port: 80 }],
      },
    ],
    [
      'slice without endpoints',
      source('endpointslice'),
      { addressType: 'IPv4', endpoints: null },
      { addressType: 'IPv4' },
    ],
    [
      'service',
      source('service'),
      {
        spec: {
          selector: { app: 'web' },
          clusterIP: 'None',
          publishNotReadyAddresses: true,
          ports: [{ port: 80, targetPort: 'http' }],
          secretThing: SECRET,
        },
      },
      {
        spec: {
          selector: { app: 'web' },
          clusterIP: 'None',
          publishNotReadyAddresses: true,
          ports: [{ port: 80, targetPort: 'http' }],
        },
      },
    ],
    [
      'node',
      source('node'),
      {
        spec: { unschedulable: true, taints: [{ key: 'k', effect: 'NoExecute', timeAdded: 't' }] },
        status: {
          conditions: [{ type: 'Ready', status: 'Unknown' }],
          capacity: { cpu: '4' },
          images: [{ names: ['x'] }],
        },
      },
      {
        spec: { unschedulable: true, taints: [{ key: 'k', effect: 'NoExecute', timeAdded: 't' }] },
        status: { conditions: [{ type: 'Ready', status: 'Unknown' }], capacity: { cpu: '4' } },
      },
    ],
    [
      'event',
      source('event'),
      {
        involvedObject: { kind: 'Pod', name: 'p', uid: 'u', fieldPath: 'spec.containers{a}' },
        reason: 'Unhealthy',
        message: `GET http://u:${SECRET}@h/`,
        count: 3,
        series: null,
      },
      {
        involvedObject: { kind: 'Pod', name: 'p', uid: 'u', fieldPath: 'spec.containers{a}' },
        reason: 'Unhealthy',
        message: 'GET http://u:[redacted:password]@h/',
        count: 3,
      },
    ],
    [
      'priority class',
      source('priorityclass'),
      { value: 100, globalDefault: false },
      { value: 100, globalDefault: false },
    ],
    [
      'pdb',
      source('pdb'),
      { spec: { minAvailable: '50%', selector: { matchLabels: { a: 'b' } } }, status: { disruptionsAllowed: 0 } },
      { spec: { minAvailable: '50%', selector: { matchLabels: { a: 'b' } } }, status: { disruptionsAllowed: 0 } },
    ],
    [
      'hpa',
      source('hpa'),
      { spec: { maxReplicas: 5, scaleTargetRef: { kind: 'Deployment', name: 'w' } }, status: { desiredReplicas: 2 } },
      { spec: { maxReplicas: 5, scaleTargetRef: { kind: 'Deployment', name: 'w' } }, status: { desiredReplicas: 2 } },
    ],
    [
      'pvc',
      source('pvc'),
      { spec: { resources: { requests: { storage: '1Gi' } } }, status: { phase: 'Bound' } },
      { spec: { resources: { requests: { storage: '1Gi' } } }, status: { phase: 'Bound' } },
    ],
  ])('%s', (_name, from, raw, expected) => {
    expect(project(from, raw)).toEqual(expected);
  });
});
