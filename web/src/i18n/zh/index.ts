import type { messages as english } from '../en/index.ts';
import { clusters } from './clusters.ts';
import { detail } from './detail.ts';
import { exceptions } from './exceptions.ts';
import { groups } from './groups.ts';
import { overview } from './overview.ts';
import { report } from './report.ts';
import { rollout, rollouts } from './rollouts.ts';
import { service, services } from './services.ts';
import { shell } from './shell.ts';
import { terms } from './terms.ts';
import { ui } from './ui.ts';
import { workload } from './workload.ts';

/** The same keys as in English. Chinese has one plural form: `key_one` is left out. */
export type Translated<T> = {
  [K in keyof T as K extends `${string}_one` ? never : K]: T[K] extends string ? string : Translated<T[K]>;
};

export const messages = {
  shell,
  ui,
  terms,
  overview,
  exceptions,
  groups,
  detail,
  clusters,
  report,
  services,
  service,
  rollouts,
  rollout,
  workload,
} satisfies Translated<typeof english>;
