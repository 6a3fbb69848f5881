import type { CheckItem, RunCheck } from '../schemas/api/run-comparisons.ts';

/** What XML 1.0 may not hold, and halves of surrogate pairs. */
// eslint-disable-next-line no-control-regex
const FORBIDDEN = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u0084\u0086-\u009f\ufffe\uffff]/g;
const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&apos;',
  '\t': '&#9;',
  '\n': '&#10;',
  '\r': '&#13;',
};

/** Text as it may stand in an attribute or between tags. */
export const escapeXml = (text: string): string =>
  text
    .toWellFormed()
    .replaceAll(FORBIDDEN, '')
    .replaceAll(/[&<>"'\t\n\r]/g, (character) => ENTITIES[character] ?? '');

const attributes = (values: Readonly<Record<string, string | number>>): string =>
  Object.entries(values)
    .map(([name, value]) => ` ${name}="${escapeXml(String(value))}"`)
    .join('');

export interface JunitCase {
  readonly name: string;
  /** How it went wrong: it failed, or it could not be told. */
  readonly problem?: {
    readonly kind: 'failure' | 'error';
    readonly message: string;
    readonly lines: readonly string[];
  };
}

export interface JunitSuite {
  readonly name: string;
  /** When it was checked, and how long that took. */
  readonly at: Date;
  readonly seconds: number;
  readonly properties: Readonly<Record<string, string>>;
  readonly cases: readonly JunitCase[];
}

function caseXml({ name, problem }: JunitCase): string {
  const head = `    <testcase${attributes({ classname: 'tidemark.check', name, time: '0.000' })}`;
  if (!problem) return `${head}/>`;
  const { kind, message, lines } = problem;
  const text = lines.map(escapeXml).join('\n');
  return `${head}>\n      <${kind}${attributes({ message, type: name })}>${text}</${kind}>\n    </testcase>`;
}

/** One suite as JUnit's XML, by the schema that Ant's task and the build servers have in common: times in seconds, UTC without an offset. */
export function toJunit({ name, at, seconds, properties, cases }: JunitSuite): string {
  const count = (kind: string) => cases.filter(({ problem }) => problem?.kind === kind).length;
  const suite = attributes({
    id: 0,
    package: 'tidemark',
    name,
    timestamp: at.toISOString().slice(0, 19),
    hostname: 'localhost',
    tests: cases.length,
    failures: count('failure'),
    errors: count('error'),
    time: seconds.toFixed(3),
  });
  const told = Object.entries(properties).map(([key, value]) => `      <property${attributes({ name: key, value })}/>`);
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    '<testsuites>',
    `  <testsuite${suite}>`,
    '    <properties>',
    ...told,
    '    </properties>',
    ...cases.map(caseXml),
    '    <system-out/>',
    '    <system-err/>',
    '  </testsuite>',
    '</testsuites>',
    '',
  ].join('\n');
}

/** The cases of a check. `tell` words a check, `lineOf` one of its lines. */
export const casesOf = (
  { checks }: RunCheck,
  tell: (check: CheckItem) => string,
  lineOf: (line: CheckItem['what'][number]) => string,
): JunitCase[] =>
  checks.map((check) => ({
    name: check.name,
    ...(check.ok ? {} : { problem: { kind: 'failure', message: tell(check), lines: check.what.map(lineOf) } }),
  }));
