import { describe, expect, test } from 'vitest';
import type { ContainerStatus } from '../../../schemas/objects.ts';
import { deathId } from './identity.ts';
import { dead, Harness, kube, pod, running, status, terminated, waiting, wire } from './testing.ts';

const backOff = waiting('CrashLoopBackOff', 'back-off 10s restarting failed container=app');
const first = { start: 100, end: 200, exit: 1 };
const second = { start: 210, end: 300, exit: 2 };
const third = { start: 320, end: 400, exit: 3 };

interface Case {
  name: string;
  /** The pod is seen healthy at first. */
  fresh?: boolean;
  statuses: ContainerStatus[];
  deaths: string[];
}

const cases: Case[] = [
  {
    name: 'one death seen terminated, in back-off and behind a running one is one row',
    statuses: [
      status(0, terminated(first)),
      status(0, backOff, terminated(first)),
      status(1, running(210), terminated(first)),
    ],
    deaths: ['0.0 Error'],
  },
  {
    name: 'a crash loop',
    statuses: [
      status(0, terminated(first)),
      status(1, running(210), terminated(first)),
      status(1, terminated(second), terminated(first)),
      status(1, backOff, terminated(second)),
      status(2, running(320), terminated(second)),
      status(2, terminated(third), terminated(second)),
    ],
    deaths: ['0.0 Error', '0.1 Error', '0.2 Error'],
  },
  {
    name: 'dead and back between two looks',
    statuses: [status(1, running(210), terminated(first))],
    deaths: ['0.0 Error'],
  },
  {
    name: 'a jump by four: three are unknown',
    statuses: [status(4, running(320), terminated(third))],
    deaths: ['0.0 Unknown', '0.1 Unknown', '0.2 Unknown', '0.3 Error'],
  },
  {
    name: 'a jump to a terminated one with the one before it: both have details',
    statuses: [status(3, terminated(third), terminated(second))],
    deaths: ['0.0 Unknown', '0.1 Unknown', '0.2 Error', '0.3 Error'],
  },
  {
    name: 'a jump into back-off',
    statuses: [status(2, backOff, terminated(third))],
    deaths: ['0.0 Unknown', '0.1 Unknown', '0.2 Error'],
  },
  {
    name: 'a sandbox made anew: the kubelet counts before it creates',
    statuses: [
      status(1, waiting('ContainerCreating'), {
        terminated: { exitCode: 137, reason: 'ContainerStatusUnknown' },
      }),
      status(1, running(210), { terminated: { exitCode: 137, reason: 'ContainerStatusUnknown' } }),
    ],
    deaths: ['0.0 ContainerStatusUnknown'],
  },
  {
    name: 'details that come after the count fill in the row',
    statuses: [status(1, waiting('ContainerCreating')), status(1, running(210), terminated(first))],
    deaths: ['0.0 Error'],
  },
  {
    name: 'restartCount falls: a new generation',
    statuses: [
      status(1, running(210), terminated(first)),
      status(1, terminated(second), terminated(first)),
      status(0, running(320), terminated(second)),
      status(0, terminated(third), terminated(second)),
      status(1, running(420), terminated(third)),
    ],
    deaths: ['0.0 Error', '0.1 Error', '1.0 Error'],
  },
  {
    name: 'restartCount falls under a running instance: it died, too',
    statuses: [status(1, running(210), terminated(first)), status(0, running(320))],
    deaths: ['0.0 Error', '0.1 Unknown'],
  },
  {
    name: 'restartCount falls, and lastState tells how',
    statuses: [status(2, running(210), terminated(first)), status(0, running(320), terminated(second))],
    deaths: ['0.0 Unknown', '0.1 Error', '0.2 Error'],
  },
  {
    name: 'an older view of the same container is no fall',
    statuses: [
      status(2, running(320), terminated(second)),
      status(1, running(210), terminated(first)),
      status(2, running(320), terminated(second)),
    ],
    deaths: ['0.0 Unknown', '0.1 Error'],
  },
];

