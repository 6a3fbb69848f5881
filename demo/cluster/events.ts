import type { EventObject } from '../../schemas/objects.ts';
import { kubeTime, type KubeObject } from './objects.ts';
import type { ObjectStore } from './object-store.ts';
import type { Random } from './random.ts';
import type { Timeline } from './timeline.ts';

export interface EventNote {
  readonly type: 'Normal' | 'Warning';
  readonly reason: string;
  readonly message: string;
  readonly component: string;
  readonly host?: string;
  readonly fieldPath?: string;
}

export interface EventRecorder {
  record(about: KubeObject, note: EventNote): void;
}

interface Known {
  readonly event: KubeObject & EventObject;
  cancelExpiry: () => void;
}

const TTL_MS = 3_600_000;
/** client-go's spam filter: so many events of one source about one object, then one every five minutes. */
const BURST = 25;
const REFILL_MS = 300_000;

/** Writes events as client-go's recorder does: the same one again raises its count. They expire after an hour. */
export function createEventRecorder(store: ObjectStore, timeline: Timeline, random: Random): EventRecorder {
  const known = new Map<string, Known>();
  const buckets = new Map<string, { tokens: number; at: number }>();

  function allowed(key: string): boolean {
    const now = timeline.now();
    const bucket = buckets.get(key) ?? { tokens: BURST, at: now };
    bucket.tokens = Math.min(BURST, bucket.tokens + (now - bucket.at) / REFILL_MS);
    bucket.at = now;
    buckets.set(key, bucket);
    if (bucket.tokens < 1) return false;
    bucket.tokens -= 1;
    return true;
  }
  const expireLater = (key: string, source: string, event: KubeObject) =>
    timeline.after(TTL_MS, () => {
      known.delete(key);
      buckets.delete(source);
      store.delete(event);
    });

  return {
    record(about, note) {
      const source = `${note.component}/${note.host ?? ''}/${about.metadata.uid}`;
      const key = `${source}/${note.reason}/${note.fieldPath ?? ''}/${note.message}`;
      if (!allowed(source)) return;
      const time = kubeTime(timeline.now());
      const before = known.get(key);
      if (before) {
        before.event.count = (before.event.count ?? 1) + 1;
        before.event.lastTimestamp = time;
        store.update(before.event);
        before.cancelExpiry();
        before.cancelExpiry = expireLater(key, source, before.event);
        return;
      }
      const namespace = about.metadata.namespace ?? 'default';
      const event = store.create<KubeObject & EventObject>({
        kind: 'Event',
        metadata: { name: `${about.metadata.name}.18${random.hex(14)}`, namespace },
        involvedObject: {
          apiVersion: about.apiVersion,
          kind: about.kind,
          name: about.metadata.name,
          ...(about.metadata.namespace ? { namespace } : {}),
          uid: about.metadata.uid,
          resourceVersion: about.metadata.resourceVersion,
          ...(note.fieldPath ? { fieldPath: note.fieldPath } : {}),
        },
        reason: note.reason,
        message: note.message,
        source: { component: note.component, ...(note.host ? { host: note.host } : {}) },
        firstTimestamp: time,
        lastTimestamp: time,
        eventTime: null,
        count: 1,
        type: note.type,
        reportingComponent: note.component,
        reportingInstance: note.host ?? '',
      });
      known.set(key, { event, cancelExpiry: expireLater(key, source, event) });
    },
  };
}
