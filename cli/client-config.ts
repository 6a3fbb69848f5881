import { readFileSync } from 'node:fs';
import Type from 'typebox';
import { loadConfig } from '../platform/config/load.ts';
import { AppError, messageOf } from '../platform/errors.ts';
import { ClientOptions } from './client-options.ts';
import type { ClientTarget } from './client.ts';
import { ConfigSchema } from './config.ts';

const DEFAULT_URL = 'http://127.0.0.1:8080';
const Schema = Type.Object(
  { ...ConfigSchema.properties, client: ClientOptions },
  { additionalProperties: false, default: {} },
);

const invalid = (message: string, cause?: unknown) => new AppError('config_invalid', message, { cause });

function readText(file: string, what: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw invalid(`${what} ${file} cannot be read: ${messageOf(error)}`, error);
  }
}

function parseUrl(given: string, from: string): URL {
  const url = URL.parse(given);
  if (!url || !/^https?:$/.test(url.protocol)) throw invalid(`${from} must be an address such as ${DEFAULT_URL}`);
  // What is not repeated here could be a secret.
  if (url.username !== '' || url.password !== '') {
    throw invalid(`${from} must not hold a user or a password: the token is client.token or client.token_file`);
  }
  if (url.search !== '' || url.hash !== '') throw invalid(`${from} must end with a path`);
  return url;
}

/**
 * Where the API is and what is shown to it: --url, TIDEMARK_URL, the configuration's section `client`, in this order. Throws AppError
 * `config_invalid`; no message holds the token.
 */
export function readClientTarget(
  option: string | undefined,
  env: Readonly<Record<string, string | undefined>> = process.env,
): ClientTarget {
  const { client } = loadConfig(Schema, {
    file: env['TIDEMARK_CONFIG'],
    env,
    ignore: ['TIDEMARK_CONFIG', 'TIDEMARK_URL'],
  });
  const variable = env['TIDEMARK_URL'] || undefined;
  const from = option !== undefined ? '--url' : variable !== undefined ? 'TIDEMARK_URL' : 'client.url';
  const url = parseUrl(option ?? variable ?? client.url ?? DEFAULT_URL, from);
  const token =
    client.token ??
    (client.token_file === undefined ? undefined : readText(client.token_file, 'client.token_file').trim());
  if (token !== undefined && !/^[\x21-\x7e]+$/.test(token)) {
    throw invalid('the token must be one word of printable ASCII (client.token, client.token_file)');
  }
  const ca = client.ca_file === undefined ? undefined : readText(client.ca_file, 'client.ca_file');
  return { url, ...(token === undefined ? {} : { token }), ...(ca === undefined ? {} : { ca }) };
}
