import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig } from 'vite';
import { precompress } from './build/precompress.ts';

const API = process.env['TIDEMARK_URL'] ?? 'http://127.0.0.1:8080';

/**
 * What the frame and the overview need. Building blocks that only other pages show stay out: each brings more with it. Small
 * modules that many pages share are in: a file of each would cost more than what it holds.
 */
const KIT = new RegExp(
  [
    String.raw`node_modules/@lucide/`,
    String.raw`/src/ui/(?!log-viewer|prometheus-example|virtual-list|uptime|field-changes)[^/]+\.(svelte|ts)`,
    String.raw`/src/lib/(api|coverage|time|url)/`,
    String.raw`/src/lib/(?!paged-rows)[^/]+$`,
    String.raw`/src/lib/(services|rollouts|workloads)/[^/]*(api|href|name|states|availability)\.ts`,
    String.raw`/src/shell/(page-subject|time/range-name)`,
    String.raw`/src/pages/services/budget-bar`,
  ].join('|'),
);

export default defineConfig({
  root: import.meta.dirname,
  plugins: [svelte({ configFile: `${import.meta.dirname}/svelte.config.js` }), precompress()],
  build: {
    target: 'es2024',
    // Nothing inline: the pages are served under a policy that allows files of this origin alone.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    manifest: true,
    reportCompressedSize: false,
    // What every page needs comes in a few files rather than in forty: each costs its headers and a turn.
    rolldownOptions: {
      output: {
        codeSplitting: {
          groups: [
            { name: 'runtime', test: /node_modules\/(svelte|i18next|sv-router|esm-env|clsx|openapi-fetch)\// },
            { name: 'kit', test: KIT },
          ],
        },
      },
    },
  },
  server: { host: '127.0.0.1', proxy: { '/api': { target: API } } },
});
