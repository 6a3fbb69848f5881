import { AppError } from '../../../platform/errors.ts';
import type { LocalLog } from '../../../platform/bus/local-log.ts';
import type { Clock } from '../../../platform/clock.ts';
import { until } from '../../../deploy/testkube/test-kube.ts';
import { startRecording } from '../watch/recording.ts';

/** One life of an agent on a local log that outlives it. */
export interface Life {
  readonly localLog: LocalLog;
  /** Resolves when every watch stands. */
  standing(): Promise<void>;
  /** Ends in good order. */
  stop(): Promise<void>;
  /** As SIGKILL leaves it: from now on nothing more is written. */
  kill(): Promise<void>;
}

/** Opens the local log in `dir` that an earlier life has left there, or makes it, and starts an agent on it. */
export function startLife(options: { cluster: string; kubeconfig: string; dir: string; clock: Clock }): Life {
  const { agent, localLog, stop } = startRecording(options);
  const isStanding = (): boolean => {
    const { watches } = agent.status();
    return watches.length > 0 && watches.every(({ state }) => state === 'watching');
  };
  return {
    localLog,
    standing: async () => void (await until('every watch stands', async () => isStanding())),
    async stop() {
      await stop();
      await localLog.close();
    },
    async kill() {
      localLog.append = () => Promise.reject(new AppError('internal', 'killed'));
      await stop().catch(() => undefined);
      await localLog.close();
    },
  };
}
