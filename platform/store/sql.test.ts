import { describe, expect, test } from 'vitest';
import {
  boundParam,
  formatClause,
  insertDataOffset,
  isSelect,
  leavesNoTrace,
  literal,
  parseInsertHead,
  splitStatements,
} from './sql.ts';

describe('splitStatements', () => {
  test.each<[string, string, string[]]>([
    ['plain', 'SELECT 1; SELECT 2;', ['SELECT 1', 'SELECT 2']],
    ['a semicolon in a string', "SELECT 'a;b'; SELECT 2", ["SELECT 'a;b'", 'SELECT 2']],
    ['a doubled quote', "SELECT 'it''s; so'; SELECT 2", ["SELECT 'it''s; so'", 'SELECT 2']],
    ['an escaped quote', String.raw`SELECT 'it\'s; so'; SELECT 2`, [String.raw`SELECT 'it\'s; so'`, 'SELECT 2']],
    ['an escaped backslash at the end', String.raw`SELECT '\\'; SELECT 2`, [String.raw`SELECT '\\'`, 'SELECT 2']],
    ['quoted names', 'SELECT `a;b`, "c;d"; SELECT 2', ['SELECT `a;b`, "c;d"', 'SELECT 2']],
    ['a line comment', "SELECT 1 -- it's; nothing\n; SELECT 2", ['SELECT 1', 'SELECT 2']],
    ['a nested block comment', 'SELECT /* ; /* ; */ ; */ 1; SELECT 2', ['SELECT   1', 'SELECT 2']],
    ['comment marks in a string', "SELECT '-- /* no'; SELECT 2", ["SELECT '-- /* no'", 'SELECT 2']],
    ['nothing but comments', '-- one\n/* two */;;\n', []],
    ['an unclosed string', "SELECT 'a; b", ["SELECT 'a; b"]],
  ])('%s', (_, script, statements) => expect(splitStatements(script)).toEqual(statements));
});

test.each([
  ['a\tb\nc\\', 'a\\tb\\nc\\\\'],
  ["it's", "it's"],
  ['ä\u{1F600}', 'ä\u{1F600}'],
  [12, '12'],
  [null, '\\N'],
  [["it's", 'x'], String.raw`['it\'s','x']`],
  [{ a: 1 }, "{'a':1}"],
  [true, 'true'],
])('boundParam %#', (value, bound) => expect(boundParam(value)).toBe(bound));

test('literal escapes what could end it', () => expect(literal(String.raw`a'b\c`)).toBe(String.raw`'a\'b\\c'`));

describe('inserts', () => {
  test.each<[string, unknown]>([
    ['INSERT INTO t (a, b) FORMAT JSONEachRow', { into: 'INSERT INTO t (a, b)', settings: '', format: 'JSONEachRow' }],
    ['insert into t settings x = 1 format CSV;', { into: 'insert into t', settings: ' settings x = 1', format: 'CSV' }],
    ['INSERT INTO t (a) VALUES', { into: 'INSERT INTO t (a)', settings: '', format: 'Values' }],
    ['INSERT INTO t(a)VALUES', { into: 'INSERT INTO t(a)', settings: '', format: 'Values' }],
    ['INSERT INTO t', { into: 'INSERT INTO t', settings: '', format: 'Values' }],
    ['-- note\nINSERT INTO t FORMAT TSV', { into: 'INSERT INTO t', settings: '', format: 'TSV' }],
    ['INSERT INTO t SELECT 1 FORMAT CSV', null],
    ['SELECT 1 FORMAT CSV', null],
  ])('head of %s', (sql, head) => expect(parseInsertHead(sql)).toEqual(head));

  test.each([
    ['INSERT INTO t FORMAT JSONEachRow\n{"a":1}', '{"a":1}'],
    ['INSERT INTO t FORMAT CSV 1,2', '1,2'],
    ['INSERT INTO t FORMAT TSV\n\nSELECT 1', '\nSELECT 1'],
    ["INSERT INTO t VALUES ('x')", null],
    ["INSERT INTO t SELECT ' FORMAT CSV 1'", null],
    ['SELECT 1 FORMAT CSV\n', null],
  ])('data of %j', (sql, data) => {
    const offset = insertDataOffset(sql);
    expect(offset < 0 ? null : sql.slice(offset)).toBe(data);
  });
});

test.each([
  ['SELECT 1 FORMAT JSON', 'JSON'],
  ['SELECT 1 FORMAT JSON SETTINGS max_threads = 1', 'JSON'],
  ["SELECT 'x FORMAT JSON'", null],
  ['SELECT 1 /* FORMAT JSON */', null],
])('format of %s', (sql, format) => expect(formatClause(sql)).toBe(format));

test.each([
  ['SELECT 1', true, true],
  ['/* x */ WITH 1 AS a SELECT a;', true, true],
  ['(SELECT 1)', true, true],
  ['INSERT INTO t SELECT 1', true, false],
  ['SELECT 1; SET max_threads = 1', false, true],
  ['SET max_threads = 1', false, false],
  ['USE system', false, false],
  ['CREATE TEMPORARY TABLE t (a UInt8)', false, false],
])('%s', (sql, traceless, select) => {
  expect(leavesNoTrace(sql)).toBe(traceless);
  expect(isSelect(sql)).toBe(select);
});
