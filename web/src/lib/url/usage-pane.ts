/** How `open` in the address begins where it is about usage. */
export const USAGE_PANE = 'usage:';

/** The name of whose usage `open` is about; null: it is about something else. */
export const usageOfPane = (open: string): string | null =>
  open.startsWith(USAGE_PANE) ? open.slice(USAGE_PANE.length) : null;
