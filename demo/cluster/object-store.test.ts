import { describe, expect, it } from 'vitest';
import { createObjectStore, type Change } from './object-store.ts';
import type { KubeObject } from './objects.ts';
import { resourceOfKind } from './resources.ts';

const make = (window = 100) => {
  let ids = 0;
  return createObjectStore({ now: () => 1_700_000_000_000, uid: () => `uid-${++ids}`, window });
};
const draft = (name: string) => ({
  kind: 'Deployment',
  metadata: { name, namespace: 'shop' },
  spec: { replicas: 1 },
  status: {},
});
const deployments = resourceOfKind('Deployment');

describe('the object store', () => {
  it('gives each change the next revision and tells of it in order', () => {
    const store = make();
    const seen: Change[] = [];
    store.subscribe((change) => seen.push(change));
    const first = store.revision();
    const a = store.create(draft('a'));
    store.create(draft('b'));
    a['status'] = { replicas: 1 };
    store.update(a);
    store.delete(a);
    expect(seen.map(({ type, revision, object }) => [type, revision - first, object.metadata.name])).toEqual([
      ['ADDED', 1, 'a'],
      ['ADDED', 2, 'b'],
      ['MODIFIED', 3, 'a'],
      ['DELETED', 4, 'a'],
    ]);
    expect(seen[3]?.object.metadata.resourceVersion).toBe(String(first + 4));
    expect(store.since(first + 2)).toEqual(seen.slice(2));
  });

  it('raises the generation with the spec, not with the status', () => {
    const store = make();
    const object = store.create(draft('a'));
    object['status'] = { replicas: 1 };
    expect(store.update(object).metadata.generation).toBe(1);
    object['spec'] = { replicas: 2 };
    expect(store.update(object).metadata.generation).toBe(2);
  });

  it('writes only what differs', () => {
    const store = make();
    const object = store.create(draft('a'));
    const before = store.revision();
    store.write(object);
    expect(store.revision()).toBe(before);
    object['status'] = { replicas: 1 };
    store.write(object);
    expect(store.revision()).toBe(before + 1);
  });

  it('does not let a later mutation reach what is stored', () => {
    const store = make();
    const object = store.create(draft('a'));
    object['spec'] = { replicas: 9 };
    expect(store.get(deployments, 'shop', 'a')?.['spec']).toEqual({ replicas: 1 });
  });

  it('deletes by uid: a namesake made later stays', () => {
    const store = make();
    const old = store.create(draft('a'));
    store.delete(old);
    const next = store.create(draft('a'));
    store.delete(old);
    expect(store.get(deployments, 'shop', 'a')?.metadata.uid).toBe(next.metadata.uid);
  });

  it('tells the objects of every revision that is not compacted', () => {
    const store = make(50);
    const names = ['a', 'b', 'c', 'd'];
    const history = new Map<number, string>();
    const shown = (objects: readonly KubeObject[]) =>
      objects
        .map(({ metadata }) => `${metadata.name} ${metadata.uid} ${metadata.resourceVersion}`)
        .toSorted()
        .join();
    for (let step = 0; step < 140; step++) {
      const name = names[(step * 7) % 4] as string;
      const now = store.get(deployments, 'shop', name);
      if (!now) store.create(draft(name));
      else if (step % 3 === 0) store.delete(now);
      else store.update({ ...now, metadata: { ...now.metadata } });
      store.create({ kind: 'Pod', metadata: { name: `other-${step}`, namespace: 'shop' } });
      history.set(store.revision(), shown(store.list(deployments)));
    }
    const told = [...history].filter(([revision]) => revision >= store.compactedAt());
    expect(told.length).toBeGreaterThan(20);
    for (const [revision, objects] of told) expect(shown(store.listAt(deployments, revision))).toBe(objects);
  });

  it('compacts what lies before its window', () => {
    const store = make(10);
    const object = store.create(draft('a'));
    for (let i = 0; i < 40; i++) store.update(object);
    expect(store.compactedAt()).toBeGreaterThan(1000);
    expect(store.since(store.compactedAt())[0]?.revision).toBe(store.compactedAt() + 1);
    store.compact();
    expect(store.compactedAt()).toBe(store.revision());
  });
});
