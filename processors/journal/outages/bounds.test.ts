import { expect, test } from 'vitest';
import { boundsOf } from './bounds.ts';

const seen = 100_000;
test.each([
  ['seen, and nothing else: within the second before', { floor: 0 }, [99_000, 100_000]],
  ['seen within the second that the pods tell', { floor: 0, told: 99_000 + 500 }, [99_500, 100_000]],
  ['told by the pods earlier', { floor: 0, told: 96_000 }, [96_000, 96_000]],
  ['told by the pods, from before what was seen last', { floor: 90_000, told: 20_000 }, [99_000, 100_000]],
  ['told by the pods in the second of what was seen last', { floor: 90_500, told: 90_000 }, [90_500, 90_500]],
  ['the watch was cut', { floor: 0, cut: 70_000 }, [70_000, 100_000]],
  ['the watch was cut within the second before', { floor: 0, cut: 99_500 }, [99_000, 100_000]],
  ['the watch was cut, but the pods tell', { floor: 0, cut: 70_000, told: 80_000 }, [80_000, 80_000]],
  ['the watch was cut before what was seen last', { floor: 90_000, cut: 70_000 }, [90_000, 100_000]],
  ['its node was silent before', { floor: 0, told: 96_000, earliest: 56_000 }, [56_000, 96_000]],
])('%s', (_, change, [earliest, best]) => {
  expect(boundsOf({ seen, ...change })).toEqual({ earliest, best, latest: seen });
});
