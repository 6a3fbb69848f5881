import { describe, expect, it } from 'vitest';
import { sizingOfPane } from '../url/sizing-pane.ts';
import { parseSizingName, sizingPane } from './sizing-key.ts';

const WEB = { by: 'workload', cluster: 'east', namespace: 'shop', kind: 'Deployment', name: 'web' } as const;

describe('the name of a workload in an address', () => {
  it('comes back as it was', () => {
    for (const key of [WEB, { ...WEB, cluster: 'a/b', name: '50%' }]) {
      expect(parseSizingName(sizingOfPane(sizingPane(key)) ?? '')).toEqual(key);
    }
  });
  it.each(['', 'east', 'east/shop/web-1', 'east//node/a', 'east/shop//web', 'east/shop/Deployment/', 'a/b/c/d/e'])(
    'is none: %s',
    (text) => expect(parseSizingName(text)).toBeNull(),
  );
  it('is of another pane', () => {
    expect(sizingOfPane('usage:east/shop/Deployment/web')).toBeNull();
  });
});
