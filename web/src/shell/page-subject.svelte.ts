let subject = $state('');

/** What the page is about, for the window's title; '' where the page's own name says it all. */
export const pageSubject = {
  get now() {
    return subject;
  },
};

/** Names what a page is about for as long as it is shown. Called while its component starts. */
export function namePage(of: () => string): void {
  $effect(() => {
    subject = of();
    return () => void (subject = '');
  });
}
