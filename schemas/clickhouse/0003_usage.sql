-- Usage: what every pod used against what it asked for, over months. Times are UTC.

-- The hour stands before the pod, so that an import's hour is a range of its own: it merges with nothing, FINAL has nothing to compare it
-- with, and a roll-up reads it alone. The last term is not plainly `at`: a condition on `at` would be held against it, and not against the hour.

CREATE TABLE IF NOT EXISTS pod_usage_versions
(
    `cluster`                           LowCardinality(String) COMMENT 'Cluster',
    `namespace`                         LowCardinality(String) COMMENT 'Kubernetes namespace',
    `pod`                               String COMMENT 'Pod name',
    `workload_kind`                     LowCardinality(String) COMMENT 'Kind of the top owner: Deployment, StatefulSet, CronJob, ... or Pod; '''' where nothing tells',
    `workload`                          String COMMENT 'Name of the top owner; '''' where nothing tells',
    `node`                              LowCardinality(String) COMMENT 'Node; '''' where nothing tells',
    `team`                              LowCardinality(String) COMMENT 'Team, by the configured label',
    `environment`                       LowCardinality(String) COMMENT 'Environment, by the configured label',
    `at`                                DateTime64(3, 'UTC') COMMENT 'Instant; one each 30 seconds' CODEC(DoubleDelta, ZSTD(1)),
    `cpu_cores`                         Nullable(Float64) COMMENT 'CPU used, in cores (irate over 2 minutes)' CODEC(ZSTD(1)),
    `cpu_throttled`                     Nullable(Float64) COMMENT 'Share of CPU periods in which it was throttled, 0 to 1 (over 2 minutes)' CODEC(ZSTD(1)),
    `memory_bytes`                      Nullable(Float64) COMMENT 'Working set, in bytes' CODEC(ZSTD(1)),
    `gpu_utilisation`                   Nullable(Float64) COMMENT 'Utilisation of its busiest GPU, 0 to 1' CODEC(ZSTD(1)),
    `gpu_memory_bytes`                  Nullable(Float64) COMMENT 'Memory used on its fullest GPU, in bytes' CODEC(ZSTD(1)),
    `network_receive_bytes_per_second`  Nullable(Float64) COMMENT 'Bytes received a second' CODEC(ZSTD(1)),
    `network_transmit_bytes_per_second` Nullable(Float64) COMMENT 'Bytes sent a second' CODEC(ZSTD(1)),
    `file_read_bytes_per_second`        Nullable(Float64) COMMENT 'Bytes read a second' CODEC(ZSTD(1)),
    `file_write_bytes_per_second`       Nullable(Float64) COMMENT 'Bytes written a second' CODEC(ZSTD(1)),
    `file_bytes`                        Nullable(Float64) COMMENT 'Bytes in the file systems of its containers' CODEC(ZSTD(1)),
    `cpu_request_cores`                 Nullable(Float64) COMMENT 'CPU requested, in cores' CODEC(ZSTD(1)),
    `cpu_limit_cores`                   Nullable(Float64) COMMENT 'CPU limit, in cores' CODEC(ZSTD(1)),
    `memory_request_bytes`              Nullable(Float64) COMMENT 'Memory requested, in bytes' CODEC(ZSTD(1)),
    `memory_limit_bytes`                Nullable(Float64) COMMENT 'Memory limit, in bytes' CODEC(ZSTD(1)),
    `gpu_request`                       Nullable(Float64) COMMENT 'GPUs requested' CODEC(ZSTD(1)),
    `gpu_limit`                         Nullable(Float64) COMMENT 'Limit of GPUs' CODEC(ZSTD(1)),
    `version`                           UInt64 COMMENT 'Milliseconds since the Unix epoch of the import that wrote it; a later one replaces it' CODEC(Delta, ZSTD(1)),
    `deleted`                           UInt8 COMMENT '1 where a later import found it gone'
)
ENGINE = ReplacingMergeTree(version, deleted)
PARTITION BY toMonday(at)
ORDER BY (cluster, toStartOfHour(at), namespace, pod, toUnixTimestamp64Milli(at))
SETTINGS non_replicated_deduplication_window = 10000
COMMENT 'One row for each pod and instant, 30 seconds apart';

CREATE OR REPLACE VIEW pod_usage AS SELECT * EXCEPT (deleted) FROM pod_usage_versions FINAL
COMMENT 'One row for each pod and instant, 30 seconds apart';

-- Hours that are older than pod_usage keeps: they are summed up from here, since the engine drops expired rows as soon as they are written.
CREATE TABLE IF NOT EXISTS pod_usage_import_versions
(
    `cluster`                           LowCardinality(String) COMMENT 'Cluster',
    `namespace`                         LowCardinality(String) COMMENT 'Kubernetes namespace',
    `pod`                               String COMMENT 'Pod name',
    `workload_kind`                     LowCardinality(String) COMMENT 'Kind of the top owner: Deployment, StatefulSet, CronJob, ... or Pod; '''' where nothing tells',
    `workload`                          String COMMENT 'Name of the top owner; '''' where nothing tells',
    `node`                              LowCardinality(String) COMMENT 'Node; '''' where nothing tells',
    `team`                              LowCardinality(String) COMMENT 'Team, by the configured label',
    `environment`                       LowCardinality(String) COMMENT 'Environment, by the configured label',
    `at`                                DateTime64(3, 'UTC') COMMENT 'Instant; one each 30 seconds' CODEC(DoubleDelta, ZSTD(1)),
    `cpu_cores`                         Nullable(Float64) COMMENT 'CPU used, in cores (irate over 2 minutes)' CODEC(ZSTD(1)),
    `cpu_throttled`                     Nullable(Float64) COMMENT 'Share of CPU periods in which it was throttled, 0 to 1 (over 2 minutes)' CODEC(ZSTD(1)),
    `memory_bytes`                      Nullable(Float64) COMMENT 'Working set, in bytes' CODEC(ZSTD(1)),
    `gpu_utilisation`                   Nullable(Float64) COMMENT 'Utilisation of its busiest GPU, 0 to 1' CODEC(ZSTD(1)),
    `gpu_memory_bytes`                  Nullable(Float64) COMMENT 'Memory used on its fullest GPU, in bytes' CODEC(ZSTD(1)),
    `network_receive_bytes_per_second`  Nullable(Float64) COMMENT 'Bytes received a second' CODEC(ZSTD(1)),
    `network_transmit_bytes_per_second` Nullable(Float64) COMMENT 'Bytes sent a second' CODEC(ZSTD(1)),
    `file_read_bytes_per_second`        Nullable(Float64) COMMENT 'Bytes read a second' CODEC(ZSTD(1)),
    `file_write_bytes_per_second`       Nullable(Float64) COMMENT 'Bytes written a second' CODEC(ZSTD(1)),
    `file_bytes`                        Nullable(Float64) COMMENT 'Bytes in the file systems of its containers' CODEC(ZSTD(1)),
    `cpu_request_cores`                 Nullable(Float64) COMMENT 'CPU requested, in cores' CODEC(ZSTD(1)),
    `cpu_limit_cores`                   Nullable(Float64) COMMENT 'CPU limit, in cores' CODEC(ZSTD(1)),
    `memory_request_bytes`              Nullable(Float64) COMMENT 'Memory requested, in bytes' CODEC(ZSTD(1)),
    `memory_limit_bytes`                Nullable(Float64) COMMENT 'Memory limit, in bytes' CODEC(ZSTD(1)),
    `gpu_request`                       Nullable(Float64) COMMENT 'GPUs requested' CODEC(ZSTD(1)),
    `gpu_limit`                         Nullable(Float64) COMMENT 'Limit of GPUs' CODEC(ZSTD(1)),
    `version`                           UInt64 COMMENT 'Milliseconds since the Unix epoch of the import that wrote it; a later one replaces it' CODEC(Delta, ZSTD(1)),
    `deleted`                           UInt8 COMMENT '1 where a later import found it gone'
)
ENGINE = ReplacingMergeTree(version, deleted)
PARTITION BY (cluster, version)
ORDER BY (cluster, toStartOfHour(at), namespace, pod, toUnixTimestamp64Milli(at))
TTL toDateTime(intDiv(version, 1000)) + INTERVAL 1 DAY
SETTINGS non_replicated_deduplication_window = 10000, ttl_only_drop_parts = 1
COMMENT 'Rows of one import of hours long past, until they are summed up';

