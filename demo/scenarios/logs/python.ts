import { coloured, item, logTime, number, type Speech, type Voice } from './speech.ts';

/** Traceback, newest frame last, and the exception below it. */
export const traceback = (
  frames: readonly [file: string, line: number, name: string, code: string][],
  error: string,
) => [
  'Traceback (most recent call last):',
  ...frames.flatMap(([file, line, name, code]) => [`  File "${file}", line ${line}, in ${name}`, `    ${code}`]),
  error,
];

const RUN = ['/app/.venv/lib/python3.13/site-packages/uvicorn/main.py', 579, 'run', 'server.run()'] as const;

/** loguru with its colours. */
const loguru = (ms: number, level: string, colour: number, words: string): string =>
  `${coloured(32, logTime(ms).replace(',', '.'))} | ${coloured(colour, level.padEnd(8))} | ${coloured(36, 'service.api')}:${coloured(36, 'handle')} - ${words}`;

function steady({ app }: Voice, roll: number, second: number, ms: number): string {
  if (app === 'label-printer') {
    return roll < 0.9
      ? `INFO:     打印任务 ${number(roll, 90000)} 已完成，打印机 P-${number(second, 9)}，耗时 ${number(second, 900)} 毫秒`
      : `WARNING:  打印机 P-${number(second, 9)} 缺纸，任务已排队（队列长度 ${number(roll, 40)}）`;
  }
  if (app === 'reviews') {
    return roll < 0.94
      ? loguru(ms, 'INFO', 1, `GET /reviews/${number(roll, 90000)} 200 in ${number(second, 90)} ms`)
      : loguru(ms, 'WARNING', 33, `the moderation model took ${600 + number(second, 900)} ms`);
  }
  return roll < 0.95
    ? `INFO:     10.244.${number(roll, 8)}.${number(second, 250)}:41${number(roll, 999)} - "POST /predict/${item(second)} HTTP/1.1" 200 OK`
    : `INFO:     batch of ${number(second, 512)} rows scored in ${number(roll, 90)} ms`;
}

export const python: Speech = {
  startup: ({ app }) => [
    `INFO:     Started server process [1] (${app})`,
    'INFO:     Waiting for application startup.',
    'INFO:     model weights loaded from /models/current (412 MB)',
    'INFO:     Application startup complete.',
    'INFO:     Uvicorn running on http://0.0.0.0:8080 (Press CTRL+C to quit)',
  ],
  steady,
  endings: {
    oom: [
      () => [
        'WARNING:  worker rss 480 MB, limit 512 MB',
        'WARNING:  worker rss 509 MB, limit 512 MB: feature cache holds 1204411 rows',
      ],
    ],
    heap: [
      () =>
        traceback(
          [[...RUN], ['/app/service/frame.py', 61, 'pivot', 'matrix = np.zeros((users, items), dtype=np.float64)']],
          'numpy._core._exceptions._ArrayMemoryError: MemoryError: Unable to allocate 3.73 GiB for an array with shape (50000, 10000) and data type float64',
        ),
    ],
    bug: [
      () => [
        'ERROR:    Exception in ASGI application',
        ...traceback(
          [[...RUN], ['/app/service/model.py', 88, 'predict', 'features = self.frame(request)[self.columns]']],
          "KeyError: 'basket_value'",
        ),
      ],
      () => [
        'ERROR:    打印任务失败，服务退出',
        ...traceback(
          [[...RUN], ['/app/printer/encode.py', 41, 'encode', "return text.encode('gb2312')"]],
          "UnicodeEncodeError: 'gb2312' codec can't encode character '\\u9394' in position 3: 收件人“陳鎔”含有生僻字",
        ),
      ],
    ],
    'no-module': [
      ({ version }) => [
        `INFO:     release ${version}: slim base image`,
        ...traceback(
          [
            ['/app/service/main.py', 7, '<module>', 'from service.rank import Ranker'],
            ['/app/service/rank.py', 3, '<module>', 'import lightgbm'],
          ],
          "ModuleNotFoundError: No module named 'lightgbm'",
        ),
      ],
    ],
    dependency: [
      () => [
        'WARNING:  connection to postgres.data:5432 lost, trying again',
        ...traceback(
          [
            [...RUN],
            ['/app/service/store.py', 34, 'connect', 'self.pool = psycopg_pool.ConnectionPool(url, open=True)'],
          ],
          'psycopg.OperationalError: connection failed: connection to server at "10.96.14.9", port 5432 failed: Connection refused',
        ),
      ],
    ],
    'bad-release': [
      ({ version }) =>
        traceback(
          [
            ['/app/service/main.py', 12, '<module>', 'settings = Settings()'],
            ['/app/service/settings.py', 9, '__init__', 'super().__init__()'],
          ],
          `pydantic_core._pydantic_core.ValidationError: 1 validation error for Settings: pricing_rounding: Field required (new in ${version})`,
        ),
    ],
    segfault: [
      () => [
        'Fatal Python error: Segmentation fault',
        '',
        'Thread 0x00007f2b8c7fe6c0 (most recent call first):',
        '  File "/app/service/model.py", line 102 in score',
        '  File "/usr/lib/python3.13/threading.py", line 992 in run',
      ],
    ],
    hang: [() => ['WARNING:  queue of 1022 requests, 4 of 4 workers busy', 'WARNING:  health check took 10012 ms']],
    sigterm: [() => ['INFO:     Shutting down', 'INFO:     Finished server process [1]']],
  },
};
