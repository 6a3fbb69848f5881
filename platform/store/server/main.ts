/** The store server as a process of its own, for tests: `main.ts FOLDER PORT [PASSWORD]` prints its URL. */
import { createLogger } from '../../log.ts';
import { createStoreServer } from './store-server.ts';

const [path = '', port = '0', password = ''] = process.argv.slice(2);
const server = await createStoreServer({
  path,
  host: '127.0.0.1',
  port: Number(port),
  password,
  log: createLogger({ level: 'warn', role: 'store' }),
});
process.stdout.write(`${server.url}\n`);
process.once('SIGTERM', () => void server.close().then(() => process.exit(0)));