describe('deaths of a pod that is known', () => {
  test.each(cases)('$name', ({ statuses, deaths }) => {
    for (const repeats of [1, 2]) {
      const harness = new Harness({ restarts: repeats === 2 }).pod(0, pod([status(0, running(-3000))]), 'add');
      let at = 500;
      for (const own of statuses) {
        at += 10;
        for (let time = 0; time < repeats; time++) harness.pod(at, pod([own]));
      }
      expect(harness.deaths).toEqual(deaths);
    }
  });
});

test('a repeat changes nothing: no row, no state', () => {
  const harness = new Harness().pod(0, pod([status(0, running(-3000))]), 'add');
  const entries = [
    harness.entry(500, 'pod', 'update', pod([status(2, terminated(second), terminated(first))])),
    harness.entry(501, 'pod', 'update', pod([status(2, backOff, terminated(second))])),
  ];
  for (const entry of entries) {
    harness.apply(entry);
    const before = [harness.emitted, harness.stateJson, harness.sets];
    harness.apply(entry);
    expect([harness.emitted, harness.stateJson, harness.sets]).toEqual(before);
  }
});

test('the row carries what Kubernetes said', () => {
  const harness = new Harness().pod(0, pod([status(0, running(-3000))]), 'add');
  harness.pod(
    501.25,
    pod([status(0, terminated({ start: 10, end: 500, exit: 139, reason: 'Error', id: 'containerd://abc' }))]),
  );
  expect(harness.of('death')).toEqual([
    expect.objectContaining({
      id: deathId('east', 'pod-1', 'app', 0, 0),
      cluster: 'east',
      namespace: 'web',
      pod: 'shop-7d9f5c6b8d-x2x4z',
      pod_uid: 'pod-1',
      node: 'node-1',
      container: 'app',
      container_kind: 'app',
      container_id: 'containerd://abc',
      workload_kind: 'Deployment',
      workload: 'shop',
      reason: 'Error',
      exit_code: 139,
      signal: 'SIGSEGV',
      started_at: wire(10),
      finished_at: wire(500),
      observed_at: wire(501.25),
      verdict: 'reported',
      rule: '',
      log_status: 'pending',
      hint: 'Segmentation fault (SIGSEGV)',
      image: 'shop:1.2',
    }),
  ]);
  expect(harness.published).toHaveLength(1);
});

test('deaths without details have no log to wait for', () => {
  const harness = new Harness().pod(0, pod([status(0, running(-3000))]), 'add');
  harness.pod(500, pod([status(2, running(480), terminated(first))]));
  expect(harness.of('death').map(({ message, log_status }) => [message, log_status])).toEqual([
    ['details unknown', 'gone'],
    ['', 'pending'],
  ]);
});

test('a corrupt restartCount does not become millions of rows', () => {
  const harness = new Harness().pod(0, pod([status(0, running(-3000))]), 'add');
  harness.pod(500, pod([status(2_000_000_000, running(480), terminated(first))]));
  expect(harness.rows.size).toBe(1000);
  expect(harness.of('death')[0]?.message).toBe('details unknown; 1999999000 deaths before it are not listed');
  expect(harness.stateJson.length).toBeLessThan(20_000);
});

describe('first sight', () => {
  const old = status(7, running(-900), terminated({ start: -1500, end: -1000, exit: 1 }));

  test('of a pod older than the journal: only the death that has details, tagged', () => {
    const harness = new Harness().pod(0, pod([old]), 'list');
    expect(harness.deaths).toEqual(['0.6 Error (before-first-sight)']);
    harness.pod(60, pod([status(8, running(50), terminated({ start: -900, end: 40 }))]));
    expect(harness.deaths).toEqual(['0.6 Error (before-first-sight)', '0.7 Error']);
  });

  test('of a pod that was made while the agent was away: in full', () => {
    const harness = new Harness().beat(-7200).pod(0, pod([old]), 'list');
    expect(harness.deaths).toHaveLength(7);
    expect(harness.deaths.at(-1)).toBe('0.6 Error');
  });

  test('of an old pod that dies after the first sight of the cluster is reported', () => {
    const harness = new Harness().beat(0);
    harness.pod(9, pod([status(0, terminated({ start: -900, end: 5 }))]), 'list');
    expect(harness.deaths).toEqual(['0.0 Error']);
  });

  test('of a pod that was seen alive, on a node whose clock is an hour behind: it died in sight', () => {
    const harness = new Harness().pod(7200, pod([status(0, running(0))]), 'list');
    harness.pod(7300, pod([status(0, terminated({ start: 3600, end: 3650 }))]));
    expect(harness.deaths).toEqual(['0.0 Error']);
  });

  test('of a running container without a count, but with a lastState', () => {
    const harness = new Harness().pod(0, pod([status(0, running(-10), terminated({ end: -20 }))]), 'list');
    harness.pod(60, pod([status(0, terminated({ start: -10, end: 50 }), terminated({ end: -20 }))]));
    expect(harness.deaths).toEqual(['0.0 Error (before-first-sight)', '1.0 Error']);
  });
});

