import { expect, it } from 'vitest';
import { CAUSES as ALL_CAUSES } from '../../../../schemas/outages.ts';
import { CAUSES, outageSentence, type Cause } from './outage-sentence.ts';

const DEPLOYMENT = { workload: 'Deployment shop', revision: '7', images: 'shop:2' };
const DEATH = { pod: 'shop-n', container: 'app', reason: 'OOMKilled', exit_code: 137 };
const STUCK = { pod: 'shop-n', reason: 'ErrImagePull', message: 'not found' };

/** Every way in which a cause is told. */
const TOLD: readonly (readonly [Cause, Record<string, string | number>, string])[] = [
  ['rollout', { ...DEPLOYMENT, pod: 'shop-a', pods: 1 }, 'Deployment shop 的发布（版本 7，shop:2）替换了 Pod shop-a。'],
  ['rollout', { workload: 'Deployment shop', pods: 3 }, 'Deployment shop 的发布替换了 3 个 Pod。'],
  [
    'bad-release',
    { ...DEPLOYMENT, ...DEATH, by: 'crash', pods: 1 },
    'Deployment shop 的发布（版本 7，shop:2）出了问题：Pod shop-n 的容器 app 异常退出：OOMKilled（退出码 137）。',
  ],
  [
    'bad-release',
    { ...DEPLOYMENT, ...STUCK, by: 'image', pods: 1 },
    'Deployment shop 的发布（版本 7，shop:2）出了问题：Pod shop-n 拉不到镜像：ErrImagePull：not found。',
  ],
  [
    'bad-release',
    { ...DEPLOYMENT, pod: 'shop-n', by: 'readiness', pods: 1 },
    'Deployment shop 的发布（版本 7，shop:2）出了问题：Pod shop-n 未就绪。',
  ],
  [
    'bad-release',
    { ...DEPLOYMENT, pod: 'shop-n', by: 'readiness', pods: 2 },
    'Deployment shop 的发布（版本 7，shop:2）出了问题：2 个 Pod 未就绪。',
  ],
  [
    'bad-release',
    { workload: 'Deployment shop', by: 'port', port: 'http', pods: 1 },
    'Deployment shop 的发布出了问题：新 Pod 都没有提供端口 http。',
  ],
  [
    'bad-release',
    { workload: 'Deployment shop', by: 'rollout', reason: 'ProgressDeadlineExceeded', pods: 1 },
    'Deployment shop 的发布出了问题：ProgressDeadlineExceeded。',
  ],
  [
    'bad-release',
    { workload: 'Deployment shop', by: 'rollout', reason: 'shop-n: app died, Error (exit code 1)', pods: 1 },
    'Deployment shop 的发布出了问题：shop-n 的容器 app 异常退出：Error（退出码 1）。',
  ],
  [
    'bad-release',
    { workload: 'Deployment shop', by: 'crash', pod: 'shop-n', reason: 'CreateContainerError', message: 'x', pods: 1 },
    'Deployment shop 的发布出了问题：Pod shop-n 无法运行：CreateContainerError：x。',
  ],
  ['crash', { ...DEATH, pods: 1 }, 'Pod shop-n 的容器 app 异常退出：OOMKilled（退出码 137）。'],
  ['crash', { pod: 'shop-n', reason: 'Error', exit_code: 0, pods: 1 }, 'Pod shop-n 异常退出：Error（退出码 0）。'],
  ['crash', { ...DEATH, pods: 4 }, '4 个 Pod 异常退出：OOMKilled（退出码 137）。'],
  [
    'crash',
    { pod: 'shop-a', reason: 'CreateContainerConfigError', message: 'secret "db" not found', pods: 1 },
    'Pod shop-a 无法运行：CreateContainerConfigError：secret "db" not found。',
  ],
  ['readiness', { pod: 'shop-a', pods: 1 }, 'Pod shop-a 在运行但未就绪。'],
  ['readiness', { pod: 'shop-a', pods: 2 }, '2 个 Pod 在运行但未就绪。'],
  ['node', { node: 'node-1', how: 'silent', pod: 'shop-a', pods: 2 }, '节点 node-1 失联，影响其上 2 个 Pod。'],
  ['node', { node: 'node-1', how: 'gone', pod: 'shop-a', pods: 1 }, '节点 node-1 已被移除，影响其上 1 个 Pod。'],
  [
    'node',
    { node: 'node-1', how: 'ended', reason: 'DeletionByTaintManager', pod: 'shop-a', pods: 1 },
    '节点 node-1 上的 Pod shop-a 被终止：DeletionByTaintManager。',
  ],
  ['eviction', { pod: 'shop-a', node: 'node-1', drained: 1, pods: 1 }, '节点 node-1 排空时，Pod shop-a 被驱逐。'],
  [
    'eviction',
    { pod: 'shop-a', node: 'node-1', drained: 0, reason: 'TerminationByKubelet', message: 'low on memory', pods: 1 },
    'Pod shop-a 被驱逐：TerminationByKubelet：low on memory。',
  ],
  ['image', { ...STUCK, pods: 1 }, 'Pod shop-n 拉不到镜像：ErrImagePull：not found。'],
  [
    'unschedulable',
    { pod: 'shop-n', reason: 'Unschedulable', message: '0/3 nodes are available', pods: 1 },
    '没有节点能调度 Pod shop-n：Unschedulable：0/3 nodes are available。',
  ],
  [
    'unschedulable',
    { workload: 'ReplicaSet shop-7', reason: 'FailedCreate', message: 'exceeded quota', pods: 1 },
    'ReplicaSet shop-7 的 Pod 被拒绝创建：FailedCreate：exceeded quota。',
  ],
  ['pod-deleted', { pod: 'shop-a', pods: 1 }, 'Pod shop-a 被删除。'],
  ['pod-deleted', { pod: 'shop-a', pods: 3 }, '3 个 Pod 被删除。'],
  [
    'scale-down',
    { workload: 'Deployment shop', from: 3, to: 0, deleted: 0, pods: 1 },
    'Deployment shop 从 3 个副本缩容到 0 个。',
  ],
  ['scale-down', { workload: 'Deployment shop', from: 0, to: 0, deleted: 1, pods: 1 }, 'Deployment shop 被删除。'],
  ['unknown', { pods: 1 }, '已有的记录无法说明原因。'],
  ['unknown', { pods: 1, by: 'selector' }, 'Service 的 selector 被修改，不再选中原来就绪的 Pod。'],
];

const sentence = 'As the recorder tells it.';

it.each(TOLD)('%s %o', (cause, facts, chinese) => {
  expect(outageSentence({ sentence, cause, facts, blip: false }, 'zh')).toBe(chinese);
  expect(outageSentence({ sentence, cause, facts, blip: false }, 'en')).toBe(sentence);
});

it('knows every cause', () => {
  expect(CAUSES).toEqual(ALL_CAUSES);
  expect(new Set(TOLD.map(([cause]) => cause))).toEqual(new Set(ALL_CAUSES));
});

it('what moved from slice to slice', () => {
  const told = { sentence, cause: 'unknown', facts: { pods: 1 }, blip: true } as const;
  expect(outageSentence(told, 'zh')).toContain('EndpointSlice');
});

it('what was so before the recording', () => {
  const told = { sentence, cause: 'unknown', facts: { pods: 1, unseen: 1 }, blip: false } as const;
  expect(outageSentence(told, 'zh')).toBe('开始记录时就已如此。');
});
