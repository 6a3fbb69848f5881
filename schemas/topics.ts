/** Topic names. The cluster is read from the topic and from nowhere else, so that a broker's ACL on it is a real fence. */
const JOURNAL_PREFIX = 'tidemark.journal.';

export const DERIVED_TOPIC = 'tidemark.derived';
export const DEAD_LETTER_TOPIC = 'tidemark.dead-letter';

/** A cluster's name is part of a topic's and of a folder's: Kafka's alphabet, at most 100 characters. */
export const CLUSTER_NAME = /^[a-zA-Z0-9](?:[a-zA-Z0-9._-]{0,98}[a-zA-Z0-9])?$/;

export const journalTopic = (cluster: string): string => JOURNAL_PREFIX + cluster;

/** The cluster of a journal topic, or null for any other topic. */
export function clusterOfTopic(topic: string): string | null {
  if (!topic.startsWith(JOURNAL_PREFIX)) return null;
  const cluster = topic.slice(JOURNAL_PREFIX.length);
  return CLUSTER_NAME.test(cluster) ? cluster : null;
}
