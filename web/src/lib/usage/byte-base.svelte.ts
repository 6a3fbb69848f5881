import type { ByteBase } from './units.ts';

const STORED = 'tidemark.bytes';

let chosen = $state<ByteBase>(globalThis.localStorage?.getItem(STORED) === 'binary' ? 'binary' : 'decimal');

/** Whether this person reads MB or MiB, on every page that tells of memory. */
export const bytes = {
  get base(): ByteBase {
    return chosen;
  },
};

export function setByteBase(base: ByteBase): void {
  chosen = base;
  globalThis.localStorage?.setItem(STORED, base);
}
