import { describe, expect, it } from 'vitest';
import { readVerdicts, toggled } from './verdicts.ts';

describe('verdicts', () => {
  it('are read in their own order, and what is none is passed over', () => {
    expect(readVerdicts(['fine', 'nonsense', 'oom-killed', ''])).toEqual(['oom-killed', 'fine']);
  });
  it('are added, and taken away again', () => {
    expect(toggled(['fine'], 'throttled')).toEqual(['throttled', 'fine']);
    expect(toggled(['throttled', 'fine'], 'throttled')).toEqual(['fine']);
    expect(toggled(['fine'], 'fine')).toEqual([]);
  });
});
