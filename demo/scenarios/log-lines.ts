import { at } from '../cluster/random.ts';
import { batch, COMMON } from './logs/common.ts';
import { go } from './logs/go.ts';
import { java } from './logs/java.ts';
import { node } from './logs/node.ts';
import { python } from './logs/python.ts';
import { agent, kafka, nginx, postgres, redis } from './logs/servers.ts';
import type { Ending, Runtime, Speech, Voice } from './logs/speech.ts';

export type { Ending, Runtime, Voice } from './logs/speech.ts';

const SPEECHES: Readonly<Record<Runtime, Speech>> = {
  java,
  go,
  node,
  python,
  nginx,
  postgres,
  kafka,
  redis,
  agent,
  batch,
};

/** Which of several tellings is an application's own; the first for all others. */
const OWN: Readonly<Record<string, number>> = {
  shipping: 2,
  'label-printer': 1,
  notifications: 1,
  warehouse: 1,
  ledger: 1,
  accounts: 1,
};

/** What a process prints as it comes up from `ms` on. */
export const startupLines = (voice: Voice, ms: number): readonly string[] => SPEECHES[voice.runtime].startup(voice, ms);

/** The `index`th line of ordinary traffic of a process that is known by `seed`, at `ms` since the Unix epoch. */
export const steadyLine = (voice: Voice, seed: number, index: number, ms: number): string =>
  SPEECHES[voice.runtime].steady(voice, at(seed, 2 * index), at(seed, 2 * index + 1), ms);

/** What a process prints on its way out at `ms`. */
export function endingLines(voice: Voice, ending: Ending, ms: number): readonly string[] {
  const tellings = SPEECHES[voice.runtime].endings[ending] ?? COMMON[ending];
  const telling = tellings[OWN[voice.app] ?? 0] ?? tellings[0];
  return telling?.(voice, ms) ?? [];
}