CREATE TABLE IF NOT EXISTS pod_usage_1h_versions
(
    `cluster`                                 LowCardinality(String) COMMENT 'Cluster',
    `namespace`                               LowCardinality(String) COMMENT 'Kubernetes namespace',
    `pod`                                     String COMMENT 'Pod name',
    `workload_kind`                           LowCardinality(String) COMMENT 'Kind of the top owner: Deployment, StatefulSet, CronJob, ... or Pod; '''' where nothing tells',
    `workload`                                String COMMENT 'Name of the top owner; '''' where nothing tells',
    `node`                                    LowCardinality(String) COMMENT 'Node; '''' where nothing tells',
    `team`                                    LowCardinality(String) COMMENT 'Team, by the configured label',
    `environment`                             LowCardinality(String) COMMENT 'Environment, by the configured label',
    `at`                                      DateTime64(3, 'UTC') COMMENT 'Beginning of the hour or day, UTC' CODEC(DoubleDelta, ZSTD(1)),
    `instants`                                UInt32 COMMENT 'Instants in which anything is known of it',
    `cpu_cores_max`                           Nullable(Float64) COMMENT 'Maximum. CPU used, in cores (irate over 2 minutes)' CODEC(ZSTD(1)),
    `cpu_cores_sum`                           Float64 COMMENT 'Sum over the instants in which it is known' CODEC(ZSTD(1)),
    `cpu_cores_count`                         UInt32 COMMENT 'Instants in which it is known',
    `cpu_throttled_max`                       Nullable(Float64) COMMENT 'Maximum. Share of CPU periods in which it was throttled, 0 to 1 (over 2 minutes)' CODEC(ZSTD(1)),
    `cpu_throttled_sum`                       Float64 COMMENT 'Sum over the instants in which it is known' CODEC(ZSTD(1)),
    `cpu_throttled_count`                     UInt32 COMMENT 'Instants in which it is known',
    `memory_bytes_max`                        Nullable(Float64) COMMENT 'Maximum. Working set, in bytes' CODEC(ZSTD(1)),
    `memory_bytes_sum`                        Float64 COMMENT 'Sum over the instants in which it is known' CODEC(ZSTD(1)),
    `memory_bytes_count`                      UInt32 COMMENT 'Instants in which it is known',
    `gpu_utilisation_max`                     Nullable(Float64) COMMENT 'Maximum. Utilisation of its busiest GPU, 0 to 1' CODEC(ZSTD(1)),
    `gpu_utilisation_sum`                     Float64 COMMENT 'Sum over the instants in which it is known' CODEC(ZSTD(1)),
    `gpu_utilisation_count`                   UInt32 COMMENT 'Instants in which it is known',
    `gpu_memory_bytes_max`                    Nullable(Float64) COMMENT 'Maximum. Memory used on its fullest GPU, in bytes' CODEC(ZSTD(1)),
    `gpu_memory_bytes_sum`                    Float64 COMMENT 'Sum over the instants in which it is known' CODEC(ZSTD(1)),
    `gpu_memory_bytes_count`                  UInt32 COMMENT 'Instants in which it is known',
    `network_receive_bytes_per_second_max`    Nullable(Float64) COMMENT 'Maximum. Bytes received a second' CODEC(ZSTD(1)),
    `network_receive_bytes_per_second_sum`    Float64 COMMENT 'Sum over the instants in which it is known' CODEC(ZSTD(1)),
    `network_receive_bytes_per_second_count`  UInt32 COMMENT 'Instants in which it is known',
    `network_transmit_bytes_per_second_max`   Nullable(Float64) COMMENT 'Maximum. Bytes sent a second' CODEC(ZSTD(1)),
    `network_transmit_bytes_per_second_sum`   Float64 COMMENT 'Sum over the instants in which it is known' CODEC(ZSTD(1)),
    `network_transmit_bytes_per_second_count` UInt32 COMMENT 'Instants in which it is known',
    `file_read_bytes_per_second_max`          Nullable(Float64) COMMENT 'Maximum. Bytes read a second' CODEC(ZSTD(1)),
    `file_read_bytes_per_second_sum`          Float64 COMMENT 'Sum over the instants in which it is known' CODEC(ZSTD(1)),
    `file_read_bytes_per_second_count`        UInt32 COMMENT 'Instants in which it is known',
    `file_write_bytes_per_second_max`         Nullable(Float64) COMMENT 'Maximum. Bytes written a second' CODEC(ZSTD(1)),
    `file_write_bytes_per_second_sum`         Float64 COMMENT 'Sum over the instants in which it is known' CODEC(ZSTD(1)),
    `file_write_bytes_per_second_count`       UInt32 COMMENT 'Instants in which it is known',
    `file_bytes_max`                          Nullable(Float64) COMMENT 'Maximum. Bytes in the file systems of its containers' CODEC(ZSTD(1)),
    `file_bytes_sum`                          Float64 COMMENT 'Sum over the instants in which it is known' CODEC(ZSTD(1)),
    `file_bytes_count`                        UInt32 COMMENT 'Instants in which it is known',
    `cpu_request_cores_max`                   Nullable(Float64) COMMENT 'Maximum. CPU requested, in cores' CODEC(ZSTD(1)),
    `cpu_request_cores_sum`                   Float64 COMMENT 'Sum over the instants in which it is known' CODEC(ZSTD(1)),
    `cpu_request_cores_count`                 UInt32 COMMENT 'Instants in which it is known',
    `cpu_limit_cores_max`                     Nullable(Float64) COMMENT 'Maximum. CPU limit, in cores' CODEC(ZSTD(1)),
    `cpu_limit_cores_sum`                     Float64 COMMENT 'Sum over the instants in which it is known' CODEC(ZSTD(1)),
    `cpu_limit_cores_count`                   UInt32 COMMENT 'Instants in which it is known',
    `memory_request_bytes_max`                Nullable(Float64) COMMENT 'Maximum. Memory requested, in bytes' CODEC(ZSTD(1)),
    `memory_request_bytes_sum`                Float64 COMMENT 'Sum over the instants in which it is known' CODEC(ZSTD(1)),
    `memory_request_bytes_count`              UInt32 COMMENT 'Instants in which it is known',
    `memory_limit_bytes_max`                  Nullable(Float64) COMMENT 'Maximum. Memory limit, in bytes' CODEC(ZSTD(1)),
    `memory_limit_bytes_sum`                  Float64 COMMENT 'Sum over the instants in which it is known' CODEC(ZSTD(1)),
    `memory_limit_bytes_count`                UInt32 COMMENT 'Instants in which it is known',
    `gpu_request_max`                         Nullable(Float64) COMMENT 'Maximum. GPUs requested' CODEC(ZSTD(1)),
    `gpu_request_sum`                         Float64 COMMENT 'Sum over the instants in which it is known' CODEC(ZSTD(1)),
    `gpu_request_count`                       UInt32 COMMENT 'Instants in which it is known',
    `gpu_limit_max`                           Nullable(Float64) COMMENT 'Maximum. Limit of GPUs' CODEC(ZSTD(1)),
    `gpu_limit_sum`                           Float64 COMMENT 'Sum over the instants in which it is known' CODEC(ZSTD(1)),
    `gpu_limit_count`                         UInt32 COMMENT 'Instants in which it is known',
    `cpu_cores_buckets`                       Map(UInt16, UInt32) COMMENT 'Instants by logarithmic bucket, 5 % apart, for percentiles' CODEC(ZSTD(1)),
    `memory_bytes_buckets`                    Map(UInt16, UInt32) COMMENT 'Instants by logarithmic bucket, 5 % apart, for percentiles' CODEC(ZSTD(1)),
    `gpu_utilisation_buckets`                 Map(UInt16, UInt32) COMMENT 'Instants by logarithmic bucket, 5 % apart, for percentiles' CODEC(ZSTD(1)),
    `gpu_memory_bytes_buckets`                Map(UInt16, UInt32) COMMENT 'Instants by logarithmic bucket, 5 % apart, for percentiles' CODEC(ZSTD(1)),
    `version`                                 UInt64 COMMENT 'Milliseconds since the Unix epoch of the import that wrote it; a later one replaces it' CODEC(Delta, ZSTD(1)),
    `deleted`                                 UInt8 COMMENT '1 where a later import found it gone'
)
ENGINE = ReplacingMergeTree(version, deleted)
PARTITION BY toYYYYMM(at)
ORDER BY (cluster, toStartOfDay(at), namespace, pod, toUnixTimestamp64Milli(at))
SETTINGS index_granularity = 2048, non_replicated_deduplication_window = 10000
COMMENT 'One row for each pod and hour';

CREATE OR REPLACE VIEW pod_usage_1h AS SELECT * EXCEPT (deleted) FROM pod_usage_1h_versions FINAL
COMMENT 'One row for each pod and hour';

CREATE TABLE IF NOT EXISTS pod_usage_1d_versions
(
    `cluster`                                 LowCardinality(String) COMMENT 'Cluster',
    `namespace`                               LowCardinality(String) COMMENT 'Kubernetes namespace',
    `pod`                                     String COMMENT 'Pod name',
    `workload_kind`                           LowCardinality(String) COMMENT 'Kind of the top owner: Deployment, StatefulSet, CronJob, ... or Pod; '''' where nothing tells',
    `workload`                                String COMMENT 'Name of the top owner; '''' where nothing tells',
    `node`                                    LowCardinality(String) COMMENT 'Node; '''' where nothing tells',
    `team`                                    LowCardinality(String) COMMENT 'Team, by the configured label',
    `environment`                             LowCardinality(String) COMMENT 'Environment, by the configured label',
    `at`                                      DateTime64(3, 'UTC') COMMENT 'Beginning of the hour or day, UTC' CODEC(DoubleDelta, ZSTD(1)),
    `instants`                                UInt32 COMMENT 'Instants in which anything is known of it',
    `cpu_cores_max`                           Nullable(Float64) COMMENT 'Maximum. CPU used, in cores (irate over 2 minutes)' CODEC(ZSTD(1)),
    `cpu_cores_sum`                           Float64 COMMENT 'Sum over the instants in which it is known' CODEC(ZSTD(1)),
    `cpu_cores_count`                         UInt32 COMMENT 'Instants in which it is known',
    `cpu_throttled_max`                       Nullable(Float64) COMMENT 'Maximum. Share of CPU periods in which it was throttled, 0 to 1 (over 2 minutes)' CODEC(ZSTD(1)),
    `cpu_throttled_sum`                       Float64 COMMENT 'Sum over the instants in which it is known' CODEC(ZSTD(1)),
    `cpu_throttled_count`                     UInt32 COMMENT 'Instants in which it is known',
    `memory_bytes_max`                        Nullable(Float64) COMMENT 'Maximum. Working set, in bytes' CODEC(ZSTD(1)),
    `memory_bytes_sum`                        Float64 COMMENT 'Sum over the instants in which it is known' CODEC(ZSTD(1)),
    `memory_bytes_count`                      UInt32 COMMENT 'Instants in which it is known',
    `gpu_utilisation_max`                     Nullable(Float64) COMMENT 'Maximum. Utilisation of its busiest GPU, 0 to 1' CODEC(ZSTD(1)),
    `gpu_utilisation_sum`                     Float64 COMMENT 'Sum over the instants in which it is known' CODEC(ZSTD(1)),
    `gpu_utilisation_count`                   UInt32 COMMENT 'Instants in which it is known',
    `gpu_memory_bytes_max`                    Nullable(Float64) COMMENT 'Maximum. Memory used on its fullest GPU, in bytes' CODEC(ZSTD(1)),
    `gpu_memory_bytes_sum`                    Float64 COMMENT 'Sum over the instants in which it is known' CODEC(ZSTD(1)),
    `gpu_memory_bytes_count`                  UInt32 COMMENT 'Instants in which it is known',
    `network_receive_bytes_per_second_max`    Nullable(Float64) COMMENT 'Maximum. Bytes received a second' CODEC(ZSTD(1)),
    `network_receive_bytes_per_second_sum`    Float64 COMMENT 'Sum over the instants in which it is known' CODEC(ZSTD(1)),
    `network_receive_bytes_per_second_count`  UInt32 COMMENT 'Instants in which it is known',
    `network_transmit_bytes_per_second_max`   Nullable(Float64) COMMENT 'Maximum. Bytes sent a second' CODEC(ZSTD(1)),
    `network_transmit_bytes_per_second_sum`   Float64 COMMENT 'Sum over the instants in which it is known' CODEC(ZSTD(1)),
    `network_transmit_bytes_per_second_count` UInt32 COMMENT 'Instants in which it is known',
    `file_read_bytes_per_second_max`          Nullable(Float64) COMMENT 'Maximum. Bytes read a second' CODEC(ZSTD(1)),
    `file_read_bytes_per_second_sum`          Float64 COMMENT 'Sum over the instants in which it is known' CODEC(ZSTD(1)),
    `file_read_bytes_per_second_count`        UInt32 COMMENT 'Instants in which it is known',
    `file_write_bytes_per_second_max`         Nullable(Float64) COMMENT 'Maximum. Bytes written a second' CODEC(ZSTD(1)),
    `file_write_bytes_per_second_sum`         Float64 COMMENT 'Sum over the instants in which it is known' CODEC(ZSTD(1)),
    `file_write_bytes_per_second_count`       UInt32 COMMENT 'Instants in which it is known',
    `file_bytes_max`                          Nullable(Float64) COMMENT 'Maximum. Bytes in the file systems of its containers' CODEC(ZSTD(1)),
    `file_bytes_sum`                          Float64 COMMENT 'Sum over the instants in which it is known' CODEC(ZSTD(1)),
    `file_bytes_count`                        UInt32 COMMENT 'Instants in which it is known',
    `cpu_request_cores_max`                   Nullable(Float64) COMMENT 'Maximum. CPU requested, in cores' CODEC(ZSTD(1)),
    `cpu_request_cores_sum`                   Float64 COMMENT 'Sum over the instants in which it is known' CODEC(ZSTD(1)),
    `cpu_request_cores_count`                 UInt32 COMMENT 'Instants in which it is known',
    `cpu_limit_cores_max`                     Nullable(Float64) COMMENT 'Maximum. CPU limit, in cores' CODEC(ZSTD(1)),
    `cpu_limit_cores_sum`                     Float64 COMMENT 'Sum over the instants in which it is known' CODEC(ZSTD(1)),
    `cpu_limit_cores_count`                   UInt32 COMMENT 'Instants in which it is known',
    `memory_request_bytes_max`                Nullable(Float64) COMMENT 'Maximum. Memory requested, in bytes' CODEC(ZSTD(1)),
    `memory_request_bytes_sum`                Float64 COMMENT 'Sum over the instants in which it is known' CODEC(ZSTD(1)),
    `memory_request_bytes_count`              UInt32 COMMENT 'Instants in which it is known',
    `memory_limit_bytes_max`                  Nullable(Float64) COMMENT 'Maximum. Memory limit, in bytes' CODEC(ZSTD(1)),
    `memory_limit_bytes_sum`                  Float64 COMMENT 'Sum over the instants in which it is known' CODEC(ZSTD(1)),
    `memory_limit_bytes_count`                UInt32 COMMENT 'Instants in which it is known',
    `gpu_request_max`                         Nullable(Float64) COMMENT 'Maximum. GPUs requested' CODEC(ZSTD(1)),
    `gpu_request_sum`                         Float64 COMMENT 'Sum over the instants in which it is known' CODEC(ZSTD(1)),
    `gpu_request_count`                       UInt32 COMMENT 'Instants in which it is known',
    `gpu_limit_max`                           Nullable(Float64) COMMENT 'Maximum. Limit of GPUs' CODEC(ZSTD(1)),
    `gpu_limit_sum`                           Float64 COMMENT 'Sum over the instants in which it is known' CODEC(ZSTD(1)),
    `gpu_limit_count`                         UInt32 COMMENT 'Instants in which it is known',
    `cpu_cores_buckets`                       Map(UInt16, UInt32) COMMENT 'Instants by logarithmic bucket, 5 % apart, for percentiles' CODEC(ZSTD(1)),
    `memory_bytes_buckets`                    Map(UInt16, UInt32) COMMENT 'Instants by logarithmic bucket, 5 % apart, for percentiles' CODEC(ZSTD(1)),
    `gpu_utilisation_buckets`                 Map(UInt16, UInt32) COMMENT 'Instants by logarithmic bucket, 5 % apart, for percentiles' CODEC(ZSTD(1)),
    `gpu_memory_bytes_buckets`                Map(UInt16, UInt32) COMMENT 'Instants by logarithmic bucket, 5 % apart, for percentiles' CODEC(ZSTD(1)),
    `version`                                 UInt64 COMMENT 'Milliseconds since the Unix epoch of the import that wrote it; a later one replaces it' CODEC(Delta, ZSTD(1)),
    `deleted`                                 UInt8 COMMENT '1 where a later import found it gone'
)
ENGINE = ReplacingMergeTree(version, deleted)
PARTITION BY toYYYYMM(at)
ORDER BY (cluster, namespace, pod, at)
SETTINGS non_replicated_deduplication_window = 10000
COMMENT 'One row for each pod and day (UTC)';

