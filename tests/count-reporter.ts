import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { stripVTControlCharacters } from 'node:util';
import type { Reporter, TestCase, Vitest } from 'vitest/node';

/** So many lines of an error are told again at the end: its message and where it came from, and what differs. */
const LINES_TOLD = { error: 8, diff: 20 };

interface Told {
  readonly message?: string;
  readonly stack?: string;
  readonly diff?: string;
}

/** The lines of the runs before this one, and their `N passed, N failed, N skipped`. */
function earlier(file: string): { lines: string[]; counts: number[] } {
  const lines = existsSync(file) ? readFileSync(file, 'utf8').split('\n').filter(Boolean) : [];
  const counts = lines.pop()?.match(/\d+/g) ?? ['0', '0', '0'];
  return { lines, counts: counts.map(Number) };
}

function tell(what: string, errors: readonly Told[]): string[] {
  const lines = errors.flatMap(({ message = '', stack = '', diff = '' }) => [
    ...(stack.includes(message) ? stack : `${message}\n${stack}`)
      .split('\n')
      .filter((line) => !line.includes('/node_modules/'))
      .slice(0, LINES_TOLD.error),
    ...stripVTControlCharacters(diff).split('\n').filter(Boolean).slice(0, LINES_TOLD.diff),
  ]);
  return [`FAILED ${what}`, ...lines.map((line) => `    ${line.trim()}`)];
}

/**
 * Adds up `N passed, N failed, N skipped` in the file that TEST_SUMMARY_FILE names, over all runs that are given it, below what
 * failed and why, which is also the last that a run prints; a file that cannot be loaded, and an error outside of every test, count as failed.
 */
export default class CountReporter implements Reporter {
  #counts = { passed: 0, failed: 0, skipped: 0 };
  #failures: string[] = [];
  #root = '';

  onInit(vitest: Vitest): void {
    this.#root = `${vitest.config.root}/`;
  }

  onTestCaseResult(test: TestCase): void {
    const { state, errors } = test.result();
    if (state !== 'pending') this.#counts[state] += 1;
    if (state === 'failed') this.#failures.push(...tell(`${test.module.relativeModuleId} > ${test.fullName}`, errors));
  }

  onTestRunEnd(
    modules: Parameters<NonNullable<Reporter['onTestRunEnd']>>[0],
    errors: Parameters<NonNullable<Reporter['onTestRunEnd']>>[1],
  ): void {
    const file = process.env['TEST_SUMMARY_FILE'];
    if (!file) return;
    const broken = modules.filter((module) => module.errors().length > 0);
    const {
      lines,
      counts: [passed = 0, failed = 0, skipped = 0],
    } = earlier(file);
    const failures = [
      ...this.#failures,
      ...broken.flatMap((module) => tell(module.relativeModuleId, module.errors())),
      ...errors.flatMap((error) => tell('outside of every test', [error])),
    ].map((line) => line.replaceAll(this.#root, ''));
    const now = this.#counts;
    const counts = `${passed + now.passed} passed, ${failed + now.failed + broken.length + errors.length} failed, ${skipped + now.skipped} skipped`;
    if (failures.length > 0) process.stdout.write(`${failures.join('\n')}\n`);
    writeFileSync(file, `${[...lines, ...failures, counts].join('\n')}\n`);
  }
}
