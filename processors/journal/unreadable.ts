import { Compile } from 'typebox/compile';
import { DeadLetterObject } from '../../schemas/objects.ts';
import { BadEntry, type Fold } from './fold.ts';

const check = Compile(DeadLetterObject);

/** Hands on what the agent could not read to the dead letters, with the agent's reason. Has no state. */
export function createUnreadableFold(): Fold {
  return {
    name: 'unreadable',
    apply({ kind, object }) {
      if (kind !== 'dead_letter') return;
      if (!check.Check(object)) throw new BadEntry('bad_object', 'not a dead letter');
      throw new BadEntry(object.reason, object.message);
    },
  };
}
