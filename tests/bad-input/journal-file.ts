import { join } from 'node:path';
import { realClock } from '../../platform/clock.ts';
import { createSegmentReader } from '../../platform/bus/segment-reader.ts';

/** Every value of a topic of the embedded journal, as another process reads it. */
export function valuesOf(dataDir: string, topic: string): string[] {
  const reader = createSegmentReader({
    dir: join(dataDir, 'journal', topic),
    clock: realClock,
    onCorrupt: ({ file }) => {
      throw new Error(`${file} cannot be read`);
    },
  });
  try {
    const values: string[] = [];
    const { first, next } = reader.bounds();
    for (let from = first; from < next;) {
      const page = reader.page(from, { maxRecords: 1000, maxBytes: 16 << 20 });
      const last = page.at(-1);
      if (!last) break;
      values.push(...page.map(({ value }) => value));
      from = last.offset + 1;
    }
    return values;
  } finally {
    reader.close();
  }
}
