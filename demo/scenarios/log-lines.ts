import { at } from '../cluster/random.ts';

export type Runtime = 'java' | 'go' | 'node' | 'python' | 'nginx' | 'postgres' | 'kafka' | 'redis' | 'agent' | 'batch';

/** What the process prints on its way out. */
export type Ending =
  | 'oom'
  | 'bug'
  | 'dependency'
  | 'bad-release'
  | 'segfault'
  | 'not-found'
  | 'hang'
  | 'quits'
  | 'sigterm'
  | 'killed'
  | 'completed'
  | 'job-error'
  | 'init-wait';

export interface Voice {
  readonly app: string;
  readonly version: string;
  readonly runtime: Runtime;
}

const ITEMS = ['cart', 'order', 'invoice', 'customer', 'session', 'product', 'shipment', 'refund', 'voucher', 'stock'];
const item = (roll: number) => ITEMS[Math.floor(roll * ITEMS.length)] as string;
const number = (roll: number, most: number) => Math.floor(roll * most);
const javaTime = (ms: number) => new Date(ms).toISOString().replace('T', ' ').replace('.', ',').slice(0, 23);

const STARTUP: Record<Runtime, (voice: Voice) => string[]> = {
  java: ({ app, version }) => [
    `INFO  [main] com.acme.${app.replaceAll('-', '')}.Application - Starting Application ${version} using Java 21.0.4 with PID 1`,
    'INFO  [main] o.s.b.w.embedded.tomcat.TomcatWebServer - Tomcat initialized with port 8080 (http)',
    `INFO  [main] com.zaxxer.hikari.HikariDataSource - HikariPool-1 - Starting, jdbc:postgresql://postgres.data:5432/${app}?user=${app}&password=Winter2026-${app}`,
    'INFO  [main] o.f.c.i.s.JdbcTableSchemaHistory - Schema "public" is up to date. No migration necessary.',
    'INFO  [main] o.s.b.w.embedded.tomcat.TomcatWebServer - Tomcat started on port 8080 (http) with context path "/"',
  ],
  go: ({ app, version }) => [
    `{"level":"info","caller":"main.go:42","msg":"starting","service":"${app}","version":"${version}"}`,
    '{"level":"info","caller":"config/config.go:88","msg":"configuration loaded","sources":["/etc/app/config.yaml","env"]}',
    '{"level":"info","caller":"server/http.go:61","msg":"listening","addr":":8080"}',
  ],
  node: ({ app, version }) => [
    `> ${app}@${version} start`,
    '> node --enable-source-maps dist/server.js',
    '{"level":30,"name":"http","msg":"connecting to redis://:r3d1s-Passw0rd@redis.data:6379/2"}',
    '{"level":30,"name":"http","msg":"Server listening at http://0.0.0.0:8080"}',
  ],
  python: ({ app }) => [
    `INFO:     Started server process [1] (${app})`,
    'INFO:     Waiting for application startup.',
    'INFO:     model weights loaded from /models/current (412 MB)',
    'INFO:     Application startup complete.',
    'INFO:     Uvicorn running on http://0.0.0.0:8080 (Press CTRL+C to quit)',
  ],
  nginx: () => [
    '/docker-entrypoint.sh: Configuration complete; ready for start up',
    '[notice] 1#1: nginx/1.29.1',
    '[notice] 1#1: start worker processes',
  ],
  postgres: () => [
    'LOG:  starting PostgreSQL 17.5 on x86_64-pc-linux-musl, compiled by gcc 14.2.0, 64-bit',
    'LOG:  listening on IPv4 address "0.0.0.0", port 5432',
    'LOG:  database system is ready to accept connections',
  ],
  kafka: () => [
    'INFO [KafkaRaftServer nodeId=1] Kafka Server starting (kafka.server.KafkaRaftServer)',
    'INFO [LogLoader] Recovering unflushed segment 0. 0 recovered for orders-3 (kafka.log.LogLoader)',
    'INFO [BrokerServer id=1] Transition from STARTING to STARTED (kafka.server.BrokerServer)',
  ],
  redis: () => [
    '1:M * Running mode=standalone, port=6379.',
    '1:M * Server initialized',
    '1:M * Ready to accept connections tcp',
  ],
  agent: ({ app, version }) => [
    `level=info msg="${app} starting" version=${version}`,
    'level=info msg="watching" node=$(NODE_NAME)',
  ],
  batch: ({ app }) => [
    `[${app}] run started`,
    `[${app}] connecting to postgres.data:5432`,
    `[${app}] 14 partitions to process`,
  ],
};

