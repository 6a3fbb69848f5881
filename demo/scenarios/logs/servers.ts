import { item, number, slashTime, type Speech } from './speech.ts';

export const nginx: Speech = {
  startup: () => [
    '/docker-entrypoint.sh: Configuration complete; ready for start up',
    '[notice] 1#1: nginx/1.29.1',
    '[notice] 1#1: start worker processes',
  ],
  steady: (_voice, roll, second, ms) =>
    roll < 0.95
      ? `10.244.${number(roll, 8)}.${number(second, 250)} - - "GET /${item(roll)}/${number(second, 9000)} HTTP/1.1" 200 ${number(roll, 40000)} "-" "Mozilla/5.0"`
      : `${slashTime(ms)} [warn] 29#29: *${number(second, 90000)} an upstream response is buffered to a temporary file /var/cache/nginx/proxy_temp/${number(roll, 9)}`,
  endings: {
    oom: [(_voice, ms) => [`${slashTime(ms)} [warn] 29#29: 41022 connections, proxy buffers hold 471 MB`]],
    bug: [
      (_voice, ms) => [
        `${slashTime(ms)} [alert] 1#1: worker process 29 exited on signal 11 (core dumped)`,
        `${slashTime(ms)} [emerg] 1#1: fork() failed while spawning "worker process" (11: Resource temporarily unavailable)`,
      ],
    ],
    dependency: [
      (_voice, ms) => [
        `${slashTime(ms)} [error] 29#29: *88121 connect() failed (111: Connection refused) while connecting to upstream, upstream: "http://10.96.4.12:80/"`,
        `${slashTime(ms)} [emerg] 1#1: host not found in upstream "storefront.shop.svc" in /etc/nginx/conf.d/shop.conf:14`,
        'nginx: configuration file /etc/nginx/nginx.conf test failed',
      ],
    ],
    'bad-release': [
      (_voice, ms) => [
        `${slashTime(ms)} [emerg] 1#1: unknown directive "proxy_buffer" in /etc/nginx/conf.d/shop.conf:31`,
        'nginx: [emerg] unknown directive "proxy_buffer" in /etc/nginx/conf.d/shop.conf:31',
      ],
    ],
    sigterm: [(_voice, ms) => [`${slashTime(ms)} [notice] 1#1: signal 15 (SIGTERM) received, exiting`]],
  },
};

export const postgres: Speech = {
  startup: () => [
    'LOG:  starting PostgreSQL 17.5 on x86_64-pc-linux-musl, compiled by gcc 14.2.0, 64-bit',
    'LOG:  listening on IPv4 address "0.0.0.0", port 5432',
    'LOG:  database system is ready to accept connections',
  ],
  steady: (_voice, roll, second) =>
    roll < 0.6
      ? `LOG:  checkpoint complete: wrote ${number(second, 900)} buffers; write=${(second * 30).toFixed(3)} s, sync=0.004 s`
      : roll < 0.95
        ? `LOG:  duration: ${(second * 900).toFixed(3)} ms  statement: SELECT * FROM ${item(roll)}s WHERE id = $1`
        : `LOG:  automatic vacuum of table "shop.public.${item(second)}s": index scans: 1, tuples: ${number(roll, 90000)} removed`,
  endings: {
    oom: [
      () => [
        'LOG:  server process (PID 4412) was terminated by signal 9: Killed',
        'DETAIL:  Failed process was running: SELECT * FROM orders o JOIN lines l ON true ORDER BY o.total',
        'LOG:  terminating any other active server processes',
      ],
    ],
    bug: [
      () => [
        'ERROR:  could not extend file "base/16384/24741": No space left on device',
        'HINT:  Check free disk space.',
        'PANIC:  could not write to file "pg_wal/xlogtemp.71": No space left on device',
        'LOG:  startup process (PID 71) was terminated by signal 6: Aborted',
        'LOG:  database system is shut down',
      ],
    ],
    sigterm: [() => ['LOG:  received fast shutdown request', 'LOG:  database system is shut down']],
  },
};

export const kafka: Speech = {
  startup: () => [
    'INFO [KafkaRaftServer nodeId=1] Kafka Server starting (kafka.server.KafkaRaftServer)',
    'INFO [LogLoader] Recovering unflushed segment 0. 0 recovered for orders-3 (kafka.log.LogLoader)',
    'INFO [BrokerServer id=1] Transition from STARTING to STARTED (kafka.server.BrokerServer)',
  ],
  steady: (_voice, roll, second) =>
    `INFO [GroupCoordinator id=1] Stabilized group ${item(second)}-consumer generation ${number(roll, 300)} (__consumer_offsets-${number(second, 50)}) with 3 members`,
  endings: {
    oom: [
      () => [
        'WARN [ReplicaFetcher replicaId=1] page cache thrashes: 61 segments of orders are mapped (kafka.log.LogManager)',
      ],
    ],
    bug: [
      () => [
        'ERROR Error while appending records to orders-3 in dir /var/lib/kafka (kafka.server.LogDirFailureChannel)',
        'java.io.IOException: No space left on device',
        '\tat java.base/sun.nio.ch.FileDispatcherImpl.write0(Native Method)',
        '\tat org.apache.kafka.common.record.MemoryRecords.writeFullyTo(MemoryRecords.java:92)',
        'ERROR Shutdown broker because all log dirs in /var/lib/kafka have failed (kafka.log.LogManager)',
      ],
    ],
    sigterm: [() => ['INFO [BrokerServer id=1] shutting down (kafka.server.BrokerServer)']],
  },
};

export const redis: Speech = {
  startup: () => [
    '1:M * Running mode=standalone, port=6379.',
    '1:M * Server initialized',
    '1:M * Ready to accept connections tcp',
  ],
  steady: (_voice, roll) => `1:M * ${100 + number(roll, 900)} changes in 300 seconds. Saving...`,
  endings: {
    oom: [
      () => [
        '1:M # WARNING: used_memory 1.96G is above 95% of the container, maxmemory is not set',
        '1:M * Background saving started by pid 812',
      ],
    ],
    bug: [
      () => [
        '1:M # Bad file format reading the append only file appendonly.aof.14.incr.aof: make a backup, then use redis-check-aof --fix',
        '1:M # Fatal error loading the DB. Exiting.',
      ],
    ],
    sigterm: [
      () => [
        '1:signal-handler (1764000000) Received SIGTERM scheduling shutdown...',
        '1:M # Redis is now ready to exit, bye bye...',
      ],
    ],
  },
};

export const agent: Speech = {
  startup: ({ app, version }) => [
    `level=info msg="${app} starting" version=${version}`,
    'level=info msg="watching" node=$(NODE_NAME)',
  ],
  steady: (_voice, roll, second) =>
    `level=info msg="flushed" records=${number(roll, 4000)} took=${number(second, 40)}ms`,
  endings: {
    oom: [() => ['level=warn msg="buffer grows, the receiver does not answer" buffered=241MB']],
    bug: [
      () => [
        'level=error msg="cannot rotate" error="too many open files"',
        'level=fatal msg="assertion failed: segment is open"',
      ],
    ],
    sigterm: [() => ['level=info msg="SIGTERM, flushing"']],
  },
};
