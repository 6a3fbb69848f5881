import type { Answer } from '../api/client.ts';
import { formatBytes, formatDuration, type Language } from '../time/format.ts';

export type ExceptionDetail = Answer<'getException'>;
export type ExceptionRow = ExceptionDetail['siblings']['container'][number];
/** What the sentence is made of: the row, the pod as it was, and the container's other ends. */
export type Told = ExceptionRow & Pick<ExceptionDetail, 'spec' | 'siblings'>;

type Say = (english: string, chinese: string) => string;

/** The API gives at most this many siblings: there may be more. */
const SIBLINGS_KEPT = 20;
const MINUTE_MS = 60_000;
const WINDOWS = [
  [10 * MINUTE_MS, '10 min', '10 分钟内'],
  [60 * MINUTE_MS, '1 h', '1 小时内'],
  [1440 * MINUTE_MS, '24 h', '24 小时内'],
] as const;
const CRASHES = /^SIG(?:SEGV|ABRT|BUS|FPE|ILL|SYS|TRAP)$/;
const ORDINALS = ['', '', 'second', 'third', 'fourth', 'fifth', 'sixth', 'seventh', 'eighth', 'ninth', 'tenth'];

const millis = (time: string | null): number | null => (time === null ? null : Date.parse(time));
const saying =
  (language: Language): Say =>
  (english, chinese) =>
    language === 'zh' ? chinese : english;

/** A quantity of memory as Kubernetes writes it, with its unit spelt out: `128Mi` is `128 MiB`. */
export function memoryText(quantity: string, language: Language): string {
  if (/^\d+$/.test(quantity)) return formatBytes(Number(quantity), language);
  return quantity.replace(/^([\d.]+)([KMGTPE]i?|k)$/, '$1 $2B');
}

/** Milliseconds from start to end; null where one is not known, or a clock ran backwards. */
export function livedMs(row: ExceptionRow): number | null {
  const [from, to] = [millis(row.started_at), millis(row.finished_at)];
  return from === null || to === null || to < from ? null : to - from;
}

/** `web/app`, or `web` where both have one name; the pod or the Job where the row is about the whole of it. */
export function subjectOf(row: ExceptionRow): string {
  if (row.container) return row.container === row.workload ? row.workload : `${row.workload}/${row.container}`;
  return row.type === 'job' ? `${row.workload_kind} ${row.workload}` : `Pod ${row.pod || row.workload}`;
}

/** One sentence for what happened: what, how, how long it had lived, its limit, and how often lately. `now`: milliseconds. */
export function sentenceOf(told: Told, now: number, language: Language): string {
  const say = saying(language);
  const [happened, ...further] = {
    death: deathParts,
    stuck: stuckParts,
    pod: podParts,
    job: jobParts,
  }[told.type](told, now, language, say);
  const rest = further.filter((part) => part !== '').join(say(', ', '，'));
  const subject = subjectOf(told);
  const first = say(`${subject} ${happened}`, /[\w)]$/.test(subject) ? `${subject} ${happened}` : subject + happened);
  return rest === '' ? first : first + say('; ', '；') + rest;
}

function deathParts(told: Told, _now: number, language: Language, say: Say): string[] {
  const limit = told.reason === 'OOMKilled' ? memoryLimitOf(told) : '';
  return [
    withLife(deathWords(told, say), afterStart(told, language, say)),
    limit === '' ? '' : say(`limit ${memoryText(limit, language)}`, `内存上限 ${memoryText(limit, language)}`),
    howOften(told, say),
  ];
}

function deathWords({ reason, exit_code: code, signal }: ExceptionRow, say: Say): string {
  const number = code === null ? '' : ` (${code})`;
  const zhNumber = code === null ? '' : `（${code}）`;
  if (reason === 'OOMKilled') return say(`was OOM-killed${number}`, `因内存超限被杀${zhNumber}`);
  if (/^(?:StartError|ContainerCannotRun)$/.test(reason))
    return say(`could not be started${number}`, `无法启动${zhNumber}`);
  if (code === null) return say('ended; how is not known', '已结束，如何结束的不得而知');
  if (reason === 'ContainerStatusUnknown') return say('was lost with its node or sandbox', '随节点或沙箱一起丢失');
  if (signal === 'SIGKILL') return say(`was killed (SIGKILL, ${code})`, `被强制杀死（SIGKILL，${code}）`);
  if (CRASHES.test(signal)) return say(`crashed with ${signal} (${code})`, `因 ${signal} 崩溃（${code}）`);
  if (signal !== '') return say(`ended on ${signal} (${code})`, `收到 ${signal} 后结束（${code}）`);
  return code === 0
    ? say('ended by itself with exit code 0', '自行退出，退出码 0')
    : say(`ended with exit code ${code}`, `异常退出，退出码 ${code}`);
}

/** Two numbers side by side would read as one: `exit code 2, 59 min after it started`. */
const withLife = (words: string, life: string): string =>
  words + (/\d$/.test(words) && life.startsWith(' ') ? ',' : '') + life;

function afterStart(row: ExceptionRow, language: Language, say: Say): string {
  const ms = livedMs(row);
  // A process that was never started, or whose kubelet gives one second for both, lived for no time that means anything.
  if (ms === null || ms === 0) return '';
  const lived = formatDuration(ms, language);
  return say(` ${lived} after it started`, `，距启动 ${lived}`);
}

interface PodLike {
  spec?: Record<string, { name?: string; resources?: { limits?: Record<string, unknown> } }[] | undefined>;
}

