export { buildApp } from './app.ts';
export { assertListenAllowed, loadTokens, OPEN, type Auth, type Token } from './auth.ts';
export type { ApiDeps, ApiOptions } from './context.ts';
export { startApi, type RunningApi } from './server.ts';
