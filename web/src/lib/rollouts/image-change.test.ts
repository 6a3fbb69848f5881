import { expect, test } from 'vitest';
import { imageChanges, imageChangeText, imageParts } from './image-change.ts';

test.each([
  ['registry.acme.example/checkout/web:1.2.0', 'web', '1.2.0'],
  ['registry:5000/web', 'web', ''],
  ['registry:5000/team/web:v2@sha256:0123456789abcdef0123', 'web', 'v2'],
  ['web@sha256:0123456789abcdef0123', 'web', '0123456789ab'],
  ['', '', ''],
])('parts of %s', (image, name, version) => {
  expect(imageParts(image)).toEqual({ name, version });
});

const text = (before: Record<string, string>, after: Record<string, string>): string =>
  imageChangeText(imageChanges(before, after));

test.each([
  ['one name: the versions', { web: 'r/web:1' }, { web: 'r/web:2' }, 'web 1 → 2'],
  ['others stay', { web: 'r/web:1', proxy: 'p:1' }, { web: 'r/web:2', proxy: 'p:1' }, 'web 1 → 2'],
  ['another name', { web: 'r/web:1' }, { web: 'r/shop:1' }, 'web web:1 → shop:1'],
  ['the same tag of another registry', { web: 'a/web:1' }, { web: 'b/web:1' }, 'web web:1 → web:1'],
  ['a digest behind one tag', { web: 'web:1@sha256:aa' }, { web: 'web:1@sha256:bb' }, 'web web:1 → web:1'],
  ['come and gone', { old: 'x:1' }, { fresh: 'y:2' }, '+ fresh y:2, − old'],
  ['nothing', { web: 'r/web:1' }, { web: 'r/web:1' }, ''],
])('%s', (_, before, after, expected) => {
  expect(text(before, after)).toBe(expected);
});

test('the whole images stay to be told', () => {
  expect(imageChanges({ web: 'a/web:1' }, { web: 'b/web:1' })).toMatchObject([{ before: 'a/web:1', after: 'b/web:1' }]);
});

test('the container of the same name as its workload is not named again', () => {
  const changes = imageChanges({ web: 'r/web:1', proxy: 'p:1' }, { web: 'r/web:2', proxy: 'p:2' });
  expect(imageChangeText(changes, 'web')).toBe('1 → 2, proxy 1 → 2');
});
