import type { Cause } from '../../../schemas/outages.ts';
import type { IntervalRecord, Why } from './state.ts';

type Facts = Why['detail'] & { pods: number };

/** The cause in one English sentence; the pages make theirs of the same facts. */
export function sentenceOf(
  cause: Cause,
  facts: Facts,
  { unseen, row }: Pick<IntervalRecord, 'unseen' | 'row'>,
): string {
  if (row.blip) return 'Its endpoints moved from one slice to another.';
  if (unseen && cause === 'unknown') return 'It was so when the recording began.';
  return SENTENCES[cause](facts);
}

const word = (facts: Facts, name: string): string => String(facts[name] ?? '');

const podsOf = (facts: Facts): string => (facts.pods > 1 ? `${facts.pods} pods` : `Pod ${word(facts, 'pod')}`);

const were = ({ pods }: Facts): string => (pods > 1 ? 'were' : 'was');

function because(facts: Facts): string {
  return [word(facts, 'reason'), word(facts, 'message')].filter((part) => part !== '').join(': ');
}

function ended(facts: Facts): string {
  const container = word(facts, 'container');
  const code = facts['exit_code'] === undefined ? '' : ` (exit code ${facts['exit_code']})`;
  const who =
    facts.pods > 1 ? `${facts.pods} pods` : `${container ? `container ${container} of ` : ''}pod ${word(facts, 'pod')}`;
  return `${who} died: ${because(facts)}${code}`;
}

const release = (facts: Facts): string => {
  const revision = word(facts, 'revision');
  const images = word(facts, 'images');
  return `the rollout of ${word(facts, 'workload')}${revision ? ` to revision ${revision}` : ''}${images ? ` (${images})` : ''}`;
};

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

const SENTENCES: Readonly<Record<Cause, (facts: Facts) => string>> = {
  rollout: (facts) =>
    `${capital(release(facts))} replaced ${facts.pods > 1 ? `${facts.pods} pods` : `pod ${word(facts, 'pod')}`}.`,
  'bad-release': (facts) => `${capital(release(facts))} went wrong: ${wrong(facts)}.`,
  crash: (facts) =>
    `${capital(facts['container'] === undefined && facts['exit_code'] === undefined ? `pod ${word(facts, 'pod')} could not run: ${because(facts)}` : ended(facts))}.`,
  readiness: (facts) => `${podsOf(facts)} ${were(facts)} not ready, though running.`,
  node: (facts) =>
    facts['how'] === 'ended'
      ? `${podsOf(facts)} ${were(facts)} ended on node ${word(facts, 'node')}: ${word(facts, 'reason')}.`
      : facts['how'] === 'gone'
        ? `Node ${word(facts, 'node')} is gone, with ${facts.pods} of its pods.`
        : `Node ${word(facts, 'node')} stopped answering, with ${facts.pods} of its pods.`,
  eviction: (facts) =>
    facts['drained']
      ? `${podsOf(facts)} ${were(facts)} evicted while node ${word(facts, 'node')} was drained.`
      : `${podsOf(facts)} ${were(facts)} evicted: ${because(facts)}.`,
  image: (facts) => `The image of pod ${word(facts, 'pod')} cannot be had: ${because(facts)}.`,
  unschedulable: (facts) =>
    facts['workload'] === undefined
      ? `No node takes pod ${word(facts, 'pod')}: ${because(facts)}.`
      : `Pods of ${word(facts, 'workload')} are refused: ${because(facts)}.`,
  'pod-deleted': (facts) => `${podsOf(facts)} ${were(facts)} deleted.`,
  'scale-down': (facts) =>
    facts['deleted']
      ? `${word(facts, 'workload')} was deleted.`
      : `${word(facts, 'workload')} was scaled from ${word(facts, 'from')} to ${word(facts, 'to')}.`,
  unknown: (facts) =>
    facts['by'] === 'selector'
      ? 'The selector of the service was changed, away from pods that were ready.'
      : 'Nothing that was recorded says why.',
};

/** `by`: what befell the new pods, or that there were none. */
function wrong(facts: Facts): string {
  switch (facts['by']) {
    case 'image':
      return `the image of pod ${word(facts, 'pod')} cannot be had: ${because(facts)}`;
    case 'readiness':
      return facts.pods > 1 ? `${facts.pods} of its pods were not ready` : `pod ${word(facts, 'pod')} was not ready`;
    case 'port':
      return `none of its pods offers the port ${word(facts, 'port')}`;
    case 'rollout':
      return word(facts, 'reason');
    default:
      return facts['container'] === undefined && facts['exit_code'] === undefined
        ? `pod ${word(facts, 'pod')} could not run: ${because(facts)}`
        : ended(facts);
  }
}
