import type { ExceptionOptions, RuleName, RuleOptions } from './options.ts';
import { RULE_NAMES } from './options.ts';
import type { Row } from './state.ts';
import { MINUTE_MS } from '../objects/times.ts';

/** All that the rules ask of one row. Times in milliseconds; null: not known. */
export interface RuleFacts {
  row: Row;
  finished: number | null;
  seen: number;
  created: number | null;
  /** When the journal of this cluster begins. */
  firstSeen: number;
  /** First shown by a list, so it may be older than the journal; whatever else was seen happening, whatever a node's clock says. */
  listed: boolean;
  /** An owner's kind contains Job or PodGroup. */
  job: boolean;
  /** A pod that is meant to end: restartPolicy Never or OnFailure. */
  runsOnce: boolean;
  /** All app containers have ended. */
  mainEnded: boolean;
  /** When deletion was asked for; null: the pod is not being deleted. */
  deletedAt: number | null;
  /** A DisruptionTarget condition says why the pod goes. */
  disrupted: boolean;
  /** The kubelet had no log because somebody removed the container. */
  logUnavailable: boolean;
}

export interface Verdict {
  verdict: Row['verdict'];
  rule: string;
}

const REPORTED: Verdict = { verdict: 'reported', rule: '' };
const CLOCK_SLACK_MS = 1_000;

type Asks = (facts: RuleFacts, minutes: number) => boolean;

const isDeath = ({ row }: RuleFacts) => row.type === 'death';
const isPlannedEnd = ({ row }: RuleFacts) => row.exit_code === 0 || row.exit_code === 143;

/** What died before anybody asked for the pod's deletion did not die of it. */
const diedOfDeletion = ({ deletedAt, finished }: RuleFacts) =>
  deletedAt !== null && (finished === null || finished >= deletedAt - CLOCK_SLACK_MS);

const within = (from: number | null, at: number, minutes: number) => from !== null && at - from < minutes * MINUTE_MS;

const RULES: Readonly<Record<Exclude<RuleName, 'name'>, Asks>> = {
  ephemeral: ({ row }) => row.container_kind === 'ephemeral',
  'before-first-sight': (facts) =>
    facts.row.type !== 'stuck' &&
    facts.listed &&
    (facts.finished === null
      ? facts.created !== null && facts.created < facts.firstSeen
      : facts.finished < facts.firstSeen),
  'init-ok': (facts) => isDeath(facts) && facts.row.container_kind === 'init' && facts.row.exit_code === 0,
  'job-completed': (facts) =>
    isDeath(facts) && facts.row.container_kind === 'app' && facts.row.exit_code === 0 && (facts.job || facts.runsOnce),
  'job-sidecar': (facts) =>
    isDeath(facts) && facts.row.container_kind === 'sidecar' && facts.mainEnded && (facts.job || facts.runsOnce),
  'job-old': (facts, minutes) =>
    isDeath(facts) && facts.job && facts.finished !== null && facts.seen - facts.finished > minutes * MINUTE_MS,
  'job-waiting': (facts, minutes) =>
    facts.row.type === 'stuck' && facts.job && within(facts.created, facts.seen, minutes),
  startup: (facts, minutes) =>
    isDeath(facts) && !facts.job && within(facts.created, facts.finished ?? facts.seen, minutes),
  deleting: (facts) => (isDeath(facts) || facts.row.type === 'stuck') && !facts.disrupted && diedOfDeletion(facts),
  'planned-stop': (facts) => isDeath(facts) && facts.disrupted && isPlannedEnd(facts),
  'log-unavailable': (facts) => isDeath(facts) && facts.logUnavailable,
};

/**
 * Asks the rules in their order (`RULE_NAMES`): first those that hold whenever the row is seen (name, ephemeral, before
 * the first sight), then what ends well (init, jobs), then the young, then the planned; the log's word comes last, since
 * it comes latest. The first that holds tags the row.
 */
export function createVerdict(cluster: string, options: ExceptionOptions): (facts: RuleFacts) => Verdict {
  const holds = createRules(cluster, options.rules);
  return (facts) => {
    const rule = RULE_NAMES.find((name) => holds(name, facts));
    return rule === undefined ? REPORTED : { verdict: 'suppressed', rule };
  };
}

function createRules(cluster: string, rules: RuleOptions) {
  const covers = (rule: RuleOptions['ephemeral'], namespace: string) =>
    rule.enabled &&
    (rule.clusters.length === 0 || rule.clusters.includes(cluster)) &&
    (rule.namespaces.length === 0 || rule.namespaces.includes(namespace));
  return (name: RuleName, facts: RuleFacts): boolean => {
    const { row } = facts;
    if (name === 'name') {
      return rules.name.some(
        (rule) =>
          covers(rule, row.namespace) &&
          rule.contains.some((word) => [row.pod, row.container, row.workload].some((own) => own.includes(word))),
      );
    }
    const rule = rules[name];
    return covers(rule, row.namespace) && RULES[name](facts, 'minutes' in rule ? rule.minutes : 0);
  };
}
