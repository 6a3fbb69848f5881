import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { SIZING_VERDICTS } from '../../schemas/api/sizing-parameters.ts';
import { DEFAULT_SIZING } from './options.ts';
import { REASON_CODES } from './texts.ts';

it('docs/sizing.md names every verdict, reason and option', async () => {
  const document = await readFile(join(import.meta.dirname, '..', '..', 'docs', 'sizing.md'), 'utf8');
  const named = new Set(document.match(/`[\w-]+(?=[`:])/g)?.map((word) => word.slice(1)));
  const wanted = [...SIZING_VERDICTS, ...REASON_CODES, ...Object.keys(DEFAULT_SIZING)];
  expect(wanted.filter((name) => !named.has(name))).toEqual([]);
});
