import { aborted, parseOptions, stopSignal, type Command } from './command.ts';
import { startEngine } from './engine.ts';
import { createParts } from './parts.ts';

const help = `
tidemark api

Serves the API at api.host:api.port (127.0.0.1:8080). It reads the store at clickhouse.url and follows the derived topic for
the live stream. Beyond loopback it needs api.tokens_file.
`;

export const api: Command = {
  help,
  async run(args) {
    parseOptions(args, {});
    const parts = createParts('api');
    const stop = stopSignal();
    const engine = await startEngine({ ...parts, roles: ['api'] });
    parts.log.info({ url: engine.url }, 'serving');
    await aborted(stop);
    await engine.close();
    return 0;
  },
};
