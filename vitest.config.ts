import { defineConfig } from 'vitest/config';

const include = ['{cli,schemas,platform,ingest,processors,api,demo,bench,tests,deploy}/**', '*'];

export default defineConfig({
  test: {
    reporters: ['default', './tests/count-reporter.ts'],
    projects: [
      {
        test: {
          name: 'unit',
          include: include.map((glob) => `${glob}/*.test.ts`),
          exclude: ['**/*.int.test.ts', '**/node_modules/**'],
          pool: 'forks',
        },
      },
      {
        test: {
          name: 'int',
          include: include.map((glob) => `${glob}/*.int.test.ts`),
          exclude: ['**/node_modules/**'],
          pool: 'forks',
          // Real servers share two cores; a deadline here only ends what hangs.
          testTimeout: 180_000,
          hookTimeout: 180_000,
          maxWorkers: 2,
        },
      },
    ],
  },
});
