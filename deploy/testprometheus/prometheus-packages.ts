import { execFile, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync } from 'node:fs';
import { mkdtemp, readdir, rename, rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const CACHE = join(homedir(), '.cache', 'tidemark', 'testprometheus');
const PACKAGES = ['prometheus', 'victoria-metrics'];
const FETCH_MS = 600_000;

/** Paths of the programs, unpacked from Debian's packages. */
export interface PrometheusPrograms {
  readonly prometheus: string;
  readonly promtool: string;
  readonly victoriaMetrics: string;
}

const programsIn = (folder: string): PrometheusPrograms => ({
  prometheus: join(folder, 'usr/bin/prometheus'),
  promtool: join(folder, 'usr/bin/promtool'),
  victoriaMetrics: join(folder, 'usr/bin/victoria-metrics'),
});

/** Folders are named for the versions in them and renamed into place when whole; the last one by name serves. */
function unpackedFolder(): string | undefined {
  if (!existsSync(CACHE)) return undefined;
  const folders = readdirSync(CACHE).filter((name) => !name.startsWith('fetching-'));
  return folders
    .sort()
    .map((name) => join(CACHE, name))
    .findLast((folder) => Object.values(programsIn(folder)).every((program: string) => existsSync(program)));
}

const works = (command: string): boolean => spawnSync(command, ['--version'], { stdio: 'ignore' }).status === 0;

/** Whether Prometheus and VictoriaMetrics can be started here: unpacked already, or to be had by apt. Nothing is fetched. */
export function prometheusAvailable(): { available: boolean; reason: string } {
  if (unpackedFolder() !== undefined) return { available: true, reason: '' };
  for (const command of ['apt-get', 'dpkg-deb']) {
    if (works(command)) continue;
    return { available: false, reason: `Prometheus is unpacked from Debian's packages: \`${command}\` does not run` };
  }
  return { available: true, reason: '' };
}

/**
 * For `describe.skipIf(prometheusMissing())`: says on standard error why a suite that needs a real Prometheus is skipped. With
 * CI=true a missing one throws, which fails the suite's file.
 */
export function prometheusMissing(): boolean {
  const { available, reason } = prometheusAvailable();
  if (available) return false;
  if (process.env['CI'] === 'true') throw new Error(`a Prometheus is needed with CI=true: ${reason}`);
  process.stderr.write(`skipped, no Prometheus: ${reason}\n`);
  return true;
}

/** apt keeps its lists elsewhere until somebody has asked for them; that takes root. */
async function download(folder: string): Promise<void> {
  const get = () => run('apt-get', ['download', '-q', ...PACKAGES], { cwd: folder, timeout: FETCH_MS });
  try {
    await get();
  } catch (error) {
    if (process.getuid?.() !== 0) throw error;
    await run('apt-get', ['update', '-q'], { timeout: FETCH_MS });
    await get();
  }
}

async function fetchInto(folder: string): Promise<string> {
  await download(folder);
  const files = (await readdir(folder)).filter((name) => name.endsWith('.deb')).sort();
  const whole = join(folder, 'whole');
  for (const file of files) await run('dpkg-deb', ['-x', join(folder, file), whole]);
  const programs = programsIn(whole);
  await run(programs.prometheus, ['--version']);
  await run(programs.promtool, ['--version']);
  await run(programs.victoriaMetrics, ['-version']);
  const name = files.map((file) => decodeURIComponent(file.split('_').slice(0, 2).join('_'))).join('_');
  const target = join(CACHE, name.replaceAll(/[^\w.+~-]/g, '_'));
  await rename(whole, target).catch((error: unknown) => {
    if (!existsSync(target)) throw error;
  });
  return target;
}

/**
 * The programs, fetched once and kept outside of the clone; never installed, so no service of theirs runs. Several processes may
 * call it at once. Rejects where apt does not give the packages or a program does not run.
 */
export async function prometheusPrograms(): Promise<PrometheusPrograms> {
  const there = unpackedFolder();
  if (there !== undefined) return programsIn(there);
  mkdirSync(CACHE, { recursive: true });
  const fresh = await mkdtemp(join(CACHE, 'fetching-'));
  try {
    return programsIn(await fetchInto(fresh));
  } finally {
    await rm(fresh, { recursive: true, force: true });
  }
}
