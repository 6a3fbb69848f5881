import { silentLogger } from '../../platform/log.ts';
import { createStoreServer } from '../../platform/store/server/store-server.ts';

// The embedded engine in a process of its own, as `tidemark store` serves it; sends its URL and ends with its parent.

const [path = ''] = process.argv.slice(2);
const server = await createStoreServer({ path, host: '127.0.0.1', port: 0, log: silentLogger });
process.once('disconnect', () => void server.close().finally(() => process.exit(0)));
process.send?.(server.url);
