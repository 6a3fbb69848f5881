import { isAppError, messageOf } from '../platform/errors.ts';
import type { Command } from './command.ts';
import { VERSION } from './version.ts';

/** Each command is loaded only when it is asked for: an agent never loads the engine. */
const COMMANDS: Record<string, { summary: string; load: () => Promise<Command> }> = {
  up: { summary: 'watch one or several clusters, and serve the API', load: async () => (await import('./up.ts')).up },
  agent: {
    summary: 'watch one cluster and ship its journal to Kafka',
    load: async () => (await import('./agent.ts')).agent,
  },
  processors: {
    summary: 'fold the journals into the store',
    load: async () => (await import('./processors.ts')).processors,
  },
  import: {
    summary: "import the usage of a cluster's past from its Prometheus",
    load: async () => (await import('./import.ts')).importCommand,
  },
  api: { summary: 'serve the API', load: async () => (await import('./api.ts')).api },
  run: {
    summary: 'name a range, such as a load test: start, stop, list, show',
    load: async () => (await import('./run.ts')).run,
  },
  check: {
    summary: 'hold a run against thresholds: exits 1 where it breaches one',
    load: async () => (await import('./check.ts')).check,
  },
  store: {
    summary: "serve the embedded engine over ClickHouse's HTTP protocol",
    load: async () => (await import('./store.ts')).store,
  },
  migrate: {
    summary: 'bring the store to the schema of this version',
    load: async () => (await import('./migrate.ts')).migrateCommand,
  },
  engine: {
    summary: 'the engine of `up`, which starts it',
    load: async () => (await import('./engine-child.ts')).engine,
  },
  demo: {
    summary: 'three simulated clusters with 30 days of history',
    load: async () => (await import('./demo.ts')).demo,
  },
};

const USAGE = `tidemark: a flight recorder for Kubernetes

  tidemark <command> [options]        tidemark <command> --help

${Object.entries(COMMANDS)
  .map(([name, { summary }]) => `  ${name.padEnd(12)}${summary}`)
  .join('\n')}

Settings come from the YAML file that TIDEMARK_CONFIG names and from TIDEMARK_… variables.
`;

/** Runs one command line and answers its exit code: 0, 1 for a failure, 2 for a wrong call or configuration. */
export async function main(args: readonly string[]): Promise<number> {
  const [name = '--help', ...rest] = args;
  if (name === '--help' || name === '-h' || name === 'help') {
    process.stdout.write(USAGE);
    return 0;
  }
  if (name === '--version' || name === 'version') {
    process.stdout.write(`tidemark ${VERSION}\n`);
    return 0;
  }
  const known = COMMANDS[name];
  if (!known) {
    process.stderr.write(`tidemark: there is no command '${name}'\n\n${USAGE}`);
    return 2;
  }
  try {
    const command = await known.load();
    if (rest.includes('--help') || rest.includes('-h')) {
      process.stdout.write(`${command.help.trim()}\n`);
      return 0;
    }
    return await command.run(rest);
  } catch (error) {
    process.stderr.write(`tidemark ${name}: ${messageOf(error)}\n`);
    return isAppError(error, 'config_invalid') || isAppError(error, 'kubeconfig_invalid') ? 2 : 1;
  }
}
