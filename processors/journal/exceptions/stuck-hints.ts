import type { SpellKind } from './state.ts';

/** The hint of a spell, read from its reason and Kubernetes' message. */
export function stuckHint(kind: SpellKind, reason: string, message: string): string {
  if (kind === 'image') return imageHint(reason, message);
  if (kind === 'config') return configHint(reason, message);
  if (kind === 'unschedulable') return schedulerHint(message);
  if (kind === 'node') return 'The node of the pod is not ready: its containers may or may not run';
  return 'It starts and dies again and again; see its deaths';
}

function imageHint(reason: string, message: string): string {
  if (reason === 'InvalidImageName') return 'The image name cannot be parsed: it must be changed';
  if (reason === 'ErrImageNeverPull')
    return 'The image is not on the node, and imagePullPolicy Never forbids to pull it';
  if (/toomanyrequests|too many requests|rate limit|\b429\b/i.test(message))
    return 'The registry limits pulls (too many requests)';
  if (/may require|pull access denied/i.test(message))
    return 'The image does not exist, or the registry denies access to it';
  if (/unauthorized|denied|forbidden|authentication required|no basic auth|\b40[13]\b/i.test(message)) {
    return 'The registry denies access: check the pull secret';
  }
  if (/not found|manifest unknown|does not exist|no match for platform|\b404\b/i.test(message)) {
    return 'The registry has no such image or tag (or none for this platform)';
  }
  if (
    /timeout|timed out|no such host|connection (?:refused|reset)|dial tcp|x509|tls|network|unreachable|EOF|deadline exceeded/i.test(
      message,
    )
  ) {
    return 'The registry cannot be reached from the node';
  }
  return 'The image cannot be pulled';
}

/** Why the runtime could not start a container, from its message. */
export const startHint = (message: string): string => configHint('RunContainerError', message);

function configHint(reason: string, message: string): string {
  const missing = /(secret|configmap|serviceaccount|persistentvolumeclaim)s? "?([\w.:/-]+)"? not found/i.exec(message);
  if (missing) return `Missing: ${missing[1]?.toLowerCase()} ${missing[2]}`;
  const key = /couldn't find key (\S+) in (secret|configmap) (\S+)/i.exec(message);
  if (key) return `Missing: key ${key[1]} in ${key[2]?.toLowerCase()} ${key[3]}`;
  if (/runAsNonRoot/i.test(message)) return 'The image runs as root, and runAsNonRoot forbids it';
  if (/executable file not found|no such file or directory/i.test(message))
    return 'The command does not exist in the image';
  if (/permission denied/i.test(message)) return 'The command may not be executed';
  return reason === 'RunContainerError'
    ? 'The runtime could not start the container'
    : 'The container cannot be created as it is configured';
}

const SCHEDULER_REASONS: readonly [RegExp, string][] = [
  [/insufficient ([\w./-]+)/i, 'not enough $1'],
  [
    /didn't match pod(?:'s)? (?:node )?affinity|node affinity\/selector|didn't match .*selector/i,
    'no node matches the selector or affinity',
  ],
  [/untolerated taint|had taint|taints? that/i, 'taints that the pod does not tolerate'],
  [/anti-affinity/i, 'the pod anti-affinity'],
  [/topology spread/i, 'the topology spread'],
  [/unbound immediate persistentvolumeclaims/i, 'a volume claim that is not bound'],
  [/persistentvolumeclaim "([^"]+)" not found/i, 'volume claim $1 does not exist'],
  [/volume node affinity conflict/i, 'a volume that lies elsewhere'],
  [/unschedulable/i, 'cordoned nodes'],
  [/free ports/i, 'a host port that is taken'],
  [/too many pods/i, 'nodes full of pods'],
];

/** `0/5 nodes are available: 3 Insufficient cpu, 2 node(s) had untolerated taint {...}. preemption: ...` in words. */
function schedulerHint(message: string): string {
  const [first = ''] = message.split(/ ?preemption: /i);
  const nodes = /(\d+)\/(\d+) nodes are available/.exec(first);
  const said = nodes ? first.slice(nodes.index + nodes[0].length) : first;
  const why: string[] = [];
  for (const part of said.split(/, (?=\d)|\. /)) {
    for (const [pattern, words] of SCHEDULER_REASONS) {
      const match = pattern.exec(part);
      if (!match) continue;
      const count = /^[:\s]*(\d+) /.exec(part)?.[1];
      const reading = words.replace('$1', match[1] ?? '').replace(/[.,]$/, '');
      why.push(count && nodes ? `${reading} (${count} of ${nodes[2]} nodes)` : reading);
      break;
    }
  }
  if (/^no nodes available/i.test(message)) return 'The cluster has no node to schedule on';
  return why.length > 0 ? `No node fits: ${[...new Set(why)].join('; ')}` : 'No node fits the pod';
}
