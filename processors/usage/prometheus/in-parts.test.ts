import { describe, expect, it } from 'vitest';
import { AppError } from '../../../platform/errors.ts';
import { inParts } from './in-parts.ts';

/** What is asked of a server that gives at most so many points. */
async function asked(points: number, most: number): Promise<{ parts: [number, number][]; code: string | undefined }> {
  const parts: [number, number][] = [];
  const code = await inParts(points, async (first, count) => {
    if (count > most) throw new AppError('prometheus_too_much', 'too much');
    parts.push([first, count]);
  }).then(
    () => undefined,
    (error: AppError) => error.code,
  );
  return { parts, code };
}

describe('inParts', () => {
  it.each([
    [1, [[0, 1]]],
    [11_000, [[0, 11_000]]],
    [
      25_000,
      [
        [0, 11_000],
        [11_000, 11_000],
        [22_000, 3_000],
      ],
    ],
  ])('cuts %i points under the limit', async (points, parts) => {
    expect(await asked(points, 1e9)).toEqual({ parts, code: undefined });
  });

  it.each([1, 2, 3, 7, 100])('halves until %i points go through, and leaves none out', async (most) => {
    const { parts, code } = await asked(1_000, most);
    expect(code).toBeUndefined();
    expect(Math.max(...parts.map(([, count]) => count))).toBeLessThanOrEqual(most);
    let next = 0;
    for (const [first, count] of parts) {
      expect(first).toBe(next);
      next += count;
    }
    expect(next).toBe(1_000);
  });

  it('gives up at one point', async () => {
    expect(await asked(1_000, 0)).toEqual({ parts: [], code: 'prometheus_too_much' });
  });

  it('halves for nothing else', async () => {
    let calls = 0;
    const failing = inParts(10, async () => {
      calls += 1;
      throw new AppError('prometheus_unavailable', 'down', { retryable: true });
    });
    await expect(failing).rejects.toMatchObject({ code: 'prometheus_unavailable' });
    expect(calls).toBe(1);
  });
});
