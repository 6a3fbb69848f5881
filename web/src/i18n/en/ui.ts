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
  stale: 'Not refreshed since {{time}}: {{reason}}',
  invalidRange: 'The time range in the address cannot be read; the last 24 hours are shown.',
};
