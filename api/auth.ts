import { createHash, timingSafeEqual } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { IncomingHttpHeaders } from 'node:http';
import { Compile } from 'typebox/compile';
import { parseDocument } from 'yaml';
import { ROLES, TokenFile, type Role } from '../schemas/api/tokens.ts';
import { AppError, messageOf } from '../platform/errors.ts';
import { isLoopback } from '../platform/loopback.ts';
import { FULL_SCOPE, type Scope } from './scope.ts';
import { assertSameOrigin, readSession } from './session-cookie.ts';

export interface Token {
  readonly name: string;
  /** SHA-256 of the secret. The secret itself is not kept. */
  readonly digest: Buffer;
  readonly scope: Scope;
}

/** Who asks, and what they may see. */
export interface Principal {
  readonly name: string;
  readonly scope: Scope;
}

/** `tokens` null: open to everyone who reaches it, which `assertListenAllowed` grants to loopback alone. */
export interface Auth {
  readonly tokens: readonly Token[] | null;
  /** Host names that may stand in the Host header while open, beside the loopback's own. */
  readonly allowedHosts?: readonly string[];
}

/** Everyone who reaches it may do everything: for loopback. */
export const OPEN: Auth = Object.freeze({ tokens: null });

const checkFile = Compile(TokenFile);
const sha256 = (value: string): Buffer => createHash('sha256').update(value, 'utf8').digest();

const invalid = (file: string, problems: readonly string[]): AppError =>
  new AppError('config_invalid', `the token file ${file} is not valid: ${problems.join('; ')}`, {
    details: { file, problems: [...problems] },
  });

function shapeProblems(parsed: unknown): string[] {
  return checkFile.Errors(parsed).flatMap((error) => {
    const { instancePath: path, message } = error;
    // An unknown key is told once, by the object that has it.
    if (error.keyword === 'boolean') return [];
    if (error.keyword === 'additionalProperties') {
      return error.params.additionalProperties.map((key) => `${path}/${key} is not known here`);
    }
    if (error.keyword === 'enum') return [`${path} must be one of ${error.params.allowedValues.join(', ')}`];
    return [`${path || '/'} ${message}`];
  });
}

function digestOf(token: string): Buffer | null {
  if (!token.startsWith('sha256:')) return sha256(token);
  const hex = token.slice('sha256:'.length).toLowerCase();
  return /^[0-9a-f]{64}$/.test(hex) ? Buffer.from(hex, 'hex') : null;
}

/**
 * Parses a token file's text (YAML or JSON, see `TokenFile`). Throws AppError `config_invalid` whose message and
 * `details.problems` list everything that is wrong; no problem quotes a secret.
 */
export function parseTokens(text: string, file: string): Token[] {
  const document = parseDocument(text, { prettyErrors: false });
  if (document.errors.length > 0) {
    throw invalid(
      file,
      document.errors.map((error) => `${error.code} at character ${error.pos[0]}`),
    );
  }
  const parsed: unknown = document.toJS({ maxAliasCount: 0 });
  if (!checkFile.Check(parsed)) throw invalid(file, shapeProblems(parsed));

  const problems: string[] = [];
  const tokens: Token[] = [];
  parsed.tokens.forEach((entry, index) => {
    const digest = digestOf(entry.token);
    if (!digest) {
      problems.push(`/tokens/${index}/token: sha256: must be followed by 64 hexadecimal digits`);
      return;
    }
    if (tokens.some((other) => other.name === entry.name)) problems.push(`/tokens/${index}/name is used twice`);
    if (tokens.some((other) => other.digest.equals(digest))) problems.push(`/tokens/${index}/token is used twice`);
    const scope = { role: entry.role, clusters: entry.clusters ?? ['*'], namespaces: entry.namespaces ?? ['*'] };
    tokens.push({ name: entry.name, digest, scope });
  });
  if (problems.length > 0) throw invalid(file, problems);
  return tokens;
}

/** Reads and parses a token file. Throws AppError `config_invalid`. */
export async function loadTokens(file: string): Promise<Token[]> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    throw invalid(file, [`cannot be read: ${messageOf(error)}`]);
  }
  return parseTokens(text, file);
}

/** Throws AppError `config_invalid` where the API would be open to others than this machine. */
export function assertListenAllowed(options: { host: string; tokens: readonly Token[] | null }): void {
  if (options.tokens !== null || isLoopback(options.host)) return;
  throw new AppError(
    'config_invalid',
    `the API would listen on ${options.host || 'every address'} without authentication: name a token file, or listen on 127.0.0.1`,
    { details: { host: options.host } },
  );
}

/** The Host header's name without its port, in lower case. */
const hostName = (header: string): string => header.toLowerCase().replace(/:\d+$/, '');

/** Compares with every token, so that the time taken says nothing of which one came close. */
function findToken(tokens: readonly Token[], secret: string): Token | null {
  const digest = sha256(secret);
  let found: Token | null = null;
  for (const token of tokens) if (timingSafeEqual(token.digest, digest)) found = token;
  return found;
}

/** Whose secret this is, or null; while open, everyone's. */
export function principalOf(auth: Auth, secret: string | null): Principal | null {
  if (auth.tokens === null) return { name: 'local', scope: FULL_SCOPE };
  const token = secret === null ? null : findToken(auth.tokens, secret);
  return token && { name: token.name, scope: token.scope };
}

export const unauthorized = (): AppError =>
  new AppError('unauthorized', 'a valid token is needed: Authorization: Bearer <token>, or a session');

/** The Authorization header decides where there is one, else the session's cookie. */
function secretOf(request: AskingRequest): string | null {
  const { authorization, cookie } = request.headers;
  if (authorization !== undefined) return /^Bearer +([^\s]+)$/i.exec(authorization)?.[1] ?? null;
  const secret = readSession(cookie);
  if (secret !== null) assertSameOrigin(request);
  return secret;
}

export interface AskingRequest {
  readonly method: string;
  readonly headers: IncomingHttpHeaders;
}

/**
 * Says who asks. Throws AppError `unauthorized` for a missing or unknown token, `forbidden` for a change by cookie that
 * may be another site's and, while open on loopback, for a Host header that is not this machine's (a page elsewhere whose
 * name was rebound to 127.0.0.1).
 */
export function createAuthenticator(auth: Auth): (request: AskingRequest) => Principal {
  const hosts = new Set((auth.allowedHosts ?? []).map((host) => host.toLowerCase()));
  return (request) => {
    if (auth.tokens === null) {
      const host = hostName(request.headers.host ?? '');
      if (!isLoopback(host) && !hosts.has(host)) {
        throw new AppError(
          'forbidden',
          'this host name is not allowed: use localhost, or name it in the configuration',
        );
      }
    }
    const principal = principalOf(auth, auth.tokens === null ? null : secretOf(request));
    if (!principal) throw unauthorized();
    return principal;
  };
}

/** Throws AppError `forbidden` unless the role is `needed` or above. */
export function requireRole(scope: Scope, needed: Role): void {
  if (ROLES.indexOf(scope.role) >= ROLES.indexOf(needed)) return;
  throw new AppError('forbidden', `the role ${needed} is needed, this token has ${scope.role}`);
}
