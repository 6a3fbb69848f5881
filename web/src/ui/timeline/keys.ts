import type { Range } from '../../lib/time/range.ts';
import { panned, zoomed, type Bounds } from './time-scale.ts';

/** What a key does: the cursor goes to an instant, the range becomes another, or the instant is asked about. */
export type KeyAct =
  | { readonly act: 'cursor'; readonly at: number }
  | { readonly act: 'range'; readonly range: Range }
  | { readonly act: 'pick' }
  | { readonly act: 'leave' };

interface Pressed {
  readonly key: string;
  readonly shiftKey: boolean;
  readonly ctrlKey: boolean;
  readonly metaKey: boolean;
  readonly altKey: boolean;
}

const STEPS = 100;
const PAN = 0.25;

/**
 * Arrows walk by a hundredth of the range, Page keys by a tenth, Home and End to its ends; with Shift the range itself moves.
 * + and − come nearer and go further around the cursor. Null: the key is not the timeline's.
 */
export function keyAct(pressed: Pressed, range: Range, cursor: number, bounds: Bounds): KeyAct | null {
  if (pressed.ctrlKey || pressed.metaKey || pressed.altKey) return null;
  const length = range.to - range.from;
  const to = (at: number): KeyAct => ({
    act: 'cursor',
    at: Math.round(Math.min(range.to, Math.max(range.from, at))),
  });
  const move = (direction: 1 | -1): KeyAct =>
    pressed.shiftKey
      ? { act: 'range', range: panned(range, direction * PAN, bounds) }
      : to(cursor + (direction * length) / STEPS);
  switch (pressed.key) {
    case 'ArrowLeft':
    case 'ArrowDown':
      return move(-1);
    case 'ArrowRight':
    case 'ArrowUp':
      return move(1);
    case 'PageDown':
      return to(cursor - length / 10);
    case 'PageUp':
      return to(cursor + length / 10);
    case 'Home':
      return to(range.from);
    case 'End':
      return to(range.to);
    case '+':
    case '=':
      return { act: 'range', range: zoomed(range, 0.5, cursor, bounds) };
    case '-':
    case '_':
      return { act: 'range', range: zoomed(range, 2, cursor, bounds) };
    case 'Enter':
    case ' ':
      return { act: 'pick' };
    case 'Escape':
      return { act: 'leave' };
    default:
      return null;
  }
}