CREATE OR REPLACE VIEW pod_usage_1d AS SELECT * EXCEPT (deleted) FROM pod_usage_1d_versions FINAL
COMMENT 'One row for each pod and day (UTC)';

CREATE TABLE IF NOT EXISTS group_usage_1h_versions
(
    `cluster`                    LowCardinality(String) COMMENT 'Cluster',
    `by`                         LowCardinality(String) COMMENT 'What the pods have in common: workload, namespace, team, node or cluster',
    `namespace`                  LowCardinality(String) COMMENT 'Kubernetes namespace of a workload or namespace; else ''''',
    `workload_kind`              LowCardinality(String) COMMENT 'Kind of a workload; else ''''',
    `name`                       String COMMENT 'Name of the workload, namespace, team, node or cluster',
    `at`                         DateTime64(3, 'UTC') COMMENT 'Beginning of the hour or day, UTC' CODEC(DoubleDelta, ZSTD(1)),
    `instants`                   UInt32 COMMENT 'Instants in which anything is known of any of its pods',
    `pods_max`                   UInt32 COMMENT 'Most pods at one instant',
    `cpu_cores_max`              Nullable(Float64) COMMENT 'Maximum. CPU used, in cores (irate over 2 minutes)' CODEC(ZSTD(1)),
    `cpu_cores_sum`              Float64 COMMENT 'Sum over the instants in which it is known' CODEC(ZSTD(1)),
    `cpu_cores_count`            UInt32 COMMENT 'Instants in which it is known',
    `memory_bytes_max`           Nullable(Float64) COMMENT 'Maximum. Working set, in bytes' CODEC(ZSTD(1)),
    `memory_bytes_sum`           Float64 COMMENT 'Sum over the instants in which it is known' CODEC(ZSTD(1)),
    `memory_bytes_count`         UInt32 COMMENT 'Instants in which it is known',
    `gpu_memory_bytes_max`       Nullable(Float64) COMMENT 'Maximum. Memory used on its fullest GPU, in bytes' CODEC(ZSTD(1)),
    `gpu_memory_bytes_sum`       Float64 COMMENT 'Sum over the instants in which it is known' CODEC(ZSTD(1)),
    `gpu_memory_bytes_count`     UInt32 COMMENT 'Instants in which it is known',
    `cpu_request_cores_max`      Nullable(Float64) COMMENT 'Maximum. CPU requested, in cores' CODEC(ZSTD(1)),
    `cpu_request_cores_sum`      Float64 COMMENT 'Sum over the instants in which it is known' CODEC(ZSTD(1)),
    `cpu_request_cores_count`    UInt32 COMMENT 'Instants in which it is known',
    `cpu_limit_cores_max`        Nullable(Float64) COMMENT 'Maximum. CPU limit, in cores' CODEC(ZSTD(1)),
    `cpu_limit_cores_sum`        Float64 COMMENT 'Sum over the instants in which it is known' CODEC(ZSTD(1)),
    `cpu_limit_cores_count`      UInt32 COMMENT 'Instants in which it is known',
    `memory_request_bytes_max`   Nullable(Float64) COMMENT 'Maximum. Memory requested, in bytes' CODEC(ZSTD(1)),
    `memory_request_bytes_sum`   Float64 COMMENT 'Sum over the instants in which it is known' CODEC(ZSTD(1)),
    `memory_request_bytes_count` UInt32 COMMENT 'Instants in which it is known',
    `memory_limit_bytes_max`     Nullable(Float64) COMMENT 'Maximum. Memory limit, in bytes' CODEC(ZSTD(1)),
    `memory_limit_bytes_sum`     Float64 COMMENT 'Sum over the instants in which it is known' CODEC(ZSTD(1)),
    `memory_limit_bytes_count`   UInt32 COMMENT 'Instants in which it is known',
    `gpu_request_max`            Nullable(Float64) COMMENT 'Maximum. GPUs requested' CODEC(ZSTD(1)),
    `gpu_request_sum`            Float64 COMMENT 'Sum over the instants in which it is known' CODEC(ZSTD(1)),
    `gpu_request_count`          UInt32 COMMENT 'Instants in which it is known',
    `gpu_limit_max`              Nullable(Float64) COMMENT 'Maximum. Limit of GPUs' CODEC(ZSTD(1)),
    `gpu_limit_sum`              Float64 COMMENT 'Sum over the instants in which it is known' CODEC(ZSTD(1)),
    `gpu_limit_count`            UInt32 COMMENT 'Instants in which it is known',
    `cpu_cores_buckets`          Map(UInt16, UInt32) COMMENT 'Instants by logarithmic bucket, 5 % apart, for percentiles' CODEC(ZSTD(1)),
    `memory_bytes_buckets`       Map(UInt16, UInt32) COMMENT 'Instants by logarithmic bucket, 5 % apart, for percentiles' CODEC(ZSTD(1)),
    `gpu_memory_bytes_buckets`   Map(UInt16, UInt32) COMMENT 'Instants by logarithmic bucket, 5 % apart, for percentiles' CODEC(ZSTD(1)),
    `version`                    UInt64 COMMENT 'Milliseconds since the Unix epoch of the import that wrote it; a later one replaces it' CODEC(Delta, ZSTD(1)),
    `deleted`                    UInt8 COMMENT '1 where a later import found it gone'
)
ENGINE = ReplacingMergeTree(version, deleted)
PARTITION BY toYYYYMM(at)
ORDER BY (`by`, cluster, toStartOfDay(at), namespace, workload_kind, name, toUnixTimestamp64Milli(at))
SETTINGS index_granularity = 2048, non_replicated_deduplication_window = 10000
COMMENT 'One row for each group of pods and hour: what its pods used together, summed at each instant';

