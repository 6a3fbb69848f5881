import type { Language } from '../time/format.ts';

type Reading = readonly [english: RegExp, chinese: string];

const whole = (source: string): RegExp => new RegExp(`^${source}$`, 's');
const exact = (text: string): RegExp => whole(text.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`));

/** The server's hints, as it words them, and how a Chinese engineer says the same. `$1` is what the server filled in. */
const HINTS: readonly Reading[] = [
  [whole('Out of memory: memory limit (.+) reached'), '内存超限被杀：达到内存上限 $1'],
  [
    exact('Out of memory: killed without a limit of its own, by the node or the pod'),
    '内存不足被杀：容器自身没有内存上限，由节点或 Pod 级限制触发',
  ],
  [
    exact('The container was lost with its node or sandbox; how it ended is not known'),
    '容器随节点或沙箱一起丢失，如何结束的不得而知',
  ],
  [whole('Exit code (-?\\w+): its log says that it ran out of memory'), '退出码 $1：日志表明内存耗尽'],
  [
    exact("Killed (SIGKILL): not out of memory by Kubernetes' word; a kill after the grace period, or from outside"),
    '被强制杀死（SIGKILL）：Kubernetes 没有报 OOM；可能是宽限期用尽后强杀，或来自外部的 kill',
  ],
  [
    exact('It ended while nobody watched; the kubelet keeps the last instance only'),
    '结束时没有在监听；kubelet 只保留最后一个实例',
  ],
  [
    exact('It ended by itself with exit code 0, though it should go on running'),
    '自行退出且退出码为 0，但它本应一直运行',
  ],
  [exact('The runtime could not start the container (exit code 125)'), '容器运行时无法启动该容器（退出码 125）'],
  [
    exact('The command was found but could not be executed: permissions, or a binary for another platform'),
    '找到了命令但无法执行：权限不足，或二进制属于其他平台',
  ],
  [
    exact('The command was not found in the image: check the path, and shared libraries'),
    '镜像里找不到该命令：检查路径和动态库',
  ],
  [exact('The runtime could not start the container'), '容器运行时无法启动该容器'],
  [exact('Illegal instruction (SIGILL): built for another CPU'), '非法指令（SIGILL）：程序是为其他 CPU 编译的'],
  [
    exact('The process aborted itself (SIGABRT): a failed assertion, or a runtime that gave up'),
    '进程自行中止（SIGABRT）：断言失败，或语言运行时主动放弃',
  ],
  [exact('Bus error (SIGBUS)'), '总线错误（SIGBUS）'],
  [exact('Arithmetic error (SIGFPE)'), '算术错误（SIGFPE）'],
  [exact('Segmentation fault (SIGSEGV)'), '段错误（SIGSEGV）'],
  [exact('Ended by SIGTERM: something asked it to stop'), '收到 SIGTERM 后结束：有人或组件要求它停止'],
  [whole('Killed by the kubelet: the (\\w+) probe failed \\((.+)\\)'), '被 kubelet 杀死：$1 探针失败（$2）'],
  [whole('Killed by the kubelet: the (\\w+) probe failed'), '被 kubelet 杀死：$1 探针失败'],
  [exact('Killed by the kubelet: its postStart hook failed'), '被 kubelet 杀死：postStart 钩子失败'],

  [
    exact('The node of the pod is not ready: its containers may or may not run'),
    'Pod 所在节点未就绪：容器是否还在运行无法确定',
  ],
  [exact('It starts and dies again and again; see its deaths'), '反复启动又退出，详见它的各次退出'],
  [exact('The image name cannot be parsed: it must be changed'), '镜像名无法解析，必须修改'],
  [
    exact('The image is not on the node, and imagePullPolicy Never forbids to pull it'),
    '节点上没有该镜像，而 imagePullPolicy: Never 禁止拉取',
  ],
  [exact('The registry limits pulls (too many requests)'), '镜像仓库限流（请求过多）'],
  [exact('The image does not exist, or the registry denies access to it'), '镜像不存在，或镜像仓库拒绝访问'],
  [exact('The registry denies access: check the pull secret'), '镜像仓库拒绝访问：检查拉取凭据（imagePullSecrets）'],
  [
    exact('The registry has no such image or tag (or none for this platform)'),
    '镜像仓库里没有这个镜像或标签（或没有对应平台的版本）',
  ],
  [exact('The registry cannot be reached from the node'), '节点连不上镜像仓库'],
  [exact('The image cannot be pulled'), '镜像拉取失败'],
  [whole('Missing: key (\\S+) in (\\S+) (.+)'), '缺少：$2 $3 中的键 $1'],
  [whole('Missing: (\\S+) (.+)'), '缺少：$1 $2'],
  [exact('The image runs as root, and runAsNonRoot forbids it'), '镜像以 root 运行，而 runAsNonRoot 不允许'],
  [exact('The command does not exist in the image'), '镜像里不存在该命令'],
  [exact('The command may not be executed'), '没有执行该命令的权限'],
  [exact('The container cannot be created as it is configured'), '按现有配置无法创建容器'],
  [exact('The cluster has no node to schedule on'), '集群中没有可调度的节点'],
  [exact('No node fits the pod'), '没有节点满足该 Pod 的要求'],

  [exact('Evicted: the node ran low on memory'), '被驱逐：节点内存不足'],
  [exact('Evicted: the node ran low on ephemeral-storage'), '被驱逐：节点临时存储不足'],
  [whole('Evicted: the node ran low on (.+)'), '被驱逐：节点 $1 不足'],
  [whole('Evicted: the pod used more (.+) than its limit'), '被驱逐：Pod 的 $1 用量超过上限'],
  [exact('Evicted through the API: a drain, an autoscaler or a person'), '通过 API 驱逐：节点排空、自动伸缩或人工操作'],
  [exact('Evicted by the kubelet'), '被 kubelet 驱逐'],
  [exact('Made room for a pod of higher priority'), '被更高优先级的 Pod 抢占'],
  [
    exact('Its node got a NoExecute taint that the pod does not tolerate (any longer)'),
    '节点被打上 NoExecute 污点，而该 Pod 不容忍（或容忍时间已到）',
  ],
  [exact('Its node is gone'), '所在节点已不存在'],
  [exact('Its node was shut down'), '所在节点已关机'],
  [exact('Its node does not answer'), '所在节点失联'],
  [exact('The pod was active longer than activeDeadlineSeconds allows'), 'Pod 运行时间超过 activeDeadlineSeconds'],
  [
    exact('The kubelet could not admit the pod: often a device that is gone'),
    'kubelet 无法接纳该 Pod：常见于设备已不可用',
  ],
  [whole('The node had not enough (.+) when the pod arrived'), 'Pod 调度到节点时，节点的 $1 已不够'],

  [exact('Its pods failed more often than backoffLimit allows'), 'Pod 失败次数超过 backoffLimit'],
  [exact('The Job was active longer than activeDeadlineSeconds allows'), 'Job 运行时间超过 activeDeadlineSeconds'],
  [
    exact('A pod failed in a way that its podFailurePolicy does not retry'),
    'Pod 的失败方式按 podFailurePolicy 不再重试',
  ],
  [exact('Some of its indexes failed for good'), '部分索引最终失败'],
  [exact('More indexes failed than maxFailedIndexes allows'), '失败的索引数超过 maxFailedIndexes'],
];

/** Why the scheduler found no node: the parts of one hint, each perhaps followed by how many nodes it holds for. */
const NO_NODE = 'No node fits: ';
const SCHEDULER: readonly Reading[] = [
  [whole('not enough (.+)'), '$1 不足'],
  [exact('no node matches the selector or affinity'), '没有节点匹配选择器或亲和性'],
  [exact('taints that the pod does not tolerate'), 'Pod 不容忍节点污点'],
  [exact('the pod anti-affinity'), 'Pod 反亲和性限制'],
  [exact('the topology spread'), '拓扑分布约束限制'],
  [exact('a volume claim that is not bound'), 'PVC 未绑定'],
  [whole('volume claim (.+) does not exist'), 'PVC $1 不存在'],
  [exact('a volume that lies elsewhere'), '存储卷不在可用节点所在区域'],
  [exact('cordoned nodes'), '节点已停止调度（cordon）'],
  [exact('a host port that is taken'), '主机端口被占用'],
  [exact('nodes full of pods'), '节点 Pod 数已满'],
];

function read(readings: readonly Reading[], text: string): string | null {
  const found = readings.find(([english]) => english.test(text));
  return found ? text.replace(...found) : null;
}

function readSchedulerPart(part: string): string | null {
  const [, why = part, count, of] = /^(.*?)(?: \((\d+) of (\d+) nodes\))?$/s.exec(part) ?? [];
  const said = read(SCHEDULER, why);
  return said !== null && count !== undefined ? `${said}（${of} 个节点中的 ${count} 个）` : said;
}

/** The Chinese of a hint; null for one that is not known here. */
export function chineseHint(hint: string): string | null {
  if (!hint.startsWith(NO_NODE)) return read(HINTS, hint);
  const parts = hint.slice(NO_NODE.length).split('; ').map(readSchedulerPart);
  return parts.includes(null) ? null : `没有合适的节点：${parts.join('；')}`;
}

/** A hint of the API in the person's language; one that is not known here stays as it came. */
export const hintText = (hint: string, language: Language): string =>
  language === 'zh' ? (chineseHint(hint) ?? hint) : hint;

export interface RuleText {
  readonly name: string;
  readonly meaning: string;
}

const RULES: Readonly<Record<string, Readonly<Record<Language, RuleText>>>> = {
  name: {
    en: {
      name: 'By name',
      meaning: 'The name of the pod, container or workload holds a word that the configuration names.',
    },
    zh: { name: '按名称', meaning: 'Pod、容器或工作负载的名称包含配置中指定的词。' },
  },
  ephemeral: {
    en: { name: 'Debug container', meaning: 'An ephemeral container ended or was stuck: somebody was debugging.' },
    zh: { name: '临时容器', meaning: '临时（调试）容器退出或卡住：有人在排查问题。' },
  },
  'before-first-sight': {
    en: { name: 'Before the first sight', meaning: 'It had ended before the recording of this cluster began.' },
    zh: { name: '首次监听之前', meaning: '在开始记录这个集群之前就已经结束。' },
  },
  'init-ok': {
    en: { name: 'Init container done', meaning: 'An init container did its work and ended with 0.' },
    zh: { name: 'init 容器完成', meaning: 'init 容器完成工作，以退出码 0 结束。' },
  },
  'job-completed': {
    en: {
      name: 'Job completed',
      meaning: 'A container that is meant to end did so with 0: a Job, or a pod that runs once.',
    },
    zh: { name: 'Job 完成', meaning: '本应结束的容器以退出码 0 结束：属于 Job，或只运行一次的 Pod。' },
  },
  'job-sidecar': {
    en: { name: "Job's sidecar", meaning: "A Job's sidecar ended after all of its main containers had." },
    zh: { name: 'Job 的 sidecar', meaning: 'Job 的主容器全部结束之后，sidecar 随之结束。' },
  },
  'job-old': {
    en: { name: 'Old Job death', meaning: "A Job's container had ended long before it was first seen." },
    zh: { name: '较早的 Job 退出', meaning: 'Job 的容器在被发现时早已结束。' },
  },
  'job-waiting': {
    en: {
      name: 'Job still young',
      meaning: "A Job's pod has waited for only some minutes since it was created; it is asked again later.",
    },
    zh: { name: 'Job 刚创建', meaning: 'Job 的 Pod 创建后只等待了几分钟，稍后会再判定一次。' },
  },
  startup: {
    en: {
      name: 'Startup',
      meaning: 'It died within the first minutes of its pod, while a new pod may still be waiting for what it needs.',
    },
    zh: { name: '启动期', meaning: '在 Pod 创建后的最初几分钟内退出，新 Pod 可能还在等待依赖。' },
  },
  deleting: {
    en: { name: 'Pod being deleted', meaning: "It ended because its pod's deletion was asked for." },
    zh: { name: 'Pod 正在删除', meaning: 'Pod 已被要求删除，随之结束。' },
  },
  'planned-stop': {
    en: {
      name: 'Planned stop',
      meaning: 'It stopped in good order (0 or 143) while its pod was evicted, preempted or moved off its node.',
    },
    zh: { name: '计划内停止', meaning: 'Pod 被驱逐、抢占或迁离节点时，容器正常停止（退出码 0 或 143）。' },
  },
  'log-unavailable': {
    en: {
      name: 'Removed by hand',
      meaning: 'The kubelet had lost its log and it did not come back: somebody removed the container by hand.',
    },
    zh: { name: '人工移除', meaning: 'kubelet 上已无日志且容器没有再启动：容器被人工移除。' },
  },
};

export const hasRuleText = (rule: string): boolean => Object.hasOwn(RULES, rule);

/** What a suppression rule is called, and in one sentence what it takes for no trouble. An unknown rule is its own name. */
export const ruleText = (rule: string, language: Language): RuleText =>
  (hasRuleText(rule) ? RULES[rule]?.[language] : undefined) ?? { name: rule, meaning: '' };
