import Type, { type Static } from 'typebox';
import { Value } from 'typebox/value';

const maybeText = (description: string) => Type.Optional(Type.String({ minLength: 1, description }));
const milliseconds = (value: number, description: string) => Type.Integer({ minimum: 1, default: value, description });

/** One server with Prometheus' HTTP API: where it is, how it is let in, and how long and how much is waited for. */
export const PrometheusOptions = Type.Object(
  {
    url: Type.String({
      pattern: '^https?://',
      examples: ['http://prometheus:9090', 'https://mimir/prometheus'],
      description: 'address before /api/v1, without user, query and fragment',
    }),
    matchers: Type.Record(Type.String(), Type.String(), {
      default: {},
      description: "labels that tell this cluster's series where several clusters share a server",
    }),
    headers: Type.Record(Type.String({ minLength: 1 }), Type.String(), {
      default: {},
      description: 'sent with each request, such as X-Scope-OrgID',
    }),
    username: maybeText('basic authentication'),
    password: maybeText('its password'),
    password_file: maybeText('file with the password, read for each request'),
    token: maybeText('bearer token'),
    token_file: maybeText('file with the bearer token, read for each request'),
    ca_file: maybeText("PEM file of the server's authority; unset: the system's"),
    cert_file: maybeText('PEM file of the client certificate'),
    key_file: maybeText('PEM file of its key'),
    connect_timeout_ms: milliseconds(10_000, 'how long a connection may take'),
    answer_timeout_ms: milliseconds(150_000, 'how long the server may think before its answer begins'),
    idle_timeout_ms: milliseconds(60_000, 'how long nothing may come once the answer has begun'),
    max_bytes: Type.Integer({
      minimum: 1 << 16,
      maximum: 500_000_000,
      default: 64 << 20,
      description: 'most bytes of one answer that is held as a whole, uncompressed; streamed answers have no bound',
    }),
    parallel_requests: Type.Integer({ minimum: 1, default: 4, description: 'connections at a time' }),
  },
  { additionalProperties: false },
);
export type PrometheusOptions = Static<typeof PrometheusOptions>;

/** Fills in every default and checks. Throws typebox's ParseError on a wrong value. */
export const prometheusOptions = (given: unknown): PrometheusOptions =>
  Value.Parse(PrometheusOptions, Value.Default(PrometheusOptions, structuredClone(given)));

/** What is wrong between the settings of one server, a sentence each; none tells a secret. */
export function prometheusProblems(options: PrometheusOptions): string[] {
  const problems: string[] = [];
  const say = (wrong: boolean, problem: string): void => void (wrong && problems.push(problem));
  const url = URL.canParse(options.url) ? new URL(options.url) : undefined;
  if (!url || (url.protocol !== 'http:' && url.protocol !== 'https:'))
    problems.push('url: must be http:// or https://');
  else {
    say(url.username !== '' || url.password !== '', 'url: must not hold a user or password; use username and password');
    say(url.search !== '' || url.hash !== '', 'url: must not hold a query or fragment');
  }
  const basic = options.username !== undefined;
  const password = [options.password, options.password_file].filter((given) => given !== undefined).length;
  const token = [options.token, options.token_file].filter((given) => given !== undefined).length;
  say(password > 1, 'password and password_file: give one of them');
  say(token > 1, 'token and token_file: give one of them');
  say(basic && token > 0, 'username and token: give one of them');
  say(!basic && password > 0, 'password: needs a username');
  say((options.cert_file === undefined) !== (options.key_file === undefined), 'cert_file and key_file: give both');
  for (const name of Object.keys(options.matchers)) {
    say(!/^[a-zA-Z_][a-zA-Z0-9_]*$/.test(name), `matchers: ${JSON.stringify(name)} is no label's name`);
  }
  for (const [name, value] of Object.entries(options.headers)) {
    say(!/^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/.test(name), `headers: ${JSON.stringify(name)} is no name of a header`);
    say(!/^[\t\x20-\x7e\x80-\xff]*$/.test(value), `headers.${name}: its value cannot be sent`);
    say(
      /^authorization$/i.test(name) && (basic || token > 0),
      'headers.authorization: there is a username or token too',
    );
    say(
      /^(host|content-length|content-type|content-encoding|accept-encoding|transfer-encoding|connection|te|upgrade|expect)$/i.test(
        name,
      ),
      `headers.${name}: is set by Tidemark itself`,
    );
  }
  return problems;
}
