import { AppError } from '../../../platform/errors.ts';
import { crc32c } from './crc32c.ts';
import { CHUNK_PADDING } from './xor-chunk.ts';

/** Prometheus cuts its frames at 1 MB (--storage.remote.read-max-bytes-in-frame); others are less strict. */
const MOST_FRAME_BYTES = 64 << 20;
const MOST_LENGTH_BYTES = 5;

const bad = (what: string): AppError =>
  new AppError('prometheus_bad_answer', `the stream of samples is broken: ${what}`);

/**
 * Cuts a body into the frames of a streamed remote read (Prometheus storage/remote/chunked.go): length (uvarint),
 * CRC-32C of the data (4 bytes, big endian), data. Holds one frame and what has come behind it.
 */
export class FrameSplitter {
  bytes = Buffer.alloc(256 << 10);
  view = new DataView(this.bytes.buffer, this.bytes.byteOffset, this.bytes.length);
  /** Where the data of the frame that `next` found begin and end. */
  start = 0;
  end = 0;
  #head = 0;
  #tail = 0;

  /** Takes the next part of the body. Whatever `next` found before is gone with it. */
  push(part: Uint8Array): void {
    const held = this.#tail - this.#head;
    if (this.#tail + part.length + CHUNK_PADDING > this.bytes.length) {
      const wanted = held + part.length + CHUNK_PADDING;
      if (wanted > this.bytes.length) {
        const larger = Buffer.alloc(Math.max(wanted, this.bytes.length * 2));
        this.bytes.copy(larger, 0, this.#head, this.#tail);
        this.bytes = larger;
        this.view = new DataView(larger.buffer, larger.byteOffset, larger.length);
      } else this.bytes.copyWithin(0, this.#head, this.#tail);
      this.#head = 0;
      this.#tail = held;
    }
    this.bytes.set(part, this.#tail);
    this.#tail += part.length;
  }

  /** Whether a whole frame is here: its data are then bytes [start, end). Throws `prometheus_bad_answer`. */
  next(): boolean {
    let length = 0;
    let at = this.#head;
    for (let factor = 1; ; factor *= 128, at += 1) {
      if (at - this.#head >= MOST_LENGTH_BYTES) throw bad('the length of a frame does not end');
      if (at >= this.#tail) return false;
      const byte = this.bytes[at]!;
      length += (byte & 0x7f) * factor;
      if (byte < 0x80) break;
    }
    if (length > MOST_FRAME_BYTES) throw bad(`a frame of ${length} bytes`);
    const start = at + 5;
    if (start + length > this.#tail) return false;
    this.start = start;
    this.end = start + length;
    this.#head = this.end;
    if (crc32c(this.view, this.start, this.end) !== this.view.getUint32(start - 4)) throw bad('a checksum is wrong');
    return true;
  }

  /** Whether the body ended within a frame. */
  get cut(): boolean {
    return this.#tail > this.#head;
  }
}
