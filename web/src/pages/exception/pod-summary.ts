import { memoryText } from '../../lib/exceptions/sentence.ts';
import type { Language } from '../../lib/time/format.ts';

/** What a pod's container was given, in the order and words in which a person asks for it. */
export interface ContainerSummary {
  readonly name: string;
  readonly kind: 'app' | 'init' | 'sidecar' | 'ephemeral';
  readonly image: string;
  readonly resources: readonly ResourceRow[];
  /** The command with its arguments, as a shell would show them; '' where the image's own is used. */
  readonly command: string;
  readonly ports: readonly string[];
  readonly probes: readonly ProbeSummary[];
  readonly variables: readonly string[];
  readonly mounts: readonly string[];
}

export interface ResourceRow {
  readonly resource: string;
  /** '' where none was set. */
  readonly request: string;
  readonly limit: string;
}

const PROBES = ['livenessProbe', 'readinessProbe', 'startupProbe'] as const;
export interface ProbeSummary {
  readonly kind: (typeof PROBES)[number];
  /** `GET http://:8080/livez`, `exec cat /tmp/ok`. */
  readonly asks: string;
  readonly periodSeconds: number;
  readonly timeoutSeconds: number;
  readonly failures: number;
  readonly delaySeconds: number;
}

export interface PodSummary {
  readonly containers: readonly ContainerSummary[];
  readonly restartPolicy: string;
  readonly qos: string;
  readonly priority: string;
  readonly graceSeconds: number | null;
  readonly serviceAccount: string;
  readonly created: string;
  readonly owners: readonly string[];
  readonly nodeSelector: readonly string[];
  readonly tolerations: readonly string[];
  readonly volumes: readonly string[];
  readonly labels: readonly string[];
}

type Fields = Readonly<Record<string, unknown>>;

/** The journal keeps what an API server sent: nothing about its shape is sure. */
const fields = (value: unknown): Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : {};
const list = (value: unknown): Fields[] => (Array.isArray(value) ? value.map(fields) : []);
const text = (value: unknown): string => (typeof value === 'string' || typeof value === 'number' ? String(value) : '');
const words = (value: unknown): string[] => (Array.isArray(value) ? value.map(text) : []);
const number = (value: unknown, standard: number): number => (typeof value === 'number' ? value : standard);
const pairs = (value: unknown): string[] => Object.entries(fields(value)).map(([key, own]) => `${key}=${text(own)}`);

const KINDS = [
  ['containers', 'app'],
  ['initContainers', 'init'],
  ['ephemeralContainers', 'ephemeral'],
] as const;

/** Reads a pod as the journal keeps it; the container named `first` comes first. */
export function summarisePod(object: unknown, first: string, language: Language): PodSummary {
  const { metadata, spec, status } = fields(object);
  const own = fields(spec);
  const meta = fields(metadata);
  const containers = KINDS.flatMap(([field, kind]) =>
    list(own[field]).map((container) => summariseContainer(container, kind, language)),
  );
  return {
    containers: containers.toSorted((a, b) => Number(b.name === first) - Number(a.name === first)),
    restartPolicy: text(own['restartPolicy']),
    qos: text(fields(status)['qosClass']),
    priority: [text(own['priorityClassName']), text(own['priority'])].filter((part) => part !== '').join(' · '),
    graceSeconds:
      typeof own['terminationGracePeriodSeconds'] === 'number' ? own['terminationGracePeriodSeconds'] : null,
    serviceAccount: text(own['serviceAccountName']),
    created: text(meta['creationTimestamp']),
    owners: list(meta['ownerReferences']).map(({ kind, name }) => `${text(kind)} ${text(name)}`),
    nodeSelector: pairs(own['nodeSelector']),
    tolerations: list(own['tolerations']).map(tolerationText),
    volumes: list(own['volumes']).map(volumeText),
    labels: pairs(meta['labels']),
  };
}

