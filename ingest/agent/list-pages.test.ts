import { expect, test } from 'vitest';
import { createFakeApi } from './fake-api.ts';
import { listPages, type Page } from './list-pages.ts';
import { SOURCES } from './sources.ts';

const options = { pageSize: 10, maxPageBytes: 1 << 20, timeoutMs: 1_000 };
const metadata = { name: 'a', uid: 'u', resourceVersion: '7' };

async function read(text: string): Promise<Page[]> {
  const api = createFakeApi();
  const body = [Buffer.from(text)] as unknown as AsyncIterable<Uint8Array>;
  api.request = () => Promise.resolve({ status: 200, headers: {}, body, destroy: () => undefined });
  const source = SOURCES.find(({ name }) => name === 'pod')!;
  const pages: Page[] = [];
  for await (const page of listPages(api, { source, namespace: '' }, options, new AbortController().signal))
    pages.push(page);
  return pages;
}

test('an item whose name, uid, version or namespace is no text is unreadable, and the others are read', async () => {
  const odd = [
    { name: {} },
    { name: '' },
    { uid: 7 },
    { resourceVersion: 7 },
    { resourceVersion: null },
    { namespace: {} },
  ];
  const items = [null, 'x', {}, ...odd.map((field) => ({ metadata: { ...metadata, ...field } })), { metadata }];
  const [page] = await read(JSON.stringify({ metadata: { resourceVersion: '9' }, items }));
  expect(page).toMatchObject({ version: '9', unreadable: items.length - 1, items: [{ metadata }] });
});

test('a namespace of null is none', async () => {
  const items = [{ metadata: { ...metadata, namespace: null } }];
  const [page] = await read(JSON.stringify({ metadata: { resourceVersion: '9' }, items }));
  expect(page?.unreadable).toBe(0);
  expect(page?.items[0]?.metadata).toEqual(metadata);
});

test('items of null are none', async () => {
  expect(await read('{"metadata":{"resourceVersion":"9"},"items":null}')).toMatchObject([{ items: [], unreadable: 0 }]);
});

test.each(['null', '7', '{"items":{}}', '{"items":'])('what is no list is asked for again: %s', async (text) => {
  await expect(read(text)).rejects.toMatchObject({ verdict: 'retry' });
});

test('a page that names itself as the next one ends the list, to be asked for again', async () => {
  const page = JSON.stringify({ metadata: { resourceVersion: '9', continue: 'same' }, items: [{ metadata }] });
  await expect(read(page)).rejects.toMatchObject({ verdict: 'retry', message: expect.stringContaining('itself') });
});
