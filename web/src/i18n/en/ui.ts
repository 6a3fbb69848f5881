/** Texts of the building blocks. */
export const ui = {
  loading: 'Loading…',
  retry: 'Try again',
  copy: 'Copy',
  copied: 'Copied',
  close: 'Close',
  none: '(none)',
  more: 'Show more',
  all: 'All',
  failed: {
    title: 'This could not be loaded',
    offline:
      'No answer came from Tidemark. Is it running, and is this machine connected? Nothing is lost: the agents go on recording.',
    unauthorized: 'You are signed out. Sign in again to go on.',
    forbidden: 'You may not see this: {{message}}',
    not_found:
      'There is nothing at this address. It may be older than what is kept, or lie in a cluster or namespace that you may not see.',
    bad_request:
      'The server did not understand a setting of this page: {{message}}. Remove a filter or reset the page.',
    unavailable:
      'The store does not answer now. What the agents record waits in the journal and is not lost. Try again in a moment.',
    timeout: 'The question took too long. Choose a shorter time range, or add a filter.',
    unreadable:
      'What answered is not Tidemark ({{message}}), but perhaps a proxy or a sign-in page on the way. Reload the page, or ask who runs what lies in between. Nothing is lost: the agents go on recording.',
    other: 'The server says: {{message}}',
  },
  refused: {
    forbidden: 'You may not do this: {{message}}. Nothing was changed. Somebody whose token allows more can.',
    not_found:
      'It is not there any more: somebody else removed it, or it lies where you may not see. Refresh the page.',
    bad_request: 'This was refused: {{message}}. Nothing was changed. Correct it and send it again.',
    noAnswer:
      'No answer came. Whether the change was made is not known: refresh the page and look before you send it again.',
  },
  detail: { asPage: 'Open as a page', copyLink: 'Copy the link' },
  list: {
    removeFilter: 'Remove this filter',
    sortBy: 'Sort by',
    turn: 'Turn round',
    bytes: { label: 'Unit of bytes', decimal: 'MB', binary: 'MiB', about: 'MB = 10⁶ bytes, MiB = 2²⁰ bytes' },
  },
  stale: 'Not refreshed since {{time}}: {{reason}}',
  timeline: {
    cursor: 'Instant',
    unknown: 'not known',
    readyOf: '{{ready}} of {{wanted}} ready',
    andMore: '{{title}}, and {{n}} more',
    nearer: 'Zoom in (+)',
    further: 'Zoom out (−)',
    hint: 'Drag to zoom',
    hintPick: 'Drag to zoom · click an instant to see what ran then',
  },
  uptime: {
    summary_one: '{{about}}: {{n}} day, {{bad}} with downtime',
    summary_other: '{{about}}: {{n}} days, {{bad}} with downtime',
    nothingCounts: 'No time of this day counts',
    down_one: 'down {{length}} ({{n}} outage)',
    down_other: 'down {{length}} ({{n}} outages)',
    degraded: 'degraded {{length}}',
    unknown: 'not watched {{length}}',
  },
  invalidRange: 'The time range in the address cannot be read; the last 24 hours are shown.',
};
