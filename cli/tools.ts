import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DEFAULT_ANNOTATIONS } from '../ingest/agent/projections/metadata.ts';
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
  const annotations = { allow: [...DEFAULT_ANNOTATIONS, ...agent.annotations] };
  return { redact, project: createProjector({ redact, envHashKey: envHashKey(dataDir), annotations }) };
}

/** The key of the environment hashes: made once, kept beside the data, never shipped. An empty file is one that was cut short. */
function envHashKey(dataDir: string): string {
  const file = join(dataDir, 'env-hash.key');
  mkdirSync(dataDir, { recursive: true });
  const kept = existsSync(file) ? readFileSync(file, 'utf8').trim() : '';
  if (kept !== '') return kept;
  const made = randomBytes(32).toString('hex');
  writeFileSync(file, made, { mode: 0o600 });
  return made;
}
