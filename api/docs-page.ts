import { createHash } from 'node:crypto';

const STYLE = `
:root { color-scheme: light dark; font: 14px/1.5 system-ui, sans-serif; }
body { max-width: 60rem; margin: 0 auto; padding: 24px 16px 64px; }
h1 { font-size: 20px; margin: 0 0 4px; }
h2 { font-size: 14px; margin: 32px 0 8px; text-transform: capitalize; }
details { border: 1px solid color-mix(in srgb, currentColor 20%, transparent); border-radius: 4px; margin: 4px 0; padding: 0 12px; }
summary { cursor: pointer; padding: 8px 0; display: flex; gap: 12px; flex-wrap: wrap; }
code, pre { font: 13px/1.5 ui-monospace, monospace; }
.method { font-weight: 600; min-width: 4em; }
.muted { opacity: .7; }
table { border-collapse: collapse; width: 100%; margin: 8px 0; }
th, td { text-align: left; vertical-align: top; padding: 4px 12px 4px 0; border-top: 1px solid color-mix(in srgb, currentColor 12%, transparent); }
pre { overflow: auto; padding: 8px; background: color-mix(in srgb, currentColor 6%, transparent); border-radius: 4px; }
`;

const SCRIPT = `
const element = (name, text, className) => {
  const made = document.createElement(name);
  if (text !== undefined) made.textContent = text;
  if (className) made.className = className;
  return made;
};
const shape = (schema, depth) => {
  if (!schema || depth > 8) return '…';
  const any = schema.anyOf || schema.oneOf;
  if (any) return any.map((one) => shape(one, depth)).join(' | ');
  if (schema.enum) return schema.enum.map((one) => JSON.stringify(one)).join(' | ');
  if ('const' in schema) return JSON.stringify(schema.const);
  if (schema.type === 'array') return '[' + shape(schema.items, depth) + ']';
  if (schema.type === 'object' && schema.properties) {
    const pad = '  '.repeat(depth + 1);
    const required = new Set(schema.required || []);
    const lines = Object.entries(schema.properties).map(([name, field]) => {
      const note = field.description ? '  // ' + field.description : '';
      return pad + name + (required.has(name) ? ': ' : '?: ') + shape(field, depth + 1) + note;
    });
    return '{\\n' + lines.join('\\n') + '\\n' + '  '.repeat(depth) + '}';
  }
  return schema.type || 'any';
};
const parameters = (list) => {
  const table = element('table');
  const head = table.appendChild(element('tr'));
  for (const title of ['Parameter', 'In', 'Type', 'Meaning']) head.append(element('th', title));
  for (const one of list) {
    const row = table.appendChild(element('tr'));
    const name = row.appendChild(element('td'));
    name.append(element('code', one.name + (one.required ? ' *' : '')));
    row.append(element('td', one.in));
    const type = row.appendChild(element('td'));
    type.append(element('code', shape(one.schema, 0)));
    const fallback = one.schema && 'default' in one.schema ? ' Default ' + one.schema.default + '.' : '';
    row.append(element('td', (one.description || (one.schema && one.schema.description) || '') + fallback));
  }
  return table;
};
const operation = (path, method, spec) => {
  const box = element('details');
  box.id = spec.operationId || method + path;
  const line = box.appendChild(element('summary'));
  line.append(element('span', method.toUpperCase(), 'method'), element('code', path), element('span', spec.summary || '', 'muted'));
  if (spec.description) box.append(element('p', spec.description));
  if (spec.parameters && spec.parameters.length) box.append(parameters(spec.parameters));
  const body = spec.requestBody && spec.requestBody.content && spec.requestBody.content['application/json'];
  if (body) box.append(element('h3', 'Body'), element('pre', shape(body.schema, 0)));
  for (const [status, answer] of Object.entries(spec.responses || {})) {
    for (const [type, content] of Object.entries(answer.content || {})) {
      box.append(element('h3', status + ' ' + type), element('pre', shape(content.schema, 0)));
    }
  }
  return box;
};
const show = (document_) => {
  const main = document.querySelector('main');
  main.replaceChildren(element('p', document_.info.description, 'muted'));
  const byTag = new Map();
  for (const [path, methods] of Object.entries(document_.paths)) {
    for (const [method, spec] of Object.entries(methods)) {
      const tag = (spec.tags || ['other'])[0];
      if (!byTag.has(tag)) byTag.set(tag, []);
      byTag.get(tag).push(operation(path, method, spec));
    }
  }
  for (const [tag, boxes] of byTag) main.append(element('h2', tag), ...boxes);
  const chosen = location.hash && document.getElementById(location.hash.slice(1));
  if (chosen) chosen.open = true;
};
fetch('openapi.json')
  .then((answer) => (answer.ok ? answer.json() : Promise.reject(new Error('status ' + answer.status))))
  .then(show)
  .catch((error) => {
    document.querySelector('main').replaceChildren(element('p', 'The description could not be loaded: ' + error.message));
  });
`;

const hash = (text: string): string => `'sha256-${createHash('sha256').update(text, 'utf8').digest('base64')}'`;

/** Nothing from elsewhere: one style, one script, one fetch. */
export const DOCS_POLICY = [
  "default-src 'none'",
  `style-src ${hash(STYLE)}`,
  `script-src ${hash(SCRIPT)}`,
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

/** A page that reads `openapi.json` beside it and shows every operation. */
export const DOCS_PAGE = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Tidemark API</title>
<style>${STYLE}</style>
</head>
<body>
<h1>Tidemark API</h1>
<p><a href="openapi.json">openapi.json</a></p>
<main>Loading…</main>
<script>${SCRIPT}</script>
</body>
</html>
`;
