import { parseOptions, type Command } from './command.ts';
import { openStore, prepareStore } from './engine.ts';
import { createParts } from './parts.ts';

const help = `
tidemark migrate

Brings the store (clickhouse.url, or the embedded one under data_dir) to the tables of this version, and sets the configured
retention. An applied migration that was edited since is refused.
`;

export const migrateCommand: Command = {
  help,
  async run(args) {
    parseOptions(args, {});
    const parts = createParts('migrate');
    const store = openStore(parts);
    try {
      await prepareStore(store, parts);
      parts.log.info('the store is at the schema of this version');
      return 0;
    } finally {
      await store.close();
    }
  },
};
