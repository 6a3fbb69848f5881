import { createResource, type Resource } from '../resource.svelte.ts';
import type { Range } from '../time/range.ts';
import { view } from '../url/view.svelte.ts';
import { coverageSpans } from './all-spans.ts';
import type { CoverageSpan } from './segments.ts';

/** What was watched in the bar's range. It is read by the times it was asked at: of later ones it proves nothing yet. */
export interface Coverage {
  readonly spans: readonly CoverageSpan[];
  /** There are more spans than are asked for. */
  readonly more: boolean;
  readonly range: Range;
  /** Milliseconds since the Unix epoch. */
  readonly now: number;
}

/** The coverage of the bar's range in these clusters and namespaces; none named: in all. */
export function createCoverage(sources: () => { cluster?: string[]; namespace?: string[] }): Resource<Coverage> {
  return createResource(
    async (signal) => {
      const { range, now, times } = view;
      const found = await coverageSpans({ ...times, ...sources() }, signal);
      return { ...found, range, now };
    },
    { key: () => JSON.stringify([view.from, view.to, sources()]) },
  );
}
