import { readFileSync } from 'node:fs';
import type { Static, TObject, TSchema } from 'typebox';
import { Compile } from 'typebox/compile';
import { Settings } from 'typebox/system';
import { Default } from 'typebox/value';
import { parseDocument } from 'yaml';
import { AppError, messageOf } from '../errors.ts';

type JsonSchema = TSchema & {
  type?: string;
  properties?: Record<string, JsonSchema>;
  items?: JsonSchema;
  anyOf?: JsonSchema[];
  examples?: string[];
};
type Json = Record<string, unknown>;

/** The library stops at 8 unless told otherwise. */
const MOST_PROBLEMS = 1_000;

/** One setting: where it stands in the file, and its environment variable. */
export interface Setting {
  readonly path: readonly string[];
  readonly variable: string;
  readonly schema: JsonSchema;
}

/** Every leaf of the schema with its variable: `api.port` is `TIDEMARK_API_PORT`. Lists of objects and maps are one leaf, given as JSON. */
export function settingsOf(schema: TObject, prefix = 'TIDEMARK'): Setting[] {
  const walk = (node: JsonSchema, path: string[]): Setting[] =>
    node.type === 'object' && node.properties
      ? Object.entries(node.properties).flatMap(([key, child]) => walk(child, [...path, key]))
      : [{ path, variable: [prefix, ...path].join('_').replaceAll('-', '_').toUpperCase(), schema: node }];
  return walk(schema, []);
}

/**
 * Reads a configuration once: the YAML file, then the environment over it, then the schema's defaults.
 * Every bad key and every bad variable is listed in one AppError `config_invalid`. The result is frozen to its depth.
 */
export function loadConfig<S extends TObject>(
  schema: S,
  source: { file?: string | undefined; env: Readonly<Record<string, string | undefined>>; ignore?: readonly string[] },
): Static<S> {
  const problems: string[] = [];
  const value = source.file === undefined ? {} : readFile(source.file, problems);
  const settings = settingsOf(schema);
  for (const setting of settings) {
    const given = source.env[setting.variable];
    if (given !== undefined) put(value, setting.path, fromText(given, setting, problems));
  }
  const known = new Set([...settings.map((setting) => setting.variable), ...(source.ignore ?? [])]);
  for (const variable of Object.keys(source.env)) {
    if (variable.startsWith('TIDEMARK_') && !known.has(variable)) problems.push(`${variable}: no such setting`);
  }
  problems.push(...unknownKeys(schema, value, []));
  const filled = Default(schema, value);
  problems.push(...misfits(schema, filled));
  if (problems.length > 0) {
    throw new AppError(
      'config_invalid',
      `the configuration has ${problems.length} problem(s):\n  ${problems.join('\n  ')}`,
      {
        details: { problems },
      },
    );
  }
  return freeze(filled as Static<S>);
}

/** Everything that is not as the schema has it, but for keys that it does not name. */
function misfits(schema: TObject, value: unknown): string[] {
  const check = Compile(schema);
  if (check.Check(value)) return [];
  const { maxErrors } = Settings.Get();
  Settings.Set({ maxErrors: MOST_PROBLEMS });
  try {
    const errors = check.Errors(value);
    return errors
      .filter(({ keyword }) => keyword !== 'additionalProperties' && keyword !== 'boolean')
      .map((error) => describe(error, schema));
  } finally {
    Settings.Set({ maxErrors });
  }
}

function readFile(file: string, problems: string[]): Json {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    problems.push(`${file}: cannot be read (${messageOf(error)})`);
    return {};
  }
  const document = parseDocument(text, { uniqueKeys: true });
  for (const error of document.errors) problems.push(`${file}: ${error.message.split('\n')[0]}`);
  if (document.errors.length > 0) return {};
  const json: unknown = document.toJS() ?? {};
  if (typeof json === 'object' && !Array.isArray(json)) return json as Json;
  problems.push(`${file}: must be a map of settings`);
  return {};
}

function put(target: Json, path: readonly string[], value: unknown): void {
  const [key, ...rest] = path;
  if (key === undefined) return;
  if (rest.length === 0) {
    target[key] = value;
    return;
  }
  const child = target[key];
  const next = typeof child === 'object' && child !== null && !Array.isArray(child) ? (child as Json) : {};
  target[key] = next;
  put(next, rest, value);
}

function fromText(given: string, { variable, schema }: Setting, problems: string[]): unknown {
  const type = schema.type ?? schema.anyOf?.find((option) => option.type !== 'null')?.type;
  if (type === 'integer' || type === 'number') {
    if (given.trim() !== '' && Number.isFinite(Number(given))) return Number(given);
    problems.push(`${variable}: must be a number`);
    return undefined;
  }
  if (type === 'boolean') {
    if (given === 'true' || given === 'false') return given === 'true';
    problems.push(`${variable}: must be true or false`);
    return undefined;
  }
  if (type === 'array' && schema.items?.type === 'string' && !given.trimStart().startsWith('[')) {
    return given
      .split(',')
      .map((item) => item.trim())
      .filter((item) => item !== '');
  }
  if (type === 'array' || type === 'object') {
    try {
      return JSON.parse(given) as unknown;
    } catch {
      problems.push(`${variable}: must be JSON`);
      return undefined;
    }
  }
  return given;
}

/** Every key that the schema does not name, whether or not the schema closes its objects. */
function unknownKeys(schema: JsonSchema, value: unknown, path: readonly string[]): string[] {
  if (Array.isArray(value)) {
    const items = schema.items;
    return items ? value.flatMap((item, index) => unknownKeys(items, item, [...path, String(index)])) : [];
  }
  if (typeof value !== 'object' || value === null || !schema.properties) return [];
  return Object.entries(value).flatMap(([key, child]) => {
    const known = schema.properties?.[key];
    return known ? unknownKeys(known, child, [...path, key]) : [`${[...path, key].join('.')}: no such setting`];
  });
}

function describe(
  error: { keyword: string; instancePath: string; message: string; params: object },
  schema: JsonSchema,
): string {
  const keys = error.instancePath.split('/').slice(1);
  const path = keys.join('.') || '(top)';
  const allowed = (error.params as { allowedValues?: unknown[] }).allowedValues;
  const example = error.keyword === 'pattern' ? at(schema, keys)?.examples?.[0] : undefined;
  if (example !== undefined) return `${path}: must look like ${example}`;
  return `${path}: ${error.message}${allowed ? ` (${allowed.join(', ')})` : ''}`;
}

const at = (schema: JsonSchema | undefined, keys: readonly string[]): JsonSchema | undefined =>
  keys.reduce<JsonSchema | undefined>((node, key) => node?.properties?.[key] ?? node?.items, schema);

function freeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null) {
    for (const child of Object.values(value)) freeze(child);
    Object.freeze(value);
  }
  return value;
}
