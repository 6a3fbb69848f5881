import { expect, it } from 'vitest';
import { AppError } from './errors.ts';
import { serializers } from './log.ts';

const cause = new Error('connect ECONNREFUSED');

it('tells an outage that passes by its message alone, and everything else with its stack', () => {
  const passing = new AppError('unavailable', 'Kafka, listing topics: connect ECONNREFUSED', {
    retryable: true,
    cause,
  });
  expect(serializers.err(passing)).toEqual({ type: 'AppError', code: 'unavailable', message: passing.message });
  const lasting = new AppError('internal', 'no', { cause });
  expect(serializers.err(lasting)).toMatchObject({ stack: expect.stringContaining('log.test.ts') });
  expect(serializers.err('a text')).toBe('a text');
});
