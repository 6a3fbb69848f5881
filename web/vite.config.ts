import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig } from 'vite';
import { precompress } from './build/precompress.ts';

const API = process.env['TIDEMARK_URL'] ?? 'http://127.0.0.1:8080';

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
    cssCodeSplit: false,
    rolldownOptions: {
      output: {
        codeSplitting: {
          groups: [
            { name: 'runtime', test: /node_modules\/(svelte|i18next|sv-router|esm-env|clsx|openapi-fetch)\// },
            {
              name: 'kit',
              test: /node_modules\/@lucide\/|\/src\/ui\/[^/]+\.(svelte|ts)|\/src\/lib\/(api|coverage|time|url|[^/]+$)/,
            },
          ],
        },
      },
    },
  },
  server: { host: '127.0.0.1', proxy: { '/api': { target: API } } },
});
