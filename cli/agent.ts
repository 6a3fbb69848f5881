import { openClusters } from './clusters.ts';
import { parseOptions, stopSignal, aborted, type Command } from './command.ts';
import { ensureDataDir } from './data-dir.ts';
import { serveHealth } from './health.ts';
import { createParts } from './parts.ts';
import { startRecorder } from './recorder.ts';

const help = `
tidemark agent [--kubeconfig FILE] [--context NAME] [--cluster NAME]

Watches one cluster, catches the logs of its dead containers, and appends all to the local log under data_dir.
With kafka.brokers the log is shipped to the topic tidemark.journal.NAME.

  --kubeconfig FILE   default: KUBECONFIG, ~/.kube/config, or the pod's service account
  --context NAME      default: the current one
  --cluster NAME      what Tidemark calls it; default: the context's name
`;

export const agent: Command = {
  help,
  async run(args) {
    const options = parseOptions(args, {
      kubeconfig: { type: 'string' },
      context: { type: 'string' },
      cluster: { type: 'string' },
    });
    const parts = createParts('agent');
    const { config, log } = parts;
    const stop = stopSignal();
    const clusters = openClusters([
      { kubeconfig: options.kubeconfig, context: options.context, name: options.cluster },
    ]);
    ensureDataDir(config.data_dir);
    const recorder = await startRecorder({ ...parts, clusters });
    try {
      const health = await serveHealth('agent', parts, () => recorder.problem());
      log.info({ clusters: clusters.map(({ name }) => name), metrics: `${health.url}/metrics` }, 'recording');
      try {
        await Promise.race([aborted(stop), recorder.done]);
        return 0;
      } finally {
        await health.close();
      }
    } finally {
      await recorder.close();
    }
  },
};
