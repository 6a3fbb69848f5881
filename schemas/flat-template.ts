import { createHash } from 'node:crypto';

/**
 * Kubernetes' objects by path, such as `containers[app].image`, without what the API server fills in; so what a rollout changed
 * and what differs between two versions of an object are named alike. A value that is long is cut, with a hash of the whole;
 * of the environment there are the names, each with its keyed hash.
 */
export type FlatFields = Readonly<Record<string, string>>;

/** One field that differs; null: it is not there. */
export interface FieldChange {
  field: string;
  before: string | null;
  after: string | null;
}

const VALUE_CHARACTERS = 200;
const MAX_CHANGES = 200;
const TOKEN_MOUNT = '/var/run/secrets/kubernetes.io/serviceaccount';
const ENVIRONMENT = /\.env\[[^\]]*\]$/;

/** What the API server writes where nobody has written anything; a newer one may add some to every object. */
const DEFAULTS: Readonly<Record<string, string>> = {
  terminationMessagePath: '/dev/termination-log',
  terminationMessagePolicy: 'File',
  dnsPolicy: 'ClusterFirst',
  schedulerName: 'default-scheduler',
  terminationGracePeriodSeconds: '30',
  protocol: 'TCP',
  scheme: 'HTTP',
  timeoutSeconds: '1',
  periodSeconds: '10',
  successThreshold: '1',
  failureThreshold: '3',
  securityContext: '{}',
  resources: '{}',
};

/** Lists whose items have a name of their own: the fields that it is made of. Their order says nothing. */
const NAMED_LISTS: Readonly<Record<string, readonly [name: string, kind?: string]>> = {
  containers: ['name'],
  initContainers: ['name'],
  volumes: ['name'],
  volumeMounts: ['mountPath'],
  ports: ['containerPort', 'protocol'],
};
/** Maps whose keys people choose. */
const MAPS = new Set(['labels', 'annotations', 'nodeSelector', 'matchLabels', 'env']);

export const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** @param template a projected pod template: its metadata's labels and annotations, and its spec. */
export function flatPodTemplate(template: unknown): FlatFields {
  if (!isRecord(template)) return {};
  const { labels, annotations } = isRecord(template['metadata']) ? template['metadata'] : {};
  const flat: Record<string, string> = {};
  addFields(flat, '', { labels, annotations });
  addFields(flat, '', isRecord(template['spec']) ? template['spec'] : {});
  if (flat['restartPolicy'] === 'Always') delete flat['restartPolicy'];
  return flat;
}

/** Fields of any other part of an object; their paths begin with `path`. */
export function flatFields(path: string, fields: Readonly<Record<string, unknown>>): FlatFields {
  const flat: Record<string, string> = {};
  addFields(flat, path, fields);
  return flat;
}

function addFields(flat: Record<string, string>, path: string, fields: Readonly<Record<string, unknown>>): void {
  for (const [name, value] of Object.entries(fields)) {
    if (value === undefined || value === null || name === 'env') continue;
    const key = name === 'envHash' ? 'env' : name;
    const at = path ? `${path}.${key}` : key;
    const namedBy = NAMED_LISTS[name];
    if (MAPS.has(key) && isRecord(value)) {
      for (const [own, one] of Object.entries(value)) flat[`${at}[${own}]`] = leaf(one);
    } else if (namedBy && Array.isArray(value)) addNamed(flat, at, namedBy, value);
    else if (isRecord(value) && Object.keys(value).length > 0) addFields(flat, at, value);
    else if (leaf(value) !== DEFAULTS[name]) flat[at] = leaf(value);
  }
}

function addNamed(
  flat: Record<string, string>,
  path: string,
  [nameField, kindField]: readonly [string, string?],
  items: readonly unknown[],
): void {
  for (const item of items) {
    if (!isRecord(item) || item['mountPath'] === TOKEN_MOUNT) continue;
    const { [nameField]: name, ...rest } = item;
    let own = String(name);
    if (kindField !== undefined) {
      const kind = rest[kindField];
      // A port is one of its protocol: a name server has 53 twice.
      if (typeof kind === 'string' && kind !== DEFAULTS[kindField]) own = `${own}/${kind}`;
      delete rest[kindField];
    }
    const at = `${path}[${own}]`;
    const before = Object.keys(flat).length;
    addFields(flat, at, rest);
    if (Object.keys(flat).length === before) flat[at] = '{}';
  }
}

function leaf(value: unknown): string {
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  if (text.length <= VALUE_CHARACTERS) return text;
  const mark = createHash('sha256').update(text).digest('hex').slice(0, 8);
  return `${text.slice(0, VALUE_CHARACTERS).toWellFormed()}… #${mark}`;
}

/** The fields that differ, by name, at most 200. Of the environment it is told only that a variable is set, or was changed. */
export function changesBetween(before: FlatFields, after: FlatFields): FieldChange[] {
  const fields = [...new Set([...Object.keys(before), ...Object.keys(after)])].sort();
  const changes = fields
    .filter((field) => before[field] !== after[field])
    .map((field) => ({ field, before: before[field] ?? null, after: after[field] ?? null }));
  return changes.slice(0, MAX_CHANGES).map((change) => (ENVIRONMENT.test(change.field) ? hidden(change) : change));
}

const hidden = ({ field, before, after }: FieldChange): FieldChange => ({
  field,
  before: before === null ? null : 'set',
  after: after === null ? null : before === null ? 'set' : 'changed',
});
