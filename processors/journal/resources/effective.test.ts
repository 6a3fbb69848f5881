import { describe, expect, it } from 'vitest';
import { effectiveResources } from './effective.ts';
import { gpuMatcher, resourceOptions } from './options.ts';

/** Cases of k8s.io/component-helpers/resource/helpers_test.go and of the rules beside it. */
type List = Record<string, unknown>;

interface Setting {
  requests?: List;
  limits?: List;
  always?: boolean;
  /** What the status has in force, and granted. */
  inForce?: { requests?: List; limits?: List };
  granted?: List;
}

interface PodSetting {
  app?: Setting[];
  init?: Setting[];
  overhead?: List;
  pod?: Setting;
  conditions?: List[];
  resize?: string;
}

function podOf({ app = [], init = [], overhead, pod = {}, conditions, resize }: PodSetting) {
  const container =
    (prefix: string) =>
    ({ requests, limits, always }: Setting, at: number) => ({
      name: `${prefix}${at}`,
      resources: { requests, limits },
      ...(always && { restartPolicy: 'Always' }),
    });
  const status =
    (prefix: string) =>
    ({ inForce, granted }: Setting, at: number) => ({
      name: `${prefix}${at}`,
      ...(inForce && { resources: inForce }),
      ...(granted && { allocatedResources: granted }),
    });
  return {
    spec: {
      containers: app.map(container('app')),
      initContainers: init.map(container('init')),
      overhead,
      ...((pod.requests || pod.limits) && { resources: { requests: pod.requests, limits: pod.limits } }),
    },
    status: {
      containerStatuses: app.map(status('app')),
      initContainerStatuses: init.map(status('init')),
      ...(pod.inForce && { resources: pod.inForce }),
      ...(pod.granted && { allocatedResources: pod.granted }),
      conditions,
      resize,
    },
  };
}

const isGpu = gpuMatcher(resourceOptions());
const resourcesOf = (pod: PodSetting) => effectiveResources(podOf(pod), isGpu);
const cpu = (requests?: string, limits?: string, always = false): Setting => ({
  ...(requests !== undefined && { requests: { cpu: requests } }),
  ...(limits !== undefined && { limits: { cpu: limits } }),
  ...(always && { always }),
});
const sidecar = (requests?: string, limits?: string) => cpu(requests, limits, true);
const INFEASIBLE = [{ type: 'PodResizePending', status: 'True', reason: 'Infeasible' }];
const DEFERRED = [{ type: 'PodResizePending', status: 'True', reason: 'Deferred' }];
const resized = (requests: string, inForce: string, granted?: string, limits?: string, limit?: string): Setting => ({
  ...cpu(requests, limits),
  inForce: { requests: { cpu: inForce }, ...(limit !== undefined && { limits: { cpu: limit } }) },
  ...(granted !== undefined && { granted: { cpu: granted } }),
});

