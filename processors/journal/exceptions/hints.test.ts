import { describe, expect, test } from 'vitest';
import { Harness, log, pod, running, status, terminated } from './testing.ts';

const healthy = pod([status(0, running(10))]);
const fresh = () => new Harness({ restarts: true }).beat(0).pod(11, healthy, 'add');
const hint = (harness: Harness) => harness.of('death')[0]?.hint;
const killed = pod([status(0, terminated({ start: 10, end: 500, exit: 137 }))]);
const probe = 'Container app failed liveness probe, will be restarted';

describe('hints', () => {
  test.each([
    [137, 'OOMKilled', 'Out of memory: memory limit 128Mi reached'],
    [1, 'OOMKilled', 'Out of memory: memory limit 128Mi reached'],
    [
      137,
      'Error',
      "Killed (SIGKILL): not out of memory by Kubernetes' word; a kill after the grace period, or from outside",
    ],
    [139, 'Error', 'Segmentation fault (SIGSEGV)'],
    [143, 'Error', 'Ended by SIGTERM: something asked it to stop'],
    [127, 'Error', 'The command was not found in the image: check the path, and shared libraries'],
    [126, 'Error', 'The command was found but could not be executed: permissions, or a binary for another platform'],
    [134, 'Error', 'The process aborted itself (SIGABRT): a failed assertion, or a runtime that gave up'],
    [0, 'Completed', 'It ended by itself with exit code 0, though it should go on running'],
    [1, 'Error', ''],
  ])('exit code %i, %s', (exit, reason, expected) => {
    expect(hint(fresh().pod(501, pod([status(0, terminated({ start: 10, end: 500, exit, reason }))])))).toBe(expected);
  });

  test('a probe kill, its event before or after the death', () => {
    const expected = 'Killed by the kubelet: the liveness probe failed (connection refused)';
    const before = fresh()
      .event(490, 'Unhealthy', 'Liveness probe failed: connection refused')
      .event(495, 'Killing', probe);
    expect(hint(before.pod(501, killed))).toBe(expected);
    const after = fresh().event(490, 'Unhealthy', 'Liveness probe failed: connection refused').pod(500, killed);
    expect(hint(after)).toMatch(/SIGKILL/);
    expect(hint(after.event(502, 'Killing', probe))).toBe(expected);
  });

  test('an event of another container, or of long after, says nothing', () => {
    expect(hint(fresh().event(495, 'Killing', probe, 'side').pod(501, killed))).toMatch(/SIGKILL/);
    expect(hint(fresh().pod(501, killed).event(560, 'Killing', probe))).toMatch(/SIGKILL/);
  });

  test('a death that was only counted takes no event for its own', () => {
    const harness = fresh()
      .event(90, 'Killing', probe)
      .pod(600, pod([status(2, running(550), terminated({ start: 300, end: 500, exit: 1 }))]));
    const unknown = harness.of('death').find((row) => row.reason === 'Unknown');
    expect(unknown?.hint).toMatch(/while nobody watched/);
  });

  test('events are few, and readiness is not kept', () => {
    const harness = fresh();
    const before = harness.stateJson;
    harness.event(20, 'Unhealthy', 'Readiness probe failed: 503').event(21, 'Pulled', 'x');
    expect(harness.stateJson).toBe(before);
    for (let at = 30; at < 90; at++) harness.event(at, 'Killing', `Stopping container ${at}`);
    expect(harness.stateJson.match(/Stopping/g)).toHaveLength(8);
  });

  test('what the runtime could not start', () => {
    const message = 'exec: "/app/serve": stat /app/serve: no such file or directory';
    const failed = pod([status(0, terminated({ start: 10, end: 500, exit: 128, reason: 'StartError', message }))]);
    expect(hint(fresh().pod(501, failed))).toBe('The command does not exist in the image');
  });

  test('a log that says out of memory', () => {
    const harness = fresh().pod(501, pod([status(0, terminated({ start: 10, end: 500, exit: 3 }))]));
    harness.log(502, log(0, { text: 'java.lang.OutOfMemoryError: Java heap space' }));
    expect(hint(harness)).toBe('Exit code 3: its log says that it ran out of memory');
  });
});
