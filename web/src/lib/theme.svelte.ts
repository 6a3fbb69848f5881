export type Theme = 'system' | 'light' | 'dark';

const STORED = 'tidemark.theme';
const isTheme = (value: string | null): value is Theme => value === 'system' || value === 'light' || value === 'dark';

let chosen = $state<Theme>('system');
let systemDark = $state(false);

function apply(): void {
  const { dataset } = globalThis.document.documentElement;
  if (chosen === 'system') delete dataset['theme'];
  else dataset['theme'] = chosen;
}

/** Shows the theme that the person chose before, and follows the system's where none was chosen. */
export function startTheme(): void {
  const stored = globalThis.localStorage.getItem(STORED);
  if (isTheme(stored)) chosen = stored;
  const query = globalThis.matchMedia('(prefers-color-scheme: dark)');
  systemDark = query.matches;
  query.addEventListener('change', (event) => void (systemDark = event.matches));
  apply();
}

export function setTheme(next: Theme): void {
  chosen = next;
  globalThis.localStorage.setItem(STORED, next);
  apply();
}

export const theme = {
  get chosen() {
    return chosen;
  },
  /** What is shown: for what is drawn on a canvas and must be drawn anew. */
  get dark() {
    return chosen === 'dark' || (chosen === 'system' && systemDark);
  },
};
