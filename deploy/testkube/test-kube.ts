import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, existsSync, openSync, readFileSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { TESTKUBE_DIR, testkubeBinary } from './testkube-binary.ts';

const execute = promisify(execFile);
const READY_MS = 180_000;
/** What has not heeded a SIGTERM by then is killed. */
const END_MS = 15_000;

/** A real API server with its controllers and scheduler, started by a test. */
export interface TestCluster {
  /** Path of the administrator's kubeconfig. */
  readonly kubeconfig: string;
  readonly dir: string;
  kubectl(args: readonly string[], stdin?: string): Promise<string>;
  /** `kubectl apply` of a manifest. */
  apply(manifest: string): Promise<void>;
  /** SIGKILL of the control plane; the nodes and all state stay. */
  kill(): Promise<void>;
  /** The same control plane again, on the same port and data. */
  restart(): Promise<void>;
  /** Compacts etcd and restarts the control plane: lists and watches of earlier versions get 410. */
  forgetHistory(): Promise<void>;
  stop(): Promise<void>;
}

/** A line that is written now, or was written at `at`. */
export type LogLine = string | { readonly at: Date; readonly text: string };

export interface SimCluster extends TestCluster {
  /** What the simulated kubelet answers for one pod's logs. */
  setLog(
    namespace: string,
    pod: string,
    container: string,
    log: { current?: readonly LogLine[]; previous?: readonly LogLine[] },
  ): Promise<void>;
}

function criLines(lines: readonly LogLine[] = []): string {
  const now = new Date();
  const parts = lines.map((line) => (typeof line === 'string' ? { at: now, text: line } : line));
  return parts.map(({ at, text }) => `${at.toISOString()} stdout F ${text}\n`).join('');
}

/** A port on loopback that nobody listens on now. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** Polls until `condition` answers something, or throws after `deadlineMs` with `what`. */
export async function until<T>(
  what: string,
  condition: () => Promise<T | undefined | false>,
  deadlineMs = 90_000,
): Promise<T> {
  const end = Date.now() + deadlineMs;
  for (;;) {
    const value = await condition();
    if (value !== undefined && value !== false) return value;
    if (Date.now() > end) throw new Error(`not within ${deadlineMs} ms: ${what}`);
    await sleep(200);
  }
}

interface ControlPlane {
  start(): Promise<void>;
  end(signal: NodeJS.Signals): Promise<void>;
}

/** Runs one of the scripts as its own process group and waits for its `ready` file, which names the very process. */
function controlPlane(dir: string, script: string, args: readonly string[], binary: string): ControlPlane {
  let child: ChildProcess | undefined;
  const logFile = join(dir, 'testkube.log');
  const signalGroup = (signal: NodeJS.Signals) => {
    if (child?.pid === undefined || child.exitCode !== null) return;
    try {
      process.kill(-child.pid, signal);
    } catch {
      child.kill(signal);
    }
  };
  const killGroup = () => signalGroup('SIGKILL');
  return {
    async start() {
      process.once('exit', killGroup);
      await rm(join(dir, 'ready'), { force: true });
      const log = openSync(logFile, 'a');
      const started = spawn(join(TESTKUBE_DIR, script), args, {
        detached: true,
        stdio: ['ignore', log, log],
        env: { ...process.env, TESTKUBE: binary },
      });
      closeSync(log);
      child = started;
      await until(
        `${script} ready (see ${logFile})`,
        async () => {
          if (started.exitCode !== null)
            throw new Error(`${script} ended:\n${readFileSync(logFile, 'utf8').slice(-3000)}`);
          return existsSync(join(dir, 'ready'));
        },
        READY_MS,
      );
    },
    async end(signal) {
      process.removeListener('exit', killGroup);
      if (!child || child.exitCode !== null || child.signalCode !== null) return;
      const gone = once(child, 'exit');
      signalGroup(signal);
      // Cancelled, or it would hit the process that a restart has put in this one's place.
      const deadline = setTimeout(killGroup, END_MS);
      await gone;
      clearTimeout(deadline);
    },
  };
}

