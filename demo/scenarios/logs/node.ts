import { coloured, item, number, type Speech, type Voice } from './speech.ts';

const [GREEN, YELLOW, RED, CYAN] = [32, 33, 31, 36];
const COLOURFUL = new Set(['tracking', 'notifications']);

/** Nest's console logger, which colours even where nobody looks. */
const nest = (colour: number, level: string, context: string, words: string): string =>
  `${coloured(colour, '[Nest] 1  -')} ${coloured(colour, level.padStart(7))} ${coloured(YELLOW, `[${context}]`)} ${coloured(colour, words)}`;

function steady({ app }: Voice, roll: number, second: number): string {
  if (COLOURFUL.has(app)) {
    return roll < 0.92
      ? `${nest(GREEN, 'LOG', 'Http', `${roll < 0.7 ? 'GET' : 'POST'} /${item(second)} 200`)} ${coloured(CYAN, `+${number(second, 120)}ms`)}`
      : nest(YELLOW, 'WARN', 'Redis', `command queue holds ${number(second, 900)} commands`);
  }
  if (roll < 0.95)
    return `{"level":30,"reqId":"req-${number(roll, 90000).toString(36)}","req":{"method":"${roll < 0.8 ? 'GET' : 'POST'}","url":"/${item(second)}"},"res":{"statusCode":200},"responseTime":${number(second, 120)},"msg":"request completed"}`;
  return `{"level":40,"name":"http","msg":"slow upstream","upstream":"${item(second)}","ms":${900 + number(roll, 900)}}`;
}

const NODE_END = ['', 'Node.js v24.4.0'];

export const node: Speech = {
  startup: ({ app, version }) => [
    `> ${app}@${version} start`,
    '> node --enable-source-maps dist/server.js',
    '{"level":30,"name":"http","msg":"connecting to redis://:r3d1s-Passw0rd@redis.data:6379/2"}',
    '{"level":30,"name":"http","msg":"Server listening at http://0.0.0.0:8080"}',
  ],
  steady,
  endings: {
    oom: [
      () => [
        '{"level":40,"name":"render","msg":"resident set 498 MB of 512 MB, 3100 pages in the render cache"}',
        '{"level":40,"name":"render","msg":"resident set 509 MB of 512 MB, 3164 pages in the render cache"}',
      ],
    ],
    heap: [
      () => [
        '<--- Last few GCs --->',
        '[1:0x7f] 91284 ms: Mark-Compact (reduce) 505.1 (514.3) -> 504.8 (514.0) MB, 812.33 / 0.00 ms (average mu = 0.081, current mu = 0.004) allocation failure',
        '',
        '<--- JS stacktrace --->',
        '',
        'FATAL ERROR: Ineffective mark-compacts near heap limit Allocation failed - JavaScript heap out of memory',
        '----- Native stack trace -----',
        ' 1: 0xb8ced1 node::OOMErrorHandler(char const*, v8::OOMDetails const&) [node]',
        ' 2: 0xf06460 v8::Utils::ReportOOMFailure(v8::internal::Isolate*, char const*, v8::OOMDetails const&) [node]',
      ],
    ],
    bug: [
      () => [
        '/app/dist/routes/cart.js:118',
        '    const total = basket.items.reduce((sum, line) => sum + line.price, 0);',
        '                         ^',
        '',
        "TypeError: Cannot read properties of undefined (reading 'items')",
        '    at totalOf (/app/src/routes/cart.ts:97:26)',
        '    at renderCart (/app/src/routes/cart.ts:61:18)',
        '    at process.processTicksAndRejections (node:internal/process/task_queues:105:5)',
        ...NODE_END,
      ],
      () => [
        nest(RED, 'ERROR', 'TemplateService', 'no template for locale zh-Hant-HK'),
        'RangeError: Maximum call stack size exceeded',
        '    at fallbackOf (/app/src/templates/locale.ts:33:9)',
        '    at fallbackOf (/app/src/templates/locale.ts:36:12)',
        '    at fallbackOf (/app/src/templates/locale.ts:36:12)',
        ...NODE_END,
      ],
    ],
    rejection: [
      ({ version }) => [
        nest(YELLOW, 'WARN', 'CarrierFeed', `feed switched to streaming in ${version}`),
        nest(RED, 'ERROR', 'CarrierFeed', 'the stream ended before its first event'),
        'node:internal/process/promises:394',
        '      triggerUncaughtException(err, true /* fromPromise */);',
        '      ^',
        '',
        '[UnhandledPromiseRejection: This error originated either by throwing inside of an async function without a catch block, or by rejecting a promise which was not handled with .catch().]',
        'StreamClosedError: carrier feed closed by the server (code 1008: subscription quota exceeded)',
        '    at CarrierFeed.onClose (/app/src/carriers/feed.ts:142:19)',
        '    at WebSocket.emit (node:events:519:28)',
        "  code: 'ERR_FEED_CLOSED'",
        ...NODE_END,
      ],
    ],
    dependency: [
      () => [
        '{"level":40,"name":"redis","msg":"reconnecting","attempt":20}',
        'node:events:497',
        "      throw er; // Unhandled 'error' event",
        '      ^',
        '',
        'Error: connect ECONNREFUSED 10.96.14.7:6379',
        '    at TCPConnectWrap.afterConnect [as oncomplete] (node:net:1637:16)',
        "Emitted 'error' event on Commander instance at:",
        '    at Socket.emit (node:events:519:28)',
        ...NODE_END,
      ],
    ],
    'bad-release': [
      ({ version }) => [
        'ZodError: 1 issue in the environment of this release',
        `  at PRICING_ROUNDING: Required (new in ${version}; PRICING_ROUNDING_MODE is not read any more)`,
        '    at parseEnv (/app/src/env.ts:27:11)',
        ...NODE_END,
      ],
    ],
    hang: [
      () => [
        '{"level":40,"name":"loop","msg":"event loop blocked for 4100 ms"}',
        '{"level":40,"name":"loop","msg":"event loop blocked for 10012 ms"}',
      ],
    ],
    quits: [() => ['{"level":30,"name":"queue","msg":"queue closed by the broker, nothing left to wait for"}']],
    sigterm: [
      () => [
        '{"level":30,"name":"http","msg":"SIGTERM received, closing the server"}',
        '{"level":30,"name":"http","msg":"closed"}',
      ],
    ],
  },
};
