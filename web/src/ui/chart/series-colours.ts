/** So many series can be told apart, also by colour-blind people; further ones are shown together. */
export const MOST_COLOURS = 8;

/** The reasons that come most often, and the other words that bars are split by: always the same colour. */
const KNOWN: Readonly<Record<string, number>> = {
  OOMKilled: 0,
  Error: 1,
  CrashLoopBackOff: 2,
  ImagePullBackOff: 3,
  Unschedulable: 4,
  Evicted: 5,
  ContainerStatusUnknown: 6,
  Completed: 7,
  death: 1,
  stuck: 4,
  pod: 5,
  job: 6,
  reported: 1,
  suppressed: 7,
};

function hashOf(text: string): number {
  let hash = 0x81_1c_9d_c5;
  for (const char of text) hash = Math.imul(hash ^ (char.codePointAt(0) ?? 0), 0x01_00_01_93);
  return hash >>> 0;
}

/**
 * The colour of each key, from 0, no two the same: at most `MOST_COLOURS` keys. Known ones have their own on every page; another
 * one has always the same too, unless a key before it in this chart has taken that.
 */
export function colourSlots(keys: readonly string[]): number[] {
  const taken = new Set<number>();
  const slots = new Map<string, number>();
  const take = (key: string, slot: number): void => {
    taken.add(slot);
    slots.set(key, slot);
  };
  for (const key of keys) {
    const known = KNOWN[key];
    if (known !== undefined && !taken.has(known)) take(key, known);
  }
  for (const key of keys) {
    if (slots.has(key)) continue;
    let slot = hashOf(key) % MOST_COLOURS;
    while (taken.has(slot) && taken.size < MOST_COLOURS) slot = (slot + 1) % MOST_COLOURS;
    take(key, slot);
  }
  return keys.map((key) => slots.get(key) ?? 0);
}

/** The CSS colour of a slot; `null`: of all the rest together. */
export const slotColour = (slot: number | null): string =>
  slot === null ? 'var(--series-rest)' : `var(--series-${slot + 1})`;

/** Resolves CSS colours to what a canvas takes, as they are within `parent` now. */
export function resolveColours(parent: HTMLElement, colours: readonly string[]): string[] {
  const probe = parent.ownerDocument.createElement('span');
  parent.append(probe);
  const resolved = colours.map((colour) => {
    probe.style.color = colour;
    return getComputedStyle(probe).color;
  });
  probe.remove();
  return resolved;
}
