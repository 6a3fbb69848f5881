import type { Language } from '../time/format.ts';

type Tell = (...words: string[]) => string;

/** What the processors write as a rollout's reason, in Chinese; the rest stays as it is: Kubernetes' own words. */
const CHINESE: readonly (readonly [RegExp, Tell])[] = [
  [/^an earlier template came back$/, () => '旧模板被恢复'],
  [/^another template came before it was over$/, () => '结束前又有新的模板'],
  [/^its pods are gone and those of the template before are left$/, () => '新模板的 Pod 已消失，只剩旧模板的 Pod'],
  [/^an older state of the cluster was restored$/, () => '集群被恢复到更早的状态'],
  [/^the workload was deleted$/, () => '工作负载已被删除'],
  [/^it was completed later$/, () => '之后已完成'],
  [/^paused$/, () => '已暂停'],
  [/^held by its partition of (\d+)$/, (n = '') => `受 partition ${n} 限制`],
  [/^waits for its pods to be deleted$/, () => '等待旧 Pod 被删除（OnDelete）'],
  [/^waits for (\d+) of its pods, whose nodes are away$/, (n = '') => `等待 ${n} 个 Pod，其节点失联`],
  [/^old and new pods stand side by side$/, () => '新旧 Pod 并存'],
  [/^its progress deadline was exceeded$/, () => '超过 progressDeadlineSeconds 仍无进展'],
  [/^ReplicaSet "(\S+)" has timed out progressing\.?$/, (name = '') => `ReplicaSet ${name} 在时限内没有进展`],
  [
    /^no progress for (\d+) minutes: of (\d+) wanted, (\d+) are updated and (\d+) available$/,
    (minutes, wanted, updated, available) =>
      `${minutes} 分钟没有进展：期望 ${wanted} 个，已更新 ${updated} 个，可用 ${available} 个`,
  ],
  [
    /^(\S+): (\S+) died, (\S+)(?: \(exit code (\d+)\))?$/,
    (pod, container, reason, code) =>
      `${pod} 的容器 ${container} 异常退出：${reason}${code === undefined ? '' : `（退出码 ${code}）`}`,
  ],
  [/^(\S+) died, (\S+)$/, (pod, reason) => `${pod} 异常退出：${reason}`],
  [/^(\S+): (\S+) is stuck, (\S+)$/, (pod, container, reason) => `${pod} 的容器 ${container} 卡住：${reason}`],
  [/^(\S+) is stuck, (\S+)$/, (pod, reason) => `${pod} 卡住：${reason}`],
];

function inChinese(part: string): string {
  for (const [pattern, tell] of CHINESE) {
    const found = pattern.exec(part);
    if (found) return tell(...found.slice(1));
  }
  return part;
}

/** Why a rollout failed, is held or was given up. */
export const reasonText = (reason: string, language: Language): string =>
  language === 'en' ? reason : reason.split('; ').map(inChinese).join('；');