CREATE OR REPLACE VIEW group_usage_1h AS SELECT * EXCEPT (deleted) FROM group_usage_1h_versions FINAL
COMMENT 'One row for each group of pods and hour: what its pods used together, summed at each instant';

CREATE TABLE IF NOT EXISTS group_usage_1d_versions
(
    `cluster`                    LowCardinality(String) COMMENT 'Cluster',
    `by`                         LowCardinality(String) COMMENT 'What the pods have in common: workload, namespace, team, node or cluster',
    `namespace`                  LowCardinality(String) COMMENT 'Kubernetes namespace of a workload or namespace; else ''''',
    `workload_kind`              LowCardinality(String) COMMENT 'Kind of a workload; else ''''',
    `name`                       String COMMENT 'Name of the workload, namespace, team, node or cluster',
    `at`                         DateTime64(3, 'UTC') COMMENT 'Beginning of the hour or day, UTC' CODEC(DoubleDelta, ZSTD(1)),
    `instants`                   UInt32 COMMENT 'Instants in which anything is known of any of its pods',
    `pods_max`                   UInt32 COMMENT 'Most pods at one instant',
    `cpu_cores_max`              Nullable(Float64) COMMENT 'Maximum. CPU used, in cores (irate over 2 minutes)' CODEC(ZSTD(1)),
    `cpu_cores_sum`              Float64 COMMENT 'Sum over the instants in which it is known' CODEC(ZSTD(1)),
    `cpu_cores_count`            UInt32 COMMENT 'Instants in which it is known',
    `memory_bytes_max`           Nullable(Float64) COMMENT 'Maximum. Working set, in bytes' CODEC(ZSTD(1)),
    `memory_bytes_sum`           Float64 COMMENT 'Sum over the instants in which it is known' CODEC(ZSTD(1)),
    `memory_bytes_count`         UInt32 COMMENT 'Instants in which it is known',
    `gpu_memory_bytes_max`       Nullable(Float64) COMMENT 'Maximum. Memory used on its fullest GPU, in bytes' CODEC(ZSTD(1)),
    `gpu_memory_bytes_sum`       Float64 COMMENT 'Sum over the instants in which it is known' CODEC(ZSTD(1)),
    `gpu_memory_bytes_count`     UInt32 COMMENT 'Instants in which it is known',
    `cpu_request_cores_max`      Nullable(Float64) COMMENT 'Maximum. CPU requested, in cores' CODEC(ZSTD(1)),
    `cpu_request_cores_sum`      Float64 COMMENT 'Sum over the instants in which it is known' CODEC(ZSTD(1)),
    `cpu_request_cores_count`    UInt32 COMMENT 'Instants in which it is known',
    `cpu_limit_cores_max`        Nullable(Float64) COMMENT 'Maximum. CPU limit, in cores' CODEC(ZSTD(1)),
    `cpu_limit_cores_sum`        Float64 COMMENT 'Sum over the instants in which it is known' CODEC(ZSTD(1)),
    `cpu_limit_cores_count`      UInt32 COMMENT 'Instants in which it is known',
    `memory_request_bytes_max`   Nullable(Float64) COMMENT 'Maximum. Memory requested, in bytes' CODEC(ZSTD(1)),
    `memory_request_bytes_sum`   Float64 COMMENT 'Sum over the instants in which it is known' CODEC(ZSTD(1)),
    `memory_request_bytes_count` UInt32 COMMENT 'Instants in which it is known',
    `memory_limit_bytes_max`     Nullable(Float64) COMMENT 'Maximum. Memory limit, in bytes' CODEC(ZSTD(1)),
    `memory_limit_bytes_sum`     Float64 COMMENT 'Sum over the instants in which it is known' CODEC(ZSTD(1)),
    `memory_limit_bytes_count`   UInt32 COMMENT 'Instants in which it is known',
    `gpu_request_max`            Nullable(Float64) COMMENT 'Maximum. GPUs requested' CODEC(ZSTD(1)),
    `gpu_request_sum`            Float64 COMMENT 'Sum over the instants in which it is known' CODEC(ZSTD(1)),
    `gpu_request_count`          UInt32 COMMENT 'Instants in which it is known',
    `gpu_limit_max`              Nullable(Float64) COMMENT 'Maximum. Limit of GPUs' CODEC(ZSTD(1)),
    `gpu_limit_sum`              Float64 COMMENT 'Sum over the instants in which it is known' CODEC(ZSTD(1)),
    `gpu_limit_count`            UInt32 COMMENT 'Instants in which it is known',
    `cpu_cores_buckets`          Map(UInt16, UInt32) COMMENT 'Instants by logarithmic bucket, 5 % apart, for percentiles' CODEC(ZSTD(1)),
    `memory_bytes_buckets`       Map(UInt16, UInt32) COMMENT 'Instants by logarithmic bucket, 5 % apart, for percentiles' CODEC(ZSTD(1)),
    `gpu_memory_bytes_buckets`   Map(UInt16, UInt32) COMMENT 'Instants by logarithmic bucket, 5 % apart, for percentiles' CODEC(ZSTD(1)),
    `version`                    UInt64 COMMENT 'Milliseconds since the Unix epoch of the import that wrote it; a later one replaces it' CODEC(Delta, ZSTD(1)),
    `deleted`                    UInt8 COMMENT '1 where a later import found it gone'
)
ENGINE = ReplacingMergeTree(version, deleted)
PARTITION BY toYYYYMM(at)
ORDER BY (`by`, cluster, namespace, workload_kind, name, at)
SETTINGS non_replicated_deduplication_window = 10000
COMMENT 'One row for each group of pods and day (UTC): what its pods used together, summed at each instant';

