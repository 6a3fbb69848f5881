/** Members by group, in memory. A member may be in several. */
export interface Groups {
  /** As they are while nothing is added or removed; in no order. */
  in(group: string): ReadonlySet<string>;
  /** A copy of it. */
  of(group: string): string[];
  add(group: string, member: string): void;
  remove(group: string, member: string): void;
}

const NOBODY: ReadonlySet<string> = new Set<string>();

export function createGroups(): Groups {
  const groups = new Map<string, Set<string>>();
  return {
    in: (group) => groups.get(group) ?? NOBODY,
    of: (group) => [...(groups.get(group) ?? NOBODY)],
    add(group, member) {
      const members = groups.get(group);
      if (members) members.add(member);
      else groups.set(group, new Set([member]));
    },
    remove(group, member) {
      const members = groups.get(group);
      members?.delete(member);
      if (members?.size === 0) groups.delete(group);
    },
  };
}
