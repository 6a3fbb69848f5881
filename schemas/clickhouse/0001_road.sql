-- The road's first tables. Times are UTC. A `…_versions` table is replaced by version; analysts read the view of the plain name.

CREATE TABLE IF NOT EXISTS exceptions_versions
(
    `id`             String COMMENT 'Deterministic: for a death, of cluster, pod uid, container, generation and ordinal',
    `type`           LowCardinality(String) COMMENT 'death, stuck, pod or job; count one type at a time',
    `cluster`        LowCardinality(String) COMMENT 'Cluster, as the journal topic names it',
    `namespace`      LowCardinality(String) COMMENT 'Kubernetes namespace',
    `pod`            String COMMENT 'Pod name; '''' for a Job''s own row',
    `pod_uid`        String COMMENT 'Pod uid; the Job''s uid for a Job''s own row',
    `node`           LowCardinality(String) COMMENT 'Node the pod ran on',
    `container`      LowCardinality(String) COMMENT 'Container name; '''' where the row is about the whole pod or Job',
    `container_kind` LowCardinality(String) COMMENT 'app, init, sidecar or ephemeral; '''' where there is no container',
    `container_id`   String COMMENT 'The dead instance''s container id, where the kubelet gave one',
    `workload_kind`  LowCardinality(String) COMMENT 'Kind of the top owner: Deployment, StatefulSet, CronJob, ... or Pod',
    `workload`       String COMMENT 'Name of the top owner',
    `services`       Array(LowCardinality(String)) COMMENT 'Services whose selector matched the pod',
    `reason`         LowCardinality(String) COMMENT 'OOMKilled, Error, ImagePullBackOff, Unschedulable, Evicted, DeadlineExceeded, ... or Unknown',
    `exit_code`      Nullable(Int32) COMMENT 'Exit code, where a process ended',
    `signal`         LowCardinality(String) COMMENT 'Signal that ended the process, from an exit code over 128: SIGKILL, SIGSEGV, ... or ''''',
    `message`        String COMMENT 'What Kubernetes said, redacted' CODEC(ZSTD(3)),
    `started_at`     Nullable(DateTime64(3, 'UTC')) COMMENT 'When the dead instance, or the stuck spell, began',
    `finished_at`    Nullable(DateTime64(3, 'UTC')) COMMENT 'When it ended; null while a spell lasts',
    `observed_at`    DateTime64(3, 'UTC') COMMENT 'When the agent first saw it; never changes, the partition is made of it' CODEC(Delta, ZSTD(1)),
    `restart_count`  UInt32 COMMENT 'The container''s restartCount when it was seen',
    `ordinal`        UInt32 COMMENT 'Which of the container''s deaths this is, from 0, within its generation',
    `generation`     UInt32 COMMENT 'Rises when restartCount falls',
    `verdict`        LowCardinality(String) COMMENT 'reported, or suppressed by `rule`',
    `rule`           LowCardinality(String) COMMENT 'The rule that suppressed it, or ''''',
    `log_status`     LowCardinality(String) COMMENT 'caught, pending, or why there is no log',
    `fingerprint`    String COMMENT 'Groups the same failure over pods, releases and clusters',
    `hint`           String COMMENT 'A short reading of the well-known ones',
    `image`          String COMMENT 'Image of the container',
    `version`        UInt64 COMMENT 'Journal offset of the last batch that changed the row' CODEC(Delta, ZSTD(1)),
    INDEX by_id id TYPE bloom_filter GRANULARITY 1,
    INDEX by_fingerprint fingerprint TYPE bloom_filter GRANULARITY 1,
    INDEX by_pod_uid pod_uid TYPE bloom_filter GRANULARITY 1
)
ENGINE = ReplacingMergeTree(version)
PARTITION BY toYYYYMM(observed_at)
ORDER BY (cluster, namespace, observed_at, id)
SETTINGS non_replicated_deduplication_window = 10000
COMMENT 'One row for each dead or stuck thing';

CREATE OR REPLACE VIEW exceptions AS SELECT * FROM exceptions_versions FINAL
COMMENT 'One row for each dead or stuck thing';

CREATE TABLE IF NOT EXISTS exception_logs_versions
(
    `exception_id` String COMMENT 'exceptions.id',
    `cluster`      LowCardinality(String) COMMENT 'Cluster',
    `namespace`    LowCardinality(String) COMMENT 'Kubernetes namespace',
    `pod`          String COMMENT 'Pod name',
    `container`    LowCardinality(String) COMMENT 'Container name',
    `observed_at`  DateTime64(3, 'UTC') COMMENT 'When the log was caught; the partition is made of it' CODEC(Delta, ZSTD(1)),
    `status`       LowCardinality(String) COMMENT 'caught, or why not',
    `detail`       String COMMENT 'Why it could not be caught, in words',
    `text`         String COMMENT 'The dead instance''s last lines, redacted, each with its timestamp' CODEC(ZSTD(3)),
    `lines`        UInt32 COMMENT 'Lines kept',
    `bytes`        UInt32 COMMENT 'Bytes kept',
    `truncated`    UInt8 COMMENT '1 where the log was longer than what is kept',
    `redactions`   UInt32 COMMENT 'Secrets that were masked',
    `version`      UInt64 COMMENT 'Journal offset' CODEC(Delta, ZSTD(1)),
    INDEX by_id exception_id TYPE bloom_filter GRANULARITY 1
)
ENGINE = ReplacingMergeTree(version)
PARTITION BY toYYYYMM(observed_at)
ORDER BY (cluster, namespace, exception_id)
SETTINGS non_replicated_deduplication_window = 10000
COMMENT 'The log of each dead instance';

CREATE OR REPLACE VIEW exception_logs AS SELECT * FROM exception_logs_versions FINAL
COMMENT 'The log of each dead instance';

CREATE TABLE IF NOT EXISTS exception_group_notes
(
    `fingerprint`  String COMMENT 'exceptions.fingerprint',
    `acknowledged` UInt8 COMMENT '1 when somebody has acknowledged it',
    `owner`        String COMMENT 'Who takes care of it',
    `note`         String COMMENT 'Free text',
    `updated_by`   String COMMENT 'Who changed it',
    `updated_at`   DateTime64(3, 'UTC') COMMENT 'When'
)
ENGINE = ReplacingMergeTree(updated_at)
ORDER BY fingerprint
SETTINGS non_replicated_deduplication_window = 10000
COMMENT 'Acknowledgements, owners and notes of groups; read with FINAL';

CREATE TABLE IF NOT EXISTS journal
(
    `cluster`          LowCardinality(String) COMMENT 'Cluster',
    `kind`             LowCardinality(String) COMMENT 'pod, event, log, coverage, ...',
    `namespace`        LowCardinality(String) COMMENT 'Kubernetes namespace, '''' for cluster-wide objects',
    `name`             String COMMENT 'Object name',
    `uid`              String COMMENT 'Object uid',
    `op`               LowCardinality(String) COMMENT 'list, add, update, delete or vanished',
    `observed_at`      DateTime64(3, 'UTC') COMMENT 'When the agent saw it; the partition is made of it' CODEC(Delta, ZSTD(1)),
    `resource_version` String COMMENT 'resourceVersion',
    `epoch`            UInt64 COMMENT 'The agent''s life',
    `seq`              UInt64 COMMENT 'Number within the agent''s life' CODEC(Delta, ZSTD(1)),
    `log_id`           String COMMENT 'The journal''s life',
    `offset`           UInt64 COMMENT 'Offset in the journal' CODEC(Delta, ZSTD(1)),
    `object`           String COMMENT 'The projected object as JSON' CODEC(ZSTD(3)),
    INDEX by_uid uid TYPE bloom_filter GRANULARITY 1
)
ENGINE = MergeTree
PARTITION BY toYYYYMM(observed_at)
ORDER BY (cluster, kind, namespace, name, observed_at, offset)
SETTINGS non_replicated_deduplication_window = 10000
COMMENT 'The journal of every cluster, entry by entry';

