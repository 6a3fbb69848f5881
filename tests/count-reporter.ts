import { writeFileSync } from 'node:fs';
import type { Reporter, TestCase } from 'vitest/node';

/** Writes `N passed, N failed, N skipped` to the file that TEST_SUMMARY_FILE names; a file that cannot be loaded counts as failed. */
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
    const { passed, failed, skipped } = this.#counts;
    writeFileSync(file, `${passed} passed, ${failed + broken} failed, ${skipped} skipped\n`);
  }
}
