import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { lineOf, median } from './report.ts';
import { alternate, turn } from './turn.ts';

// 60,000 MODIFIED events of 10,000 pods over HTTP from another process: the agent's reflector beside client-node's
// informer, and beside the least that can be done (split and JSON.parse). Events a CPU-second of the reading process.
// Then the most memory that it takes to list the 10,000: the agent with its local log, beside the informer.

const TURNS = 3;
const kubeconfigOf = (server: string) => `apiVersion: v1
kind: Config
current-context: bench
clusters: [{ name: bench, cluster: { server: '${server}', insecure-skip-tls-verify: true } }]
contexts: [{ name: bench, context: { cluster: bench, user: bench } }]
users: [{ name: bench, user: {} }]
`;

const dir = await mkdtemp(join(tmpdir(), 'tidemark-bench-'));
const server = fork(new URL('watch/server.ts', import.meta.url), [], {
  stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
});
try {
  const [url] = (await once(server, 'message')) as [string];
  const kubeconfig = join(dir, 'kubeconfig');
  await writeFile(kubeconfig, kubeconfigOf(url));
  const file = new URL('watch/reader.ts', import.meta.url);
  const rates = await alternate(['reflector', 'informer', 'bare'], TURNS, (name) => turn(file, [name, kubeconfig]));
  const ours = median(rates.reflector);
  const metric = (peer: string) => `events_per_cpu_second_vs_${peer}`;
  console.log(lineOf({ bench: 'watch', metric: metric('informer'), ours, peer: median(rates.informer), aim: 1.4 }));
  console.log(lineOf({ bench: 'watch', metric: metric('bare'), ours, peer: median(rates.bare), aim: 0.85 }));
  await writeFile(kubeconfig, kubeconfigOf(`${url}/quiet`));
  const memory = new URL('watch/memory.ts', import.meta.url);
  const bytes = await alternate(['agent', 'informer'], TURNS, (name) => turn(memory, [name, kubeconfig]));
  const most = { ours: median(bytes.agent), peer: median(bytes.informer), better: 'lower', aim: 0.33 } as const;
  console.log(lineOf({ bench: 'watch', metric: 'peak_memory_bytes_after_list', ...most }));
} finally {
  server.kill();
  await rm(dir, { recursive: true });
}
