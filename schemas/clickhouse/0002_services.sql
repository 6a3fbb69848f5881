-- Services: when were they down, why, and what was released. Times are UTC.

CREATE TABLE IF NOT EXISTS rollouts_versions
(
    `id`               String COMMENT 'Deterministic: of cluster, workload uid, generation and template',
    `cluster`          LowCardinality(String) COMMENT 'Cluster',
    `namespace`        LowCardinality(String) COMMENT 'Kubernetes namespace',
    `workload_kind`    LowCardinality(String) COMMENT 'Deployment, StatefulSet, DaemonSet, or another controller by its kind',
    `workload`         String COMMENT 'Name of the workload',
    `workload_uid`     String COMMENT 'Uid of the workload',
    `services`         Array(LowCardinality(String)) COMMENT 'Services whose selector matched the new template',
    `team`             LowCardinality(String) COMMENT 'Team, by the configured label',
    `environment`      LowCardinality(String) COMMENT 'Environment, by the configured label',
    `kind`             LowCardinality(String) COMMENT 'create, change, restart or rollback',
    `revision`         String COMMENT 'Revision as the controller counts or names it',
    `template`         String COMMENT 'Hash of the new template',
    `outcome`          LowCardinality(String) COMMENT 'progressing, paused, held, completed, failed (it stays so, whatever comes later), superseded or rolled-back',
    `reason`           String COMMENT 'Why it failed, is held or was given up, in words' CODEC(ZSTD(3)),
    `started_at`       DateTime64(3, 'UTC') COMMENT 'When the template changed',
    `started_earliest` DateTime64(3, 'UTC') COMMENT 'Not before; the same as started_at where that is known',
    `finished_at`      Nullable(DateTime64(3, 'UTC')) COMMENT 'When its outcome was certain; null while it lasts',
    `failed_at`        Nullable(DateTime64(3, 'UTC')) COMMENT 'When it first went wrong, even if it was completed later',
    `observed_at`      DateTime64(3, 'UTC') COMMENT 'When the agent first saw it; never changes, the partition is made of it' CODEC(Delta, ZSTD(1)),
    `wanted`           UInt32 COMMENT 'Replicas wanted when it was last seen',
    `updated`          UInt32 COMMENT 'Replicas of the new template when it was last seen',
    `available`        UInt32 COMMENT 'Replicas available when it was last seen',
    `images_before`    Map(LowCardinality(String), String) COMMENT 'Image of each container before',
    `images_after`     Map(LowCardinality(String), String) COMMENT 'Image of each container after',
    `changed`          Array(LowCardinality(String)) COMMENT 'Fields of the template that changed: containers[app].image, containers[app].env[DB_HOST], ...',
    `changes`          String COMMENT 'The changed fields as JSON: [{"field","before","after"}]; a value of the environment is never told' CODEC(ZSTD(3)),
    `manager`          LowCardinality(String) COMMENT 'Who changed it, by the object''s field manager: kubectl-edit, helm, argocd-controller, ...',
    `change_cause`     String COMMENT 'What the annotation kubernetes.io/change-cause says, or ''''',
    `exceptions`       Array(String) COMMENT 'exceptions.id of the deaths and stuck spells of its new pods',
    `goes_back_to`     String COMMENT 'rollouts.id whose template a rollback has brought back, or ''''',
    `superseded_by`    String COMMENT 'rollouts.id of the one that came before this one was over, or ''''',
    `version`          UInt64 COMMENT 'Journal offset of the last batch that changed the row' CODEC(Delta, ZSTD(1)),
    INDEX by_id id TYPE bloom_filter GRANULARITY 1,
    INDEX by_workload_uid workload_uid TYPE bloom_filter GRANULARITY 1,
    INDEX by_end finished_at TYPE minmax GRANULARITY 1
)
ENGINE = ReplacingMergeTree(version)
PARTITION BY toYYYYMM(observed_at)
ORDER BY (cluster, namespace, workload_kind, workload, observed_at, id)
SETTINGS non_replicated_deduplication_window = 10000
COMMENT 'One row for each change of a workload''s template and what came of it';

CREATE OR REPLACE VIEW rollouts AS SELECT * FROM rollouts_versions FINAL
COMMENT 'One row for each change of a workload''s template and what came of it';

CREATE TABLE IF NOT EXISTS outages_versions
(
    `id`               String COMMENT 'Deterministic: of cluster, service uid, kind, port and number',
    `kind`             LowCardinality(String) COMMENT 'down, degraded, port or off; count one kind at a time',
    `cluster`          LowCardinality(String) COMMENT 'Cluster',
    `namespace`        LowCardinality(String) COMMENT 'Kubernetes namespace',
    `service`          LowCardinality(String) COMMENT 'Service',
    `service_uid`      String COMMENT 'Uid of the service',
    `workloads`        Array(LowCardinality(String)) COMMENT 'Workloads behind it, as Kind/name',
    `team`             LowCardinality(String) COMMENT 'Team, by the configured label',
    `environment`      LowCardinality(String) COMMENT 'Environment, by the configured label',
    `port`             LowCardinality(String) COMMENT 'Name of the port of a `port` interval, else ''''',
    `started_at`       DateTime64(3, 'UTC') COMMENT 'When it began, as well as is known',
    `started_earliest` DateTime64(3, 'UTC') COMMENT 'It cannot have begun before',
    `started_latest`   DateTime64(3, 'UTC') COMMENT 'It had begun by then',
    `ended_at`         Nullable(DateTime64(3, 'UTC')) COMMENT 'When it ended, as well as is known; null while it lasts',
    `ended_earliest`   Nullable(DateTime64(3, 'UTC')) COMMENT 'It cannot have ended before',
    `ended_latest`     Nullable(DateTime64(3, 'UTC')) COMMENT 'It had ended by then',
    `observed_at`      DateTime64(3, 'UTC') COMMENT 'When the agent first saw it; never changes, the partition is made of it' CODEC(Delta, ZSTD(1)),
    `ready_least`      UInt32 COMMENT 'Fewest ready endpoints while it lasted',
    `wanted`           UInt32 COMMENT 'Most replicas wanted while it lasted',
    `cause`            LowCardinality(String) COMMENT 'rollout, bad-release, crash, readiness, node, eviction, ... or unknown',
    `planned`          UInt8 COMMENT '1 where somebody meant it: a rollout that went well, a drain, a scale-down',
    `sentence`         String COMMENT 'The cause in one sentence' CODEC(ZSTD(3)),
    `cause_facts`      String COMMENT 'What the sentence is made of, as JSON: {"pods","pod","workload","revision","reason","exit_code","node",...}' CODEC(ZSTD(3)),
    `rollout`          String COMMENT 'rollouts.id that caused it, or ''''',
    `exceptions`       Array(String) COMMENT 'exceptions.id of the deaths and stuck spells that caused it',
    `node`             LowCardinality(String) COMMENT 'Node that caused it, or ''''',
    `pods`             Array(String) COMMENT 'Pods that were lost at its beginning',
    `blip`             UInt8 COMMENT '1 where it counts nowhere: its endpoints only moved from one slice to another, or one list held both its ends',
    `version`          UInt64 COMMENT 'Journal offset of the last batch that changed the row' CODEC(Delta, ZSTD(1)),
    INDEX by_id id TYPE bloom_filter GRANULARITY 1,
    INDEX by_rollout rollout TYPE bloom_filter GRANULARITY 1,
    INDEX by_end ended_at TYPE minmax GRANULARITY 1
)
ENGINE = ReplacingMergeTree(version)
PARTITION BY toYYYYMM(observed_at)
ORDER BY (cluster, namespace, service, observed_at, id)
SETTINGS non_replicated_deduplication_window = 10000
COMMENT 'One row for each interval in which a service was down, degraded, without a port, or off';

