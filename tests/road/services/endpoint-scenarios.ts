import type { SimCluster } from '../../../deploy/testkube/test-kube.ts';
import { DUAL_STACK } from './families.ts';
import { ALL_AT_ONCE, deployment, PINNED, service } from './manifests.ts';
import type { ServiceScenario } from './scenario.ts';
import type { Stage } from './stage.ts';

const CREATED = { kind: 'create', outcome: 'completed' } as const;

const web = (of: Partial<Parameters<typeof deployment>[0]> = {}): string =>
  deployment({ name: 'web', replicas: 2, pod: PINNED, ...of });

const NAMED = '[{name: http, port: 80, targetPort: http}]';
const offering = (port: string) => ({ container: `ports: [{name: ${port}, containerPort: 80}]` });

const portOffered = ({ view, namespace }: Stage, offered: boolean) =>
  view.until(`port http offered: ${offered}`, () => {
    const last = view.steps(namespace, 'web').at(-1);
    return last?.ready === 2 && last.ports.includes('http') === offered;
  });

/** What EndpointSlices say of services, and how that is not always how many pods are ready. */
export const ENDPOINT_SCENARIOS: readonly ServiceScenario<SimCluster>[] = [
  {
    name: 'a port that a rolling update renames',
    async play(stage) {
      const created = await stage.apply(web(offering('http')), service('web', '', NAMED));
      await stage.ready('web', 2);
      await stage.released();
      const renamed = await stage.apply(web(offering('web')));
      await portOffered(stage, false);
      await stage.released();
      const back = await stage.apply(web(offering('http')));
      await portOffered(stage, true);
      return { commands: [created, renamed, back] };
    },
    service: 'web',
    wanted: 2,
    ports: ['http'],
    intervals: [
      {
        kind: 'port',
        port: 'http',
        cause: 'bad-release',
        planned: false,
        sentence: /^The rollout of Deployment web to revision 2 went wrong: none of its pods offers the port http\.$/,
        rollout: 1,
      },
    ],
    rollouts: [
      CREATED,
      { kind: 'change', outcome: 'completed', changed: ['containers[app].ports[80].name'] },
      { kind: 'rollback', outcome: 'completed', back: 0 },
    ],
  },
  {
    name: 'a port that is renamed while all pods are replaced at once, and the service that follows',
    async play(stage) {
      const of = { spec: ALL_AT_ONCE, held: true };
      const created = await stage.apply(web({ ...of, ...offering('http') }), service('web', '', NAMED));
      await stage.letGo(2);
      await stage.ready('web', 2);
      await stage.released();
      const renamed = await stage.apply(web({ ...of, ...offering('web') }));
      await stage.ready('web', 0);
      await stage.letGo(2);
      await portOffered(stage, false);
      const port = JSON.stringify({ spec: { ports: [{ name: 'http', port: 80, targetPort: 'web' }] } });
      await stage.kubectl('patch', 'service', 'web', '-p', port);
      await portOffered(stage, true);
      return { commands: [created, renamed] };
    },
    service: 'web',
    wanted: 2,
    ports: ['http'],
    intervals: [
      {
        kind: 'down',
        cause: 'rollout',
        planned: true,
        sentence: /^The rollout of Deployment web to revision 2 replaced 2 pods\.$/,
        rollout: 1,
      },
      {
        kind: 'port',
        port: 'http',
        cause: 'bad-release',
        planned: false,
        sentence: /^The rollout of Deployment web to revision 2 went wrong: none of its pods offers the port http\.$/,
        rollout: 1,
      },
    ],
    degraded: [
      {
        cause: 'rollout',
        planned: true,
        sentence: /^The rollout of Deployment web to revision 2 replaced (pod web-\S+|2 pods)\.$/,
      },
    ],
    rollouts: [CREATED, { kind: 'change', outcome: 'completed' }],
  },
  {
    name: 'publishNotReadyAddresses',
    async play(stage) {
      const created = await stage.apply(web({ replicas: 1 }), service('web', 'publishNotReadyAddresses: true'));
      await stage.ready('web', 1, 'by pods');
      await stage.released();
      await stage.kubectl('annotate', 'pod', stage.pod(), 'testkube/ready=false');
      await stage.ready('web', 0, 'by pods');
      await stage.kubectl('annotate', 'pod', stage.pod(), 'testkube/ready-');
      await stage.ready('web', 1, 'by pods');
      return { commands: [created] };
    },
    byPods: true,
    service: 'web',
    wanted: 1,
    intervals: [
      { kind: 'down', cause: 'readiness', planned: false, sentence: /^Pod web-\S+ was not ready, though running\.$/ },
    ],
    rollouts: [CREATED],
  },
  {
    name: 'addresses of both families',
    async play(stage) {
      const families = 'ipFamilyPolicy: RequireDualStack, ipFamilies: [IPv4, IPv6]';
      const created = await stage.apply(web({ annotations: DUAL_STACK }), service('web', families));
      await stage.ready('web', 2);
      const slices = () => stage.view.slices(stage.namespace, 'web');
      await stage.view.until(
        'a slice of each family',
        () => slices().filter(({ endpoints }) => endpoints === 2).length === 2,
      );
      await stage.released();
      await stage.kubectl('scale', 'deployment/web', '--replicas=0');
      await stage.ready('web', 0);
      await stage.kubectl('scale', 'deployment/web', '--replicas=2');
      await stage.ready('web', 2);
      return { commands: [created] };
    },
    service: 'web',
    wanted: 2,
    intervals: [
      { kind: 'off', cause: 'scale-down', planned: true, sentence: /^Deployment web was scaled from 2 to 0\.$/ },
    ],
    rollouts: [CREATED],
  },
];
