import { startHint } from './stuck-hints.ts';
import { millis } from '../objects/times.ts';
import type { DeathRecord, EventRecord, Row } from './state.ts';

/** Short readings of how a process ended. 137 is out of memory only where Kubernetes' reason says OOMKilled. */
const EXIT_HINTS: Readonly<Record<number, string>> = {
  125: 'The runtime could not start the container (exit code 125)',
  126: 'The command was found but could not be executed: permissions, or a binary for another platform',
  127: 'The command was not found in the image: check the path, and shared libraries',
  128: 'The runtime could not start the container',
  132: 'Illegal instruction (SIGILL): built for another CPU',
  134: 'The process aborted itself (SIGABRT): a failed assertion, or a runtime that gave up',
  135: 'Bus error (SIGBUS)',
  136: 'Arithmetic error (SIGFPE)',
  139: 'Segmentation fault (SIGSEGV)',
  143: 'Ended by SIGTERM: something asked it to stop',
};
const LATE_MS = 5_000;

/** What a log says in plain words, or ''. */
export const saysOf = (text: string): string =>
  /OutOfMemoryError|heap out of memory|cannot allocate memory|std::bad_alloc|MemoryError\b|runtime: out of memory/i.test(
    text,
  )
    ? 'its log says that it ran out of memory'
    : '';

/** The hint of a dead instance, from its end, the pod's events just before, and its log. */
export function deathHint(death: DeathRecord, events: readonly EventRecord[]): string {
  const { row } = death;
  if (row.reason === 'OOMKilled') {
    return death.memoryLimit
      ? `Out of memory: memory limit ${death.memoryLimit} reached`
      : 'Out of memory: killed without a limit of its own, by the node or the pod';
  }
  if (/^(StartError|ContainerCannotRun)$/.test(row.reason)) return startHint(row.message);
  const killed = killedBy(row, events);
  if (killed) return killed;
  if (row.reason === 'ContainerStatusUnknown')
    return 'The container was lost with its node or sandbox; how it ended is not known';
  if (death.says) return `Exit code ${row.exit_code}: ${death.says}`;
  if (row.exit_code === 137)
    return "Killed (SIGKILL): not out of memory by Kubernetes' word; a kill after the grace period, or from outside";
  if (row.reason === 'Unknown') return 'It ended while nobody watched; the kubelet keeps the last instance only';
  if (row.exit_code === 0) {
    return row.container_kind === 'app' ? 'It ended by itself with exit code 0, though it should go on running' : '';
  }
  return EXIT_HINTS[row.exit_code ?? 0] ?? '';
}

function killedBy(row: Row, events: readonly EventRecord[]): string {
  const from = millis(row.started_at);
  // A death that was only counted: which of the pod's events were its own is not known.
  if (from === null) return '';
  const to = (millis(row.finished_at) ?? millis(row.observed_at) ?? 0) + LATE_MS;
  const near = events.filter((event) => event.container === row.container && event.at >= from && event.at <= to);
  const killing = near.findLast(
    (event) => event.reason === 'Killing' && /failed (liveness|startup) probe/i.test(event.message),
  );
  if (killing) {
    const probe = /startup probe/i.test(killing.message) ? 'startup' : 'liveness';
    const failed = near.findLast(
      (event) => event.reason === 'Unhealthy' && event.message.toLowerCase().startsWith(probe),
    );
    const why = failed?.message.replace(/^\w+ probe (failed|errored)[^:]*: ?/i, '').trim();
    return `Killed by the kubelet: the ${probe} probe failed${why ? ` (${why.slice(0, 120)})` : ''}`;
  }
  return near.some((event) => event.reason === 'FailedPostStartHook')
    ? 'Killed by the kubelet: its postStart hook failed'
    : '';
}
