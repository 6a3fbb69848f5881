import type { Answer } from '../../lib/api/client.ts';

export type GroupItem = Answer<'listGroups'>['items'][number];
export type GroupNote = Answer<'changeGroup'>;

/** What people say of a group. */
export interface Said {
  readonly acknowledged: boolean;
  readonly owner: string;
  readonly note: string;
}
export type SaidChange = { -readonly [Field in keyof Said]?: Said[Field] };

const SAID_FIELDS = ['acknowledged', 'owner', 'note'] as const satisfies readonly (keyof Said)[];

export const saidOf = ({ acknowledged, owner, note }: Said): Said => ({ acknowledged, owner, note });

/** The fields in which `mine` is another than `base`: what is to be sent. */
export function changesOf(base: Said, mine: Said): SaidChange {
  const changed = SAID_FIELDS.filter((field) => base[field] !== mine[field]);
  return Object.fromEntries(changed.map((field) => [field, mine[field]]));
}

/**
 * The fields that both I and somebody else changed since `base`, to different things. Fields that only one of us changed
 * stand side by side: what a change leaves out stays as it is.
 */
export const conflictsOf = (base: Said, change: SaidChange, theirs: Said): (keyof Said)[] =>
  SAID_FIELDS.filter(
    (field) => change[field] !== undefined && theirs[field] !== base[field] && theirs[field] !== change[field],
  );
