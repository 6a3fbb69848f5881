import { describe, expect, it } from 'vitest';
import { isAppError } from '../../platform/errors.ts';
import { createRedactor } from './redact.ts';

const redact = createRedactor({ extra: [] });
const jwt = ['eyJhbGciOiJIUzI1NiJ9', 'eyJzdWIiOiIxMjM0NTY3ODkwIn0', 'dozjgNryP4J3jVmNHl0w5N'].join('.');
const body = 'MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQC7VJTUt9Us8cKj';

describe('what is masked', () => {
  it.each<[string, string, string]>([
    ['bearer', 'curl -H "X: Bearer abc123def456ghi"', 'curl -H "X: Bearer [redacted:bearer]"'],
    ['authorization header', 'Authorization: Bearer abc.def-123456', 'Authorization: [redacted:authorization]'],
    [
      'authorization in JSON',
      '{"authorization":"Token s3cr3tvalue","a":1}',
      '{"authorization":"[redacted:authorization]","a":1}',
    ],
    ['basic', 'using Basic dXNlcjpodW50ZXIy now', 'using Basic [redacted:basic-auth] now'],
    ['JWT', `got ${jwt} from peer`, 'got [redacted:jwt] from peer'],
    ['AWS key id', 'id AKIAIOSFODNN7EXAMPLE used', 'id [redacted:aws-key] used'],
    [
      'AWS secret',
      'aws_secret_access_key = wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY',
      'aws_secret_access_key = [redacted:secret]',
    ],
    ['AWS camel', 'secretAccessKey: wJalrXUtnFEMI/K7MDENG+1', 'secretAccessKey: [redacted:secret]'],
    ['GCP key', `key AIza${'SyA12345'.repeat(4)}xyz end`, 'key [redacted:gcp-key] end'],
    [
      'Azure account',
      'AccountName=a;AccountKey=Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq==;X=1',
      'AccountName=a;AccountKey=[redacted:secret];X=1',
    ],
    [
      'Azure SAS',
      'https://a.blob/x?sv=2020&sig=abcdefghijklmnopqrstuv%3D&se=1',
      'https://a.blob/x?sv=2020&sig=[redacted:azure-signature]&se=1',
    ],
    ['GitHub', `ghp_${'a1B2'.repeat(9)} x`, '[redacted:github-token] x'],
    ['GitLab', 'use glpat-abcdefghij0123456789', 'use [redacted:gitlab-token]'],
    ['Slack', 'xoxb-123456789012-abcdefABCDEF', '[redacted:slack-token]'],
    [
      'Slack hook',
      'POST https://hooks.slack.com/services/T000/B000/XXXXXXXX',
      'POST https://hooks.slack.com/services/[redacted:slack-hook]',
    ],
    ['Alibaba', 'ak LTAI5tAbCdEfGhIjKlMnOpQr', 'ak [redacted:alibaba-key]'],
    ['Tencent', 'id AKIDz8krbsJ5yKBZQpn74WFkmLPx3EXAMPLE', 'id [redacted:tencent-key]'],
    ['URL', 'postgres://app:hunter2@db:5432/x', 'postgres://app:[redacted:password]@db:5432/x'],
    ['URL without user', 'redis://:p@ss@cache:6379', 'redis://:[redacted:password]@cache:6379'],
    ['Go DSN', 'dsn app:hunter2@tcp(db:3306)/x', 'dsn app:[redacted:password]@tcp(db:3306)/x'],
    ['curl', 'curl -u admin:hunter2 http://x', 'curl -u admin:[redacted:password] http://x'],
    ['key=value', 'DB_PASSWORD=hunter2 user=bob', 'DB_PASSWORD=[redacted:password] user=bob'],
    ['a short name', 'DB_PASS=hunter2 x', 'DB_PASS=[redacted:password] x'],
    ['a column of settings', 'db.password            = hunter2', 'db.password            = [redacted:password]'],
    ['Python', `{'password': u'hunter2', 'x': b"x"}`, `{'password': u'[redacted:password]', 'x': b"x"}`],
    ['a list', '{"password": ["hunter2"]}', '{"password": ["[redacted:password]"]}'],
    ['a full-width colon', 'password：hunter2', 'password：[redacted:password]'],
    ['Redis', 'redis-server --requirepass hunter2 --port 1', 'redis-server --requirepass [redacted:password] --port 1'],
    ['a variable', '{"name":"DB_PASSWORD","value":"hunter2"}', '{"name":"DB_PASSWORD","value":"[redacted:secret]"}'],
    [
      'a variable in JSON in JSON',
      '{\\"name\\": \\"API_TOKEN\\", \\"value\\": \\"hunter2\\"}',
      '{\\"name\\": \\"API_TOKEN\\", \\"value\\": \\"[redacted:secret]\\"}',
    ],
    ['XML', '<db><password>hunter2</password></db>', '<db><password>[redacted:secret]</password></db>'],
    ['a long value', `secret=${'y1'.repeat(10_000)} rest`, 'secret=[redacted:secret] rest'],
    ['a long quoted value', `secret="${'x y '.repeat(5_000)}" rest`, 'secret="[redacted:secret]" rest'],
    ['YAML', 'password: hunter', 'password: [redacted:password]'],
    ['JSON', '{"api_key":"a\\"b","x":1}', '{"api_key":"[redacted:secret]","x":1}'],
    [
      'JSON in JSON',
      '{"msg":"{\\"password\\":\\"hunter2\\",\\"u\\":1}"}',
      '{"msg":"{\\"password\\":\\"[redacted:password]\\",\\"u\\":1}"}',
    ],
    ['single quotes', "secret='a b c' rest", "secret='[redacted:secret]' rest"],
    ['a cut quote', 'token="abc def', 'token="[redacted:secret]'],
    ['flag', 'run --db-password hunter2 --x 1', 'run --db-password [redacted:password] --x 1'],
    ['flag with =', 'run --token=abc123 --x', 'run --token=[redacted:secret] --x'],
    ['query', 'GET /a?access_token=abc123&x=1', 'GET /a?access_token=[redacted:secret]&x=1'],
    [
      'connection string',
      'Server=db;User Id=sa;Password=p@ss,word;Db=x',
      'Server=db;User Id=sa;Password=[redacted:password];Db=x',
    ],
    ['header', 'X-Api-Key: abcd1234', 'X-Api-Key: [redacted:secret]'],
    ['set-cookie', 'Set-Cookie: sid=abc; Path=/; HttpOnly', 'Set-Cookie: [redacted:cookie]'],
    [
      'private key',
      `a\n-----BEGIN RSA PRIVATE KEY-----\n${body}\n${body}\n-----END RSA PRIVATE KEY-----\nb`,
      'a\n[redacted:private-key]\nb',
    ],
    ['private key, end cut off', `a\n-----BEGIN PRIVATE KEY-----\n${body}\n${body}`, 'a\n[redacted:private-key]'],
    [
      'private key, begin cut off',
      `${body}\n2026-01-01T00:00:00.1Z ${body}\n2026-01-01T00:00:00.1Z -----END PRIVATE KEY-----\nb`,
      '[redacted:private-key]\nb',
    ],
  ])('%s', (_name, text, expected) => {
    const result = redact(text);
    expect(result.text).toBe(expected);
    expect(result.count).toBe(1);
  });

  it('masks a service account file whole', () => {
    const { text } = redact(
      `{"private_key": "-----BEGIN PRIVATE KEY-----\\n${body}\\n-----END PRIVATE KEY-----\\n", "x": 1}`,
    );
    expect(text).not.toContain('MII');
    expect(text).toContain('"x": 1');
  });

  it('is stable on what it has masked', () => {
    const once = redact(`password=hunter2 Bearer abc123def456 ${jwt} https://u:p@h/ Cookie: a=b`);
    expect(once.count).toBe(5);
    expect(redact(once.text)).toEqual({ text: once.text, count: 0 });
  });
});

