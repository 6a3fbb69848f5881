export type Runtime = 'java' | 'go' | 'node' | 'python' | 'nginx' | 'postgres' | 'kafka' | 'redis' | 'agent' | 'batch';

/** What the process went through just before its end. */
export type Ending =
  | 'oom'
  | 'heap'
  | 'bug'
  | 'dependency'
  | 'bad-release'
  | 'preload'
  | 'map-race'
  | 'no-module'
  | 'rejection'
  | 'segfault'
  | 'abort'
  | 'illegal'
  | 'bus'
  | 'fpe'
  | 'not-found'
  | 'not-executable'
  | 'nested-run'
  | 'hang'
  | 'slow-start'
  | 'quits'
  | 'asked'
  | 'sigterm'
  | 'killed'
  | 'never-ran'
  | 'completed'
  | 'job-error'
  | 'init-wait';

export interface Voice {
  readonly app: string;
  readonly version: string;
  readonly runtime: Runtime;
}

/** Lines of a process that starts or ends at `ms` (milliseconds since the Unix epoch). */
export type Telling = (voice: Voice, ms: number) => readonly string[];

/** How the processes of one runtime write their logs. `roll` and `second` are in [0, 1). */
export interface Speech {
  readonly startup: Telling;
  readonly steady: (voice: Voice, roll: number, second: number, ms: number) => string;
  /** An application has its own among several; what is missing is told by `COMMON`. */
  readonly endings: Readonly<Partial<Record<Ending, readonly Telling[]>>>;
}

const ITEMS = ['cart', 'order', 'invoice', 'customer', 'session', 'product', 'shipment', 'refund', 'voucher', 'stock'];
export const item = (roll: number): string => ITEMS[Math.floor(roll * ITEMS.length)] as string;
export const number = (roll: number, most: number): number => Math.floor(roll * most);
/** `2026-11-20 12:00:00,000` and `2026/11/20 12:00:00`. */
export const logTime = (ms: number): string =>
  new Date(ms).toISOString().replace('T', ' ').replace('.', ',').slice(0, 23);
export const slashTime = (ms: number): string =>
  new Date(ms).toISOString().slice(0, 19).replace('T', ' ').replaceAll('-', '/');

const ESC = String.fromCodePoint(0x1b);
/** A text in a terminal's colour, by its SGR number. */
export const coloured = (sgr: number, text: string): string => `${ESC}[${sgr}m${text}${ESC}[0m`;
