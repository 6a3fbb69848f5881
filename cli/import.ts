import { toTime } from '../platform/clock.ts';
import { AppError, messageOf } from '../platform/errors.ts';
import { createImporter } from '../processors/usage/import/importer.ts';
import { parseOptions, stopSignal, type Command } from './command.ts';
import { openStore, prepareStore } from './engine.ts';
import { createParts } from './parts.ts';
import { refuseTooOld } from '../platform/usage-retention.ts';
import { retentionOf } from './retention.ts';
import {
  createProgressLine,
  forgottenText,
  hoursText,
  leftText,
  minuteOf,
  progressText,
  shortOf,
} from './usage-progress.ts';

const help = `
tidemark import --cluster NAME --from TIME --to TIME [--force]

Imports the usage of a cluster's past from its Prometheus (usage.prometheus), here and now, the newest hours
first. What is done already is left as it is, so an import that was broken off goes on where it was.

  --cluster NAME  a cluster of usage.prometheus
  --from TIME     2026-11-01, or RFC 3339: 2026-11-01T10:00:00Z
  --to TIME       the same; of the range, hours are imported whole once they are over
  --force         imports again what is done

Ends with 1 if an hour could not be imported, or a day not summed up. The embedded store is open to one process at a time: beside a running
\`tidemark up\`, ask its API (POST /api/v1/imports).
`;

export const importCommand: Command = {
  help,
  async run(args) {
    const options = parseOptions(args, {
      cluster: { type: 'string' },
      from: { type: 'string' },
      to: { type: 'string' },
      force: { type: 'boolean', default: false },
    });
    const range = readRange(options);
    // The terminal is for the progress.
    process.env['TIDEMARK_LOG_LEVEL'] ??= 'error';
    const parts = createParts('import');
    const { usage, resources } = parts.config;
    const retention = retentionOf(parts.config);
    refuse(range, retention, parts.clock.now());
    const stop = stopSignal();
    const store = openStore(parts);
    const line = createProgressLine(process.stdout);
    try {
      const importer = createImporter(usage, {
        ...parts,
        store,
        gpuResources: resources.gpu_resources,
        retention,
      });
      try {
        const cluster = importer.of(range.cluster);
        await prepareStore(store, parts);
        const short = { failed: 0, forgotten: 0 };
        const onProgress: Parameters<typeof cluster.importRange>[1] = (progress, left) => {
          const { failed, forgotten } = shortOf(progress);
          short.failed += failed;
          short.forgotten += forgotten;
          if (failed > 0) line.keep(progressText(progress));
          else line.show(`${progressText(progress)}; ${hoursText(left)} to go`);
        };
        const { hoursLeft, toMs, daysFailed } = await cluster.importRange(range, onProgress, stop);
        line.end();
        const ended = stop.aborted ? 'stopped' : hoursLeft > 0 ? 'broken off' : 'imported';
        const hours = `${minuteOf(range.fromMs)} to ${minuteOf(Math.min(toMs, range.toMs))}`;
        const rest = `${forgottenText(short.forgotten)}${leftText(hoursLeft)}${daysText(daysFailed)}`;
        line.keep(`${range.cluster}: ${hours} ${ended}, ${short.failed} failed${rest}`);
        return short.failed + hoursLeft + daysFailed > 0 || stop.aborted ? 1 : 0;
      } finally {
        await importer.close();
      }
    } finally {
      line.end();
      await store.close();
    }
  },
};

const daysText = (failed: number): string =>
  failed === 0 ? '' : `; ${failed} ${failed === 1 ? 'day' : 'days'} could not be summed up: the log says why`;

/** The range is a wrong call here, and no wrong request. */
function refuse(...given: Parameters<typeof refuseTooOld>): void {
  const [{ fromMs }, , nowMs] = given;
  if (fromMs >= nowMs) throw new AppError('config_invalid', `--from ${toTime(fromMs)} is not over yet`);
  try {
    refuseTooOld(...given);
  } catch (error) {
    throw new AppError('config_invalid', `--from: ${messageOf(error)}`, { cause: error });
  }
}

interface Given {
  readonly cluster?: string | undefined;
  readonly from?: string | undefined;
  readonly to?: string | undefined;
  readonly force?: boolean | undefined;
}

/** Throws AppError `config_invalid` on what is missing or no time. */
export function readRange({ cluster, from, to, force = false }: Given) {
  if (cluster === undefined) throw new AppError('config_invalid', '--cluster is missing (see --help)');
  const [fromMs, toMs] = [timeOf('--from', from), timeOf('--to', to)];
  if (fromMs >= toMs) throw new AppError('config_invalid', `--from ${toTime(fromMs)} must lie before --to`);
  return { cluster, fromMs, toMs, force };
}

const DAY = /^\d{4}-\d{2}-\d{2}$/;
const TIME = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d{1,9})?(?:Z|[+-]\d{2}:\d{2})$/;

function timeOf(option: string, given: string | undefined): number {
  if (given === undefined) throw new AppError('config_invalid', `${option} is missing (see --help)`);
  const ms = DAY.test(given) || TIME.test(given) ? Date.parse(given) : Number.NaN;
  // Date.parse lets the 31st of a month that has 30 days be the 1st of the next.
  const isDay = toTime(Date.parse(given.slice(0, 10)) || 0).slice(0, 10) === given.slice(0, 10);
  if (Number.isNaN(ms) || !isDay) {
    throw new AppError('config_invalid', `${option} takes a time, not '${given}' (see --help)`);
  }
  return ms;
}
