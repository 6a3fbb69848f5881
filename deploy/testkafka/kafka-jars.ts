import { execFile, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { mkdtemp, rename, rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const POM = join(import.meta.dirname, 'pom.xml');
const CACHE = join(homedir(), '.cache', 'tidemark', 'testkafka');

function jarFolder(): string {
  const hash = createHash('sha256').update(readFileSync(POM)).digest('hex').slice(0, 16);
  return join(CACHE, hash);
}

const works = (command: string): boolean => spawnSync(command, ['-version'], { stdio: 'ignore' }).status === 0;

/** Whether a broker can be started here: Java is needed, and Maven as long as the jars are not in the cache yet. */
export function kafkaAvailable(): { available: boolean; reason: string } {
  if (!works('java')) return { available: false, reason: 'Kafka needs Java 17 or newer: `java` does not run' };
  if (existsSync(jarFolder()) || works('mvn')) return { available: true, reason: '' };
  return { available: false, reason: "Kafka's jars are fetched by Maven: `mvn` does not run" };
}

/** The folder with the broker's jars, fetched once and kept outside of the clone. Several processes may call it at once. */
export async function kafkaJars(): Promise<string> {
  const folder = jarFolder();
  if (existsSync(folder)) return folder;
  mkdirSync(CACHE, { recursive: true });
  const fresh = await mkdtemp(join(CACHE, 'fetching-'));
  const goals = ['-q', '-B', '-f', POM, 'dependency:copy-dependencies', '-DincludeScope=runtime'];
  try {
    await run('mvn', [...goals, `-DoutputDirectory=${fresh}`], { timeout: 600_000 });
    await rename(fresh, folder).catch((error: unknown) => {
      if (!existsSync(folder)) throw error;
    });
  } finally {
    await rm(fresh, { recursive: true, force: true });
  }
  return folder;
}
