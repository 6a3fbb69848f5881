import { parseArgs } from 'node:util';
import { AppError, messageOf } from '../platform/errors.ts';
import type { RunItem, RunReport } from '../schemas/api/runs.ts';
import { readClientTarget } from './client-config.ts';
import { createClient, type Client } from './client.ts';
import type { Command } from './command.ts';
import { tellReport, tellRun } from './run-text.ts';

const help = `
tidemark run start NAME [--cluster C]... [--namespace N]... [--workload W]... [--note TEXT]
tidemark run stop NAME
tidemark run list [--name PATTERN]
tidemark run show NAME

Names a range, such as a load test, in the API; \`check\` holds it against thresholds. --cluster, --namespace and --workload
say what it is about, all where they are left out; * stands for any characters in the last two.

  --json      print the API's answer
  --url URL   of the API (TIDEMARK_URL, client.url, http://127.0.0.1:8080)
`;

const text = { type: 'string' } as const;
const texts = { type: 'string', multiple: true } as const;
const OPTIONS = {
  cluster: texts,
  namespace: texts,
  workload: texts,
  note: text,
  name: text,
  json: { type: 'boolean' },
  url: text,
} as const;

/** Which options an action takes, besides --json and --url. */
const TAKES = {
  start: ['cluster', 'namespace', 'workload', 'note'],
  stop: [],
  list: ['name'],
  show: [],
} as const satisfies Record<string, readonly (keyof typeof OPTIONS)[]>;
type Action = keyof typeof TAKES;

const wrong = (message: string, cause?: unknown) =>
  new AppError('config_invalid', `${message} (see --help)`, { cause });

function parse(args: readonly string[]) {
  const parsed = (() => {
    try {
      return parseArgs({ args: [...args], options: OPTIONS, strict: true, allowPositionals: true });
    } catch (error) {
      throw wrong(messageOf(error), error);
    }
  })();
  const [given = '', ...names] = parsed.positionals;
  if (!Object.hasOwn(TAKES, given)) throw wrong(`start, stop, list or show is needed, not '${given}'`);
  const action = given as Action;
  const takes = new Set<string>([...TAKES[action], 'json', 'url']);
  const other = Object.keys(parsed.values).find((name) => !takes.has(name));
  if (other !== undefined) throw wrong(`${action} takes no --${other}`);
  if (names.length !== (action === 'list' ? 0 : 1))
    throw wrong(`${action} takes ${action === 'list' ? 'no' : 'one'} name`);
  return { action, name: names[0] ?? '', options: parsed.values };
}

type Parsed = ReturnType<typeof parse>;

/** What the API answers, and how that reads. */
async function act(client: Client, { action, name, options }: Parsed): Promise<{ json: unknown; text: string }> {
  switch (action) {
    case 'start': {
      const { cluster, namespace, workload, note } = options;
      const body = {
        name,
        ...(cluster ? { clusters: cluster } : {}),
        ...(namespace ? { namespaces: namespace } : {}),
        ...(workload ? { workloads: workload } : {}),
        ...(note === undefined ? {} : { note }),
      };
      const run = await client.ask<RunItem>('POST', ['runs'], { body });
      return { json: run, text: `Started ${tellRun(run)}\n` };
    }
    case 'stop': {
      const run = await client.ask<RunItem>('POST', ['runs', name, 'stop']);
      return { json: run, text: `Ended ${tellRun(run)}\n` };
    }
    case 'list': {
      const query = { limit: 500, ...(options.name === undefined ? {} : { name: options.name }) };
      const page = await client.ask<{ items: RunItem[]; total: number }>('GET', ['runs'], { query });
      const more = page.total > page.items.length ? [`... and ${page.total - page.items.length} more`] : [];
      const lines = page.items.length === 0 ? ['There are no runs.'] : [...page.items.map(tellRun), ...more];
      return { json: page, text: `${lines.join('\n')}\n` };
    }
    case 'show': {
      const report = await client.ask<RunReport>('GET', ['runs', name, 'report']);
      return { json: report, text: tellReport(report) };
    }
  }
}

export const run: Command = {
  help,
  async run(args) {
    const parsed = parse(args);
    const client = createClient(readClientTarget(parsed.options.url));
    try {
      const { json, text: told } = await act(client, parsed);
      process.stdout.write(parsed.options.json ? `${JSON.stringify(json, null, 2)}\n` : told);
      return 0;
    } finally {
      await client.close();
    }
  },
};
