export interface LogQueueOptions {
  readonly concurrency: number;
  readonly maxWaiting: number;
  /** Room, besides, for those that are in less of a hurry: found dead at a list, or ended with 0. */
  readonly maxBacklog: number;
}

type Job = () => Promise<void>;

/**
 * Runs jobs, which do not reject, at most `concurrency` at once: fresh ones before those of the backlog, each in its
 * order. `offer` gives false when there is no room; `close` drops what waits and resolves when the rest has ended.
 */
export function createLogQueue(options: LogQueueOptions) {
  const fresh: Job[] = [];
  const backlog: Job[] = [];
  const running = new Set<Promise<void>>();

  function next(): void {
    while (running.size < options.concurrency) {
      const job = fresh.shift() ?? backlog.shift();
      if (!job) return;
      const run: Promise<void> = job().finally(() => {
        running.delete(run);
        next();
      });
      running.add(run);
    }
  }

  return {
    offer(job: Job, isBacklog: boolean): boolean {
      const room = isBacklog ? backlog.length < options.maxBacklog : fresh.length < options.maxWaiting;
      if (!room) return false;
      (isBacklog ? backlog : fresh).push(job);
      next();
      return true;
    },
    get waiting(): number {
      return fresh.length + backlog.length;
    },
    get running(): number {
      return running.size;
    },
    async close(): Promise<void> {
      fresh.length = 0;
      backlog.length = 0;
      await Promise.all(running);
    },
  };
}
