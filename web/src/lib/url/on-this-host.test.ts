import { expect, it } from 'vitest';
import { onThisHost } from './on-this-host.ts';

it.each([
  ['/', '/'],
  ['/clusters', '/clusters'],
  ['//evil.test', '/evil.test'],
  ['///evil.test//x', '/evil.test//x'],
])('%s is %s of this host', (given, path) => expect(onThisHost(given)).toBe(path));