/** The memory limit of the row's container in the pod as it was; '' where there is none or it is not known. */
function memoryLimitOf({ spec, container }: Told): string {
  const pod = (spec?.object as PodLike | undefined)?.spec;
  const all = [pod?.['containers'], pod?.['initContainers'], pod?.['ephemeralContainers']].flatMap(
    (list) => list ?? [],
  );
  const limit = all.find(({ name }) => name === container)?.resources?.limits?.['memory'];
  return typeof limit === 'string' || typeof limit === 'number' ? String(limit) : '';
}

/** How many ends of this container with the same reason and exit code there were, in the shortest window that holds several. */
function howOften(told: Told, say: Say): string {
  const at = millis(told.finished_at ?? told.observed_at) ?? 0;
  const before = told.siblings.container
    .filter(
      ({ type, reason, exit_code: code }) => type === 'death' && reason === told.reason && code === told.exit_code,
    )
    .map((row) => millis(row.finished_at ?? row.observed_at) ?? 0)
    .filter((other) => other <= at);
  const oldest = Math.min(...told.siblings.container.map(({ observed_at: seen }) => Date.parse(seen)));
  for (const [window, english, chinese] of WINDOWS) {
    const count = 1 + before.filter((other) => other > at - window).length;
    if (count < 2) continue;
    const more = told.siblings.container.length >= SIBLINGS_KEPT && oldest > at - window;
    if (more) return say(`at least ${count} times in ${english}`, `${chinese}至少第 ${count} 次`);
    return say(`${ORDINALS[count] ?? `${count}th`} time in ${english}`, `${chinese}第 ${count} 次`);
  }
  return '';
}

type StuckWords = readonly [RegExp, readonly [string, string], readonly [string, string]];
const STUCK_SOMEHOW: StuckWords = [/^/, ['is stuck', 'was stuck'], ['已卡住', '曾卡住']];
/** In words: [while it lasts, once it is over], English and Chinese. */
const STUCK: readonly StuckWords[] = [
  [/^CrashLoopBackOff$/, ['is crash-looping', 'was crash-looping'], ['正在反复崩溃', '曾反复崩溃']],
  [/Image|Registry|Signature/, ['cannot pull its image', 'could not pull its image'], ['拉不到镜像', '曾拉不到镜像']],
  [/^Unschedulable$/, ['cannot be scheduled', 'could not be scheduled'], ['无法调度', '曾无法调度']],
  [
    /^Node/,
    ['is on a node that is not ready', 'was on a node that was not ready'],
    ['所在节点未就绪', '所在节点曾未就绪'],
  ],
  [/Container|Hook/, ['cannot be started', 'could not be started'], ['无法启动', '曾无法启动']],
];

function stuckParts(told: Told, now: number, language: Language, say: Say): string[] {
  const over = told.finished_at === null ? 0 : 1;
  const [, english, chinese] = STUCK.find(([pattern]) => pattern.test(told.reason)) ?? STUCK_SOMEHOW;
  const from = millis(told.started_at);
  const ms = from === null ? null : (millis(told.finished_at) ?? now) - from;
  const lasted = ms === null || ms < 0 ? '' : formatDuration(ms, language);
  const words = say(`${english[over]} (${told.reason})`, `${chinese[over]}（${told.reason}）`);
  const length =
    lasted === ''
      ? ''
      : over
        ? say(` for ${lasted}`, `，持续 ${lasted}`)
        : say(`, for ${lasted} so far`, `，已持续 ${lasted}`);
  return [words + length, told.reason === 'CrashLoopBackOff' ? deathsMeanwhile(told, from, say) : ''];
}

/** The row's own restartCount is that of when it was first seen: the deaths beside it say more. */
function deathsMeanwhile({ siblings, finished_at: end }: Told, from: number | null, say: Say): string {
  const [first, last] = [from ?? Infinity, millis(end) ?? Infinity];
  const deaths = siblings.container.filter((row) => {
    const at = millis(row.finished_at ?? row.observed_at) ?? 0;
    return row.type === 'death' && at >= first && at <= last;
  }).length;
  if (deaths === 0) return '';
  if (siblings.container.length >= SIBLINGS_KEPT)
    return say(`at least ${deaths} deaths meanwhile`, `期间至少退出 ${deaths} 次`);
  return say(`${deaths} ${deaths === 1 ? 'death' : 'deaths'} meanwhile`, `期间退出 ${deaths} 次`);
}

const POD_ENDS: Readonly<Record<string, readonly [string, string]>> = {
  Evicted: ['was evicted', '被驱逐'],
  Preempted: ['was preempted', '被抢占'],
  NodeShutdown: ['was ended by the shutdown of its node', '因节点关机而终止'],
  NodeLost: ['was lost: its node does not answer', '已失联：节点没有响应'],
  DeletionByTaintManager: ['was removed by a taint of its node', '因节点污点被移除'],
  DeletionByPodGC: ['was removed with its node', '随节点一起被清理'],
  DeadlineExceeded: ['ran past its deadline', '运行超时（activeDeadlineSeconds）'],
};

function podParts(told: Told, _now: number, language: Language, say: Say): string[] {
  const [english, chinese] = POD_ENDS[told.reason] ?? [`was ended (${told.reason})`, `被终止（${told.reason}）`];
  const node = told.node === '' ? '' : say(`node ${told.node}`, `节点 ${told.node}`);
  return [say(english, chinese) + afterStart(told, language, say), node];
}

const jobParts = (told: Told, _now: number, language: Language, say: Say): string[] => [
  say(`failed (${told.reason})`, `失败（${told.reason}）`) + afterStart(told, language, say),
];
