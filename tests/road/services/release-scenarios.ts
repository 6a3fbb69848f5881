import type { SimCluster } from '../../../deploy/testkube/test-kube.ts';
import { until } from '../../../deploy/testkube/test-kube.ts';
import { rowsOf } from '../rows.ts';
import { ALL_AT_ONCE, deployment, PINNED, service, statefulSet } from './manifests.ts';
import type { ServiceScenario } from './scenario.ts';

const web = (of: Partial<Parameters<typeof deployment>[0]> = {}): string =>
  deployment({ name: 'web', replicas: 2, pod: PINNED, ...of });
const CREATED = { kind: 'create', outcome: 'completed' } as const;
const NO_IMAGE = { image: 'example/app:nope', annotations: { 'testkube/image-pull': 'fail' } };
const IMAGE = ['containers[app].image'];

const stuck = (api: string, namespace: string) =>
  until('the row of the stuck pod', async () => (await rowsOf(api, namespace)).some(({ type }) => type === 'stuck'));

/** What releases do to services: the controllers are real, the pods are simulated. */
export const RELEASE_SCENARIOS: readonly ServiceScenario<SimCluster>[] = [
  {
    name: 'a rolling update with maxUnavailable 100 %',
    async play({ apply, ready, letGo }) {
      const of = { replicas: 3, spec: ALL_AT_ONCE, held: true };
      const created = await apply(web(of), service('web'));
      await letGo(3);
      await ready('web', 3);
      const changed = await apply(web({ ...of, image: 'example/app:2' }));
      await ready('web', 0);
      await letGo(3);
      await ready('web', 3);
      return { commands: [created, changed] };
    },
    service: 'web',
    wanted: 3,
    intervals: [
      {
        kind: 'down',
        cause: 'rollout',
        planned: true,
        sentence: /^The rollout of Deployment web to revision 2 \(app:2\) replaced 3 pods\.$/,
        rollout: 1,
      },
    ],
    degraded: [
      {
        cause: 'rollout',
        planned: true,
        sentence: /^The rollout of Deployment web( to revision 2)? \(app:2\) replaced (pod web-\S+|\d pods)\.$/,
      },
    ],
    rollouts: [CREATED, { kind: 'change', outcome: 'completed', changed: IMAGE, images: { app: 'example/app:2' } }],
  },
  {
    name: 'an image that cannot be had, and the rollback',
    async play({ apply, ready, says, kubectl, api, namespace }) {
      const created = await apply(web({ spec: ALL_AT_ONCE }), service('web'));
      await ready('web', 2);
      const changed = await apply(web({ spec: ALL_AT_ONCE, ...NO_IMAGE }));
      await ready('web', 0);
      await says('ImagePullBackOff');
      await stuck(api, namespace);
      const undone = await kubectl('rollout', 'undo', 'deployment/web');
      await ready('web', 2);
      return { commands: [created, changed, undone] };
    },
    service: 'web',
    wanted: 2,
    intervals: [
      {
        kind: 'down',
        cause: 'bad-release',
        planned: false,
        sentence:
          /^The rollout of Deployment web to revision 2 \(app:nope\) went wrong: the image of pod web-\S+ cannot be had: ImagePullBackOff: Back-off pulling image "example\/app:nope"\.$/,
        rollout: 1,
        evidence: ['ImagePullBackOff'],
      },
    ],
    degraded: [
      {
        cause: 'bad-release',
        planned: false,
        sentence: /^The rollout of .* \(app:nope\) went wrong: .*ImagePullBackOff.*\.$/,
      },
    ],
    rollouts: [
      CREATED,
      { kind: 'change', outcome: 'failed', reason: /is stuck, ImagePullBackOff/, changed: IMAGE, next: 2 },
      { kind: 'rollback', outcome: 'completed', back: 0, images: { app: 'example/app:1' }, changed: IMAGE },
    ],
  },
  {
    name: 'an image that cannot be had, while the old pods stay',
    async play({ apply, ready, says }) {
      const created = await apply(web(), service('web'));
      await ready('web', 2);
      const changed = await apply(web(NO_IMAGE));
      await says('ImagePullBackOff');
      return { commands: [created, changed] };
    },
    service: 'web',
    wanted: 2,
    intervals: [],
    rollouts: [CREATED, { kind: 'change', outcome: 'failed', reason: /is stuck, ImagePullBackOff$/, lasts: true }],
  },
  {
    name: 'the rollback of a release that is out',
    async play({ apply, ready, released, kubectl }) {
      const created = await apply(web(), service('web'));
      await ready('web', 2);
      await released();
      const changed = await apply(web({ image: 'example/app:2' }));
      await kubectl('rollout', 'status', 'deployment/web', '--timeout=60s');
      await released();
      const undone = await kubectl('rollout', 'undo', 'deployment/web');
      await kubectl('rollout', 'status', 'deployment/web', '--timeout=60s');
      return { commands: [created, changed, undone] };
    },
    service: 'web',
    wanted: 2,
    intervals: [],
    rollouts: [
      CREATED,
      { kind: 'change', outcome: 'completed', changed: IMAGE },
      { kind: 'rollback', outcome: 'completed', back: 0, changed: IMAGE },
    ],
  },
  {
    name: 'a paused Deployment',
    async play({ apply, ready, kubectl, outcome }) {
      const created = await apply(web(), service('web'));
      await ready('web', 2);
      await kubectl('rollout', 'pause', 'deployment/web');
      const changed = await kubectl('set', 'image', 'deployment/web', 'app=example/app:2');
      await outcome('paused');
      await kubectl('rollout', 'resume', 'deployment/web');
      await kubectl('rollout', 'status', 'deployment/web', '--timeout=60s');
      return { commands: [created, changed] };
    },
    service: 'web',
    wanted: 2,
    intervals: [],
    rollouts: [CREATED, { kind: 'change', outcome: 'completed', changed: IMAGE }],
  },
  {
    name: 'a restart',
    async play({ apply, ready, kubectl, released }) {
      const created = await apply(web(), service('web'));
      await ready('web', 2);
      await released();
      const restarted = await kubectl('rollout', 'restart', 'deployment/web');
      await kubectl('rollout', 'status', 'deployment/web', '--timeout=60s');
      return { commands: [created, restarted] };
    },
    service: 'web',
    wanted: 2,
    intervals: [],
    rollouts: [CREATED, { kind: 'restart', outcome: 'completed' }],
  },
  {
    name: 'a StatefulSet with a partition, behind a headless service',
    async play({ apply, ready, letGo, kubectl, outcome }) {
      const of = {
        name: 'web',
        replicas: 3,
        pod: PINNED,
        held: true,
        spec: 'updateStrategy: {rollingUpdate: {partition: 2}}',
      };
      const partition = (from: number) =>
        JSON.stringify({ spec: { updateStrategy: { rollingUpdate: { partition: from } } } });
      const created = await apply(statefulSet(of), service('web', 'clusterIP: None'));
      for (const count of [1, 2, 3]) {
        await letGo(1);
        await ready('web', count);
      }
      const image = 'example/app:2';
      const changed = await apply(statefulSet({ ...of, image }));
      await ready('web', 2);
      await letGo(1, image);
      await ready('web', 3);
      await outcome('held');
      await kubectl('patch', 'statefulset', 'web', '-p', partition(0));
      for (const _ of ['web-1', 'web-0']) {
        await ready('web', 2);
        // One of the old image may come first, and go again: the controller reads `currentReplicas` as they were.
        await letGo(1, image);
        await ready('web', 3);
      }
      return { commands: [created, changed] };
    },
    service: 'web',
    type: 'Headless',
    wanted: 3,
    intervals: [],
    degraded: [
      {
        cause: 'rollout',
        planned: true,
        sentence: /^The rollout of StatefulSet web( to revision web-\S+)? \(app:2\) replaced pod web-\d\.$/,
      },
    ],
    rollouts: [CREATED, { kind: 'change', outcome: 'completed', changed: IMAGE }],
  },
];
