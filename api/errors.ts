import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify';
import { AppError, type ErrorCode } from '../platform/errors.ts';
import type { Logger } from '../platform/log.ts';
import type { ErrorBody } from '../schemas/api/envelope.ts';

const RETRY_AFTER_SECONDS = 5;

const STATUS: Partial<Record<ErrorCode, number>> = {
  bad_request: 400,
  unauthorized: 401,
  forbidden: 403,
  not_found: 404,
  conflict: 409,
  store_unavailable: 503,
  unavailable: 503,
  aborted: 503,
  timeout: 504,
};

/** What a reader is told where the error's own words are about the inside. */
const MESSAGES: Partial<Record<ErrorCode, string>> = {
  store_unavailable: 'the store cannot be reached; try again in a few seconds',
  unavailable: 'not available at the moment; try again in a few seconds',
  aborted: 'the request was cut short; try again',
  timeout: 'the query took too long: narrow the time range or the filters',
};

/** ClickHouse's TIMEOUT_EXCEEDED and MEMORY_LIMIT_EXCEEDED: the same query again would end alike, a narrower one may not. */
const TOO_MUCH = new Set([159, 241]);

const TIMES = new Set(['from', 'to', 'at']);
const NO_TIME = 'must be a time as RFC 3339 has it, for example 2026-11-20T00:00:00Z';

export interface Problem {
  readonly in: string;
  readonly parameter: string;
  readonly message: string;
}

export const errorBody = (code: string, message: string, details: object = {}): ErrorBody => ({
  error: { code, message, details },
});

/** As Ajv tells it, by one name, and as TypeBox does, by several. */
interface ProblemParams {
  readonly additionalProperty?: string;
  readonly additionalProperties?: readonly string[];
  readonly missingProperty?: string;
  readonly requiredProperties?: readonly string[];
  readonly allowedValues?: readonly string[];
}

function problemsOf(error: FastifyError): Problem[] {
  // TypeBox tells of an unknown property twice, the first time by its value.
  const told = (error.validation ?? []).filter(({ keyword }) => keyword !== 'boolean');
  return told.map((problem) => {
    const params = problem.params as ProblemParams;
    const unknown = params.additionalProperty ?? params.additionalProperties?.join(', ');
    const missing = params.missingProperty ?? params.requiredProperties?.join(', ');
    const path = problem.instancePath.split('/')[1];
    const said = TIMES.has(path ?? '') && problem.keyword === 'pattern' ? NO_TIME : problem.message;
    const allowed = params.allowedValues ? `: ${params.allowedValues.join(', ')}` : '';
    return {
      in: error.validationContext ?? 'request',
      parameter: path ?? unknown ?? missing ?? '',
      message: unknown !== undefined && !path ? 'is not known here' : `${said ?? 'is not valid'}${allowed}`,
    };
  });
}

const internal = () => ({
  status: 500,
  body: errorBody('internal', 'something went wrong here; it is in the log'),
  unexpected: true,
});

/** The answer to anything that was thrown: no stack, no SQL, nothing from the inside. */
export function answerTo(error: unknown): { status: number; body: ErrorBody; unexpected: boolean } {
  if (error instanceof AppError) {
    const code = TOO_MUCH.has(Number(error.details['clickhouse_code'])) ? 'timeout' : error.code;
    const status = STATUS[code];
    if (status === undefined) return internal();
    const own = MESSAGES[code];
    const body = own ? errorBody(code, own) : errorBody(error.code, error.message, error.details);
    return { status, body, unexpected: false };
  }
  const fastifyError = error as FastifyError;
  if (fastifyError?.validation) {
    const problems = problemsOf(fastifyError);
    const names = [...new Set(problems.map((problem) => problem.parameter))].join(', ');
    return { status: 400, body: errorBody('bad_request', `not valid: ${names}`, { problems }), unexpected: false };
  }
  const status = fastifyError?.statusCode ?? 500;
  if (status >= 400 && status < 500 && typeof fastifyError.code === 'string' && fastifyError.code.startsWith('FST_')) {
    return { status, body: errorBody('bad_request', fastifyError.message), unexpected: false };
  }
  return internal();
}

/** Answers a request with what its error says, and logs what nobody expected. */
export function createErrorHandler(log: Logger) {
  return (error: unknown, request: FastifyRequest, reply: FastifyReply): void => {
    const { status, body, unexpected } = answerTo(error);
    const route = request.routeOptions.url ?? '';
    if (unexpected) log.error({ err: error, route }, 'a request failed');
    else if (status >= 500) log.warn({ code: body.error.code, route, err: error }, 'a request could not be answered');
    if (status === 503) void reply.header('retry-after', String(RETRY_AFTER_SECONDS));
    if (status === 401) void reply.header('www-authenticate', 'Bearer realm="tidemark"');
    // The route's own response schema need not know errors.
    void reply
      .code(status)
      .header('content-type', 'application/json; charset=utf-8')
      .serializer(JSON.stringify)
      .send(body);
  };
}
