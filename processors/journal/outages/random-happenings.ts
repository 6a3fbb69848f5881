import type { App, Pod, Slice } from './random-objects.ts';
import { kubeTime, podObject, serviceObject, sliceObject, workloadObject } from './random-objects.ts';

/** What the cluster's API server wrote: `object` as it is then, also of one that is deleted. `at` in milliseconds after `T0`. */
export interface Happening {
  at: number;
  kind: 'service' | 'endpointslice' | 'pod' | 'workload' | 'node';
  op: 'put' | 'delete';
  name: string;
  uid: string;
  object: object;
}
type Op = Happening['op'];

/** What the API server holds, write by write. Pods that somebody made by hand are known by their endpoints alone. */
export interface ApiRecord {
  readonly happenings: readonly Happening[];
  /** `lostSince`: from when on its kubelet is not heard of; undefined while it is. */
  node(name: string, lostSince: number | undefined, op?: Op): void;
  workload(app: App, op?: Op): void;
  service(app: App, op?: Op): void;
  pod(app: App, pod: Pod, op?: Op): void;
  /** Nothing where it is as it was. */
  slice(app: App, slice: Slice): void;
  deletedSlice(slice: Slice): void;
}

export function createRecord(now: () => number): ApiRecord {
  const happenings: Happening[] = [];
  const write = (kind: Happening['kind'], name: string, uid: string, object: object, op: Op = 'put'): void =>
    void happenings.push({ at: now(), kind, op, name, uid, object });

  return {
    happenings,
    node(name, lostSince, op) {
      const status = lostSince === undefined ? 'True' : 'Unknown';
      const [lastHeartbeatTime, lastTransitionTime] = [kubeTime(lostSince ?? now()), kubeTime(now())];
      const conditions = [{ type: 'Ready', status, lastHeartbeatTime, lastTransitionTime }];
      write('node', name, `uid-${name}`, { spec: {}, status: { conditions } }, op);
    },
    workload: (app, op) => write('workload', app.name, app.workload, workloadObject(app), op),
    service: (app, op) => write('service', app.name, app.service, serviceObject(app), op),
    pod(app, pod, op) {
      if (app.maker !== 'hand') write('pod', pod.name, pod.uid, podObject(app, pod), op);
    },
    slice(app, slice) {
      const first = app.slices.filter(({ family }) => family === 'IPv4');
      const isIn = ({ gone, place }: Pod) =>
        !gone && (slice.family === 'IPv6' || first[place % first.length] === slice);
      const object = sliceObject(app, slice, app.pods.filter(isIn));
      const written = JSON.stringify(object);
      if (written === slice.written) return;
      slice.written = written;
      write('endpointslice', slice.name, slice.uid, object);
    },
    deletedSlice({ name, uid, written }) {
      if (written) write('endpointslice', name, uid, JSON.parse(written) as object, 'delete');
    },
  };
}
