import { createRecord, type Happening } from './random-happenings.ts';
import type { App, Maker, Pod, Slice } from './random-objects.ts';

export type Random = () => number;
export const NODES = ['node-1', 'node-2', 'node-3'];
const MARKED_AFTER_MS = 40_000;

const isStaying = ({ gone, deleted }: Pod): boolean => !gone && deleted === undefined;

/**
 * A cluster and its controllers: they make and replace pods, and follow within a second with the endpoints. It knows how each
 * service was. What befalls it is in `random-steps.ts`.
 */
export class RandomCluster {
  readonly apps: App[];
  now = -60_000;
  readonly #random: Random;
  readonly #queue: { at: number; run: () => void }[] = [];
  readonly #nodes = new Set(NODES);
  readonly #lost = new Map<string, number>();
  readonly #record = createRecord(() => this.now);
  #made = 0;

  constructor(random: Random) {
    this.#random = random;
    for (const node of NODES) this.#record.node(node, undefined);
    const count = random() < 0.7 ? 1 : 1 + this.upTo(3);
    this.apps = [];
    for (let at = 0; at < count; at++) this.#addApp(`app-${at}`);
  }

  get happenings(): readonly Happening[] {
    return this.#record.happenings;
  }

  /** A whole number below `limit`. */
  upTo(limit: number): number {
    return Math.floor(this.#random() * limit);
  }

  /** True so often. */
  chance(of: number): boolean {
    return this.#random() < of;
  }

  after(ms: number, run: () => void): void {
    this.#queue.push({ at: this.now + ms, run });
  }

  /** Lets what is under way happen until `at`. */
  advance(at: number): void {
    for (;;) {
      const next = this.#queue.reduce<number>((best, { at: due }, index, all) => {
        return due <= at && (best < 0 || due < (all[best]?.at ?? 0)) ? index : best;
      }, -1);
      const [step] = next < 0 ? [] : this.#queue.splice(next, 1);
      if (!step) break;
      this.now = step.at;
      step.run();
    }
    this.now = at;
  }

  /** When the last thing that is under way will have happened. */
  get settledAt(): number {
    return Math.max(this.now, ...this.#queue.map(({ at }) => at));
  }

  #addApp(name: string): void {
    const kind = this.#random();
    const maker: Maker = kind < 0.1 ? 'hand' : kind < 0.22 ? 'DaemonSet' : kind < 0.34 ? 'fleet' : 'Deployment';
    const wide = maker === 'Deployment' && this.chance(0.02);
    const app: App = {
      name,
      maker,
      wide,
      headless: this.chance(0.15),
      terse: this.chance(0.25),
      ports: this.chance(0.3) ? ['http', 'metrics'] : ['http'],
      service: '',
      workload: '',
      replicas: maker === 'DaemonSet' ? 1 : this.anyReplicas(wide),
      generation: 1,
      observed: 1,
      scheduled: maker === 'DaemonSet' ? NODES.length : 0,
      pods: [],
      slices: [],
      told: [],
      isFollowed: false,
      truth: [],
    };
    this.apps.push(app);
    if (maker === 'fleet') app.replicas += 1;
    if (maker === 'Deployment' || maker === 'DaemonSet') {
      app.workload = this.#uid('workload');
      this.#record.workload(app);
    }
    this.makeService(app);
    for (const node of maker === 'DaemonSet' ? NODES : Array.from({ length: app.replicas }, () => '')) {
      const pod = this.#makePod(app, node);
      pod.ready = this.chance(wide ? 0.98 : 0.9);
      pod.changed = this.now + 5000;
    }
    for (const pod of app.pods) this.#record.pod(app, pod);
    this.sync(app);
  }

  anyReplicas(wide: boolean): number {
    return wide ? 20 + this.upTo(21) : this.upTo(5);
  }

  #uid = (kind: string): string => `${kind}-${++this.#made}`;

  // What the controllers do.

  /** The endpoint controller takes what has changed at once. */
  #follow(app: App): void {
    if (app.isFollowed) return;
    app.isFollowed = true;
    this.after(5 + this.upTo(600), () => {
      app.isFollowed = false;
      this.sync(app);
    });
  }

  /** Of several slices that change at once, which is seen first is chance. */
  sync(app: App): void {
    const slices = this.chance(0.5) ? app.slices : app.slices.toReversed();
    if (app.service !== '') for (const slice of slices) this.#record.slice(app, slice);
    app.told = app.pods.filter(({ gone }) => !gone).map((pod) => ({ ...pod }));
    this.#tell(app);
  }

  #tell(app: App): void {
    const last = app.truth.at(-1);
    const staying = app.told.filter(({ ready, deleted }) => ready && deleted === undefined).length;
    const hasWorkload = app.maker === 'hand' || app.maker === 'fleet' || app.workload !== '';
    app.truth.push({
      at: this.now,
      service: app.service,
      serves: app.headless ? staying > 0 : app.told.some(({ ready }) => ready),
      ready: staying,
      aloneSince: hasWorkload ? null : (last?.aloneSince ?? this.now),
      isRemade: hasWorkload && (last?.aloneSince ?? null) !== null,
      maker: app.maker,
      wanted: this.#wanted(app, last?.wanted ?? 0),
    });
  }

  #wanted({ maker, told, pods, workload, replicas }: App, before: number): number {
    if (maker === 'hand') return told.length > 0 ? told.length : before;
    if (maker === 'fleet') return replicas;
    if (workload === '') return pods.filter(isStaying).length;
    return maker === 'Deployment' || replicas === 0 ? replicas : Math.max(1, this.#nodes.size);
  }

  #replace(app: App): void {
    if (app.maker === 'hand' || (app.maker !== 'fleet' && app.workload === '')) return;
    const staying = app.pods.filter(isStaying);
    if (app.maker === 'DaemonSet') {
      const nodes = app.replicas > 0 ? [...this.#nodes] : [];
      for (const pod of staying) if (!nodes.includes(pod.node)) this.kill(app, pod);
      for (const node of nodes) if (!staying.some((pod) => pod.node === node)) this.#startPod(app, node);
      return;
    }
    for (let missing = app.replicas - staying.length; missing > 0; missing--) this.#startPod(app);
    for (const pod of staying.slice(app.replicas)) this.kill(app, pod);
  }

  #startPod(app: App, node = ''): void {
    const pod = this.#makePod(app, node);
    this.#record.pod(app, pod);
    if (this.chance(0.85)) this.after(1000 + this.upTo(40_000), () => this.setReady(app, pod, true));
  }

  #makePod(app: App, node: string): Pod {
    const uid = this.#uid('pod');
    const free = [...this.#nodes].filter((each) => !this.#lost.has(each));
    const pod: Pod = {
      name: uid,
      uid,
      node: node || (free[this.upTo(free.length)] ?? 'node-9'),
      created: this.now,
      ready: false,
      changed: this.now,
      place: this.upTo(5),
    };
    app.pods.push(pod);
    return pod;
  }

  setReady(app: App, pod: Pod, ready: boolean): void {
    if (pod.gone || pod.ready === ready || (ready && this.#lost.has(pod.node))) return;
    pod.ready = ready;
    pod.changed = this.now;
    this.#record.pod(app, pod);
    this.#follow(app);
  }

  kill(app: App, pod: Pod, isAbrupt = this.chance(0.2)): void {
    if (!isStaying(pod)) return;
    if (!isAbrupt) {
      pod.deleted = this.now;
      this.#record.pod(app, pod);
      this.#tell(app);
      this.#follow(app);
      if (this.chance(0.5)) this.after(this.upTo(15_000), () => this.setReady(app, pod, false));
    }
    this.after(isAbrupt ? 1 : 16_000 + this.upTo(12_000), () => this.#remove(app, pod));
    this.after(50 + this.upTo(200), () => this.#replace(app));
  }

  #remove(app: App, pod: Pod): void {
    if (pod.gone) return;
    pod.gone = true;
    this.#record.pod(app, pod, 'delete');
    this.#tell(app);
    this.#follow(app);
  }

  // What somebody asks for.

  /** A DaemonSet's controller says a moment later on how many nodes it is to run, and for which spec. */
  scale(app: App, replicas: number): void {
    if (app.maker === 'hand' || (app.maker !== 'fleet' && app.workload === '')) return;
    app.replicas = replicas;
    app.generation++;
    if (app.maker === 'Deployment') app.observed = app.generation;
    if (app.maker !== 'fleet') this.#record.workload(app);
    this.#tell(app);
    this.after(20 + this.upTo(200), () => this.#reconcile(app));
  }

  #reconcile(app: App): void {
    const scheduled = app.replicas > 0 ? this.#nodes.size : 0;
    const isNews = app.observed !== app.generation || app.scheduled !== scheduled;
    if (app.maker === 'DaemonSet' && app.workload !== '' && isNews) {
      app.observed = app.generation;
      app.scheduled = scheduled;
      this.#record.workload(app);
    }
    this.#replace(app);
  }

  makeWorkload(app: App): void {
    if (app.workload !== '') return;
    app.workload = this.#uid('workload');
    app.generation = app.observed = 1;
    app.scheduled = app.replicas > 0 ? this.#nodes.size : 0;
    this.#record.workload(app);
    this.#tell(app);
    this.after(20 + this.upTo(200), () => this.#replace(app));
  }

  deleteWorkload(app: App): void {
    this.#record.workload(app, 'delete');
    app.workload = '';
    for (const pod of app.pods) if (this.chance(0.8)) this.kill(app, pod);
    this.#tell(app);
  }

  makeService(app: App): void {
    if (app.service !== '') return;
    app.service = this.#uid('service');
    this.#record.service(app);
    for (let count = (app.wide ? 3 : 1) + this.upTo(2); count > 0; count--) this.addSlice(app, 'IPv4');
    if (this.chance(0.2)) this.addSlice(app, 'IPv6');
    this.sync(app);
  }

  deleteService(app: App): void {
    for (const slice of app.slices) this.#record.deletedSlice(slice);
    this.#record.service(app, 'delete');
    app.slices = [];
    app.service = '';
    this.#tell(app);
  }

  /** Its slices follow, unless somebody forgets them. */
  changePorts(app: App, ports: string[], isFollowed: boolean): void {
    app.ports = ports;
    if (app.service === '') return;
    this.#record.service(app);
    if (isFollowed) for (const slice of app.slices) slice.ports = ports;
    this.#follow(app);
  }

  addSlice(app: App, family: Slice['family']): void {
    const uid = this.#uid('slice');
    app.slices.push({ name: uid, uid, family, ports: app.ports, written: '' });
  }

  dropSlice(app: App, slice: Slice): void {
    app.slices = app.slices.filter((each) => each !== slice);
    this.#record.deletedSlice(slice);
  }

  // What becomes of nodes.

  loseNode(node: string): void {
    if (this.#lost.has(node) || !this.#nodes.has(node)) return;
    const turn = (ready: boolean) => {
      this.#record.node(node, this.#lost.get(node));
      for (const app of this.apps) {
        for (const pod of app.pods) if (pod.node === node) this.setReady(app, pod, ready);
      }
    };
    this.#lost.set(node, this.now);
    this.after(MARKED_AFTER_MS, () => this.#lost.has(node) && turn(false));
    this.after(MARKED_AFTER_MS + 10_000 + this.upTo(40_000), () => this.#lost.delete(node) && turn(true));
  }

  /** Its pods go with it; after a while it comes back. */
  removeNode(node: string): void {
    if (!this.#nodes.delete(node)) return;
    this.#record.node(node, this.#lost.get(node), 'delete');
    this.#lost.delete(node);
    this.after(this.upTo(2000), () => {
      for (const app of this.apps) for (const pod of app.pods) if (pod.node === node) this.kill(app, pod, true);
    });
    this.#followNodes();
    this.after(5_000 + this.upTo(60_000), () => {
      this.#nodes.add(node);
      this.#record.node(node, undefined);
      this.#followNodes();
    });
  }

  #followNodes(): void {
    for (const app of this.apps) {
      if (app.maker !== 'DaemonSet') continue;
      this.#tell(app);
      this.after(20 + this.upTo(200), () => this.#reconcile(app));
    }
  }
}