CREATE OR REPLACE VIEW group_usage_1d AS SELECT * EXCEPT (deleted) FROM group_usage_1d_versions FINAL
COMMENT 'One row for each group of pods and day (UTC): what its pods used together, summed at each instant';

CREATE TABLE IF NOT EXISTS usage_windows_versions
(
    `cluster`      LowCardinality(String) COMMENT 'Cluster',
    `window_start` DateTime64(3, 'UTC') COMMENT 'Beginning of the hour, UTC',
    `state`        LowCardinality(String) COMMENT 'pending, open, done, failed (tried again at next_try_at) or given-up',
    `imported_to`  Nullable(DateTime64(3, 'UTC')) COMMENT 'Up to here its instants are in pod_usage',
    `tries`        UInt32 COMMENT 'Tries that failed since the last success',
    `next_try_at`  Nullable(DateTime64(3, 'UTC')) COMMENT 'When it is tried again',
    `error_code`   LowCardinality(String) COMMENT 'What went wrong last: prometheus_unavailable, prometheus_denied, ... or ''''',
    `error`        String COMMENT 'The same in words' CODEC(ZSTD(3)),
    `method`       LowCardinality(String) COMMENT 'remote_read or query_range; '''' before the first success',
    `missing`      Array(LowCardinality(String)) COMMENT 'Measures of which the server had nothing in this hour',
    `pods`         UInt32 COMMENT 'Pods found',
    `rows`         UInt64 COMMENT 'Rows written to pod_usage',
    `samples`      UInt64 COMMENT 'Samples read',
    `bad_samples`  UInt64 COMMENT 'Samples left out: not a number, infinite, or out of order',
    `duration_ms`  UInt32 COMMENT 'How long the last import took',
    `backfill`     UInt8 COMMENT '1 where somebody asked for it, rather than the clock',
    `updated_at`   DateTime64(3, 'UTC') COMMENT 'When this was written',
    `version`      UInt64 COMMENT 'Milliseconds since the Unix epoch; a later one replaces it' CODEC(Delta, ZSTD(1))
)
ENGINE = ReplacingMergeTree(version)
PARTITION BY toYYYYMM(window_start)
ORDER BY (cluster, window_start)
SETTINGS non_replicated_deduplication_window = 10000
COMMENT 'One row for each cluster and hour that is imported from Prometheus, or is to be';