CREATE OR REPLACE VIEW outages AS SELECT * FROM outages_versions FINAL
COMMENT 'One row for each interval in which a service was down, degraded, without a port, or off';

CREATE TABLE IF NOT EXISTS service_endpoints_versions
(
    `cluster`   LowCardinality(String) COMMENT 'Cluster',
    `namespace` LowCardinality(String) COMMENT 'Kubernetes namespace',
    `service`   LowCardinality(String) COMMENT 'Service',
    `at`        DateTime64(3, 'UTC') COMMENT 'From when on, whole seconds; the partition is made of it' CODEC(Delta, ZSTD(1)),
    `ready`     UInt32 COMMENT 'Ready endpoints, each counted once over families, ports and slices',
    `serving`   UInt32 COMMENT 'Endpoints that serve while they are being terminated',
    `wanted`    UInt32 COMMENT 'Replicas wanted of the workloads behind it',
    `version`   UInt64 COMMENT 'Journal offset' CODEC(Delta, ZSTD(1))
)
ENGINE = ReplacingMergeTree(version)
PARTITION BY toYYYYMM(at)
ORDER BY (cluster, namespace, service, at)
SETTINGS non_replicated_deduplication_window = 10000
COMMENT 'How many endpoints each service had, one row a change';

CREATE OR REPLACE VIEW service_endpoints AS SELECT * FROM service_endpoints_versions FINAL
COMMENT 'How many endpoints each service had, one row a change';

