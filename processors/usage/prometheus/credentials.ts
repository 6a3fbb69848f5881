import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { AppError } from '../../../platform/errors.ts';
import type { PrometheusOptions } from './options.ts';

const codeOf = (error: unknown): string => (error as NodeJS.ErrnoException).code ?? 'unknown';

async function secretOf(setting: string, path: string): Promise<string> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    throw new AppError('prometheus_denied', `${setting} ${path} cannot be read: ${codeOf(error)}`);
  }
  const secret = text.trim();
  if (secret === '') throw new AppError('prometheus_denied', `${setting} ${path} is empty`);
  return secret;
}

/**
 * The headers that let a request in. Files are read each time: a token that is rotated there is taken at once. Throws
 * `prometheus_denied` when a file cannot be read or holds what cannot be sent; never with the secret in the message.
 */
export async function credentialHeaders(options: PrometheusOptions): Promise<Record<string, string>> {
  if (options.username !== undefined) {
    const password =
      options.password_file === undefined
        ? (options.password ?? '')
        : await secretOf('password_file', options.password_file);
    return { authorization: `Basic ${Buffer.from(`${options.username}:${password}`).toString('base64')}` };
  }
  const token = options.token_file === undefined ? options.token : await secretOf('token_file', options.token_file);
  if (token === undefined) return {};
  if (!/^[\x21-\x7e]+$/.test(token))
    throw new AppError('prometheus_denied', 'the token holds what cannot be sent in a header');
  return { authorization: `Bearer ${token}` };
}

/** Texts of a server's answer may repeat what was sent to it: whatever was secret in the headers is masked. */
export function maskSecrets(text: string, headers: Readonly<Record<string, string>>): string {
  let masked = text;
  for (const value of Object.values(headers)) {
    for (const secret of [value, value.replace(/^(Bearer|Basic) /, '')]) {
      if (secret.length >= 4) masked = masked.replaceAll(secret, '[redacted]');
    }
  }
  return masked;
}

/** The TLS files as they are now; read for each new connection, so that a renewed certificate is taken. */
export function tlsFiles(options: PrometheusOptions): { ca?: string; cert?: string; key?: string } {
  const read = (name: 'ca_file' | 'cert_file' | 'key_file'): string | undefined => {
    const path = options[name];
    if (path === undefined) return undefined;
    try {
      return readFileSync(path, 'utf8');
    } catch (error) {
      throw new AppError('prometheus_unavailable', `${name} ${path} cannot be read: ${codeOf(error)}`, {
        retryable: true,
      });
    }
  };
  const files = { ca: read('ca_file'), cert: read('cert_file'), key: read('key_file') };
  return Object.fromEntries(Object.entries(files).filter(([, text]) => text !== undefined));
}