/** Throws away etcd's history up to now, through the HTTP gateway that it serves beside gRPC on loopback. */
async function compactEtcd(port: number): Promise<void> {
  const post = async (path: string, body: unknown): Promise<{ header?: { revision?: string } }> => {
    const response = await fetch(`http://127.0.0.1:${port}/v3/kv/${path}`, {
      method: 'POST',
      body: JSON.stringify(body),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`etcd ${path}: ${response.status} ${text}`);
    return JSON.parse(text) as { header?: { revision?: string } };
  };
  const { header } = await post('range', { key: Buffer.from('/').toString('base64') });
  await post('compaction', { revision: header?.revision, physical: true });
}

function cluster(
  { dir, etcdPort }: { dir: string; etcdPort: number },
  binary: string,
  plane: ControlPlane,
  cleanUp: () => Promise<void>,
): TestCluster {
  const kubeconfig = join(dir, 'admin.kubeconfig');
  const kubectl = async (args: readonly string[], stdin?: string): Promise<string> => {
    const running = execute(binary, ['kubectl', '--kubeconfig', kubeconfig, ...args], { maxBuffer: 64 << 20 });
    running.child.stdin?.end(stdin ?? '');
    return (await running).stdout;
  };
  return {
    kubeconfig,
    dir,
    kubectl,
    apply: async (manifest) => void (await kubectl(['apply', '-f', '-'], manifest)),
    kill: () => plane.end('SIGKILL'),
    restart: () => plane.start(),
    forgetHistory: async () => {
      await compactEtcd(etcdPort);
      await plane.end('SIGKILL');
      await plane.start();
    },
    stop: async () => {
      try {
        await cleanUp();
      } finally {
        await plane.end('SIGTERM');
        await rm(dir, { recursive: true, force: true });
      }
    },
  };
}

/** A control plane with kwok's simulated nodes, on loopback. About 7 s once the binary is built. */
export async function startSimCluster(options: { nodes?: number; args?: readonly string[] } = {}): Promise<SimCluster> {
  const binary = testkubeBinary();
  const dir = await mkdtemp(join(tmpdir(), 'tidemark-sim-'));
  const [port, kwokPort, etcdPort] = [await freePort(), await freePort(), await freePort()];
  const args = [
    dir,
    String(port),
    String(options.nodes ?? 2),
    '--kwok-port',
    String(kwokPort),
    '--etcd-port',
    String(etcdPort),
    ...(options.args ?? []),
  ];
  const plane = controlPlane(dir, 'run-sim.sh', args, binary);
  const base = cluster({ dir, etcdPort }, binary, plane, async () => {});
  await plane.start().catch(async (error: unknown) => {
    // Its folder stays: the error names the log in it.
    await plane.end('SIGKILL');
    throw error;
  });
  return {
    ...base,
    async setLog(namespace, pod, container, log) {
      const folder = join(dir, 'podlogs', namespace);
      await mkdir(folder, { recursive: true });
      const file = (which: string) => join(folder, `${pod}.${container}.${which}.log`);
      await writeFile(file('previous'), criLines(log.previous));
      await writeFile(file('current'), criLines(log.current));
      await base.apply(
        JSON.stringify({
          apiVersion: 'kwok.x-k8s.io/v1alpha1',
          kind: 'Logs',
          metadata: { name: pod, namespace },
          spec: {
            logs: [
              { containers: [container], logsFile: file('current'), previousLogsFile: file('previous'), follow: false },
            ],
          },
        }),
      );
    },
  };
}

/** A control plane with one real node: containerd, runc, kubelet, kube-proxy in a network namespace of its own. Needs root. */
export async function startRealCluster(): Promise<TestCluster> {
  const binary = testkubeBinary();
  const dir = await mkdtemp(join(tmpdir(), 'tidemark-real-'));
  const etcdPort = await freePort();
  const env = { ...process.env, TESTKUBE: binary };
  const node = (...args: string[]) => execute(join(TESTKUBE_DIR, 'node/node.sh'), args, { env, timeout: READY_MS });
  const plane = controlPlane(dir, 'run-real.sh', [dir, '--etcd-port', String(etcdPort)], binary);
  const base = cluster({ dir, etcdPort }, binary, plane, async () => {
    await node('down', dir, 'real-0', '0');
  });
  const stop = async () => {
    try {
      await base.stop();
    } finally {
      await node('net-down');
    }
  };
  try {
    await plane.start();
    // The node's daemons outlive the script and would keep its pipes open: they get a file instead.
    const log = openSync(join(dir, 'node.log'), 'a');
    const up = spawn(join(TESTKUBE_DIR, 'node/node.sh'), ['up', dir, 'real-0', '0'], {
      stdio: ['ignore', log, log],
      env,
    });
    closeSync(log);
    const [code] = (await once(up, 'exit')) as [number | null];
    if (code !== 0)
      throw new Error(`the node did not come up:\n${readFileSync(join(dir, 'node.log'), 'utf8').slice(-3000)}`);
  } catch (error) {
    await stop();
    throw error;
  }
  return { ...base, stop };
}
