export interface Tail {
  /** The last bytes, at most as many as asked for. */
  readonly bytes: Uint8Array;
  /** Whether there were more. */
  readonly cut: boolean;
  /** The first bytes of the line that came last, its timestamp among them, though the rest of the line may have been dropped. */
  readonly lastLineHead: Uint8Array;
}

const HEAD_BYTES = 64;
const NEWLINE = 10;

/** Keeps the end of a stream of any length in `maxBytes` of memory and one chunk more. */
export class TailKeeper {
  readonly #maxBytes: number;
  #chunks: Uint8Array[] = [];
  #kept = 0;
  #total = 0;
  #head: Uint8Array = new Uint8Array(0);
  #lineEnded = true;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** Bytes that went in. */
  get total(): number {
    return this.#total;
  }

  /** Bytes in memory. */
  get held(): number {
    return this.#kept;
  }

  push(chunk: Uint8Array): void {
    if (chunk.length === 0) return;
    this.#total += chunk.length;
    this.#followLine(chunk);
    // A part of a larger buffer would keep all of it alive.
    const piece = chunk.length > this.#maxBytes ? chunk.slice(-this.#maxBytes) : chunk;
    this.#chunks.push(piece);
    this.#kept += piece.length;
    while (this.#kept - (this.#chunks[0]?.length ?? 0) >= this.#maxBytes && this.#chunks.length > 1) {
      this.#kept -= this.#chunks.shift()?.length ?? 0;
    }
  }

  tail(): Tail {
    const all = Buffer.concat(this.#chunks);
    return {
      bytes: all.subarray(Math.max(0, all.length - this.#maxBytes)),
      cut: this.#total > this.#maxBytes,
      lastLineHead: this.#head,
    };
  }

  #followLine(chunk: Uint8Array): void {
    const newline = chunk.length > 1 ? chunk.lastIndexOf(NEWLINE, chunk.length - 2) : -1;
    if (newline >= 0) this.#head = chunk.slice(newline + 1, newline + 1 + HEAD_BYTES);
    else if (this.#lineEnded) this.#head = chunk.slice(0, HEAD_BYTES);
    else if (this.#head.length < HEAD_BYTES) {
      this.#head = Buffer.concat([this.#head, chunk.subarray(0, HEAD_BYTES - this.#head.length)]);
    }
    this.#lineEnded = chunk.at(-1) === NEWLINE;
  }
}
