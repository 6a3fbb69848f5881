import { expect, test } from 'vitest';
import { readRange } from './import.ts';

const given = { cluster: 'prod-eu', from: '2026-11-01', to: '2026-11-01T06:30:00+02:00' };

test('days and times with their zone are taken', () => {
  expect(readRange(given)).toEqual({
    cluster: 'prod-eu',
    fromMs: Date.UTC(2026, 10, 1),
    toMs: Date.UTC(2026, 10, 1, 4, 30),
    force: false,
  });
  expect(readRange({ ...given, force: true }).force).toBe(true);
});

test.each([
  [{ cluster: undefined }, '--cluster is missing'],
  [{ from: undefined }, '--from is missing'],
  [{ to: undefined }, '--to is missing'],
  [{ from: 'yesterday' }, "--from takes a time, not 'yesterday'"],
  [{ to: '2026-13-01' }, "--to takes a time, not '2026-13-01'"],
  [{ to: '2026-11-31' }, "--to takes a time, not '2026-11-31'"],
  [{ to: '2026-11-01' }, '--from 2026-11-01T00:00:00.000Z must lie before --to'],
])('%o is refused', (change, part) => {
  const read = () => readRange({ ...given, ...change });
  expect(read).toThrow(expect.objectContaining({ code: 'config_invalid', message: expect.stringContaining(part) }));
});
