import { execFileSync, spawnSync } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe } from 'vitest';

export const TESTKUBE_DIR = fileURLToPath(new URL('.', import.meta.url));

/** Whether a kind of cluster can be started here, and if not, why. */
export interface Availability {
  readonly available: boolean;
  readonly reason: string;
  /** The machine itself forbids it (no root, no namespaces): not a missing install, so not a failure anywhere. */
  readonly forbidden?: boolean;
}

const yes: Availability = { available: true, reason: '' };
const no = (reason: string): Availability => ({ available: false, reason });
const forbidden = (reason: string): Availability => ({ available: false, reason, forbidden: true });
const has = (command: string): boolean => spawnSync('sh', ['-c', `command -v ${command}`]).status === 0;

/** Builds testkube, or finds it in the cache, and answers its path. Cold this takes minutes: `make test` does it up front. */
export function testkubeBinary(): string {
  return execFileSync(`${TESTKUBE_DIR}testkube/build.sh`, ['--node'], { encoding: 'utf8' }).trim();
}

/** A control plane with simulated nodes needs Go, which also tells whether the testkube in the cache is the right one. */
export function simAvailable(): Availability {
  if (process.platform !== 'linux') return no('testkube runs on Linux');
  return has('go') ? yes : no('testkube is built with Go, which is not here');
}

/** Real nodes need root, network namespaces and containerd besides. */
export function realAvailable(): Availability {
  const sim = simAvailable();
  if (!sim.available) return sim;
  if (process.getuid?.() !== 0) return forbidden('real nodes need root');
  for (const command of ['containerd', 'runc', 'iptables', 'conntrack', 'ip', 'nsenter', 'python3', 'busybox']) {
    if (!has(command)) return no(`real nodes need ${command}: deploy/testkube/install.sh`);
  }
  try {
    accessSync('/sys/fs/cgroup', constants.W_OK);
  } catch {
    return forbidden('real nodes need a writable cgroup tree');
  }
  if (spawnSync('unshare', ['--net', '--mount', 'true']).status !== 0)
    return forbidden('this machine allows no namespaces');
  return yes;
}

/** A suite that needs a cluster: skipped with the reason in its name where there is none; a failure with CI=true, unless the machine forbids it. */
export function describeWithCluster(availability: Availability, name: string, body: () => void): void {
  const { available, reason } = availability;
  if (!available && !availability.forbidden && process.env['CI'] === 'true') {
    throw new Error(`${name} needs a cluster with CI=true: ${reason}`);
  }
  const note = available ? '' : ` (skipped: ${reason})`;
  describe.skipIf(!available)(`${name}${note}`, () => {
    body();
  });
}
