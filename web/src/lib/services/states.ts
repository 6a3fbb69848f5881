export const SERVICE_STATES = [
  'up',
  'degraded',
  'down',
  'off',
  'never-ready',
  'selectorless',
  'external',
  'gone',
] as const;
export type ServiceState = (typeof SERVICE_STATES)[number];

/** The shape beside a state's word; none where there is nothing to see to. */
export const STATE_MARKS = {
  up: 'fine',
  degraded: 'degraded',
  down: 'down',
  off: 'planned',
  'never-ready': 'unknown',
  selectorless: null,
  external: null,
  gone: null,
} as const satisfies Record<ServiceState, string | null>;
