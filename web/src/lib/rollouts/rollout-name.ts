interface Named {
  readonly workload: string;
  readonly revision: string;
}

/** `web@7`; of a revision that is named after its workload (StatefulSets, DaemonSets) only what tells it apart. */
export function rolloutName({ workload, revision }: Named): string {
  const own = revision.startsWith(`${workload}-`) ? revision.slice(workload.length + 1) : revision;
  return own === '' ? workload : `${workload}@${own}`;
}

const PANE = 'rollout:';

/** What `open` in the address says of a rollout whose pane is beside a page. */
export const rolloutPane = (id: string): string => PANE + id;

/** The rollout's id where `open` is about one; else null: it is about an exception. */
export const rolloutOfPane = (open: string): string | null => (open.startsWith(PANE) ? open.slice(PANE.length) : null);
