/** One of the 14 looks of a series: seven hues, each plain and light. */
export const COLOUR_SLOTS = 14;
const HUES = 7;

/** The reasons that come most often, and the other words that bars are split by: apart from each other, always the same. */
const KNOWN: Readonly<Record<string, number>> = {
  OOMKilled: 0,
  Error: 1,
  CrashLoopBackOff: 2,
  ImagePullBackOff: 3,
  Unschedulable: 4,
  Evicted: 5,
  ContainerStatusUnknown: 6,
  Completed: 8,
  ErrImagePull: 10,
  CreateContainerConfigError: 7,
  BackoffLimitExceeded: 11,
  DeadlineExceeded: 12,
  NodeLost: 13,
  Unknown: 9,
  Preempted: 12,
  death: 1,
  stuck: 2,
  pod: 5,
  job: 6,
  reported: 1,
  suppressed: 8,
};

/** The slot of a key, from 0: the same on every page and after every refresh. Rare keys can share one. */
export function colourSlot(key: string): number {
  const known = KNOWN[key];
  if (known !== undefined) return known;
  let hash = 0x81_1c_9d_c5;
  for (const char of key) hash = Math.imul(hash ^ (char.codePointAt(0) ?? 0), 0x01_00_01_93);
  return (hash >>> 0) % COLOUR_SLOTS;
}

/** The CSS colour of a key; `null`: of all the rest together. */
export function seriesColour(key: string | null): string {
  if (key === null) return 'var(--series-rest)';
  const slot = colourSlot(key);
  const hue = `var(--series-${(slot % HUES) + 1})`;
  return slot < HUES ? hue : `color-mix(in srgb, ${hue} 55%, var(--surface-1))`;
}

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