CREATE TABLE IF NOT EXISTS coverage_versions
(
    `cluster`   LowCardinality(String) COMMENT 'Cluster',
    `kind`      LowCardinality(String) COMMENT 'What was watched: pod, event, workload/deployments, ...',
    `namespace` LowCardinality(String) COMMENT 'Namespace, '''' for all',
    `state`     LowCardinality(String) COMMENT 'watching, late, gap, unreadable or closed',
    `from`      DateTime64(3, 'UTC') COMMENT 'From when; the partition is made of it',
    `to`        Nullable(DateTime64(3, 'UTC')) COMMENT 'Until when; null while it lasts',
    `reason`    String COMMENT 'Why',
    `vanished`  UInt32 COMMENT 'Objects that the relist after a gap did not find any more',
    `version`   UInt64 COMMENT 'Journal offset' CODEC(Delta, ZSTD(1))
)
ENGINE = ReplacingMergeTree(version)
PARTITION BY toYYYYMM(`from`)
ORDER BY (cluster, kind, namespace, `from`, state)
SETTINGS non_replicated_deduplication_window = 10000
COMMENT 'When each cluster, kind and namespace was truly watched';

CREATE OR REPLACE VIEW coverage AS SELECT * FROM coverage_versions FINAL
COMMENT 'When each cluster, kind and namespace was truly watched';

CREATE TABLE IF NOT EXISTS clusters_versions
(
    `cluster`           LowCardinality(String) COMMENT 'Cluster',
    `last_heartbeat_at` DateTime64(3, 'UTC') COMMENT 'The agent''s last proof of life',
    `agent_version`     LowCardinality(String) COMMENT 'The agent''s version',
    `identity`          String COMMENT 'Which process writes',
    `started_at`        DateTime64(3, 'UTC') COMMENT 'Since when this agent runs',
    `epoch`             UInt64 COMMENT 'The agent''s life',
    `seq`               UInt64 COMMENT 'Last entry number' CODEC(Delta, ZSTD(1)),
    `holes`             UInt64 COMMENT 'Entry numbers missing so far',
    `repeats`           UInt64 COMMENT 'Repeated entries dropped so far',
    `objects`           Map(LowCardinality(String), UInt32) COMMENT 'Objects known, by kind',
    `counters`          Map(LowCardinality(String), Float64) COMMENT 'The agent''s counters',
    `version`           UInt64 COMMENT 'Journal offset' CODEC(Delta, ZSTD(1))
)
ENGINE = ReplacingMergeTree(version)
ORDER BY cluster
SETTINGS non_replicated_deduplication_window = 10000
COMMENT 'The newest heartbeat of each agent';

CREATE OR REPLACE VIEW clusters AS SELECT * FROM clusters_versions FINAL
COMMENT 'The newest heartbeat of each agent';

CREATE TABLE IF NOT EXISTS dead_letters
(
    `topic`       LowCardinality(String) COMMENT 'Topic',
    `log_id`      String COMMENT 'The journal''s life',
    `offset`      UInt64 COMMENT 'Offset' CODEC(Delta, ZSTD(1)),
    `group`       LowCardinality(String) COMMENT 'Reader that could not read it',
    `reason`      LowCardinality(String) COMMENT 'not_json, bad_version, bad_entry, bad_object, bad_row, watch_line_not_json, ...',
    `message`     String COMMENT 'What was wrong' CODEC(ZSTD(3)),
    `value`       String COMMENT 'The first 64 kB of the record' CODEC(ZSTD(3)),
    `observed_at` DateTime64(3, 'UTC') COMMENT 'When the record was written' CODEC(Delta, ZSTD(1))
)
ENGINE = MergeTree
PARTITION BY toYYYYMM(observed_at)
ORDER BY (topic, log_id, offset)
SETTINGS non_replicated_deduplication_window = 10000
COMMENT 'What could not be read, with the reason';

CREATE TABLE IF NOT EXISTS fold_claims
(
    `group`        LowCardinality(String) COMMENT 'Group of folds',
    `log_id`       String COMMENT 'The journal''s life',
    `topic`        LowCardinality(String) COMMENT 'Topic',
    `first`        UInt64 COMMENT 'First offset of the range',
    `last`         UInt64 COMMENT 'Last offset of the range',
    `fold_version` UInt32 COMMENT 'Version of the folds that claimed it',
    `claimed_by`   String COMMENT 'Process',
    `claimed_at`   DateTime64(3, 'UTC') COMMENT 'When; old claims go 30 days later'
)
ENGINE = MergeTree
ORDER BY (`group`, topic, log_id, first)
TTL toDateTime(claimed_at) + INTERVAL 30 DAY
SETTINGS non_replicated_deduplication_window = 10000
COMMENT 'Which ranges of a journal are being folded';

CREATE TABLE IF NOT EXISTS fold_state
(
    `group`   LowCardinality(String) COMMENT 'Group of folds',
    `log_id`  String COMMENT 'The journal''s life',
    `topic`   LowCardinality(String) COMMENT 'Topic',
    `key`     String COMMENT 'fold/object; '''' is the position',
    `state`   String COMMENT 'JSON' CODEC(ZSTD(3)),
    `version` UInt64 COMMENT 'Last offset folded' CODEC(Delta, ZSTD(1)),
    `deleted` UInt8 COMMENT '1 when the object is gone'
)
ENGINE = ReplacingMergeTree(version, deleted)
ORDER BY (`group`, topic, log_id, key)
SETTINGS non_replicated_deduplication_window = 10000
COMMENT 'The folds'' state and position';
