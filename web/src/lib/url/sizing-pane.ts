/** How `open` in the address begins where it is about the sizing of a workload. */
export const SIZING_PANE = 'sizing:';

/** The name of the workload whose sizing `open` is about; null: it is about something else. */
export const sizingOfPane = (open: string): string | null =>
  open.startsWith(SIZING_PANE) ? open.slice(SIZING_PANE.length) : null;
