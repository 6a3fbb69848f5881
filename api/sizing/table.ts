import type { SizingPage } from '../../schemas/api/sizing.ts';
import { SIZING_VERDICTS, type SizingSort } from '../../schemas/api/sizing-parameters.ts';
import { isSelected, type Selection } from '../selection.ts';
import { dangerOf, savingOf, type Sized } from './items.ts';

const compare = (a: string, b: string): number => Number(a > b) - Number(a < b);

const byName = (a: Sized, b: Sized): number =>
  compare(a.cluster, b.cluster) ||
  compare(a.namespace, b.namespace) ||
  compare(a.kind, b.kind) ||
  compare(a.name, b.name);

const VALUES: Readonly<Record<Exclude<SizingSort, 'name'>, (sized: Sized) => number | null>> = {
  saving_cpu: (sized) => savingOf(sized, 'cpu'),
  saving_memory: (sized) => savingOf(sized, 'memory'),
  danger: ({ evidence }) => dangerOf(evidence),
};

/** Sorted; what is not known comes last in either direction, and what is equal goes by name. */
export function sorted(all: readonly Sized[], sort: SizingSort, order: 'asc' | 'desc'): Sized[] {
  const direction = order === 'asc' ? 1 : -1;
  if (sort === 'name') return all.toSorted((a, b) => direction * byName(a, b));
  const valued = all.map((sized) => ({ sized, value: VALUES[sort](sized) }));
  return valued
    .toSorted((a, b) => {
      if (a.value === null || b.value === null) {
        return Number(a.value === null) - Number(b.value === null) || byName(a.sized, b.sized);
      }
      return direction * (a.value - b.value) || byName(a.sized, b.sized);
    })
    .map(({ sized }) => sized);
}

/** Those with one of the verdicts that are selected, and none that is excluded. */
export const withVerdict = (all: readonly Sized[], selection: Selection | undefined): readonly Sized[] =>
  selection ? all.filter(({ judgement }) => isSelected(selection, judgement.verdicts)) : all;

/** How many workloads have each verdict. */
export const countVerdicts = (all: readonly Sized[]): SizingPage['verdicts'] =>
  SIZING_VERDICTS.map((verdict) => ({
    verdict,
    workloads: all.filter(({ judgement }) => judgement.verdicts.includes(verdict)).length,
    first: all.filter(({ judgement }) => judgement.verdict === verdict).length,
  }));

function sumsOf(all: readonly Sized[], resource: 'cpu' | 'memory' | 'gpu') {
  const savings = all.map((sized) => savingOf(sized, resource) ?? 0);
  return {
    give_back: savings.reduce((sum, saving) => sum + Math.max(0, saving), 0),
    add: savings.reduce((sum, saving) => sum + Math.max(0, -saving), 0),
  };
}

export const totalsOf = (all: readonly Sized[]): SizingPage['totals'] => ({
  cpu: sumsOf(all, 'cpu'),
  memory: sumsOf(all, 'memory'),
  gpu: sumsOf(all, 'gpu'),
});
