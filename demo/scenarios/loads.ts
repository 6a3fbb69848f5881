import { OOM, type App, type Fate } from '../cluster/app.ts';
import { GPU } from '../cluster/node-object.ts';
import { at, hash32 } from '../cluster/random.ts';
import { appOf, type Row } from './catalogue.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

const resources = (
  requests: Record<string, string>,
  limits: Record<string, string> = {},
): NonNullable<App['resources']> => ({ requests, limits });

const alone: Partial<App> = { service: false, spared: true };

/** Runs out of memory some hours after each start. */
const leaks = (podUid: string, life: number): Fate => ({
  afterMs: (6.5 + 5 * at(hash32(podUid), life)) * HOUR,
  death: OOM,
});

/** Asks for four cores and eight gigabytes and needs a tenth of it. */
const overProvisioned: Row = [
  'shop',
  'price-export',
  'catalog',
  'java',
  3,
  8192,
  {
    ...alone,
    resources: resources({ cpu: '4', memory: '8Gi' }, { cpu: '4', memory: '8Gi' }),
    load: { cpuCores: 0.35, daily: 0.3, memoryMi: 1_450, networkKiBps: 60 },
  },
];

/** Uses many times what it asks for, by day above all. */
const underProvisioned: Row = [
  'shop',
  'session-store',
  'web',
  'go',
  3,
  2048,
  {
    ...alone,
    resources: resources({ cpu: '200m', memory: '256Mi' }, { cpu: '2', memory: '2Gi' }),
    load: { cpuCores: 0.85, daily: 0.45, memoryMi: 1_180, networkKiBps: 900 },
  },
];

const noRequest: Row = [
  'shop',
  'banner-ads',
  'web',
  'node',
  2,
  384,
  { ...alone, resources: {}, load: { cpuCores: 0.22, daily: 0.4, memoryMi: 290, networkKiBps: 220 } },
];

const noLimit: Row = [
  'logistics',
  'route-planner',
  'logistics',
  'go',
  2,
  1024,
  {
    ...alone,
    resources: resources({ cpu: '1', memory: '1Gi' }),
    load: { cpuCores: 0.62, daily: 0.35, memoryMi: 820, networkKiBps: 40 },
  },
];

/** Quiet between its runs, and at its limit in them. */
const throttled: Row = [
  'payments',
  'statement-pdf',
  'payments',
  'python',
  2,
  512,
  {
    ...alone,
    resources: resources({ cpu: '300m', memory: '512Mi' }, { cpu: '500m', memory: '640Mi' }),
    load: {
      cpuCores: 0.09,
      daily: 0.1,
      burst: { everyMs: 10 * MINUTE, forMs: 3 * MINUTE, cpuCores: 0.385 },
      throttled: { usually: 0.01, inBursts: 0.72 },
      memoryMi: 400,
      fileKiBps: 260,
    },
  },
];

const outOfMemory: Row = [
  'payments',
  'risk-report',
  'risk',
  'python',
  2,
  1024,
  {
    ...alone,
    resources: resources({ cpu: '500m', memory: '768Mi' }, { cpu: '1', memory: '1Gi' }),
    load: { cpuCores: 0.36, daily: 0.2, memoryMi: 420, climbs: true, networkKiBps: 25 },
    fate: leaks,
  },
];

const autoscaled: Row = [
  'shop',
  'quote-api',
  'checkout',
  'go',
  3,
  512,
  {
    ...alone,
    resources: resources({ cpu: '500m', memory: '256Mi' }, { cpu: '1', memory: '512Mi' }),
    load: { cpuCores: 0.3, daily: 0.05, memoryMi: 190, networkKiBps: 480 },
    autoscaled: { least: 3, most: 8, percent: 60 },
  },
];

const onGpus: Row = [
  'shop',
  'image-embedding',
  'ml',
  'python',
  2,
  16384,
  {
    ...alone,
    resources: resources({ cpu: '2', memory: '12Gi', [GPU]: '1' }, { cpu: '4', memory: '16Gi', [GPU]: '1' }),
    load: {
      cpuCores: 1.45,
      daily: 0.2,
      memoryMi: 9_600,
      networkKiBps: 1_400,
      fileKiBps: 3_000,
      gpu: { percent: 81, memoryMi: 17_300 },
    },
  },
];

/** Half an hour of a GPU each night. */
const nightly: Row = [
  'shop',
  'taste-training',
  'ml',
  'batch',
  1,
  12288,
  {
    ...alone,
    kind: 'CronJob',
    everyMs: 24 * HOUR,
    runMs: 28 * MINUTE,
    failureRate: 0,
    resources: resources({ cpu: '1', memory: '8Gi', [GPU]: '1' }, { cpu: '2', memory: '12Gi', [GPU]: '1' }),
    load: { cpuCores: 0.8, daily: 0, memoryMi: 6_900, fileKiBps: 2_000, gpu: { percent: 93, memoryMi: 20_800 } },
  },
];

const wellSized: Row = [
  'platform',
  'job-queue',
  'platform',
  'go',
  2,
  640,
  {
    ...alone,
    resources: resources({ cpu: '300m', memory: '512Mi' }, { cpu: '600m', memory: '640Mi' }),
    load: { cpuCores: 0.19, daily: 0.2, memoryMi: 410, networkKiBps: 70 },
  },
];

/** Has no replicas until the story scales it up, shortly before the history ends. */
const newcomer: Row = [
  'shop',
  'gift-finder',
  'web',
  'node',
  0,
  384,
  {
    ...alone,
    resources: resources({ cpu: '200m', memory: '256Mi' }, { cpu: '400m', memory: '384Mi' }),
    load: { cpuCores: 0.12, daily: 0.2, memoryMi: 170, networkKiBps: 30 },
  },
];
export const NEWCOMER = 'shop/gift-finder';

const ROWS = {
  'prod-eu': [
    overProvisioned,
    underProvisioned,
    noRequest,
    noLimit,
    throttled,
    outOfMemory,
    autoscaled,
    onGpus,
    wellSized,
    newcomer,
    nightly,
  ],
  'prod-us': [overProvisioned, underProvisioned, noLimit, outOfMemory, onGpus, wellSized],
  staging: [overProvisioned, noRequest, throttled, wellSized],
} satisfies Record<string, Row[]>;

/** Workloads whose resources fit their use in one way or another: each cluster has some, the first has all. */
export const LOADS: Readonly<Record<keyof typeof ROWS, readonly App[]>> = {
  'prod-eu': ROWS['prod-eu'].map(appOf),
  'prod-us': ROWS['prod-us'].map(appOf),
  staging: ROWS.staging.map(appOf),
};