CREATE OR REPLACE VIEW usage_windows AS SELECT * FROM usage_windows_versions FINAL
COMMENT 'One row for each cluster and hour that is imported from Prometheus, or is to be';

CREATE TABLE IF NOT EXISTS usage_imports_versions
(
    `cluster`          LowCardinality(String) COMMENT 'Cluster',
    `window_start`     DateTime64(3, 'UTC') COMMENT 'Beginning of the hour, UTC',
    `imported_version` UInt64 COMMENT 'Version of the last import, where it has or ever had rows; else 0' CODEC(Delta, ZSTD(1)),
    `settings`         LowCardinality(String) COMMENT 'Fingerprint of the settings of its server it was tried with last',
    `journal_to`       Nullable(DateTime64(3, 'UTC')) COMMENT 'Up to here its journal was known when it was imported; null where there is none, or it was not looked at',
    `version`          UInt64 COMMENT 'Milliseconds since the Unix epoch; a later one replaces it' CODEC(Delta, ZSTD(1))
)
ENGINE = ReplacingMergeTree(version)
PARTITION BY toYYYYMM(window_start)
ORDER BY (cluster, window_start)
SETTINGS non_replicated_deduplication_window = 10000
COMMENT 'One row for each cluster and hour whose import was tried: what stays true of it whatever is asked for since';

