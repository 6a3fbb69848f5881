import { chooseClusters, openClusters } from './clusters.ts';
import { aborted, parseOptions, stopSignal, type Command } from './command.ts';
import { superviseEngine } from './engine-child.ts';
import { createParts, type Parts } from './parts.ts';
import { startRecorder, type RecordedCluster } from './recorder.ts';

const help = `
tidemark up [--kubeconfig FILE] [--context NAME[=CLUSTER_NAME]]... [--no-demo]

Watches clusters and serves the API, all in one place: the recorder (agents and their local logs) in this process, the engine
(folds, store, API) in a child that is started again when it fails.

  --kubeconfig FILE              default: KUBECONFIG, ~/.kube/config, or the pod's service account
  --context NAME[=CLUSTER_NAME]  may be given several times; default: the clusters of the configuration, or the current context
  --no-demo                      never starts simulated clusters (which only 'tidemark demo' does)

It logs one line with the API's URL when it is ready. Data: data_dir (.tidemark).
`;

/** Records `clusters` here, with the engine in a child, until a signal comes. Answers the exit code. */
export async function recordAndServe(
  parts: Parts,
  clusters: readonly RecordedCluster[],
  stop: AbortSignal,
): Promise<number> {
  const { config, log } = parts;
  const engine = superviseEngine({ env: { ...process.env, TIDEMARK_DATA_DIR: config.data_dir }, log });
  try {
    const recorder = await startRecorder({ ...parts, clusters });
    try {
      const url = await Promise.race([engine.url, aborted(stop).then(() => undefined)]);
      if (url !== undefined) log.info({ url, clusters: clusters.map(({ name }) => name) }, 'tidemark is ready');
      await Promise.race([aborted(stop), recorder.done, engine.done]);
    } finally {
      await recorder.close();
    }
  } finally {
    await engine.close();
  }
  return 0;
}

export const up: Command = {
  help,
  async run(args) {
    const options = parseOptions(args, {
      kubeconfig: { type: 'string' },
      context: { type: 'string', multiple: true },
      'no-demo': { type: 'boolean' },
    });
    const parts = createParts('recorder');
    const stop = stopSignal();
    const clusters = openClusters(chooseClusters(options, parts.config));
    return recordAndServe(parts, clusters, stop);
  },
};
