import { messageOf } from '../platform/errors.ts';
import { chooseClusters, openClusters } from './clusters.ts';
import { aborted, parseOptions, stopSignal, type Command } from './command.ts';
import { claimDataDir } from './data-dir.ts';
import { superviseEngine } from './engine-child.ts';
import { serveHealth } from './health.ts';
import { usesKafka } from './journal.ts';
import { createParts, type Parts } from './parts.ts';
import { startRecorder, type Recorder, type RecordedCluster } from './recorder.ts';

const help = `
tidemark up [--kubeconfig FILE] [--context NAME[=CLUSTER_NAME]]...

Watches clusters and serves the API, all in one place: the recorder (agents and their local logs) in this process, the engine
(folds, store, API) in a child that is started again when it fails.

  --kubeconfig FILE              default: KUBECONFIG, ~/.kube/config, or the pod's service account
  --context NAME[=CLUSTER_NAME]  may be given several times; default: the clusters of the configuration, or the current context

It logs one line with the API's URL when it is ready. The recorder's /metrics and /healthz are at agent.metrics_host and
agent.metrics_port (127.0.0.1:9464), the engine's under the API's own URL. Data: data_dir (.tidemark).
`;

/**
 * Records `clusters` here, with the engine in a child, until a signal comes. Answers the exit code. Unless the configuration
 * says otherwise it takes part in the Lease only with Kafka, where two agents would write one topic; with a journal of its
 * own it shall record beside an agent in the cluster, and not wait.
 */
export async function recordAndServe(
  parts: Parts,
  clusters: readonly RecordedCluster[],
  stop: AbortSignal,
  onReady: (url: string) => void = () => undefined,
): Promise<number> {
  const { config, log } = parts;
  const engine = superviseEngine({ env: { ...process.env, TIDEMARK_DATA_DIR: config.data_dir }, log });
  try {
    const engineFailed = new AbortController();
    engine.done.catch(() => engineFailed.abort());
    const signal = AbortSignal.any([stop, engineFailed.signal]);
    const lease = usesKafka(config) ? 'auto' : 'off';
    const recorder = await startRecorder({ ...parts, clusters, lease, signal });
    const closeHealth = await serveRecorderHealth(parts, recorder);
    try {
      const ended = Promise.race([aborted(stop), recorder.done]).then(() => undefined);
      const url = await Promise.race([engine.url, ended]);
      if (url !== undefined && !stop.aborted) {
        log.info({ url, clusters: clusters.map(({ name }) => name) }, 'tidemark is ready');
        onReady(url);
      }
      await Promise.race([ended, engine.done]);
    } finally {
      await closeHealth();
      await recorder.close();
    }
  } finally {
    await engine.close();
  }
  return 0;
}

/** The recorder's own `/healthz` and `/metrics`. A taken port is no reason not to record: it is told, and that is all. */
async function serveRecorderHealth(parts: Parts, recorder: Recorder): Promise<() => Promise<void>> {
  try {
    const health = await serveHealth('agent', parts, () => recorder.problem());
    return () => health.close();
  } catch (error) {
    parts.log.warn(
      { error: messageOf(error) },
      "the recorder's metrics are not served: set agent.metrics_port (TIDEMARK_AGENT_METRICS_PORT)",
    );
    return async () => undefined;
  }
}

export const up: Command = {
  help,
  async run(args) {
    const options = parseOptions(args, {
      kubeconfig: { type: 'string' },
      context: { type: 'string', multiple: true },
    });
    const parts = createParts('recorder');
    const stop = stopSignal();
    const clusters = openClusters(chooseClusters(options, parts.config));
    const release = claimDataDir(parts.config.data_dir);
    try {
      return await recordAndServe(parts, clusters, stop);
    } finally {
      release();
    }
  },
};