describe('what is left alone', () => {
  it.each([
    'token bucket full, dropping 12 requests',
    'GET /password/reset page 200 12ms',
    'password reset page requested',
    'Basic authentication is disabled; Bearer authentication required',
    'sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08',
    'pulled registry/app@sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08',
    'request 550e8400-e29b-41d4-a716-446655440000 took 3 ms',
    'commit 9fceb02d0ae598e95dc970b74767f19372d61af8',
    'SyntaxError: Unexpected token } in JSON at position 4',
    'unexpected token: }',
    'tokens=512 max_tokens=100 token: 42',
    'failed to get secret: forbidden',
    'invalid token: signature is invalid',
    'password: must not be empty',
    'PWD=/usr/src/app',
    'docker run --user 1000:1000 x',
    'secretName: app-config',
    'listening on http://0.0.0.0:8080/path?x=a@b',
    'mail to admin@example.com at 10:30',
    "Access denied for user 'root'@'10.0.0.1' (using password: YES)",
    'password=*** token=null secret=""',
    'cache key: user/42, primary key: id, partition key=a7',
    'MountVolume.SetUp failed for volume "creds": secret "app" not found',
    'password=$(DB_PASSWORD)',
    '{"name":"LOG_LEVEL","value":"debug"}',
    '<name>token</name>',
    'bypass: 3 requests, compass=north',
  ])('%s', (line) => {
    expect(redact(line)).toEqual({ text: line, count: 0 });
  });
});

