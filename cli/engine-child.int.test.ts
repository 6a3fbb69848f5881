import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { silentLogger } from '../platform/log.ts';
import { superviseEngine } from './engine-child.ts';

let dir = '';
beforeAll(() => void (dir = mkdtempSync(join(tmpdir(), 'tidemark-engine-'))));
afterAll(() => rmSync(dir, { recursive: true }));

test('an engine that cannot start ends, and says that no restart would help', async () => {
  const env = { ...process.env, TIDEMARK_DATA_DIR: dir, TIDEMARK_API_TOKENS_FILE: join(dir, 'missing') };
  const engine = superviseEngine({ env, log: silentLogger });
  try {
    await expect(engine.done).rejects.toMatchObject({
      code: 'config_invalid',
      message: expect.stringContaining(join(dir, 'missing')),
    });
    await expect(engine.url).rejects.toMatchObject({ code: 'config_invalid' });
  } finally {
    await engine.close();
  }
});
