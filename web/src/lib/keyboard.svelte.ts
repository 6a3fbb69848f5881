import { untrack } from 'svelte';
import type { MessageKey } from '../i18n/i18n.svelte.ts';

/** A key, or keys pressed one after the other, and what they do. */
export interface Shortcut {
  /**
   * As `KeyboardEvent.key` names them, several in a row parted by spaces: `?`, `g e`, `ArrowDown`. `Mod+k`: with Ctrl, or
   * with Cmd on a Mac. Several ways to the same: a list.
   */
  readonly keys: string | readonly string[];
  /** `false` says that it had nothing to do: the shortcut registered before it under the same keys gets its turn. */
  readonly run: (event: KeyboardEvent) => void | false;
  readonly text: MessageKey;
  /** The heading under which the help shows it. */
  readonly group: MessageKey;
}

const SEQUENCE_WITHIN_MS = 1200;
/** A popover, menu or dialog on top of the page has the keyboard to itself. */
const OPEN_LAYER = '[data-layer][data-state="open"]';
const FIELD = 'input, textarea, select, [contenteditable="true"]';

let registered = $state.raw<readonly Shortcut[]>([]);
let pressed: string[] = [];
let pressedAt = 0;
let layerOpen = false;

export const keysOf = ({ keys }: Shortcut): readonly string[] => (typeof keys === 'string' ? [keys] : keys);

/** What may be pressed now; the newest first. */
export const shortcuts = {
  get all() {
    return registered;
  },
};

/** Whether something lies on top of the page, which Esc closes first. */
const isLayerOpen = (): boolean => globalThis.document.querySelector(OPEN_LAYER) !== null;

/** Registers shortcuts for the life of the component that calls it. They rest while somebody types or a layer is open. */
export function registerShortcuts(list: readonly Shortcut[]): void {
  $effect(() => {
    untrack(() => void (registered = [...list, ...registered]));
    return () => {
      registered = registered.filter((shortcut) => !list.includes(shortcut));
    };
  });
}

const hasModifier = (event: KeyboardEvent): boolean => event.ctrlKey || event.metaKey;

function nameOf(event: KeyboardEvent): string {
  const key = event.key === ' ' ? 'Space' : event.key;
  return hasModifier(event) ? `Mod+${key.toLowerCase()}` : key;
}

const isField = (target: EventTarget | null): boolean =>
  target instanceof Element &&
  target.closest(FIELD) !== null &&
  !target.matches('input[type="checkbox"], input[type="radio"]');

function find(sequence: string): readonly Shortcut[] {
  return registered.filter((shortcut) => keysOf(shortcut).includes(sequence));
}

const begins = (sequence: string): boolean =>
  registered.some((shortcut) => keysOf(shortcut).some((keys) => keys.startsWith(`${sequence} `)));

/** Runs what the keys pressed so far name. */
function onKeydown(event: KeyboardEvent): void {
  if (event.defaultPrevented || event.isComposing || event.altKey || layerOpen) return;
  if (['Shift', 'Control', 'Meta', 'Alt'].includes(event.key)) return;
  if (isField(event.target) && !hasModifier(event)) return;
  const key = nameOf(event);
  const fresh = event.timeStamp - pressedAt > SEQUENCE_WITHIN_MS;
  pressedAt = event.timeStamp;
  const row = fresh ? [key] : [...pressed, key];
  for (const keys of row.length > 1 ? [row, [key]] : [row]) {
    const sequence = keys.join(' ');
    for (const shortcut of find(sequence)) {
      pressed = [];
      if (shortcut.run(event) === false) continue;
      event.preventDefault();
      return;
    }
    if (begins(sequence)) {
      pressed = keys;
      return;
    }
  }
  pressed = [];
}

/** Listens for the life of the component that calls it: the shell, once. */
export function listenForShortcuts(): void {
  $effect(() => {
    // Asked before anything closes: the Esc that closes a popover is not also the one that closes what lies under it.
    const look = (): void => void (layerOpen = isLayerOpen());
    globalThis.addEventListener('keydown', look, { capture: true });
    globalThis.addEventListener('keydown', onKeydown);
    return () => {
      globalThis.removeEventListener('keydown', look, { capture: true });
      globalThis.removeEventListener('keydown', onKeydown);
    };
  });
}
