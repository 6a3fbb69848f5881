import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig } from 'vitest/config';

const include = ['{cli,schemas,platform,ingest,processors,api,demo,bench,tests,deploy}/**', '*'];
const ignored = ['**/node_modules/**'];
// A machine has room for one cluster with real nodes.
const onRealNodes = [
  'tests/road/real.int.test.ts',
  'tests/road/services-real.int.test.ts',
  'tests/usage/real-cadvisor.int.test.ts',
];

export default defineConfig({
  test: {
    reporters: ['default', './tests/count-reporter.ts'],
    projects: [
      {
        test: {
          name: 'unit',
          include: include.map((glob) => `${glob}/*.test.ts`),
          exclude: ['**/*.int.test.ts', ...ignored],
          pool: 'forks',
        },
      },
      {
        plugins: [svelte({ configFile: 'web/svelte.config.js' })],
        resolve: { conditions: ['browser'] },
        test: { name: 'web', include: ['web/**/*.test.ts'], exclude: ignored, pool: 'forks' },
      },
      {
        test: {
          name: 'int',
          include: include.map((glob) => `${glob}/*.int.test.ts`),
          exclude: ['tests/web/**', ...onRealNodes, ...ignored],
          pool: 'forks',
          // Real servers share two cores; a deadline here only ends what hangs.
          testTimeout: 180_000,
          hookTimeout: 180_000,
          maxWorkers: 2,
        },
      },
      {
        test: {
          name: 'real',
          include: onRealNodes,
          pool: 'forks',
          testTimeout: 180_000,
          hookTimeout: 180_000,
          maxWorkers: 1,
          sequence: { groupOrder: 1 },
        },
      },
      {
        test: {
          name: 'browser',
          include: ['tests/web/*.int.test.ts'],
          globalSetup: ['tests/web/setup.ts'],
          pool: 'forks',
          testTimeout: 180_000,
          hookTimeout: 300_000,
          maxWorkers: 1,
        },
      },
    ],
  },
});
