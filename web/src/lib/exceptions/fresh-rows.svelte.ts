import type { ExceptionItem } from './filters.svelte.ts';

const MOST = 500;

const newestFirst = (a: ExceptionItem, b: ExceptionItem): number =>
  a.observed_at < b.observed_at ? 1 : a.observed_at > b.observed_at ? -1 : 0;

/** Rows of the stream that the list does not hold yet: those on top of it, and those held back while somebody reads. */
export class FreshRows {
  shown = $state.raw<readonly ExceptionItem[]>([]);
  held = $state.raw<readonly ExceptionItem[]>([]);

  /** No more are taken on top: the list is to be loaded anew, and holds them then. */
  get full(): boolean {
    return this.shown.length >= MOST;
  }

  /** Puts a row in the place of its older version; false where there is none. */
  replace(row: ExceptionItem): boolean {
    for (const part of ['shown', 'held'] as const) {
      const at = this[part].findIndex(({ id }) => id === row.id);
      if (at < 0) continue;
      this[part] = this[part].with(at, row);
      return true;
    }
    return false;
  }

  add(row: ExceptionItem, hold: boolean): void {
    const part = hold ? 'held' : 'shown';
    this[part] = [row, ...this[part]].toSorted(newestFirst).slice(0, MOST);
  }

  /** The list holds these rows now; `until`: and every row before this instant, milliseconds. */
  listed(rows: readonly ExceptionItem[], until: number | null): void {
    if (this.shown.length === 0 && this.held.length === 0) return;
    const ids = new Set(rows.map(({ id }) => id));
    const isOutside = ({ id, observed_at: at }: ExceptionItem): boolean =>
      !ids.has(id) && (until === null || Date.parse(at) >= until);
    this.shown = this.shown.filter(isOutside);
    this.held = this.held.filter(isOutside);
  }

  clear(): void {
    this.shown = [];
    this.held = [];
  }
}