const STEADY: Record<Runtime, (roll: number, second: number, ms: number) => string> = {
  java: (roll, second, ms) =>
    roll < 0.92
      ? `${javaTime(ms)} INFO  [http-nio-8080-exec-${number(second, 20)}] c.a.web.RequestLog - GET /api/${item(second)}/${number(roll, 90000)} 200 ${number(second, 180)}ms`
      : `${javaTime(ms)} WARN  [HikariPool-1 housekeeper] com.zaxxer.hikari.pool.HikariPool - Thread starvation or clock leap detected (delta=${number(second, 50)}s)`,
  go: (roll, second) =>
    roll < 0.93
      ? `{"level":"info","caller":"server/log.go:31","msg":"request","method":"GET","path":"/v1/${item(second)}/${number(roll, 90000)}","status":200,"ms":${number(second, 90)}}`
      : `{"level":"warn","caller":"client/retry.go:54","msg":"retrying","attempt":${1 + number(second, 3)},"error":"context deadline exceeded"}`,
  node: (roll, second) =>
    `{"level":30,"reqId":"req-${number(roll, 90000).toString(36)}","req":{"method":"${roll < 0.8 ? 'GET' : 'POST'}","url":"/${item(second)}"},"res":{"statusCode":200},"responseTime":${number(second, 120)}}`,
  python: (roll, second) =>
    `INFO:     10.244.${number(roll, 8)}.${number(second, 250)}:41${number(roll, 999)} - "POST /predict/${item(second)} HTTP/1.1" 200 OK`,
  nginx: (roll, second) =>
    `10.244.${number(roll, 8)}.${number(second, 250)} - - "GET /${item(roll)}/${number(second, 9000)} HTTP/1.1" 200 ${number(roll, 40000)} "-" "Mozilla/5.0"`,
  postgres: (roll, second) =>
    roll < 0.7
      ? `LOG:  checkpoint complete: wrote ${number(second, 900)} buffers; write=${(second * 30).toFixed(3)} s, sync=0.004 s`
      : `LOG:  duration: ${(second * 900).toFixed(3)} ms  statement: SELECT * FROM ${item(roll)}s WHERE id = $1`,
  kafka: (roll, second) =>
    `INFO [GroupCoordinator id=1] Stabilized group ${item(second)}-consumer generation ${number(roll, 300)} (__consumer_offsets-${number(second, 50)}) with 3 members`,
  redis: (roll) => `1:M * ${100 + number(roll, 900)} changes in 300 seconds. Saving...`,
  agent: (roll, second) => `level=info msg="flushed" records=${number(roll, 4000)} took=${number(second, 40)}ms`,
  batch: (roll, second) =>
    `[worker-${number(roll, 4)}] partition ${number(second, 14)} done, ${number(roll, 200000)} rows`,
};

const JAVA_FRAMES = [
  '\tat com.acme.orders.OrderService.price(OrderService.java:211)',
  '\tat com.acme.orders.OrderService.submit(OrderService.java:97)',
  '\tat com.acme.web.OrderController.create(OrderController.java:54)',
  '\tat java.base/jdk.internal.reflect.DirectMethodHandleAccessor.invoke(DirectMethodHandleAccessor.java:103)',
  '\tat org.apache.tomcat.util.threads.ThreadPoolExecutor$Worker.run(ThreadPoolExecutor.java:659)',
];
const GO_FRAMES = (app: string) => [
  '',
  'goroutine 118 [running]:',
  `github.com/acme/${app}/internal/pricing.(*Engine).Quote(0x0, {0xc0004a2000, 0x3})`,
  '\t/src/internal/pricing/engine.go:143 +0x1d',
  `github.com/acme/${app}/internal/server.(*Server).handleQuote(0xc000132000)`,
  '\t/src/internal/server/quote.go:58 +0x245',
  'exit status 2',
];
const PYTHON_TRACE = (error: string) => [
  'Traceback (most recent call last):',
  '  File "/app/.venv/lib/python3.13/site-packages/uvicorn/main.py", line 579, in run',
  '    server.run()',
  '  File "/app/service/model.py", line 88, in predict',
  '    features = self.frame(request)[self.columns]',
  error,
];

