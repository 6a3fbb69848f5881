import { createGroups } from '../groups.ts';

/** What carries which labels, so that those that a selector takes are found among few. */
export interface LabelIndex {
  /** Adds to what is known of it. */
  add(member: string, namespace: string, labels: Readonly<Record<string, string>>): void;
  drop(member: string): void;
  /** Those with the first label that the selector asks for, as they are while nothing changes; they may lack the others. */
  like(namespace: string, selector: Readonly<Record<string, string>>): ReadonlySet<string>;
}

const NOBODY: ReadonlySet<string> = new Set<string>();

export function createLabelIndex(): LabelIndex {
  const groups = createGroups();
  const known = new Map<string, Set<string>>();
  return {
    add(member, namespace, labels) {
      const keys = known.get(member) ?? new Set<string>();
      for (const [label, value] of Object.entries(labels)) {
        const key = `${namespace}/${label}=${value}`;
        keys.add(key);
        groups.add(key, member);
      }
      known.set(member, keys);
    },
    drop(member) {
      for (const key of known.get(member) ?? []) groups.remove(key, member);
      known.delete(member);
    },
    like(namespace, selector) {
      const [first] = Object.entries(selector);
      return first ? groups.in(`${namespace}/${first[0]}=${first[1]}`) : NOBODY;
    },
  };
}
