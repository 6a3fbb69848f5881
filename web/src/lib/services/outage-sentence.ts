import { reasonText } from '../rollouts/reason-text.ts';
import type { Language } from '../time/format.ts';

export const CAUSES = [
  'rollout',
  'bad-release',
  'crash',
  'readiness',
  'node',
  'eviction',
  'image',
  'unschedulable',
  'pod-deleted',
  'scale-down',
  'unknown',
] as const;
export type Cause = (typeof CAUSES)[number];

/** An interval as the API gives it: with its sentence in English, and with what that is made of. */
export interface ToldOutage {
  readonly sentence: string;
  readonly cause: Cause;
  readonly facts: Readonly<Record<string, string | number>>;
  readonly blip: boolean;
}

type Facts = ToldOutage['facts'];

const word = (facts: Facts, name: string): string => String(facts[name] ?? '');
const isGiven = (facts: Facts, name: string): boolean => facts[name] !== undefined;
const podsOf = (facts: Facts): number => Number(facts['pods'] ?? 1);
const isTrue = (facts: Facts, name: string): boolean => Number(facts[name] ?? 0) > 0;
/** It never came to run, so that nothing could end. */
const neverRan = (facts: Facts): boolean => !isGiven(facts, 'container') && !isGiven(facts, 'exit_code');

const joined = (parts: readonly string[], between: string): string => parts.filter((part) => part !== '').join(between);

type Tell = (facts: Facts) => string;
const because: Tell = (facts) => joined([word(facts, 'reason'), word(facts, 'message')], '：');

const release: Tell = (facts) => {
  const [revision, images] = [word(facts, 'revision'), word(facts, 'images')];
  const details = joined([revision && `版本 ${revision}`, images], '，');
  return `${word(facts, 'workload')} 的发布${details && `（${details}）`}`;
};

const some: Tell = (facts) => (podsOf(facts) > 1 ? `${podsOf(facts)} 个 Pod` : `Pod ${word(facts, 'pod')}`);

const died: Tell = (facts) => {
  const code = isGiven(facts, 'exit_code') ? `（退出码 ${word(facts, 'exit_code')}）` : '';
  const container = word(facts, 'container');
  const who = podsOf(facts) > 1 || container === '' ? `${some(facts)} ` : `${some(facts)} 的容器 ${container} `;
  return `${who}异常退出：${because(facts)}${code}`;
};
const crashed: Tell = (facts) =>
  neverRan(facts) ? `Pod ${word(facts, 'pod')} 无法运行：${because(facts)}` : died(facts);
const imageless: Tell = (facts) => `Pod ${word(facts, 'pod')} 拉不到镜像：${because(facts)}`;

const wrong: Tell = (facts) => {
  switch (facts['by']) {
    case 'image':
      return imageless(facts);
    case 'readiness':
      return `${some(facts)} 未就绪`;
    case 'port':
      return `新 Pod 都没有提供端口 ${word(facts, 'port')}`;
    case 'rollout':
      return reasonText(word(facts, 'reason'), 'zh');
    default:
      return crashed(facts);
  }
};

const CHINESE: Readonly<Record<Cause, Tell>> = {
  rollout: (facts) => `${release(facts)}替换了 ${some(facts)}。`,
  'bad-release': (facts) => `${release(facts)}出了问题：${wrong(facts)}。`,
  crash: (facts) => `${crashed(facts)}。`,
  readiness: (facts) => `${some(facts)} 在运行但未就绪。`,
  node: (facts) =>
    facts['how'] === 'ended'
      ? `节点 ${word(facts, 'node')} 上的 ${some(facts)} 被终止：${word(facts, 'reason')}。`
      : `节点 ${word(facts, 'node')} ${facts['how'] === 'gone' ? '已被移除' : '失联'}，影响其上 ${podsOf(facts)} 个 Pod。`,
  eviction: (facts) =>
    isTrue(facts, 'drained')
      ? `节点 ${word(facts, 'node')} 排空时，${some(facts)} 被驱逐。`
      : `${some(facts)} 被驱逐：${because(facts)}。`,
  image: (facts) => `${imageless(facts)}。`,
  unschedulable: (facts) =>
    isGiven(facts, 'workload')
      ? `${word(facts, 'workload')} 的 Pod 被拒绝创建：${because(facts)}。`
      : `没有节点能调度 Pod ${word(facts, 'pod')}：${because(facts)}。`,
  'pod-deleted': (facts) => `${some(facts)} 被删除。`,
  'scale-down': (facts) =>
    isTrue(facts, 'deleted')
      ? `${word(facts, 'workload')} 被删除。`
      : `${word(facts, 'workload')} 从 ${word(facts, 'from')} 个副本缩容到 ${word(facts, 'to')} 个。`,
  unknown: (facts) =>
    facts['by'] === 'selector' ? 'Service 的 selector 被修改，不再选中原来就绪的 Pod。' : '已有的记录无法说明原因。',
};

/**
 * Why a service was down, degraded or off, in one sentence; in another language than English it is made of cause and facts.
 * `facts.unseen` above 0: it was so before anything was recorded.
 */
export function outageSentence({ sentence, cause, facts, blip }: ToldOutage, language: Language): string {
  if (language === 'en') return sentence;
  if (blip) return '就绪端点只是从一个 EndpointSlice 移到了另一个。';
  if (cause === 'unknown' && isTrue(facts, 'unseen')) return '开始记录时就已如此。';
  return CHINESE[cause](facts);
}
