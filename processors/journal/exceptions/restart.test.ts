import fc from 'fast-check';
import { Compile } from 'typebox/compile';
import { expect, test } from 'vitest';
import type { Entry, Op } from '../../../schemas/entry.ts';
import { ExceptionLogRow, ExceptionRow } from '../../../schemas/exceptions.ts';
import type { ContainerState } from '../../../schemas/objects.ts';
import { firstSeed, limitMs, runs } from '../../../tests/soak.ts';
import { Harness, jobOwner, kube, log, pod, running, status, terminated, waiting } from './testing.ts';

/** Any journal, sensible or not: the fold bears it, its rows fit the table, and restarts and repeats change nothing. */
const state = (at: number) =>
  fc.oneof(
    fc.constant(running(at - 2)),
    fc.integer({ min: 0, max: 140 }).map((exit) => terminated({ start: at - 20, end: at - 1, exit })),
    fc
      .constantFrom('CrashLoopBackOff', 'ErrImagePull', 'ImagePullBackOff', 'InvalidImageName', 'ContainerCreating')
      .map((reason) => waiting(reason)),
    fc.constant<ContainerState>({}),
  );
const uids = fc.constantFrom('pod-1', 'pod-2', 'pod-3');

type Draft = Pick<Entry, 'kind' | 'op' | 'name' | 'uid' | 'object'>;
const draft = (kind: Entry['kind'], op: Op, name: string, uid: string, object: object): Draft => ({
  kind,
  op,
  name,
  uid,
  object: object as Draft['object'],
});

const podDraft = (at: number) =>
  fc
    .record({
      uid: uids,
      op: fc.constantFrom<Op>('list', 'add', 'update', 'update', 'update', 'update', 'delete', 'vanished'),
      rc: fc.integer({ min: 0, max: 5 }),
      current: state(at),
      last: fc.option(state(at - 30), { nil: undefined }),
      deleting: fc.integer({ min: 0, max: 5 }),
      disrupted: fc.integer({ min: 0, max: 8 }),
      failed: fc.integer({ min: 0, max: 8 }),
      job: fc.boolean(),
    })
    .map(({ uid, op, rc, current, last, deleting, disrupted, failed, job }) => {
      const conditions =
        disrupted === 0 ? [{ type: 'DisruptionTarget', status: 'True', reason: 'EvictionByEvictionAPI' }] : [];
      const object = pod([status(rc, current, last)], {
        metadata: {
          creationTimestamp: kube(0),
          labels: { app: 'shop' },
          ...(job ? jobOwner() : {}),
          ...(deleting === 0 && { deletionTimestamp: kube(at + 30), deletionGracePeriodSeconds: 30 }),
        },
        status: { conditions, ...(failed === 0 && { phase: 'Failed', reason: 'Evicted' }) },
      });
      return draft('pod', op, uid, uid, op === 'vanished' ? {} : object);
    });

const otherDraft = (at: number) =>
  fc.oneof(
    fc.constant(draft('heartbeat', 'add', '', '', {})),
    fc
      .record({ uid: uids, ordinal: fc.integer({ min: 0, max: 5 }), ok: fc.boolean() })
      .map(({ uid, ordinal, ok }) =>
        draft(
          'log',
          'add',
          uid,
          '',
          log(ordinal, { pod_uid: uid, text: ok ? 'Error: x' : '', status: ok ? 'caught' : 'gone' }),
        ),
      ),
    fc.constantFrom('True', 'False', 'Unknown').map((ready) =>
      draft('node', 'update', 'node-1', 'n-1', {
        status: { conditions: [{ type: 'Ready', status: ready, lastTransitionTime: kube(at - 1) }] },
      }),
    ),
    uids.map((uid) =>
      draft('event', 'add', 'ev', `ev-${at}`, {
        reason: 'Killing',
        message: 'Container app failed liveness probe',
        involvedObject: { kind: 'Pod', uid },
      }),
    ),
    fc.boolean().map((failed) =>
      draft('workload', 'update', 'report', 'job-1', {
        kind: 'Job',
        status: failed ? { conditions: [{ type: 'Failed', status: 'True' }] } : {},
      }),
    ),
    fc
      .constantFrom<Op>('list', 'update', 'delete')
      .map((op) => draft('service', op, 'shop', 'svc-1', { spec: { selector: { app: 'shop' } } })),
  );

const journal = fc
  .array(fc.integer({ min: 1, max: 240 }), { minLength: 1, maxLength: 40 })
  .map((steps) => steps.reduce<number[]>((times, step) => [...times, (times.at(-1) ?? 100) + step], []))
  .chain((times) =>
    fc.tuple(
      ...times.map((at) =>
        fc
          .oneof({ arbitrary: podDraft(at), weight: 3 }, { arbitrary: otherDraft(at), weight: 2 })
          .map((own) => ({ at, own })),
      ),
    ),
  );

const checkRow = Compile(ExceptionRow);
const checkLogRow = Compile(ExceptionLogRow);

test(
  'restarts after every entry and repeats of every entry change nothing; rows fit their tables',
  () => {
    fc.assert(
      fc.property(journal, (drafts) => {
        const plain = new Harness();
        const restarted = new Harness({ restarts: true });
        const repeated = new Harness();
        const started = new Map<string, string>();
        const gone = new Set<string>();
        for (const { at, own } of drafts) {
          // A uid never comes back.
          if (own.kind === 'pod' && gone.has(own.uid)) continue;
          if (own.op === 'delete' || own.op === 'vanished') gone.add(own.uid);
          const entry = plain.entry(at, own.kind, own.op, own.object, own.name, own.uid);
          plain.apply(entry);
          restarted.apply(entry);
          repeated.apply(entry).apply(entry);
          for (const row of plain.rows.values()) {
            const known = started.get(row.id) ?? row.observed_at;
            expect(row.observed_at).toBe(known);
            started.set(row.id, known);
          }
        }
        const end = (drafts.at(-1)?.at ?? 0) + 100;
        for (const harness of [plain, restarted, repeated]) {
          for (const uid of ['pod-1', 'pod-2', 'pod-3'])
            harness.apply({ ...harness.entry(end, 'pod', 'vanished', {}, uid, uid), seq: 900 });
          harness.beat(end + 599).beat(end + 601);
        }
        expect([...restarted.rows].sort()).toEqual([...plain.rows].sort());
        expect([...restarted.logs].sort()).toEqual([...plain.logs].sort());
        expect(restarted.stateJson).toBe(plain.stateJson);
        expect([...repeated.rows].sort()).toEqual([...plain.rows].sort());
        expect(repeated.stateJson).toBe(plain.stateJson);
        expect(plain.stateJson).not.toContain('pod/');
        for (const row of plain.rows.values()) {
          expect([...checkRow.Errors({ ...row, version: 1 })]).toEqual([]);
          expect(row.log_status).not.toBe('pending');
          expect(row.type === 'stuck' && row.finished_at === null).toBe(false);
        }
        for (const row of plain.logs.values()) expect(checkLogRow.Check({ ...row, version: 1 })).toBe(true);
      }),
      { numRuns: runs(200), seed: firstSeed(20260103) },
    );
  },
  limitMs(20_000),
);
