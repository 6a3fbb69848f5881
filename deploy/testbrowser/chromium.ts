import { accessSync, constants } from 'node:fs';

/** Debian's Chromium, or the one that CHROMIUM names. */
export const CHROMIUM = process.env['CHROMIUM'] ?? '/usr/bin/chromium';

/** Whether there is a browser to test with. */
export function browserAvailable(): { available: boolean; reason: string } {
  try {
    accessSync(CHROMIUM, constants.X_OK);
    return { available: true, reason: '' };
  } catch {
    return {
      available: false,
      reason: `${CHROMIUM} is not there: deploy/testbrowser/install.sh, or name one in CHROMIUM`,
    };
  }
}
