import Type, { type Static } from 'typebox';
import { Compile } from 'typebox/compile';
import { SafeCount, Time } from './column.ts';

/** The version of an entry's envelope. Readers upcast older ones; a newer one is refused. */
export const ENTRY_VERSION = 1;

export const OBJECT_KINDS = [
  'pod',
  'endpointslice',
  'service',
  'workload',
  'pdb',
  'hpa',
  'pvc',
  'priorityclass',
  'node',
  'event',
] as const;
export const KINDS = [...OBJECT_KINDS, 'log', 'coverage', 'heartbeat', 'dead_letter'] as const;
/** `vanished` is a delete that a relist found: the object was gone when the agent looked again. */
export const OPS = ['list', 'add', 'update', 'delete', 'vanished'] as const;

export type ObjectKind = (typeof OBJECT_KINDS)[number];
export type Kind = (typeof KINDS)[number];
export type Op = (typeof OPS)[number];

/**
 * One entry of a cluster's journal. `epoch` is the agent's life and rises with each; `seq` counts its entries from 1
 * without a hole. `object` is a projection of the Kubernetes object with Kubernetes' own field names
 * (`schemas/objects.ts`), or one of `LogObject`, `CoverageObject`, `HeartbeatObject`, `DeadLetterObject`. For `log`,
 * `coverage`, `heartbeat` and `dead_letter` the op is always `add`; `name` is the pod's for a log, and '' for the others.
 * A `vanished` entry carries `{}`: all that is known is in the earlier entries of the same uid.
 */
export const Entry = Type.Object({
  v: Type.Literal(ENTRY_VERSION),
  epoch: SafeCount,
  seq: Type.Integer({ minimum: 1, maximum: Number.MAX_SAFE_INTEGER }),
  kind: Type.Enum(KINDS),
  op: Type.Enum(OPS),
  namespace: Type.String(),
  name: Type.String(),
  uid: Type.String(),
  resource_version: Type.String(),
  observed_at: Time,
  object: Type.Record(Type.String(), Type.Unknown()),
});
export type Entry = Static<typeof Entry>;

const checkEntry = Compile(Entry);

export type ParsedEntry = { entry: Entry } | { reason: 'not_json' | 'bad_version' | 'bad_entry'; message: string };

/** Parses one journal record's value. Never throws: what cannot be read comes back with a reason for the dead-letter topic. */
export function parseEntry(value: string): ParsedEntry {
  let json: unknown;
  try {
    json = JSON.parse(value);
  } catch (error) {
    return { reason: 'not_json', message: error instanceof Error ? error.message : String(error) };
  }
  if (checkEntry.Check(json)) return { entry: json };
  const version = (json as { v?: unknown } | null)?.v;
  if (version !== ENTRY_VERSION) {
    return {
      reason: 'bad_version',
      message: `entry version ${JSON.stringify(version)}, this reader knows ${ENTRY_VERSION}`,
    };
  }
  const [first] = checkEntry.Errors(json);
  return { reason: 'bad_entry', message: first ? `${first.instancePath || '/'} ${first.message}` : 'not an entry' };
}