describe('CPU requested and limited', () => {
  it.each<[string, PodSetting, number | null, number | null]>([
    ['no containers', {}, null, null],
    ['nothing set', { app: [cpu()] }, null, null],
    ['one container', { app: [cpu('1', '2')] }, 1, 2],
    ['the sum of containers', { app: [cpu('100m', '1'), cpu('200m', '1')] }, 0.3, 2],
    ['one without a request', { app: [cpu('1'), cpu()] }, 1, null],
    ['one without a limit', { app: [cpu('1', '2'), cpu('1')] }, 2, null],
    ['a limit of 0 is none', { app: [cpu('1', '0')] }, 1, null],
    ['a request of 0 is one', { app: [cpu('0')] }, 0, null],
    ['a request that is missing is the limit', { app: [cpu(undefined, '2')] }, 2, 2],
    ['a request of 0 is not the limit', { app: [cpu('0', '2')] }, 0, 2],
    ['a larger init container', { app: [cpu('1', '1')], init: [cpu('3', '4')] }, 3, 4],
    ['larger containers', { app: [cpu('1', '1'), cpu('1', '2')], init: [cpu('1', '1')] }, 2, 3],
    ['the most of init containers, not the sum', { app: [cpu('1', '1')], init: [cpu('2', '2'), cpu('3', '3')] }, 3, 3],
    ['an init container without a limit', { app: [cpu('1', '2')], init: [cpu('3')] }, 3, 2],
    ['an init container without a request', { app: [cpu('1', '2')], init: [cpu()] }, 1, 2],
    ['an init container alone that sets something', { app: [cpu()], init: [cpu('2', '3')] }, 2, null],
    ['a sidecar', { app: [cpu('1', '2')], init: [sidecar('1', '1')] }, 2, 3],
    ['several sidecars', { app: [cpu('1', '2')], init: [sidecar('1', '1'), sidecar('2', '3')] }, 4, 6],
    ['a sidecar without a limit', { app: [cpu('1', '2')], init: [sidecar('1')] }, 2, null],
    ['a sidecar whose request is its limit', { app: [cpu('1', '2')], init: [sidecar(undefined, '1')] }, 2, 3],
    ['a sidecar before an init container', { app: [cpu('1', '1')], init: [sidecar('2', '2'), cpu('5', '6')] }, 7, 8],
    ['a sidecar after an init container', { app: [cpu('1', '1')], init: [cpu('5', '6'), sidecar('2', '2')] }, 5, 6],
    [
      'sidecars and init containers by turns',
      { app: [cpu('1', '1')], init: [sidecar('1', '1'), cpu('5', '5'), sidecar('4', '4'), cpu('3', '3')] },
      8,
      8,
    ],
    [
      'an init container that needs less than what runs later',
      { app: [cpu('4', '4')], init: [sidecar('1', '1'), cpu('2', '2')] },
      5,
      5,
    ],
    ['overhead', { app: [cpu('1', '2')], overhead: { cpu: '100m' } }, 1.1, 2.1],
    ['overhead after the init peak', { app: [cpu('1', '1')], init: [cpu('2', '2')], overhead: { cpu: '1' } }, 3, 3],
    ['overhead where nothing is set', { app: [cpu()], overhead: { cpu: '100m' } }, 0.1, null],
    ['overhead where no limit is set', { app: [cpu('1')], overhead: { cpu: '100m' } }, 1.1, null],
    ['overhead of something else', { app: [cpu('1', '1')], overhead: { memory: '1Mi' } }, 1, 1],
  ])('%s', (_name, pod, requested, limited) => {
    const { cpu_request_cores, cpu_limit_cores } = resourcesOf(pod);
    expect([cpu_request_cores, cpu_limit_cores]).toEqual([requested, limited]);
  });
});

describe("a pod's own resources", () => {
  it.each<[string, PodSetting, number | null, number | null]>([
    ['win over those of containers', { app: [cpu('1', '1')], pod: cpu('3', '4') }, 3, 4],
    ['also where they are less', { app: [cpu('3', '3')], pod: cpu('1', '1') }, 1, 1],
    [
      'win over the init peak and sidecars',
      { app: [cpu('1')], init: [sidecar('2'), cpu('9')], pod: cpu('4') },
      4,
      null,
    ],
    ['are what a pod has whose containers set nothing', { app: [cpu(), cpu()], pod: cpu('3', '4') }, 3, 4],
    ['bound containers without a limit', { app: [cpu('1'), cpu('1', '2')], pod: cpu(undefined, '4') }, 2, 4],
    ['a request alone leaves the limits', { app: [cpu('1', '2')], pod: cpu('3') }, 3, 2],
    ['a limit alone leaves what containers request', { app: [cpu('1', '2')], pod: cpu(undefined, '4') }, 1, 4],
    ['a limit alone is the request where none is', { app: [cpu()], pod: cpu(undefined, '4') }, 4, 4],
    ['of something else leave these', { app: [cpu('1', '2')], pod: { requests: { memory: '1Gi' } } }, 1, 2],
    [
      'of an unknown kind count for nothing',
      { app: [cpu('1', '2')], pod: { requests: { 'nvidia.com/gpu': '1' } } },
      1,
      2,
    ],
    ['with overhead', { app: [cpu('1', '1')], pod: cpu('3', '4'), overhead: { cpu: '500m' } }, 3.5, 4.5],
    ['of which a resize asks for more', { app: [cpu()], pod: resized('3', '2', '2', '4', '2') }, 3, 4],
    ['of which a resize asks for less', { app: [cpu()], pod: resized('1', '2', '2', '1', '2') }, 2, 2],
    [
      'of which a resize cannot be',
      { app: [cpu()], pod: resized('9', '2', '3', '9', '2'), conditions: INFEASIBLE },
      3,
      2,
    ],
  ])('%s', (_name, pod, requested, limited) => {
    const { cpu_request_cores, cpu_limit_cores } = resourcesOf(pod);
    expect([cpu_request_cores, cpu_limit_cores]).toEqual([requested, limited]);
  });
});

