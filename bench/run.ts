import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { availableParallelism, cpus, platform, release, totalmem } from 'node:os';
import { fileURLToPath } from 'node:url';
import { readLine } from './report.ts';

// Runs the benchmarks named on the command line, or all of them, one after the other, each in a process of its own. Their
// `bench …` lines come once more at the end; with the machine's description they go to bench/results/.

const HERE = fileURLToPath(new URL('.', import.meta.url));
const SUFFIX = '.bench.ts';

async function run(name: string): Promise<string[]> {
  console.log(`# ${name}`);
  const child = spawn(process.execPath, [`${HERE}${name}${SUFFIX}`], { stdio: ['ignore', 'pipe', 'inherit'] });
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text;
    process.stdout.write(text);
  });
  const [code] = (await once(child, 'close')) as [number | null];
  if (code !== 0) throw new Error(`the benchmark ${name} failed (code ${code})`);
  return output.split('\n').filter((line) => readLine(line) !== null);
}

function machine() {
  const [first] = cpus();
  return {
    cpu: first?.model.trim() ?? 'unknown',
    cores: availableParallelism(),
    memory_bytes: totalmem(),
    system: `${platform()} ${release()}`,
    node: process.version,
  };
}

const all = readdirSync(HERE)
  .filter((file) => file.endsWith(SUFFIX))
  .map((file) => file.slice(0, -SUFFIX.length))
  .sort();
const wanted = process.argv.slice(2).filter((name) => name !== '');
const unknown = wanted.filter((name) => !all.includes(name));
if (unknown.length > 0) {
  console.error(`there is no benchmark ${unknown.join(', ')}; there are ${all.join(', ')}`);
  process.exit(2);
}

const lines: string[] = [];
for (const name of wanted.length > 0 ? wanted : all) lines.push(...(await run(name)));
const at = new Date().toISOString();
const file = `${HERE}results/${at.replaceAll(':', '-')}.json`;
mkdirSync(`${HERE}results`, { recursive: true });
writeFileSync(file, `${JSON.stringify({ at, machine: machine(), metrics: lines.map(readLine) }, null, 2)}\n`);
console.log(`\nwritten to ${file}`);
for (const line of lines) console.log(line);