const BUG: Partial<Record<Runtime, (voice: Voice) => string[]>> = {
  java: () => [
    'ERROR [http-nio-8080-exec-7] c.a.web.GlobalErrorHandler - unrecoverable error, shutting down',
    'java.lang.NullPointerException: Cannot invoke "com.acme.pricing.Tariff.rate()" because "tariff" is null',
    ...JAVA_FRAMES,
  ],
  go: ({ app }) => [
    'panic: runtime error: invalid memory address or nil pointer dereference',
    '[signal SIGSEGV: segmentation violation code=0x1 addr=0x18 pc=0x7d2a31]',
    ...GO_FRAMES(app),
  ],
  node: () => [
    '/app/dist/routes/cart.js:118',
    '    const total = basket.items.reduce((sum, line) => sum + line.price, 0);',
    '                         ^',
    "TypeError: Cannot read properties of undefined (reading 'items')",
    '    at totalOf (/app/src/routes/cart.ts:97:26)',
    '    at process.processTicksAndRejections (node:internal/process/task_queues:105:5)',
    '',
    'Node.js v24.4.0',
  ],
  python: () => PYTHON_TRACE("KeyError: 'basket_value'"),
};

const OOM: Partial<Record<Runtime, string[]>> = {
  java: [
    'WARN  [gc] GC(1412) Pause Full (G1 Compaction Pause) 498M->497M(512M) 912.4ms',
    'ERROR [http-nio-8080-exec-3] c.a.search.IndexCache - cache is over its bound, evicting nothing',
  ],
  node: [
    '<--- Last few GCs --->',
    '[1:0x7f] 91284 ms: Mark-Compact (reduce) 505.1 (514.3) -> 504.8 (514.0) MB, 812.33 / 0.00 ms (average mu = 0.081)',
  ],
  python: ['WARNING:  worker rss 498 MB, limit 512 MB', 'WARNING:  feature cache holds 1204411 rows'],
};

const REFUSED: Partial<Record<Runtime, string[]>> = {
  java: [
    'ERROR [main] com.zaxxer.hikari.pool.HikariPool - HikariPool-1 - Exception during pool initialization.',
    'org.postgresql.util.PSQLException: Connection to postgres.data:5432 refused. Check that the hostname and port are correct.',
    '\tat org.postgresql.core.v3.ConnectionFactoryImpl.openConnectionImpl(ConnectionFactoryImpl.java:352)',
    'Caused by: java.net.ConnectException: Connection refused',
  ],
  node: [
    'Error: connect ECONNREFUSED 10.96.14.7:6379',
    '    at TCPConnectWrap.afterConnect [as oncomplete] (node:net:1637:16)',
  ],
  python: PYTHON_TRACE(
    'psycopg.OperationalError: connection failed: connection to server at "10.96.14.9", port 5432 failed: Connection refused',
  ),
};

const plain = (voice: Voice): Record<Ending, string[]> => ({
  oom: OOM[voice.runtime] ?? ['warn: resident set is close to the limit'],
  bug: BUG[voice.runtime]?.(voice) ?? [`fatal: assertion failed in ${voice.app}`],
  dependency: REFUSED[voice.runtime] ?? [
    '{"level":"fatal","caller":"main.go:71","msg":"cannot connect","error":"dial tcp 10.96.14.9:5432: connect: connection refused"}',
  ],
  'bad-release': [
    `fatal: configuration of ${voice.version} is not valid: unknown key "pricing.roundingMode", did you mean "pricing.rounding"?`,
    'hint: request was sent with Authorization: Bearer eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiJjb25maWctcmVhZGVyIn0.c2lnbmF0dXJlLW9mLWEtZGVtbw',
  ],
  segfault: ['double free or corruption (!prev)', 'Segmentation fault (core dumped)'],
  'not-found': [`/bin/sh: 1: ${voice.app}-server: not found`],
  hang: ['WARN  worker pool exhausted: 64 of 64 busy, queue 1022', 'WARN  health check took 10012 ms'],
  quits: ['no more work, leader lease lost: exiting'],
  sigterm: ['received SIGTERM, draining connections', 'drained, bye'],
  killed: [],
  completed: ['all partitions done', 'run finished'],
  'job-error': PYTHON_TRACE("ValueError: 3 rows without 'settled_at' in batch 2026-11"),
  'init-wait': ['waiting for postgres.data:5432 ...', 'timed out after 5s'],
});

export const startupLines = (voice: Voice): string[] => STARTUP[voice.runtime](voice);
export const steadyLine = (voice: Voice, seed: number, index: number, ms: number): string =>
  STEADY[voice.runtime](at(seed, 2 * index), at(seed, 2 * index + 1), ms);
export const endingLines = (voice: Voice, ending: Ending): string[] => plain(voice)[ending];
