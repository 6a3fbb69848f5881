import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import type { Reporter, TestCase } from 'vitest/node';

/** `N passed, N failed, N skipped` of the runs before this one. */
function countsIn(file: string): number[] {
  const text = existsSync(file) ? readFileSync(file, 'utf8') : '';
  return (text.match(/\d+/g) ?? ['0', '0', '0']).map(Number);
}

/**
 * Adds up `N passed, N failed, N skipped` in the file that TEST_SUMMARY_FILE names, over all runs that are given it; a file
 * that cannot be loaded counts as failed.
 */
export default class CountReporter implements Reporter {
  #counts = { passed: 0, failed: 0, skipped: 0 };

  onTestCaseResult(test: TestCase): void {
    const { state } = test.result();
    if (state !== 'pending') this.#counts[state] += 1;
  }

  onTestRunEnd(modules: Parameters<NonNullable<Reporter['onTestRunEnd']>>[0], errors: readonly unknown[]): void {
    const file = process.env['TEST_SUMMARY_FILE'];
    if (!file) return;
    const broken = modules.filter((module) => module.errors().length > 0).length + errors.length;
    const [passed = 0, failed = 0, skipped = 0] = countsIn(file);
    const now = this.#counts;
    const counts = [passed + now.passed, failed + now.failed + broken, skipped + now.skipped];
    writeFileSync(file, `${counts[0]} passed, ${counts[1]} failed, ${counts[2]} skipped\n`);
  }
}
