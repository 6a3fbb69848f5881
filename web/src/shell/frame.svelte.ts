const NARROW_RAIL = 'tidemark.rail';
const PANE_PERCENT = 'tidemark.pane-percent';
const PANE = { least: 28, most: 72, usual: 46 } as const;

const clamp = (percent: number): number => Math.round(Math.min(PANE.most, Math.max(PANE.least, percent)) * 10) / 10;

function storedPercent(): number {
  const stored = Number(globalThis.localStorage.getItem(PANE_PERCENT) ?? Number.NaN);
  return Number.isFinite(stored) ? clamp(stored) : PANE.usual;
}

let railNarrow = $state(globalThis.localStorage.getItem(NARROW_RAIL) === 'narrow');
let panePercent = $state(storedPercent());
let width = $state(globalThis.innerWidth);

globalThis.addEventListener('resize', () => void (width = globalThis.innerWidth));

/** How the frame is laid out in this browser; what was chosen is remembered. */
export const frame = {
  get railNarrow() {
    return railNarrow;
  },
  get panePercent() {
    return panePercent;
  },
  /** A phone: the rail is a bar below, the filters are a sheet. */
  get phone() {
    return width < 760;
  },
  /** Wide enough for a pane beside the page; else it lies over it. */
  get paneBeside() {
    return width >= 1100;
  },
  pane: PANE,
};

export function toggleRail(): void {
  railNarrow = !railNarrow;
  globalThis.localStorage.setItem(NARROW_RAIL, railNarrow ? 'narrow' : 'wide');
}

/** Sets the pane's share of the frame's width, in percent. */
export function setPanePercent(percent: number): void {
  panePercent = clamp(percent);
  globalThis.localStorage.setItem(PANE_PERCENT, String(panePercent));
}
