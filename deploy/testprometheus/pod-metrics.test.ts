import { expect, it } from 'vitest';
import { podMetrics } from './pod-metrics.ts';

it('tells pods as kube-state-metrics does', () => {
  const text = podMetrics([
    {
      metadata: {
        namespace: 'shop',
        name: 'web-1',
        uid: 'u1',
        ownerReferences: [{ kind: 'ReplicaSet', name: 'web', controller: true }],
      },
      spec: {
        nodeName: 'node-1',
        containers: [
          { name: 'app', resources: { requests: { cpu: '250m', memory: '64Mi' }, limits: { 'nvidia.com/gpu': '1' } } },
          { name: 'side' },
        ],
      },
      status: { podIP: '10.0.0.7' },
    },
    { metadata: { namespace: 'shop', name: 'alone', uid: 'u2' }, spec: { containers: [{ name: 'app' }] } },
  ]);
  const own = 'namespace="shop",pod="web-1",uid="u1"';
  const app = `${own},container="app",node="node-1"`;
  expect(text.trim().split('\n')).toEqual([
    `kube_pod_info{${own},host_ip="",pod_ip="10.0.0.7",node="node-1",created_by_kind="ReplicaSet",created_by_name="web"} 1`,
    `kube_pod_owner{${own},owner_kind="ReplicaSet",owner_name="web",owner_is_controller="true"} 1`,
    `kube_pod_container_resource_requests{${app},resource="cpu",unit="core"} 0.25`,
    `kube_pod_container_resource_requests{${app},resource="memory",unit="byte"} 67108864`,
    `kube_pod_container_resource_limits{${app},resource="nvidia_com_gpu",unit="integer"} 1`,
    'kube_pod_info{namespace="shop",pod="alone",uid="u2",host_ip="",pod_ip="",node="",created_by_kind="",created_by_name=""} 1',
    'kube_pod_owner{namespace="shop",pod="alone",uid="u2",owner_kind="",owner_name="",owner_is_controller=""} 1',
  ]);
});

it('refuses a quantity that it does not know', () => {
  const containers = [{ name: 'app', resources: { requests: { cpu: '1e3' } } }];
  expect(() => podMetrics([{ metadata: { namespace: 'n', name: 'p', uid: 'u' }, spec: { containers } }])).toThrow(
    '1e3',
  );
});
