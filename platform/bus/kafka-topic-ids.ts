/**
 * Kafka's Metadata request, version 12, which names each topic's own id; kafkajs speaks up to version 6, which does not.
 * Layout: the protocol guide's "flexible" encoding (compact arrays and strings as unsigned varint of length + 1, tagged fields).
 */

export interface TopicMetadata {
  readonly topic: string;
  /** The topic's UUID as hex; a topic made anew has another. */
  readonly id: string;
  readonly partitions: number;
  readonly errorCode: number;
}

export const METADATA_API_KEY = 3;
export const METADATA_VERSION = 12;

const NO_TAGS = 0;
const NULL_ARRAY = 0;

/** Asks for every topic, or for those named; never makes one. Starts with the request header's tagged fields. */
export function encodeMetadataRequest(topics: readonly string[] | undefined): Buffer {
  const parts: Buffer[] = [Buffer.from([NO_TAGS])];
  if (topics) {
    parts.push(varint(topics.length + 1));
    for (const topic of topics) {
      const name = Buffer.from(topic);
      parts.push(Buffer.alloc(16), varint(name.length + 1), name, Buffer.from([NO_TAGS]));
    }
  } else parts.push(varint(NULL_ARRAY));
  const allowAutoTopicCreation = 0;
  const includeAuthorizedOperations = 0;
  parts.push(Buffer.from([allowAutoTopicCreation, includeAuthorizedOperations, NO_TAGS]));
  return Buffer.concat(parts);
}

function varint(value: number): Buffer {
  const bytes: number[] = [];
  let rest = value;
  for (; rest >= 0x80; rest >>>= 7) bytes.push((rest & 0x7f) | 0x80);
  bytes.push(rest);
  return Buffer.from(bytes);
}

class FlexibleReader {
  readonly #buffer: Buffer;
  #at = 0;

  constructor(buffer: Buffer) {
    this.#buffer = buffer;
  }

  take(bytes: number): Buffer {
    if (bytes < 0 || this.#at + bytes > this.#buffer.length) throw new RangeError('a metadata response is cut short');
    this.#at += bytes;
    return this.#buffer.subarray(this.#at - bytes, this.#at);
  }

  varint(): number {
    let value = 0;
    for (let shift = 0; shift < 35; shift += 7) {
      const byte = this.take(1)[0] ?? 0;
      value += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) return value;
    }
    throw new RangeError('a metadata response holds a varint that is too long');
  }

  string(): string | null {
    const length = this.varint();
    return length === 0 ? null : this.take(length - 1).toString('utf8');
  }

  array<T>(read: () => T): T[] {
    return Array.from({ length: Math.max(0, this.varint() - 1) }, read);
  }

  tags(): void {
    for (let left = this.varint(); left > 0; left--) {
      this.varint();
      this.take(this.varint());
    }
  }
}

function readTopic(reader: FlexibleReader): TopicMetadata {
  const errorCode = reader.take(2).readInt16BE();
  const topic = reader.string() ?? '';
  const id = reader.take(16).toString('hex');
  reader.take(1);
  const partitions = reader.array(() => {
    reader.take(2 + 4 + 4 + 4);
    for (let list = 0; list < 3; list++) reader.array(() => reader.take(4));
    reader.tags();
  }).length;
  reader.take(4);
  reader.tags();
  return { topic, id, partitions, errorCode };
}

/** Reads the response from its header's tagged fields on. Throws RangeError for one that is cut short. */
export function decodeMetadataResponse(payload: Buffer): TopicMetadata[] {
  const reader = new FlexibleReader(payload);
  reader.tags();
  reader.take(4);
  reader.array(() => {
    reader.take(4);
    reader.string();
    reader.take(4);
    reader.string();
    reader.tags();
  });
  reader.string();
  reader.take(4);
  const topics = reader.array(() => readTopic(reader));
  reader.tags();
  return topics;
}