test('a gap: every restart of a known pod is accounted for, and vanished pods leave', () => {
  const harness = new Harness({ restarts: true }).pod(
    0,
    pod([status(1, running(-5), terminated({ end: -6 }))]),
    'list',
  );
  harness.pod(0, pod([status(0, running(-5))]), 'list', 'pod-2');
  harness.pod(7200, pod([status(4, running(7100), terminated({ start: 7000, end: 7090 }))]), 'list');
  harness.apply(harness.entry(7200, 'pod', 'vanished', {}, 'other', 'pod-2'));
  expect(harness.deaths).toEqual(['0.0 Error (before-first-sight)', '0.1 Unknown', '0.2 Unknown', '0.3 Error']);
  harness.beat(7200 + 601);
  expect(harness.stateJson).not.toContain('pod/pod-2');
  expect(harness.stateJson).toContain('pod/pod-1');
});

test('a count that was lost once is lost once, however often the same status comes', () => {
  const [once, often] = [new Harness(), new Harness()].map((harness) =>
    harness.pod(0, pod([status(0, running(-5))]), 'add').pod(60, pod([status(0, terminated({ start: -5, end: 50 }))])),
  );
  const lost = pod([status(0, terminated({ start: 80, end: 90 }), terminated({ start: 60, end: 70 }))]);
  once?.pod(100, lost);
  often?.pod(100, lost).pod(110, lost).pod(120, lost);
  for (const harness of [once, often]) {
    harness?.pod(200, pod([status(0, terminated({ start: 180, end: 190 }))]));
    expect(harness?.deaths.map((death) => death.split(' ')[0])).toEqual(['0.0', '1.0']);
  }
});

test('a pod without statuses, and statuses without fields, are borne', () => {
  const harness = new Harness();
  harness.apply(harness.entry(0, 'pod', 'add', {}));
  harness.apply(harness.entry(1, 'pod', 'update', { metadata: {}, status: { containerStatuses: [{ name: 'app' }] } }));
  harness.apply(
    harness.entry(2, 'pod', 'update', { status: { containerStatuses: [{ name: 'app', state: { terminated: {} } }] } }),
  );
  expect(harness.deaths).toEqual(['0.0 Unknown']);
  expect(harness.of('death')[0]?.finished_at).toBe(null);
});

test.each(['constructor', '__proto__', 'toString'])('a container may be called %s', (name) => {
  const named = (restartCount: number, state: ReturnType<typeof running>) =>
    pod([{ ...status(restartCount, state), name }]);
  const harness = new Harness()
    .pod(0, named(0, running(-5)), 'add')
    .pod(60, named(0, terminated({ start: -5, end: 50 })));
  harness.pod(70, named(1, running(65)));
  expect(harness.deaths).toEqual(['0.0 Error']);
});

test('a restartCount beyond what Kubernetes counts does not go on for ever', () => {
  const harness = new Harness().pod(0, pod([status(0, running(-5))]), 'add').pod(10, pod([status(1e18, running(5))]));
  expect(harness.deaths.length).toBeLessThanOrEqual(1000);
});

test('times that Kubernetes writes as zero are no times', () => {
  const harness = new Harness().pod(0, pod([status(0, running(-3000))]), 'add');
  const zero = { ...dead(first), startedAt: '1970-01-01T00:00:00Z', finishedAt: '0001-01-01T00:00:00Z' };
  harness.pod(500, pod([status(0, { terminated: zero })]));
  expect(harness.of('death')[0]).toMatchObject({ started_at: null, finished_at: null });
  expect(kube(0)).toBe('2026-03-01T10:00:00Z');
});