describe('extra patterns', () => {
  it('masks what they match', () => {
    expect(createRedactor({ extra: ['(?i)acct-\\d+'] })('for ACCT-123')).toEqual({
      text: 'for [redacted:custom]',
      count: 1,
    });
  });

  it.each(['(', 'x*'])('refuses %s by name', (pattern) => {
    let caught: unknown;
    try {
      createRedactor({ extra: ['ok', pattern] });
    } catch (error) {
      caught = error;
    }
    expect(isAppError(caught, 'config_invalid') && caught.message).toContain(JSON.stringify(pattern));
  });
});

describe('hostile text of 1 MB', () => {
  const pieces = [
    'a',
    ' ',
    '"',
    '\\',
    'eyJ',
    'eyJabcdefgh.',
    '-eyJ',
    '://',
    '://a:',
    '://a:b',
    'a:',
    'password=',
    'password="',
    "password='",
    'password=\\"',
    'token: ',
    '--token ',
    '--a-',
    'bearer ',
    'bearer a',
    'basic ',
    'basic aaaaaa',
    'authorization: ',
    'name": "pass',
    'name":"pass","value":"',
    '<password>',
    'secret=[b',
    'secret=[redacted:x',
    'a_pass',
    'password        ',
    'authorization="',
    'cookie: a=',
    'cookie=',
    '-----BEGIN PRIVATE KEY-----\n',
    '-----END PRIVATE KEY-----\n',
    '-----BEGIN PRIVATE KEY-----\n-----END ',
    'BEGIN PRIVATE KEY',
    `${body}\n`,
    `${body}\n-----END PRIVATE KEY-----\n`,
    'sk-',
    'SG.aaaaaaaaaaaaaaaa.',
    'AKIA',
    'xoxb-',
    '&sig=',
    'hooks.slack.com/services/',
    '@tcp(',
    'a:a@tcp',
    'key',
  ];
  it.each(pieces)('%j over and over', (piece) => {
    const small = piece.repeat(Math.ceil(65_536 / piece.length));
    const large = piece.repeat(Math.ceil(1_048_576 / piece.length));
    redact(small);
    const start = process.cpuUsage();
    redact(large);
    const { user } = process.cpuUsage(start);
    // A quadratic pattern takes minutes here; a linear one some 50 ms.
    expect(user / 1000).toBeLessThan(5000);
  });
});
