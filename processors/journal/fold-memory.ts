import type { FoldState } from './fold.ts';

export interface StateChange {
  readonly key: string;
  /** JSON, '' when deleted. */
  readonly state: string;
  readonly deleted: 0 | 1;
}

/**
 * One fold's state in memory. Changes are marked for the next write; those of the entry at hand can be undone, for an
 * entry that turns out to be bad half way.
 */
export class FoldMemory implements FoldState {
  readonly #values: Map<string, unknown>;
  readonly #changed: Set<string>;
  #before = new Map<string, { present: boolean; value: unknown; changed: boolean }>();

  /** `stored` values become this memory's own; `changed` marks them all to be written again. */
  constructor(stored: Map<string, unknown> = new Map(), changed = false) {
    this.#values = stored;
    this.#changed = new Set(changed ? stored.keys() : []);
  }

  get<T>(key: string): T | undefined {
    return this.#values.get(key) as T | undefined;
  }

  set(key: string, value: unknown): void {
    this.#remember(key);
    this.#values.set(key, value);
    this.#changed.add(key);
  }

  delete(key: string): void {
    if (!this.#values.has(key)) return;
    this.#remember(key);
    this.#values.delete(key);
    this.#changed.add(key);
  }

  *entries<T>(prefix: string): Iterable<[string, T]> {
    for (const [key, value] of this.#values) if (key.startsWith(prefix)) yield [key, value as T];
  }

  /** The entry at hand is done: its changes stay. */
  keep(): void {
    if (this.#before.size > 0) this.#before.clear();
  }

  /** The entry at hand was bad: its changes never were. False where it had made none. */
  undo(): boolean {
    if (this.#before.size === 0) return false;
    for (const [key, before] of this.#before) {
      if (before.present) this.#values.set(key, before.value);
      else this.#values.delete(key);
      if (!before.changed) this.#changed.delete(key);
    }
    this.#before.clear();
    return true;
  }

  /** What has changed since the last call. */
  takeChanges(): StateChange[] {
    const changes = Array.from(this.#changed, (key): StateChange => {
      const present = this.#values.has(key);
      return { key, state: present ? JSON.stringify(this.#values.get(key)) : '', deleted: present ? 0 : 1 };
    });
    this.#changed.clear();
    return changes;
  }

  #remember(key: string): void {
    if (this.#before.has(key)) return;
    this.#before.set(key, {
      present: this.#values.has(key),
      value: this.#values.get(key),
      changed: this.#changed.has(key),
    });
  }
}
