import { aborted, parseOptions, stopSignal, type Command } from './command.ts';
import { startEngine } from './engine.ts';
import { serveHealth } from './health.ts';
import { journalDir, usesKafka } from './journal.ts';
import { createParts } from './parts.ts';

const help = `
tidemark processors

Folds every journal into the store: exceptions, coverage, resources, the archive. Several of them share the clusters out
between them. Imports usage from the clusters' Prometheus (usage.prometheus). Migrates the store first. It needs kafka.brokers, or the local logs of an agent on this machine (same data_dir).
`;

export const processors: Command = {
  help,
  async run(args) {
    parseOptions(args, {});
    const parts = createParts('processors');
    const stop = stopSignal();
    const engine = await startEngine({ ...parts, roles: ['processors'] });
    const health = await serveHealth('processors', parts, () => engine.problem());
    const from = usesKafka(parts.config)
      ? { brokers: parts.config.kafka.brokers }
      : { local_logs: journalDir(parts.config), hint: 'kafka.brokers is not set' };
    parts.log.info({ ...from, metrics: `${health.url}/metrics` }, 'folding');
    try {
      await Promise.race([aborted(stop), engine.done]);
      return 0;
    } finally {
      await health.close();
      await engine.close();
    }
  },
};
