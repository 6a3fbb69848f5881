import { expect, it } from 'vitest';
import { templateFacts, workloadParts } from './workload-at.ts';

it.each([
  ['Deployment/shop', { kind: 'Deployment', name: 'shop' }],
  ['Rollout/a/b', { kind: 'Rollout', name: 'a/b' }],
  ['shop', null],
  ['Deployment/', null],
])('%s', (workload, parts) => expect(workloadParts(workload)).toEqual(parts));

it('replicas and images of a template', () => {
  const template = { spec: { containers: [{ name: 'app', image: 'shop:2' }, { name: 'odd' }] } };
  expect(templateFacts({ spec: { replicas: 3, template } })).toEqual({
    replicas: 3,
    images: [{ name: 'app', image: 'shop:2' }],
  });
});

it('images of the Jobs that a CronJob makes', () => {
  const template = { spec: { containers: [{ name: 'app', image: 'shop:2' }] } };
  expect(templateFacts({ spec: { schedule: '0 * * * *', jobTemplate: { spec: { template } } } }).images).toEqual([
    { name: 'app', image: 'shop:2' },
  ]);
});

it.each([null, undefined, {}, { spec: { template: { spec: { containers: 'no' } } } }])('%j says nothing', (object) =>
  expect(templateFacts(object)).toEqual({ replicas: null, images: [] }),
);
