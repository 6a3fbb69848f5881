import { createCoverageFold } from '../processors/journal/coverage.ts';
import { createExceptionsFold } from '../processors/journal/exceptions/fold.ts';
import { exceptionOptions } from '../processors/journal/exceptions/options.ts';
import type { CreateFold } from '../processors/journal/fold.ts';
import { createOutagesFold } from '../processors/journal/outages/fold.ts';
import { createRolloutsFold } from '../processors/journal/rollouts/fold.ts';
import { createUnreadableFold } from '../processors/journal/unreadable.ts';

/** The folds of the group `journal`, in their order, as the engine runs them. */
export const JOURNAL_FOLDS: readonly CreateFold[] = [
  createExceptionsFold(exceptionOptions()),
  createRolloutsFold(),
  createOutagesFold(),
  createCoverageFold,
  createUnreadableFold,
];
