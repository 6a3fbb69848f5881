import { afterAll, beforeAll, expect, it } from 'vitest';
import type { FastifyInstance } from 'fastify';
import { buildApp } from './app.ts';
import { fakeDeps } from './testing/fake-deps.ts';

interface Operation {
  operationId?: string;
  summary?: string;
  parameters?: { name: string; in: string; schema?: object; required?: boolean }[];
  requestBody?: { content: Record<string, { schema: object }> };
  responses: Record<string, { description?: string; content?: Record<string, { schema: object }> }>;
}
interface OpenApi {
  openapi: string;
  info: { title: string; version: string };
  paths: Record<string, Record<string, Operation>>;
}

const HOST = { host: 'localhost' };
let app: FastifyInstance;
let document: OpenApi;
const routes: { method: string; url: string }[] = [];

beforeAll(async () => {
  app = await buildApp(fakeDeps());
  document = (await app.inject({ url: '/api/v1/openapi.json', headers: HOST })).json<OpenApi>();
  const parents: string[] = [];
  for (const line of app.printRoutes({ commonPrefix: false }).split('\n')) {
    const [, indent = '', part = '', methods] = /^([│ ├└─]*)(\S+)(?: \((.+)\))?$/.exec(line) ?? [];
    const depth = indent.length / 4;
    parents.splice(depth - 1, parents.length, part);
    for (const method of methods?.split(', ') ?? []) routes.push({ method, url: parents.join('') });
  }
});
afterAll(() => app.close());

const operations = () =>
  Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ path, method, operation })),
  );

it('covers every route', () => {
  expect(routes.length).toBeGreaterThan(10);
  for (const { method, url } of routes) {
    const path = url.replaceAll(/:(\w+)/g, '{$1}');
    expect(document.paths[path]?.[method.toLowerCase()], `${method} ${path}`).toBeDefined();
  }
});

it('is a well-formed document of 3.1', () => {
  expect(document.openapi).toMatch(/^3\.1\.\d+$/);
  expect(document.info).toMatchObject({ title: expect.any(String), version: expect.any(String) });
  const ids = operations().map(({ operation }) => operation.operationId);
  expect(new Set(ids).size).toBe(ids.length);
  for (const { path, operation } of operations()) {
    expect({ path, ...operation }).toMatchObject({ summary: expect.any(String), operationId: expect.any(String) });
    const inPath = [...path.matchAll(/\{(\w+)\}/g)].map((match) => match[1]);
    const declared = (operation.parameters ?? []).filter((parameter) => parameter.in === 'path');
    expect(declared.map((parameter) => [parameter.name, parameter.required])).toEqual(
      inPath.map((name) => [name, true]),
    );
    expect(Object.keys(operation.responses).length).toBeGreaterThan(0);
    for (const [status, response] of Object.entries(operation.responses)) {
      expect(status).toMatch(/^([1-5]\d\d|[1-5]XX|default)$/);
      expect(response.description, `${path} ${status}`).toEqual(expect.any(String));
      for (const content of Object.values(response.content ?? {})) expect(content.schema).toBeTypeOf('object');
    }
  }
});

it('describes types alone: no reference that leads nowhere, nothing of the storage', () => {
  const text = JSON.stringify(document);
  expect(text).not.toContain('"$ref"');
  expect(text).not.toContain('clickhouse');
  const wrong: unknown[] = [];
  const walk = (node: unknown): void => {
    if (typeof node !== 'object' || node === null) return;
    const { type, enum: values } = node as { type?: unknown; enum?: unknown };
    if (typeof type === 'string' && 'properties' in node && type !== 'object') wrong.push(node);
    if (Array.isArray(values) && new Set(values).size !== values.length) wrong.push(node);
    for (const child of Object.values(node)) walk(child);
  };
  walk(document);
  expect(wrong).toEqual([]);
});

it('has a page that loads nothing from elsewhere', async () => {
  const answer = await app.inject({ url: '/api/v1/docs', headers: HOST });
  expect(answer.headers['content-type']).toContain('text/html');
  expect(answer.body).not.toMatch(/https?:\/\//);
  expect(answer.body).toContain("fetch('openapi.json')");
  const policy = String(answer.headers['content-security-policy']);
  expect(policy).not.toContain('unsafe');
  for (const [, text] of answer.body.matchAll(/<(?:style|script)>([\s\S]*?)<\/(?:style|script)>/g)) {
    const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text));
    expect(policy).toContain(`'sha256-${Buffer.from(digest).toString('base64')}'`);
  }
});
