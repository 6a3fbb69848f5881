import { traceback } from './python.ts';
import { item, number, type Ending, type Speech, type Telling } from './speech.ts';

/** What any process may say, or what its shell or runtime says of it. */
export const COMMON: Readonly<Record<Ending, readonly Telling[]>> = {
  oom: [() => ['warn: resident set is close to the limit']],
  heap: [() => ["terminate called after throwing an instance of 'std::bad_alloc'", '  what():  std::bad_alloc']],
  bug: [({ app }) => [`fatal: assertion failed in ${app}`]],
  dependency: [() => ['fatal: cannot connect to postgres.data:5432: connection refused']],
  'bad-release': [
    ({ version }) => [
      `fatal: configuration of ${version} is not valid: unknown key "pricing.roundingMode", did you mean "pricing.rounding"?`,
    ],
  ],
  preload: [() => ['fatal: out of memory while preloading promotions']],
  'map-race': [() => ['fatal error: concurrent map writes']],
  'no-module': [() => ["ModuleNotFoundError: No module named 'lightgbm'"]],
  rejection: [() => ['fatal: unhandled rejection']],
  segfault: [() => ['double free or corruption (!prev)', 'Segmentation fault (core dumped)']],
  abort: [
    ({ app }) => [
      `${app}: src/queue.cc:214: void Queue::pop(): Assertion \`!items_.empty()' failed.`,
      'Aborted (core dumped)',
    ],
  ],
  illegal: [() => ['info: vector kernels built for avx512', 'Illegal instruction (core dumped)']],
  bus: [() => ['warn: /dev/shm is full (64 MB)', 'Bus error (core dumped)']],
  fpe: [() => ['info: averaging 0 samples of the last minute', 'Floating point exception (core dumped)']],
  'not-found': [({ app }) => [`/bin/sh: 1: ${app}-server: not found`]],
  'not-executable': [({ app }) => [`/bin/sh: 1: /app/bin/${app}: Exec format error`]],
  'nested-run': [
    ({ app }) => [
      `[${app}] building in a nested container`,
      'Error: crun: cannot set memory limit: cgroup controller is not available: OCI runtime error',
    ],
  ],
  hang: [() => ['WARN  worker pool exhausted: 64 of 64 busy, queue 1022', 'WARN  health check took 10012 ms']],
  'slow-start': [() => ['INFO  warming caches: 11 of 240 segments', 'INFO  warming caches: 19 of 240 segments']],
  quits: [() => ['no more work, leader lease lost: exiting']],
  asked: [() => ['supervisor: the configuration has changed, ending the process for a restart', 'received SIGTERM']],
  sigterm: [() => ['received SIGTERM, draining connections', 'drained, bye']],
  killed: [() => []],
  'never-ran': [() => []],
  completed: [() => ['all partitions done', 'run finished']],
  'job-error': [
    ({ app }) => [
      `[${app}] partition 11 of 14 failed`,
      ...traceback(
        [
          ['/app/jobs/main.py', 51, 'main', 'report = run(partitions)'],
          [
            '/app/jobs/settle.py',
            117,
            'run',
            'raise ValueError(f"{len(open_rows)} rows without \'settled_at\' in batch {batch}")',
          ],
        ],
        "ValueError: 3 rows without 'settled_at' in batch 2026-11",
      ),
    ],
  ],
  'init-wait': [() => ['waiting for postgres.data:5432 ...', 'timed out after 5s']],
};

export const batch: Speech = {
  startup: ({ app }) => [
    `[${app}] run started`,
    `[${app}] connecting to postgres.data:5432`,
    `[${app}] 14 partitions to process`,
  ],
  steady: (_voice, roll, second) =>
    roll < 0.9
      ? `[worker-${number(roll, 4)}] partition ${number(second, 14)} done, ${number(roll, 200000)} rows`
      : `[worker-${number(roll, 4)}] skipped ${number(second, 40)} ${item(second)} rows that were there already`,
  endings: {},
};