CREATE TABLE IF NOT EXISTS services_versions
(
    `cluster`        LowCardinality(String) COMMENT 'Cluster',
    `namespace`      LowCardinality(String) COMMENT 'Kubernetes namespace',
    `service`        LowCardinality(String) COMMENT 'Service',
    `service_uid`    String COMMENT 'Uid of the service',
    `type`           LowCardinality(String) COMMENT 'ClusterIP, NodePort, LoadBalancer, ExternalName or Headless',
    `state`          LowCardinality(String) COMMENT 'up, degraded, down, off, never-ready, selectorless, external or gone',
    `since`          DateTime64(3, 'UTC') COMMENT 'Since when it has this state',
    `ready`          UInt32 COMMENT 'Ready endpoints',
    `wanted`         UInt32 COMMENT 'Replicas wanted of the workloads behind it',
    `workloads`      Array(LowCardinality(String)) COMMENT 'Workloads behind it, as Kind/name',
    `team`           LowCardinality(String) COMMENT 'Team, by the configured label',
    `environment`    LowCardinality(String) COMMENT 'Environment, by the configured label',
    `objective`      Nullable(Float64) COMMENT 'Availability wanted in percent, from the annotation tidemark.dev/slo; null: the configured one',
    `first_seen_at`  DateTime64(3, 'UTC') COMMENT 'When the agent first saw it',
    `first_ready_at` Nullable(DateTime64(3, 'UTC')) COMMENT 'When it first had a ready endpoint: its availability counts from here',
    `deleted_at`     Nullable(DateTime64(3, 'UTC')) COMMENT 'When it was deleted',
    `version`        UInt64 COMMENT 'Journal offset' CODEC(Delta, ZSTD(1))
)
ENGINE = ReplacingMergeTree(version)
ORDER BY (cluster, namespace, service, service_uid)
SETTINGS non_replicated_deduplication_window = 10000
COMMENT 'Each service and how it stands';

CREATE OR REPLACE VIEW services AS SELECT * FROM services_versions FINAL
COMMENT 'Each service and how it stands';

CREATE TABLE IF NOT EXISTS maintenance_windows_versions
(
    `id`         String COMMENT 'Given by the API',
    `cluster`    LowCardinality(String) COMMENT 'Cluster, '''' for all',
    `namespace`  LowCardinality(String) COMMENT 'Namespace, '''' for all',
    `service`    LowCardinality(String) COMMENT 'Service, '''' for all',
    `from`       DateTime64(3, 'UTC') COMMENT 'From when',
    `to`         DateTime64(3, 'UTC') COMMENT 'Until when',
    `reason`     String COMMENT 'What is done' CODEC(ZSTD(3)),
    `deleted`    UInt8 COMMENT '1 when it was withdrawn',
    `updated_by` String COMMENT 'Who wrote it',
    `updated_at` DateTime64(3, 'UTC') COMMENT 'When'
)
ENGINE = ReplacingMergeTree(updated_at)
ORDER BY (id)
SETTINGS non_replicated_deduplication_window = 10000
COMMENT 'Announced windows';

CREATE OR REPLACE VIEW maintenance_windows AS SELECT * FROM maintenance_windows_versions FINAL WHERE deleted = 0
COMMENT 'Announced windows';
