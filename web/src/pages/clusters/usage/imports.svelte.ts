import { api, body } from '../../../lib/api/client.ts';
import { createResource } from '../../../lib/resource.svelte.ts';
import { listImports } from '../../../lib/usage/usage-api.ts';
import { view } from '../../../lib/url/view.svelte.ts';

const LOOK_EACH_MS = 2000;
/** Where nothing moved since the last look: the hours that are left failed, and wait for their next try. */
const LOOK_SELDOM_MS = 15_000;

/** How many hours of the past were left when somebody looked. */
export interface Seen {
  readonly at: number;
  readonly left: number;
}
export interface ImportAsked {
  readonly cluster: string;
  readonly from: string;
  readonly to: string;
  readonly again: boolean;
}

/** How the imports of usage stand; looked at often while the past that somebody asked for is imported. */
export function createImports() {
  const list = createResource(
    (signal) => {
      void view.now;
      return listImports({ ...view.times, cluster: view.cluster }, signal);
    },
    { key: () => JSON.stringify([view.from, view.to, view.cluster]) },
  );
  let seen = $state.raw<ReadonlyMap<string, readonly Seen[]>>(new Map());
  let lookedAt: number | null = null;

  function look(at: number): void {
    if (at === lookedAt) return;
    lookedAt = at;
    const next = new Map<string, readonly Seen[]>();
    for (const { cluster, backfill_left: left } of list.data?.items ?? []) {
      const before = seen.get(cluster) ?? [];
      const grew = left > (before.at(-1)?.left ?? 0);
      const kept = grew ? [] : before.length > 2 ? [before[0], before.at(-1)] : before;
      if (left > 0 || before.length > 0)
        next.set(
          cluster,
          [...kept, { at, left }].filter((one) => one !== undefined),
        );
    }
    seen = next;
  }
  $effect(() => {
    const at = list.loadedAt;
    if (at === null || list.loading) return;
    look(at);
    if (!list.data?.items.some(({ backfill_left: left }) => left > 0)) return;
    const moves = [...seen.values()].some((looks) => looks.at(-2)?.left !== looks.at(-1)?.left);
    const timer = setTimeout(list.reload, moves ? LOOK_EACH_MS : LOOK_SELDOM_MS);
    return () => clearTimeout(timer);
  });

  return {
    list,
    /** What was left at each look since hours were asked for; ends with 0 once they are imported. */
    seenOf: (cluster: string): readonly Seen[] => seen.get(cluster) ?? [],
    /** Asks for hours of the past. Throws ApiError. */
    async ask(asked: ImportAsked) {
      const accepted = await body(api.POST('/api/v1/imports', { body: asked }));
      list.reload();
      return accepted;
    },
  };
}
export type Imports = ReturnType<typeof createImports>;
