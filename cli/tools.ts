import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createProjector, type Project } from '../ingest/agent/projections/projector.ts';
import { createRedactor, type Redact } from '../ingest/agent/redact.ts';
import type { Config } from './config.ts';

/** What turns raw objects and logs into what may be kept. */
export interface Tools {
  readonly project: Project;
  readonly redact: Redact;
}

/** The projector and the redactor of the configuration. Throws AppError `config_invalid` for a bad regular expression. */
export function createTools({ agent, data_dir: dataDir }: Config): Tools {
  const redact = createRedactor({ extra: agent.redact });
  const annotations = { allow: agent.annotations };
  return { redact, project: createProjector({ redact, envHashKey: envHashKey(dataDir), annotations }) };
}

/** The key of the environment hashes: made once, kept beside the data, never shipped. */
function envHashKey(dataDir: string): string {
  const file = join(dataDir, 'env-hash.key');
  mkdirSync(dataDir, { recursive: true });
  if (!existsSync(file)) writeFileSync(file, randomBytes(32).toString('hex'), { mode: 0o600, flag: 'wx' });
  return readFileSync(file, 'utf8').trim();
}