describe('a resize in place', () => {
  const down = (more: Setting = {}): Setting => ({ ...resized('1', '3', '2', '2', '4'), ...more });
  it.each<[string, PodSetting, number | null, number | null]>([
    ['up, not granted yet', { app: [resized('3', '1', '1', '4', '2')] }, 3, 4],
    ['up, in force', { app: [resized('3', '3', '3', '4', '4')] }, 3, 4],
    ['down, not in force yet', { app: [down()] }, 3, 4],
    ['down, granted more than is in force', { app: [resized('1', '2', '3', '1', '2')] }, 3, 2],
    ['down, in force', { app: [resized('1', '1', '1', '2', '2')] }, 1, 2],
    ['deferred', { app: [resized('3', '1', '1', '4', '2')], conditions: DEFERRED }, 3, 4],
    ['infeasible', { app: [resized('9', '1', '2', '9', '2')], conditions: INFEASIBLE }, 2, 2],
    ['infeasible, as it was told before', { app: [resized('9', '1', '2', '9', '2')], resize: 'Infeasible' }, 2, 2],
    [
      'deferred now, whatever an old field says',
      { app: [resized('9', '1', '2', '9', '2')], conditions: DEFERRED, resize: 'Infeasible' },
      9,
      9,
    ],
    [
      'infeasible, of a container whose limit is not in force',
      { app: [resized('9', '1', '2', '9')], conditions: INFEASIBLE },
      2,
      null,
    ],
    ['granted, but nothing is told to be in force', { app: [{ ...cpu('1', '1'), granted: { cpu: '5' } }] }, 1, 1],
    ['one of two containers', { app: [down(), cpu('1', '1')] }, 4, 5],
    ['of a sidecar', { app: [cpu('1', '1')], init: [{ ...down(), always: true }] }, 4, 5],
    ['an init container has none', { app: [cpu('1', '1')], init: [down()] }, 1, 2],
    [
      'of a sidecar, infeasible',
      { app: [cpu('1', '1')], init: [{ ...resized('9', '1', '2', '9', '2'), always: true }], conditions: INFEASIBLE },
      3,
      3,
    ],
  ])('%s', (_name, pod, requested, limited) => {
    const { cpu_request_cores, cpu_limit_cores } = resourcesOf(pod);
    expect([cpu_request_cores, cpu_limit_cores]).toEqual([requested, limited]);
  });

  it('takes the most of each resource by itself', () => {
    const app = {
      requests: { cpu: '300m', memory: '100Mi' },
      inForce: { requests: { cpu: '100m', memory: '300Mi' } },
      granted: { cpu: '200m', memory: '200Mi' },
    };
    expect(resourcesOf({ app: [app] })).toMatchObject({ cpu_request_cores: 0.3, memory_request_bytes: 300 * 2 ** 20 });
  });
});