function summariseContainer(
  container: Fields,
  listed: 'app' | 'init' | 'ephemeral',
  language: Language,
): ContainerSummary {
  return {
    name: text(container['name']),
    kind: listed === 'init' && container['restartPolicy'] === 'Always' ? 'sidecar' : listed,
    image: text(container['image']),
    resources: resourceRows(fields(container['resources']), language),
    command: [...words(container['command']), ...words(container['args'])].map(shellWord).join(' '),
    ports: list(container['ports']).map(portText),
    probes: PROBES.flatMap((kind) => (container[kind] === undefined ? [] : [probeOf(kind, fields(container[kind]))])),
    variables: Object.keys(fields(container['envHash'])),
    mounts: list(container['volumeMounts']).map(mountText),
  };
}

/** CPU and memory always, so that a missing limit is seen; others where they are set. */
function resourceRows(resources: Fields, language: Language): ResourceRow[] {
  const [requests, limits] = [fields(resources['requests']), fields(resources['limits'])];
  const names = new Set(['cpu', 'memory', ...Object.keys(requests), ...Object.keys(limits)]);
  return [...names].map((resource) => ({
    resource,
    request: quantityText(resource, text(requests[resource]), language),
    limit: quantityText(resource, text(limits[resource]), language),
  }));
}

/** `100m` of CPU is a tenth of a core: both are written. */
function quantityText(resource: string, quantity: string, language: Language): string {
  if (/memory|storage|hugepages/.test(resource)) return quantity === '' ? '' : memoryText(quantity, language);
  const thousandths = resource === 'cpu' ? /^(\d+)m$/.exec(quantity)?.[1] : undefined;
  return thousandths === undefined ? quantity : `${quantity} (${Number(thousandths) / 1000})`;
}

const shellWord = (word: string): string =>
  /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", String.raw`'\''`)}'`;

const portText = ({ name, containerPort, hostPort, protocol }: Fields): string => {
  const host = text(hostPort) === '' ? '' : ` → ${text(hostPort)}`;
  return `${text(name)} ${text(containerPort)}${host}/${text(protocol) || 'TCP'}`.trim();
};

const mountText = ({ name, mountPath, readOnly, subPath }: Fields): string =>
  `${text(mountPath)} ← ${text(name)}${text(subPath) === '' ? '' : `/${text(subPath)}`}${readOnly === true ? ' (ro)' : ''}`;

function tolerationText({ key, operator, value, effect, tolerationSeconds: seconds }: Fields): string {
  const what = operator === 'Exists' ? text(key) || '*' : `${text(key)}=${text(value)}`;
  const where = text(effect) === '' ? '' : `:${text(effect)}`;
  return what + where + (typeof seconds === 'number' ? ` ${seconds} s` : '');
}

/** `config: configMap web-config`; what a volume refers to is its first text. */
function volumeText(volume: Fields): string {
  const kind = Object.keys(volume).find((key) => key !== 'name') ?? '';
  const refers = Object.values(fields(volume[kind])).find((value) => typeof value === 'string');
  return [`${text(volume['name'])}: ${kind}`, text(refers)].filter((part) => part !== '').join(' ');
}

function probeOf(kind: ProbeSummary['kind'], probe: Fields): ProbeSummary {
  return {
    kind,
    asks: handlerText(probe),
    // What an API server fills in where nothing is said.
    periodSeconds: number(probe['periodSeconds'], 10),
    timeoutSeconds: number(probe['timeoutSeconds'], 1),
    failures: number(probe['failureThreshold'], 3),
    delaySeconds: number(probe['initialDelaySeconds'], 0),
  };
}

function handlerText(probe: Fields): string {
  const { httpGet, tcpSocket, grpc, exec } = probe;
  if (httpGet !== undefined) {
    const { scheme, host, port, path } = fields(httpGet);
    return `GET ${(text(scheme) || 'HTTP').toLowerCase()}://${text(host)}:${text(port)}${text(path)}`;
  }
  if (tcpSocket !== undefined) return `TCP ${text(fields(tcpSocket)['host'])}:${text(fields(tcpSocket)['port'])}`;
  if (grpc !== undefined) return `gRPC :${text(fields(grpc)['port'])} ${text(fields(grpc)['service'])}`.trim();
  return exec === undefined ? '' : `exec ${words(fields(exec)['command']).map(shellWord).join(' ')}`.trim();
}
