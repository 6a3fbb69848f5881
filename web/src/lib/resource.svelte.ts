import { asApiError, type ApiError } from './api/client.ts';

/** Data that is fetched, and how fresh it is. While it is fetched anew, and when that fails, the last answer stays. */
export interface Resource<T> {
  readonly data: T | undefined;
  readonly error: ApiError | null;
  /** A request is under way. */
  readonly loading: boolean;
  /** When `data` came, milliseconds since the Unix epoch. */
  readonly loadedAt: number | null;
  /** `data` is not the answer to the newest request, which failed. */
  readonly stale: boolean;
  reload(): void;
}

/**
 * Runs `load` when the component starts, and again whenever a rune that it reads before its first `await` changes; what
 * is under way then is aborted. `key` names what the data is about: when it changes, the old answer is not shown as if it
 * were the new one's. `load` may answer null to say that there is nothing to fetch now.
 */
export function createResource<T>(
  load: (signal: AbortSignal) => Promise<T> | null,
  options: { key?: () => string } = {},
): Resource<T> {
  let data = $state.raw<T>();
  let error = $state.raw<ApiError | null>(null);
  let loading = $state(true);
  let loadedAt = $state<number | null>(null);
  let asked = $state(0);
  let lastKey: string | undefined;

  async function take(answer: Promise<T>, signal: AbortSignal): Promise<void> {
    try {
      const value = await answer;
      if (signal.aborted) return;
      data = value;
      error = null;
      loadedAt = Date.now();
    } catch (reason) {
      if (signal.aborted) return;
      error = asApiError(reason);
    }
    loading = false;
  }

  $effect(() => {
    void asked;
    const controller = new AbortController();
    const key = options.key?.();
    if (key !== lastKey) {
      lastKey = key;
      data = undefined;
      loadedAt = null;
    }
    const answer = load(controller.signal);
    loading = answer !== null;
    if (answer === null) return;
    void take(answer, controller.signal);
    return () => controller.abort();
  });

  return {
    get data() {
      return data;
    },
    get error() {
      return error;
    },
    get loading() {
      return loading;
    },
    get loadedAt() {
      return loadedAt;
    },
    get stale() {
      return error !== null && data !== undefined;
    },
    reload: () => void asked++,
  };
}