describe('memory and GPUs', () => {
  const gpu = (name: string, count: string): Setting => ({ requests: { [name]: count }, limits: { [name]: count } });

  it('memory is in bytes, and unbounded by itself', () => {
    const app = [{ requests: { memory: '1Gi', cpu: '1' }, limits: { memory: '1.5Gi' } }];
    expect(resourcesOf({ app })).toMatchObject({
      memory_request_bytes: 2 ** 30,
      memory_limit_bytes: 1.5 * 2 ** 30,
      cpu_request_cores: 1,
      cpu_limit_cores: null,
    });
  });

  it.each<[string, Setting[], number | null, string]>([
    ['none', [cpu('1')], null, ''],
    ['of NVIDIA, beside a container without', [gpu('nvidia.com/gpu', '2'), cpu('1')], 2, 'nvidia.com/gpu'],
    ['of AMD', [gpu('amd.com/gpu', '1')], 1, 'amd.com/gpu'],
    ['of Intel', [gpu('gpu.intel.com/i915', '1')], 1, 'gpu.intel.com/i915'],
    ['slices', [gpu('nvidia.com/mig-1g.5gb', '3')], 3, 'nvidia.com/mig-1g.5gb'],
    ['of two kinds', [gpu('nvidia.com/gpu', '1'), gpu('amd.com/gpu', '2')], 3, 'amd.com/gpu,nvidia.com/gpu'],
    ['of 0 pieces', [gpu('nvidia.com/gpu', '0')], null, ''],
    ['of another vendor', [gpu('example.com/gpu', '1')], null, ''],
    ['a limit alone', [{ limits: { 'nvidia.com/gpu': '1' } }], 1, 'nvidia.com/gpu'],
  ])('GPUs: %s', (_name, app, count, name) => {
    const { gpu_request, gpu_limit, gpu_resource } = resourcesOf({ app });
    expect({ gpu_request, gpu_limit, gpu_resource }).toEqual({
      gpu_request: count,
      gpu_limit: count,
      gpu_resource: name,
    });
  });

  it('which resources are GPUs can be set; a dot is a dot', () => {
    const own = gpuMatcher(resourceOptions({ gpu_resources: ['*.example.com/gpu*'] }));
    expect(['a.example.com/gpu', 'b.example.com/gpu.shared', 'a.exampleXcom/gpu', 'nvidia.com/gpu'].map(own)).toEqual([
      true,
      true,
      false,
      false,
    ]);
  });
});

describe('what cannot be read', () => {
  it.each<[string, PodSetting, number, object]>([
    ['a request', { app: [cpu('much', '2')] }, 1, { cpu_request_cores: null, cpu_limit_cores: 2 }],
    ['a limit', { app: [cpu('1', '-2')] }, 1, { cpu_request_cores: 1, cpu_limit_cores: null }],
    ['one of two', { app: [cpu('much', '2'), cpu('1', '1')] }, 1, { cpu_request_cores: null, cpu_limit_cores: 3 }],
    [
      'overhead',
      { app: [cpu('1', '1')], overhead: { cpu: 'x' } },
      1,
      { cpu_request_cores: null, cpu_limit_cores: null },
    ],
    ['what the pod sets', { app: [cpu('1', '1')], pod: cpu('x', 'y') }, 2, { cpu_request_cores: null }],
    ['something else', { app: [{ requests: { cpu: '1', 'example.com/x': 'y' } }] }, 0, { cpu_request_cores: 1 }],
  ])('%s is null and counted', (_name, pod, unreadable, expected) => {
    expect(resourcesOf(pod)).toMatchObject({ unreadable, ...expected });
  });

  it.each([
    [null],
    ['pod'],
    [{ spec: 1 }],
    [{ spec: { containers: {}, initContainers: 'x', overhead: [], resources: 3 }, status: [] }],
    [
      {
        spec: { containers: [null, 1, { resources: 'x' }, { resources: { requests: ['1'] } }] },
        status: { conditions: {} },
      },
    ],
  ])('%j has none', (object) => {
    expect(effectiveResources(object, isGpu)).toMatchObject({
      cpu_request_cores: null,
      gpu_resource: '',
      unreadable: 0,
    });
  });
});

it('tells of each container what holds for it', () => {
  const app = { requests: { cpu: '1', memory: '1Mi' }, limits: { cpu: '0', 'nvidia.com/gpu': '1' } };
  const { containers } = resourcesOf({ app: [app], init: [sidecar('2', '3'), cpu(undefined, '4')] });
  const nothing = { memory_request_bytes: null, memory_limit_bytes: null, gpu: null };
  expect(containers).toEqual([
    {
      name: 'app0',
      kind: 'app',
      cpu_request_cores: 1,
      cpu_limit_cores: null,
      memory_request_bytes: 2 ** 20,
      memory_limit_bytes: null,
      gpu: 1,
    },
    { ...nothing, name: 'init0', kind: 'sidecar', cpu_request_cores: 2, cpu_limit_cores: 3 },
    { ...nothing, name: 'init1', kind: 'init', cpu_request_cores: 4, cpu_limit_cores: 4 },
  ]);
});
