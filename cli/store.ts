import { join } from 'node:path';
import { createStoreServer } from '../platform/store/server/store-server.ts';
import { aborted, parseOptions, stopSignal, type Command } from './command.ts';
import { createParts } from './parts.ts';

const help = `
tidemark store

Serves the embedded engine under data_dir at store.host:store.port (127.0.0.1:8123) over ClickHouse's HTTP protocol, for the
processors and the API of other processes (clickhouse.url) and for any ClickHouse client. Beyond loopback it needs
store.password.
`;

export const store: Command = {
  help,
  async run(args) {
    parseOptions(args, {});
    const { config, log } = createParts('store');
    const stop = stopSignal();
    const { host, port, username, password, max_memory_bytes: queryMemoryBytes } = config.store;
    const path = join(config.data_dir, 'store');
    const server = await createStoreServer({ path, host, port, username, password, log, limits: { queryMemoryBytes } });
    log.info({ url: server.url }, 'serving the store');
    await aborted(stop);
    await server.close();
    return 0;
  },
};
