import { item, number, type Speech, type Voice } from './speech.ts';

const json = (level: string, caller: string, msg: string, more: Record<string, unknown> = {}): string =>
  JSON.stringify({ level, caller, msg, ...more });

const frames = ({ app }: Voice, names: readonly [call: string, place: string][]): string[] =>
  names.flatMap(([call, place]) => [`github.com/acme/${app}/internal/${call}`, `\t/src/internal/${place}`]);

export const go: Speech = {
  startup: ({ app, version }) => [
    json('info', 'main.go:42', 'starting', { service: app, version }),
    json('info', 'config/config.go:88', 'configuration loaded', { sources: ['/etc/app/config.yaml', 'env'] }),
    json('info', 'server/http.go:61', 'listening', { addr: ':8080' }),
  ],
  steady: (_voice, roll, second) => {
    if (roll < 0.9)
      return `{"level":"info","caller":"server/log.go:31","msg":"request","method":"GET","path":"/v1/${item(second)}/${number(roll, 90000)}","status":200,"ms":${number(second, 90)}}`;
    if (roll < 0.96)
      return `{"level":"debug","caller":"cache/lru.go:77","msg":"evicted","entries":${number(second, 400)}}`;
    return `{"level":"warn","caller":"client/retry.go:54","msg":"retrying","attempt":${1 + number(second, 3)},"error":"context deadline exceeded"}`;
  },
  endings: {
    oom: [
      () => [
        json('warn', 'ingest/batch.go:119', 'batch is larger than usual', { rows: 1204411 }),
        json('warn', 'runtime/mem.go:33', 'resident set is close to the limit', { share: 0.97 }),
      ],
    ],
    heap: [
      (voice) => [
        json('warn', 'ingest/batch.go:119', 'batch is larger than usual', { rows: 4812044 }),
        'fatal error: runtime: out of memory',
        '',
        'runtime stack:',
        'runtime.throw({0x9f1f2e?, 0x40b2c5?})',
        '\t/usr/local/go/src/runtime/panic.go:1101 +0x48',
        '',
        'goroutine 61 [running]:',
        ...frames(voice, [['ingest.(*Batch).Grow(0xc000a1e000, 0x4000000)', 'ingest/batch.go:131 +0x8c']]),
      ],
    ],
    bug: [
      (voice) => [
        'panic: runtime error: invalid memory address or nil pointer dereference',
        '[signal SIGSEGV: segmentation violation code=0x1 addr=0x18 pc=0x7d2a31]',
        '',
        'goroutine 118 [running]:',
        ...frames(voice, [
          ['pricing.(*Engine).Quote(0x0, {0xc0004a2000, 0x3})', 'pricing/engine.go:143 +0x1d'],
          ['server.(*Server).handleQuote(0xc000132000)', 'server/quote.go:58 +0x245'],
        ]),
        'exit status 2',
      ],
      (voice) => [
        json('error', 'stock/window.go:61', 'the window is empty', { sku: 'B-2281' }),
        'panic: runtime error: index out of range [3] with length 3',
        '',
        'goroutine 87 [running]:',
        ...frames(voice, [
          ['stock.(*Window).At(0xc0001f4000, 0x3)', 'stock/window.go:64 +0xa5'],
          ['stock.Reconcile(0xc00024c000)', 'stock/reconcile.go:122 +0x31c'],
        ]),
        'exit status 2',
      ],
    ],
    'map-race': [
      (voice) => [
        json('info', 'refund/queue.go:40', 'parallel workers enabled', { workers: 16, since: voice.version }),
        'fatal error: concurrent map writes',
        '',
        'goroutine 204 [running]:',
        'internal/runtime/maps.fatal({0xa3c1f7?, 0xc0007e1d40?})',
        '\t/usr/local/go/src/runtime/panic.go:1053 +0x18',
        ...frames(voice, [
          ['refund.(*Queue).remember(...)', 'refund/queue.go:97'],
          ['refund.(*Queue).work(0xc0001a6000)', 'refund/queue.go:71 +0x1f4'],
        ]),
        'created by github.com/acme/refunds/internal/refund.(*Queue).Start in goroutine 1',
        'exit status 2',
      ],
    ],
    dependency: [
      () => [
        json('warn', 'store/pool.go:52', 'cannot connect, trying again', { attempt: 1 }),
        json('warn', 'store/pool.go:52', 'cannot connect, trying again', { attempt: 2 }),
        json('fatal', 'main.go:71', 'cannot connect to the database', {
          error: 'dial tcp 10.96.14.9:5432: connect: connection refused',
        }),
      ],
    ],
    'bad-release': [
      ({ version }) => [
        json('fatal', 'config/config.go:112', 'the configuration is not valid', {
          error: `unknown key "pricing.roundingMode" in ${version}, did you mean "pricing.rounding"?`,
          request:
            'Authorization: Bearer eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiJjb25maWctcmVhZGVyIn0.c2lnbmF0dXJlLW9mLWEtZGVtbw',
        }),
      ],
    ],
    segfault: [
      () => [
        json('info', 'thumb/vips.go:88', 'decoding with the native library', { format: 'heic' }),
        'vips: heifload: reading beyond the end of the buffer',
        'Segmentation fault (core dumped)',
      ],
    ],
    hang: [
      () => [
        json('warn', 'server/pool.go:70', 'worker pool exhausted', { busy: 64, queue: 1022 }),
        json('warn', 'server/livez.go:19', 'health check took too long', { ms: 10012 }),
      ],
    ],
    quits: [() => [json('info', 'leader/lease.go:91', 'leader lease lost: exiting', { lease: 'orders-leader' })]],
    sigterm: [
      () => [
        json('info', 'main.go:96', 'received SIGTERM, draining connections'),
        json('info', 'main.go:104', 'drained, bye'),
      ],
    ],
  },
};
