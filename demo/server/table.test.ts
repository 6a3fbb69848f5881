import { describe, expect, it } from 'vitest';
import { resourceOfKind } from '../cluster/resources.ts';
import { tabulateFor } from './table.ts';

const TABLE = 'application/json;as=Table;v=v1;g=meta.k8s.io';
const BETA = 'application/json;as=Table;v=v1beta1;g=meta.k8s.io';
const NOW = Date.parse('2026-01-01T00:04:10Z');
const tableFor = (accept: string | undefined, query = '') => tabulateFor(accept, new URLSearchParams(query), () => NOW);
const hpa = {
  apiVersion: 'autoscaling/v2',
  kind: 'HorizontalPodAutoscaler',
  metadata: {
    name: 'cart',
    namespace: 'shop',
    uid: 'u',
    resourceVersion: '7',
    creationTimestamp: '2026-01-01T00:00:00Z',
  },
  spec: {},
};

describe('a Table', () => {
  it.each([
    [`${TABLE},${BETA},application/json`, true],
    [`${BETA}, ${TABLE}`, true],
    [`${BETA},application/json`, false],
    [`application/json,${TABLE}`, false],
    ['application/json', false],
    ['*/*', false],
    [undefined, false],
  ])('is the answer to %s: %s', (accept, expected) => expect(tableFor(accept) !== null).toBe(expected));

  it('has Name and Age where no columns are known, and of the object its metadata', () => {
    const table = tableFor(TABLE)?.(resourceOfKind(hpa.kind), [hpa], { resourceVersion: '9' });
    expect(table).toMatchObject({
      kind: 'Table',
      apiVersion: 'meta.k8s.io/v1',
      metadata: { resourceVersion: '9' },
      columnDefinitions: [
        { name: 'Name', format: 'name', priority: 0 },
        { name: 'Age', type: 'string' },
      ],
      rows: [{ cells: ['cart', '4m10s'], object: { kind: 'PartialObjectMetadata', metadata: hpa.metadata } }],
    });
  });

  it.each([
    ['includeObject=Object', hpa],
    ['includeObject=None', null],
  ])('includes with %s', (query, object) =>
    expect(tableFor(TABLE, query)?.(resourceOfKind(hpa.kind), [hpa], {})).toMatchObject({ rows: [{ object }] }),
  );
});
