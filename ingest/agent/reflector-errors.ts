import { messageOf } from '../../platform/errors.ts';

/** What the caller's own hands threw, as opposed to the server's and the network's troubles: its cause. */
export class Undeliverable extends Error {
  override readonly name = 'Undeliverable';
}

/** A watch that broke. */
export class WatchCut extends Error {
  override readonly name = 'WatchCut';
}

/** A watch whose end did not come. It stood for a while, so the next one need not wait. */
export class WatchStalled extends Error {
  override readonly name = 'WatchStalled';
}

/** A line that is no watch event. */
export class BadLineSeen extends Error {
  override readonly name = 'BadLineSeen';
}

/** Marks what the caller's own work throws as Undeliverable. */
export async function own<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    throw new Undeliverable(messageOf(error), { cause: error });
  }
}
