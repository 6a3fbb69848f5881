import { expect, it } from 'vitest';
import { escapeXml, toJunit } from './junit.ts';

interface Element {
  readonly name: string;
  readonly attributes: Record<string, string>;
  readonly children: Element[];
  text: string;
}

const ENTITIES: Record<string, string> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };
const unescape = (text: string): string => {
  if (/&(?!(amp|lt|gt|quot|apos|#\d+);)/.test(text)) throw new Error(`a bare & in ${text}`);
  return text.replaceAll(/&(#?)(\w+);/g, (_all, numeric: string, name: string) =>
    numeric ? String.fromCodePoint(Number(name)) : (ENTITIES[name] ?? ''),
  );
};

/** A strict reader of elements, attributes and text: throws where the document is not well-formed. */
function parse(xml: string): Element {
  const [declaration] = /^<\?xml version="1.0" encoding="UTF-8"\?>\s*/.exec(xml) ?? [];
  if (declaration === undefined) throw new Error('no declaration');
  const root: Element = { name: '', attributes: {}, children: [], text: '' };
  const open = [root];
  const token = /<(\/?)([a-z-]+)((?:\s+[a-z]+="[^"<]*")*)\s*(\/?)>|([^<]+)/gy;
  token.lastIndex = declaration.length;
  while (token.lastIndex < xml.length) {
    const at = token.lastIndex;
    const found = token.exec(xml);
    if (!found) throw new Error(`not well-formed at ${xml.slice(at, at + 40)}`);
    const [, closing, name = '', attributes = '', single, text] = found;
    const parent = open.at(-1)!;
    if (text !== undefined) parent.text += unescape(text);
    else if (closing) {
      if (open.pop()!.name !== name) throw new Error(`${name} closes nothing`);
    } else {
      const given = [...attributes.matchAll(/([a-z]+)="([^"]*)"/g)].map(([, key = '', value = '']) => [
        key,
        unescape(value),
      ]);
      const element = { name, attributes: Object.fromEntries(given) as Record<string, string>, children: [], text: '' };
      parent.children.push(element);
      if (!single) open.push(element);
    }
  }
  if (open.length !== 1 || root.children.length !== 1) throw new Error('not one whole document');
  return root.children[0]!;
}

const NASTY = `a <b> & "c" 'd' ]]> \u0000\u001b[31m\ud800 \u0085 é 😀 \ufffe &amp;`;

it('reads back as what was written', () => {
  const xml = toJunit({
    name: NASTY,
    at: new Date('2026-11-22T12:00:00.123Z'),
    seconds: 1.5,
    properties: { url: 'http://x/?a=1&b=2' },
    cases: [
      { name: 'watched' },
      { name: 'outages', problem: { kind: 'failure', message: `two\nlines ${NASTY}`, lines: ['first', NASTY] } },
      { name: 'asked', problem: { kind: 'error', message: 'no', lines: [] } },
    ],
  });
  const clean = `a <b> & "c" 'd' ]]> [31m\ufffd \u0085 é 😀  &amp;`;
  const suites = parse(xml);
  expect([suites.name, suites.attributes]).toEqual(['testsuites', {}]);
  const [suite] = suites.children;
  expect(suite?.attributes).toEqual({
    id: '0',
    package: 'tidemark',
    name: clean,
    timestamp: '2026-11-22T12:00:00',
    hostname: 'localhost',
    tests: '3',
    failures: '1',
    errors: '1',
    time: '1.500',
  });
  expect(suite?.children.map(({ name }) => name)).toEqual([
    'properties',
    'testcase',
    'testcase',
    'testcase',
    'system-out',
    'system-err',
  ]);
  expect(suite?.children[0]?.children[0]?.attributes).toEqual({ name: 'url', value: 'http://x/?a=1&b=2' });
  const [, good, failed, error] = suite?.children ?? [];
  expect(good).toMatchObject({
    attributes: { classname: 'tidemark.check', name: 'watched', time: '0.000' },
    children: [],
  });
  expect(failed?.children).toMatchObject([
    { name: 'failure', attributes: { message: `two\nlines ${clean}`, type: 'outages' }, text: `first\n${clean}` },
  ]);
  expect(error?.children).toMatchObject([{ name: 'error', attributes: { message: 'no', type: 'asked' }, text: '' }]);
});

it('holds nothing that XML 1.0 may not', () => {
  const all = Array.from({ length: 0x300 }, (_, code) => String.fromCharCode(code)).join('');
  // oxlint-disable-next-line no-control-regex
  expect(escapeXml(all)).not.toMatch(/[\u0000-\u0008\u000b\u000c\u000e-\u001f]/);
});
