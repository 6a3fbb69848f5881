import type { AddressInfo } from 'node:net';
import type { FastifyInstance } from 'fastify';

const DEADLINE_MS = 20_000;

/** Listens on a free port of the loopback and follows streams; disposing closes the streams and leaves the app to its owner. */
export async function listen(app: FastifyInstance) {
  await app.listen({ host: '127.0.0.1', port: 0 });
  const url = `http://127.0.0.1:${(app.server.address() as AddressInfo).port}`;
  const all = new AbortController();
  const readers = new Set<ReadableStreamDefaultReader<string>>();
  return {
    url,
    async stream(path: string, token?: string) {
      const headers: Record<string, string> = token ? { authorization: `Bearer ${token}` } : {};
      const answer = await fetch(url + path, { headers, signal: all.signal });
      const reader = answer.body?.pipeThrough(new TextDecoderStream()).getReader();
      if (reader) readers.add(reader);
      let text = '';
      return {
        status: answer.status,
        headers: answer.headers,
        /** Reads until the text holds `what`, and gives all that came. */
        async until(what: string): Promise<string> {
          const deadline = AbortSignal.timeout(DEADLINE_MS);
          deadline.addEventListener('abort', () => void reader?.cancel());
          for (;;) {
            if (text.includes(what)) return text;
            const next = await reader?.read();
            if (next?.done !== false) throw new Error(`the stream ended before ${what}; it said: ${text}`);
            text += next.value;
          }
        },
      };
    },
    async [Symbol.asyncDispose]() {
      for (const reader of readers) await reader.cancel().catch(() => undefined);
      all.abort();
    },
  };
}
