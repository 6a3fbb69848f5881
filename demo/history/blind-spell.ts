import { createKnownObjects, type KnownObjects } from '../../ingest/agent/known-objects.ts';
import { SOURCES } from '../../ingest/agent/sources.ts';
import type { Op } from '../../schemas/entry.ts';
import type { LogObject } from '../../schemas/objects.ts';
import type { Change } from '../cluster/object-store.ts';
import type { KubeObject } from '../cluster/objects.ts';
import type { DeathNotice } from '../cluster/sim.ts';
import type { SimCluster } from '../cluster/sim-cluster.ts';
import { caughtLog, goneLog, type Redact } from './caught-log.ts';

export interface ListedChange {
  readonly op: Op;
  readonly meta: Pick<KubeObject['metadata'], 'name' | 'namespace' | 'uid' | 'resourceVersion'>;
  /** null: it is gone, and that is all that is known. */
  readonly object: KubeObject | null;
}

/** A time in which the agent sees nothing: what it knew before, and what it can still learn after. */
export interface BlindSpell {
  /** Milliseconds since the Unix epoch: its last proof of what it watches. */
  readonly since: number;
  /** Changes that a watch from the version last reached brings in the end. */
  readonly missed: Change[];
  readonly died: DeathNotice[];
  /** What a new list of a source tells beside what was known: news, changes, and what has vanished. */
  relist(source: string): ListedChange[];
  /** The logs that can be asked for afterwards: of deaths that the statuses show. */
  logs(redact: Redact): { notice: DeathNotice; log: LogObject }[];
}

const shows = ({ run, instance }: DeathNotice): boolean =>
  [run.status.state, run.status.lastState].some((state) => state?.terminated?.containerID === instance.containerId);

export function beginBlindSpell(cluster: SimCluster, sources: readonly string[]): BlindSpell {
  const known = new Map<string, KnownObjects>();
  for (const source of SOURCES.filter(({ name }) => sources.includes(name))) {
    const objects = cluster.list(source.name).map(({ metadata }) => ({
      source: source.name,
      namespace: metadata.namespace ?? '',
      name: metadata.name,
      uid: metadata.uid,
      resourceVersion: metadata.resourceVersion,
      note: '',
    }));
    known.set(source.name, createKnownObjects(source, objects));
  }
  const died: DeathNotice[] = [];
  return {
    since: cluster.now(),
    missed: [],
    died,
    relist(source) {
      const objects = known.get(source);
      if (!objects) return [];
      objects.beginList();
      const listed = new Map(cluster.list(source).map((object) => [object.metadata.uid, object]));
      const news = [...listed.values()].flatMap((object) =>
        objects.listed({ ...object, metadata: { ...object.metadata } }, { newOp: 'add', repeat: false }),
      );
      return [...news, ...objects.endList()].map(({ op, raw, namespace, name, uid, resourceVersion }) => ({
        op,
        meta: { namespace, name, uid, resourceVersion },
        object: raw ? (listed.get(uid) ?? null) : null,
      }));
    },
    logs: (redact) =>
      died
        .filter((notice) => !notice.pod.gone && shows(notice))
        .map((notice) => ({
          notice,
          log: notice.run.dead === notice.instance ? caughtLog(notice, redact) : goneLog(notice),
        })),
  };
}
