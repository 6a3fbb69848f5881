import { FakeClock } from '../../../platform/clock.ts';
import { silentLogger } from '../../../platform/log.ts';
import { createMetrics } from '../../../platform/metrics.ts';
import { createLogCatcher, LOG_CATCHER_DEFAULTS, type CaughtLog, type LogCatcherOptions } from '../log-catcher.ts';
import { createRedactor } from '../redact.ts';
import { scriptedTransport, type ScriptedAnswer } from './scripted-transport.ts';

/** For tests: a catcher over a scripted API server and a fake clock, and pods to feed it. Times are seconds of one minute. */
export const at = (second: number) => `2026-01-01T00:00:${String(second).padStart(2, '0')}Z`;
export const line = (second: number, text: string) => `${at(second).replace('Z', '.5Z')} ${text}\n`;
export const ended = (id: string, from = 1, to = 5, more: object = {}) => ({
  terminated: { exitCode: 1, reason: 'Error', startedAt: at(from), finishedAt: at(to), containerID: id, ...more },
});
export const running = (from = 6) => ({ running: { startedAt: at(from) } });
export const backOff = { waiting: { reason: 'CrashLoopBackOff' } };

export interface PodOptions {
  restartPolicy?: string;
  disrupted?: boolean;
  uid?: string;
}
export const pod = (status: object, options: PodOptions = {}) => ({
  metadata: { uid: options.uid ?? 'u1', namespace: 'shop', name: 'web' },
  spec: { restartPolicy: options.restartPolicy ?? 'Always' },
  status: {
    containerStatuses: [{ name: 'app', restartCount: 0, ...status }],
    conditions: options.disrupted ? [{ type: 'DisruptionTarget', status: 'True' }] : [],
  },
});

export function setUp(answer: (question: string) => ScriptedAnswer, options: Partial<LogCatcherOptions> = {}) {
  const clock = new FakeClock(Date.parse(at(7)));
  const transport = scriptedTransport(answer);
  const written: CaughtLog[] = [];
  const catcher = createLogCatcher({
    transport,
    clock,
    redact: createRedactor({ extra: [] }),
    log: silentLogger,
    metrics: createMetrics(),
    options: { ...LOG_CATCHER_DEFAULTS, cluster: 'c', ...options },
    write: async (caught) => void written.push(caught),
  });
  const told = () => written.map(({ object }) => [object.ordinal, object.status, object.text]);
  return { catcher, clock, transport, written, told };
}
