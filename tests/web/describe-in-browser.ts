import { describe } from 'vitest';
import { browserAvailable } from '../../deploy/testbrowser/chromium.ts';

/** A suite that needs a browser: skipped with the reason in its name where there is none; a failure with CI=true. */
export function describeInBrowser(name: string, suite: () => void): void {
  const { available, reason } = browserAvailable();
  if (!available && process.env['CI'] === 'true') throw new Error(`${name} needs a browser with CI=true: ${reason}`);
  const note = available ? '' : ` (${reason})`;
  describe.skipIf(!available)(`${name}${note}`, () => {
    suite();
  });
}
