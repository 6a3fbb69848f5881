import type { Entry } from '../../../schemas/entry.ts';
import type { FoldContext } from '../fold.ts';
import type { LabelOptions } from '../objects/labels.ts';
import type { ResourcesOf } from './pod-resources.ts';
import type { Indexes } from './indexes.ts';

/** What the parts of the fold share while one entry is applied. `now` is the entry's `observed_at`. */
export interface Desk {
  readonly cluster: string;
  readonly labels: LabelOptions;
  readonly indexes: Indexes;
  readonly context: FoldContext;
  readonly now: number;
  readonly resourcesOf: ResourcesOf;
  isGpu(resource: string): boolean;
}

export const isRemoval = ({ op }: Pick<Entry, 'op'>): boolean => op === 'delete' || op === 'vanished';