CREATE OR REPLACE VIEW usage_imports AS SELECT * FROM usage_imports_versions FINAL
COMMENT 'One row for each cluster and hour whose import was tried: what stays true of it whatever is asked for since';

CREATE TABLE IF NOT EXISTS usage_days_versions
(
    `cluster` LowCardinality(String) COMMENT 'Cluster',
    `day`     DateTime64(3, 'UTC') COMMENT 'Beginning of the day, UTC',
    `version` UInt64 COMMENT 'Version of the rows of the day; made before its hours were read' CODEC(Delta, ZSTD(1))
)
ENGINE = ReplacingMergeTree(version)
PARTITION BY toYYYYMM(day)
ORDER BY (cluster, day)
SETTINGS non_replicated_deduplication_window = 10000
COMMENT 'One row for each cluster and day that was summed up from its hours';

CREATE OR REPLACE VIEW usage_days AS SELECT * FROM usage_days_versions FINAL
COMMENT 'One row for each cluster and day that was summed up from its hours';

-- The greatest version of each hour is that of its last import, also among rows that are not merged yet: no FINAL is needed.
CREATE OR REPLACE VIEW usage_days_due AS
SELECT cluster, day, max(imported) AS imported_version FROM (
    SELECT cluster, toDateTime64(toStartOfDay(window_start), 3, 'UTC') AS day, imported_version AS imported, toUInt64(0) AS summed
    FROM usage_imports_versions WHERE imported_version > 0
    UNION ALL
    SELECT cluster, day, toUInt64(0) AS imported, version AS summed FROM usage_days_versions
)
GROUP BY cluster, day HAVING imported_version > 0 AND imported_version >= max(summed)
COMMENT 'Days of which hours were imported later than the day was last summed up: their roll-ups by day are not whole';

