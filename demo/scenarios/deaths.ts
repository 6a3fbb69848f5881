import { error, OOM, type App, type Death, type StartFailure } from '../cluster/app.ts';
import type { Ending, Runtime } from './log-lines.ts';

/** Where a runtime has its own way to say why it went. */
const EXIT_CODES: Readonly<Partial<Record<Ending, Readonly<Partial<Record<Runtime, number>>>>>> = {
  bug: { go: 2 },
  'map-race': { go: 2 },
  heap: { java: 3, node: 134, go: 2 },
  preload: { java: 3 },
  segfault: { java: 134, python: 139, go: 139, node: 139, nginx: 139 },
};
const USUAL: Readonly<Partial<Record<Ending, number>>> = { heap: 134, segfault: 139 };

/** The end of an application's process, with the exit code of its runtime. */
export const crash = ({ runtime }: App, ending: Ending): Death =>
  error(ending, EXIT_CODES[ending]?.[runtime] ?? USUAL[ending] ?? 1);

const SHIM =
  'failed to create containerd task: failed to create shim task: OCI runtime create failed: runc create failed: unable to start container process:';

/** Ends that are rarer: each has its turn. */
export const RARE_DEATHS: readonly ((app: App) => Death)[] = [
  (app) => crash(app, 'heap'),
  () => error('abort', 134),
  (app) => crash(app, 'heap'),
  () => error('illegal', 132),
  () => error('bus', 135),
  () => error('asked', 143),
  () => error('fpe', 136),
  () => error('killed', 137),
  () => error('nested-run', 125),
  () => ({
    exitCode: 137,
    reason: 'ContainerStatusUnknown',
    ending: 'killed',
    message: 'The container could not be located when the pod was terminated',
  }),
  () => ({ exitCode: 255, reason: 'Unknown', ending: 'killed' }),
];

/** Releases whose process cannot even be run. */
export const START_DEATHS: readonly ((app: App) => Death)[] = [
  () => error('not-found', 127),
  () => error('not-executable', 126),
  ({ name }) => ({
    exitCode: 128,
    reason: 'StartError',
    ending: 'never-ran',
    message: `${SHIM} exec: "/app/bin/${name}": stat /app/bin/${name}: no such file or directory: unknown`,
  }),
  ({ name }) => ({
    exitCode: 128,
    reason: 'StartError',
    ending: 'never-ran',
    message: `${SHIM} exec: "/app/bin/${name}": permission denied: unknown`,
  }),
];

const image = (name: string, says: string, reason?: string): StartFailure => ({
  kind: 'image',
  message: `failed to pull and unpack image "${name}": failed to resolve reference "${name}": ${says}`,
  ...(reason ? { reason } : {}),
});

/** Why an image cannot be pulled: as containerd and the kubelet say it. */
export const IMAGE_FAILURES: readonly ((name: string) => StartFailure)[] = [
  (name) => image(name, 'unexpected status from HEAD request: 404 Not Found'),
  (name) => image(name, 'failed to authorize: failed to fetch oauth token: unexpected status: 401 Unauthorized'),
  (name) =>
    image(name, 'unexpected status: 429 Too Many Requests: toomanyrequests: You have reached your pull rate limit'),
  (name) =>
    image(
      name,
      'pull access denied, repository does not exist or may require authorization: server message: insufficient_scope: authorization failed',
    ),
  (name) =>
    image(
      name,
      'failed to do request: Head "https://registry.acme.example/v2/": dial tcp: lookup registry.acme.example on 10.96.0.10:53: no such host',
    ),
  (name) => ({
    kind: 'image',
    reason: 'InvalidImageName',
    message: `Failed to apply default image tag "${name}:": couldn't parse image name "${name}:": invalid reference format`,
  }),
  (name) => ({
    kind: 'image',
    reason: 'ErrImageNeverPull',
    message: `Container image "${name}" is not present with pull policy of Never`,
  }),
];

/** Why a container cannot be created. */
export const CONFIG_FAILURES: readonly ((app: App) => StartFailure)[] = [
  ({ name }) => ({ kind: 'config', message: `secret "${name}-db-v2" not found` }),
  ({ name, namespace }) => ({
    kind: 'config',
    message: `couldn't find key feature-flags.yaml in ConfigMap ${namespace}/${name}-config`,
  }),
  ({ name }) => ({ kind: 'config', message: `configmap "${name}-limits" not found` }),
  ({ name }) => ({
    kind: 'config',
    message: `container has runAsNonRoot and image will run as root (pod: "${name}", container: ${name})`,
  }),
];

/** Why no node takes a pod: as the scheduler says it of so many nodes. */
export const SCHEDULING_FAILURES: readonly ((nodes: number) => string)[] = [
  (nodes) => `${nodes} node(s) didn't match Pod's node affinity/selector`,
  (nodes) => `2 Insufficient cpu, ${nodes} Insufficient memory`,
  (nodes) => `${nodes} node(s) had untolerated taint {acme.example/dedicated: gpu}`,
  (nodes) => `${nodes} node(s) didn't match pod topology spread constraints`,
  () => 'pod has unbound immediate PersistentVolumeClaims',
];

/** Out of memory by the kernel's hand, or by the runtime's own word. */
export const outOfMemory = (app: App, ownWord: boolean): Death => (ownWord ? crash(app, 'heap') : OOM);
