#!/usr/bin/env node
// The embedded engine holds a thread of Node's pool for each statement it runs; four of them are too few. Set before anything
// uses the pool.
process.env['UV_THREADPOOL_SIZE'] ??= '16';
const { main } = await import('./cli/main.ts');

process.exitCode = await main(process.argv.slice(2));