CREATE TABLE IF NOT EXISTS usage_sources_versions
(
    `cluster`    LowCardinality(String) COMMENT 'Cluster',
    `measure`    LowCardinality(String) COMMENT 'Measure: cpu_cores, memory_request_bytes, ...',
    `source`     LowCardinality(String) COMMENT 'Where it comes from: a metric''s family, journal, or off; '''' where nothing was found',
    `expression` String COMMENT 'What is asked for, as PromQL' CODEC(ZSTD(3)),
    `chosen`     LowCardinality(String) COMMENT 'Found by asking, set in the configuration, or nothing was found',
    `series`     UInt32 COMMENT 'Series that were there when it was asked for',
    `checked_at` DateTime64(3, 'UTC') COMMENT 'When it was asked for',
    `version`    UInt64 COMMENT 'Milliseconds since the Unix epoch; a later one replaces it' CODEC(Delta, ZSTD(1))
)
ENGINE = ReplacingMergeTree(version)
ORDER BY (cluster, measure)
SETTINGS non_replicated_deduplication_window = 10000
COMMENT 'Where each measure of a cluster comes from';

CREATE OR REPLACE VIEW usage_sources AS SELECT * FROM usage_sources_versions FINAL
COMMENT 'Where each measure of a cluster comes from';

CREATE TABLE IF NOT EXISTS pod_resources_versions
(
    `id`                   String COMMENT 'Deterministic: of cluster, pod uid and number',
    `cluster`              LowCardinality(String) COMMENT 'Cluster',
    `namespace`            LowCardinality(String) COMMENT 'Kubernetes namespace',
    `pod`                  String COMMENT 'Pod name',
    `pod_uid`              String COMMENT 'Pod uid',
    `workload_kind`        LowCardinality(String) COMMENT 'Kind of the top owner: Deployment, StatefulSet, CronJob, ... or Pod',
    `workload`             String COMMENT 'Name of the top owner',
    `node`                 LowCardinality(String) COMMENT 'Node; '''' before it is scheduled',
    `team`                 LowCardinality(String) COMMENT 'Team, by the configured label',
    `environment`          LowCardinality(String) COMMENT 'Environment, by the configured label',
    `qos`                  LowCardinality(String) COMMENT 'Guaranteed, Burstable or BestEffort',
    `started_at`           DateTime64(3, 'UTC') COMMENT 'From when this holds',
    `ended_at`             Nullable(DateTime64(3, 'UTC')) COMMENT 'Until when: the pod ended or was resized; null while it holds',
    `observed_at`          DateTime64(3, 'UTC') COMMENT 'When the agent first saw it; never changes, the partition is made of it' CODEC(Delta, ZSTD(1)),
    `cpu_request_cores`    Nullable(Float64) COMMENT 'CPU requested, in cores; null where none is set' CODEC(Gorilla, ZSTD(1)),
    `cpu_limit_cores`      Nullable(Float64) COMMENT 'CPU limit, in cores; null where none is set' CODEC(Gorilla, ZSTD(1)),
    `memory_request_bytes` Nullable(Float64) COMMENT 'Memory requested, in bytes; null where none is set' CODEC(Gorilla, ZSTD(1)),
    `memory_limit_bytes`   Nullable(Float64) COMMENT 'Memory limit, in bytes; null where none is set' CODEC(Gorilla, ZSTD(1)),
    `gpu_request`          Nullable(Float64) COMMENT 'GPUs requested; null where none is set' CODEC(Gorilla, ZSTD(1)),
    `gpu_limit`            Nullable(Float64) COMMENT 'Limit of GPUs; null where none is set' CODEC(Gorilla, ZSTD(1)),
    `gpu_resource`         LowCardinality(String) COMMENT 'Name of the extended resource that counts as GPUs: nvidia.com/gpu, ... or ''''; of several with a comma between',
    `containers`           String COMMENT 'Containers as JSON: [{"name","kind":"app|init|sidecar","cpu_request_cores","cpu_limit_cores","memory_request_bytes","memory_limit_bytes","gpu"}]; null where none is set' CODEC(ZSTD(3)),
    `unreadable`           UInt32 COMMENT 'Quantities that could not be read; what they are part of is null',
    `version`              UInt64 COMMENT 'Journal offset of the last batch that changed the row' CODEC(Delta, ZSTD(1)),
    INDEX by_workload workload TYPE bloom_filter GRANULARITY 1,
    INDEX by_end ended_at TYPE minmax GRANULARITY 1
)
ENGINE = ReplacingMergeTree(version)
PARTITION BY toYYYYMM(observed_at)
ORDER BY (cluster, namespace, pod, observed_at, id)
SETTINGS non_replicated_deduplication_window = 10000
COMMENT 'One row for each pod and span in which it asked for the same';

CREATE OR REPLACE VIEW pod_resources AS SELECT * FROM pod_resources_versions FINAL
COMMENT 'One row for each pod and span in which it asked for the same';

CREATE TABLE IF NOT EXISTS node_resources_versions
(
    `id`            String COMMENT 'Deterministic: of cluster, node uid and number',
    `cluster`       LowCardinality(String) COMMENT 'Cluster',
    `node`          LowCardinality(String) COMMENT 'Node',
    `node_uid`      String COMMENT 'Node uid',
    `started_at`    DateTime64(3, 'UTC') COMMENT 'From when this holds',
    `ended_at`      Nullable(DateTime64(3, 'UTC')) COMMENT 'Until when; null while it holds',
    `observed_at`   DateTime64(3, 'UTC') COMMENT 'When the agent first saw it; never changes, the partition is made of it' CODEC(Delta, ZSTD(1)),
    `cpu_cores`     Nullable(Float64) COMMENT 'Allocatable CPU, in cores' CODEC(Gorilla, ZSTD(1)),
    `memory_bytes`  Nullable(Float64) COMMENT 'Allocatable memory, in bytes' CODEC(Gorilla, ZSTD(1)),
    `gpus`          Nullable(Float64) COMMENT 'Allocatable GPUs' CODEC(Gorilla, ZSTD(1)),
    `pods`          Nullable(Float64) COMMENT 'Allocatable pods' CODEC(Gorilla, ZSTD(1)),
    `unschedulable` UInt8 COMMENT '1 where it is cordoned',
    `unreadable`    UInt32 COMMENT 'Quantities that could not be read; what they are part of is null',
    `version`       UInt64 COMMENT 'Journal offset of the last batch that changed the row' CODEC(Delta, ZSTD(1)),
    INDEX by_end ended_at TYPE minmax GRANULARITY 1
)
ENGINE = ReplacingMergeTree(version)
PARTITION BY toYYYYMM(observed_at)
ORDER BY (cluster, node, observed_at, id)
SETTINGS non_replicated_deduplication_window = 10000
COMMENT 'One row for each node and span in which it had the same to give';

CREATE OR REPLACE VIEW node_resources AS SELECT * FROM node_resources_versions FINAL
COMMENT 'One row for each node and span in which it had the same to give';

CREATE TABLE IF NOT EXISTS autoscalers_versions
(
    `id`                    String COMMENT 'Deterministic: of cluster, autoscaler uid and number',
    `cluster`               LowCardinality(String) COMMENT 'Cluster',
    `namespace`             LowCardinality(String) COMMENT 'Kubernetes namespace',
    `name`                  String COMMENT 'HorizontalPodAutoscaler',
    `workload_kind`         LowCardinality(String) COMMENT 'Kind of what it scales',
    `workload`              String COMMENT 'Name of what it scales',
    `started_at`            DateTime64(3, 'UTC') COMMENT 'From when this holds',
    `ended_at`              Nullable(DateTime64(3, 'UTC')) COMMENT 'Until when; null while it holds',
    `observed_at`           DateTime64(3, 'UTC') COMMENT 'When the agent first saw it; never changes, the partition is made of it' CODEC(Delta, ZSTD(1)),
    `min_replicas`          UInt32 COMMENT 'Least replicas',
    `max_replicas`          UInt32 COMMENT 'Most replicas',
    `cpu_target_percent`    Nullable(Int32) COMMENT 'Target of CPU, in percent of what is requested; null where it has none',
    `memory_target_percent` Nullable(Int32) COMMENT 'Target of memory, in percent of what is requested; null where it has none',
    `version`               UInt64 COMMENT 'Journal offset of the last batch that changed the row' CODEC(Delta, ZSTD(1)),
    INDEX by_end ended_at TYPE minmax GRANULARITY 1
)
ENGINE = ReplacingMergeTree(version)
PARTITION BY toYYYYMM(observed_at)
ORDER BY (cluster, namespace, name, observed_at, id)
SETTINGS non_replicated_deduplication_window = 10000
COMMENT 'One row for each HorizontalPodAutoscaler and span in which it was set so';

CREATE OR REPLACE VIEW autoscalers AS SELECT * FROM autoscalers_versions FINAL
COMMENT 'One row for each HorizontalPodAutoscaler and span in which it was set so';

CREATE TABLE IF NOT EXISTS runs_versions
(
    `id`         String COMMENT 'Made when it is first written; never changes',
    `name`       String COMMENT 'Name, unique among those that are not deleted',
    `started_at` DateTime64(3, 'UTC') COMMENT 'Beginning',
    `ended_at`   Nullable(DateTime64(3, 'UTC')) COMMENT 'End; null while it goes on',
    `clusters`   Array(String) COMMENT 'Clusters it is about; empty: all',
    `namespaces` Array(String) COMMENT 'Namespaces, with * for any characters; empty: all',
    `workloads`  Array(String) COMMENT 'Workloads, with * for any characters; empty: all',
    `note`       String COMMENT 'Free text' CODEC(ZSTD(3)),
    `created_by` LowCardinality(String) COMMENT 'Who made it',
    `updated_at` DateTime64(3, 'UTC') COMMENT 'When this was written',
    `deleted`    UInt8 COMMENT '1 where it is deleted',
    `version`    UInt64 COMMENT 'Milliseconds since the Unix epoch; a later one replaces it' CODEC(Delta, ZSTD(1))
)
ENGINE = ReplacingMergeTree(version)
ORDER BY (id)
SETTINGS non_replicated_deduplication_window = 10000
COMMENT 'Named ranges: load tests, releases';

CREATE OR REPLACE VIEW runs AS SELECT * FROM runs_versions FINAL
COMMENT 'Named ranges: load tests, releases';
