import type { KubeRequest, KubeResponse, KubeTransport } from '../kube-transport.ts';

/** One answer of a scripted API server; `held` keeps headers back until it resolves. */
export interface ScriptedAnswer {
  readonly status?: number;
  readonly body?: string | Iterable<Uint8Array> | AsyncIterable<Uint8Array>;
  readonly held?: Promise<void>;
  readonly error?: Error;
}

export interface ScriptedTransport extends KubeTransport {
  /** What was asked, shortened: `pod/container`, then `previous` and `follow` where they were set. */
  readonly asked: string[];
  readonly open: number;
  destroyed: number;
}

async function* bodyOf(body: NonNullable<ScriptedAnswer['body']>): AsyncGenerator<Uint8Array> {
  if (typeof body === 'string') yield Buffer.from(body);
  else yield* body;
}

/** For tests: answers log requests from a function of the question as `asked` shows it. */
export function scriptedTransport(
  answer: (question: string, request: KubeRequest) => ScriptedAnswer,
): ScriptedTransport {
  const transport = {
    server: 'https://test',
    asked: [] as string[],
    open: 0,
    destroyed: 0,
    async request(request: KubeRequest): Promise<KubeResponse> {
      const url = new URL(request.path, 'https://test');
      const [, pod = ''] = /\/pods\/([^/]+)\/log$/.exec(url.pathname) ?? [];
      const flags = ['previous', 'follow'].filter((flag) => url.searchParams.get(flag) === 'true');
      const question = [`${pod}/${url.searchParams.get('container') ?? ''}`, ...flags].join(' ');
      transport.asked.push(question);
      const { status = 200, body = '', held, error } = answer(question, request);
      transport.open += 1;
      try {
        await held;
      } finally {
        transport.open -= 1;
      }
      if (error) throw error;
      return { status, headers: {}, body: bodyOf(body), destroy: () => void (transport.destroyed += 1) };
    },
    close: () => undefined,
  };
  return transport;
}
