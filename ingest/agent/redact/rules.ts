/**
 * Secrets that show by their own form. Every pattern is linear: it starts at a literal or at the edge of a run, its
 * quantifiers are bounded, and no two neighbouring ones can match the same characters.
 */
export interface Rule {
  readonly what: string;
  /** The pattern is run only over text that contains one of these; with `anyCase` they are lower-case. */
  readonly hints: readonly string[];
  readonly anyCase?: boolean;
  readonly pattern: RegExp;
  /** What stands in the match's place; null leaves it. Without it the whole match is masked. */
  readonly replace?: (mask: string, groups: readonly (string | undefined)[]) => string | null;
}

const keepAround = (mask: string, [before = '', , after = '']: readonly (string | undefined)[]): string =>
  before + mask + after;

/** Base64 that decodes to printable `user:password`; prose after the word "basic" does not. */
const isBasicCredential = (value: string): boolean =>
  /^[\x20-\x7e]*:[\x20-\x7e]*$/.test(Buffer.from(value, 'base64').toString('latin1'));

export const RULES: readonly Rule[] = [
  {
    what: 'password',
    hints: ['://'],
    pattern: /(:\/\/[^\s:@/?#"'<>]{0,256}:)([^\s/"'<>]{1,512})(@)/g,
    replace: keepAround,
  },
  {
    what: 'password',
    hints: ['@tcp(', '@unix('],
    pattern: /(?<![\w.-])([\w.-]{1,64}:)([^\s:@/]{1,256})(@(?:tcp|unix)\()/g,
    replace: keepAround,
  },
  {
    what: 'password',
    hints: [' -u ', '--user'],
    pattern: /((?:\s-u|--user)[ =]{1,4}["']?[\w.@-]{1,64}:)(?!\d{1,9}(?:["'\s]|$))([^\s"']{1,256})/g,
    replace: (mask, [before = '']) => before + mask,
  },
  {
    what: 'jwt',
    hints: ['eyJ'],
    pattern: /(?<![\w-])eyJ[\w-]{8,8192}\.[\w-]{8,8192}(?:\.[\w-]{0,8192}){0,3}/g,
  },
  {
    what: 'authorization',
    hints: ['authorization'],
    anyCase: true,
    pattern: /(authorization\\?["']?[ \t]{0,4}[:=][ \t]{0,4}\[?\\?["']?)([^"'\\\s[\]][^"'\\\r\n\]]{3,8192})/gi,
    replace: (mask, [before = '']) => before + mask,
  },
  {
    what: 'bearer',
    hints: ['bearer'],
    anyCase: true,
    pattern: /(\bbearer[ \t]{1,4})((?=[a-z._~+/=-]{0,256}\d)[\w.~+/=-]{8,8192}|[\w.~+/=-]{24,8192})/gi,
    replace: (mask, [before = '']) => before + mask,
  },
  {
    what: 'basic-auth',
    hints: ['basic'],
    anyCase: true,
    pattern: /(\bbasic[ \t]{1,4})([a-z0-9+/]{6,1024}={0,2})/gi,
    replace: (mask, [before = '', value = '']) => (isBasicCredential(value) ? before + mask : null),
  },
  {
    what: 'cookie',
    hints: ['cookie'],
    anyCase: true,
    pattern: /(\bcookie\\?["']?[ \t]{0,4}[:=][ \t]{0,4}\[?\\?["']?)([^\s=;,:"'\\[\]]{1,128}=[^\r\n"'\\]{1,8192})/gi,
    replace: (mask, [before = '']) => before + mask,
  },
  {
    // A variable as Kubernetes writes it: {"name": "DB_PASSWORD", "value": "x"}, quoted once more or not.
    what: 'secret',
    hints: ['value'],
    anyCase: true,
    pattern:
      /(\b(?:name|key)\\{0,3}["'][ \t]{0,4}:[ \t]{0,4}\\{0,3}["'](?=[^"'\\\s]{0,64}(?:pass|pwd|secret|token|credential|(?:api|access|private)[_-]?key))[^"'\\\s]{1,128}\\{0,3}["'][ \t]{0,4},[ \t]{0,4}\\{0,3}["']value\\{0,3}["'][ \t]{0,4}:[ \t]{0,4}\\{0,3}["'])([^"'\\\r\n]{1,8192})/gi,
    replace: (mask, [before = '']) => before + mask,
  },
  {
    what: 'secret',
    hints: ['</'],
    pattern: /(<(?=[\w:.-]{0,64}(?:password|passwd|secret|token|apikey)>)[\w:.-]{1,80}>)([^<\r\n]{1,8192})(<\/)/gi,
    replace: keepAround,
  },
  { what: 'aws-key', hints: ['AKIA', 'ASIA'], pattern: /(?<![A-Za-z0-9])A(?:KIA|SIA)[A-Z0-9]{16}(?![A-Za-z0-9])/g },
  { what: 'gcp-key', hints: ['AIza'], pattern: /(?<![\w-])AIza[\w-]{35}(?![\w-])/g },
  { what: 'gcp-token', hints: ['ya29.', 'GOCSPX-'], pattern: /(?<![\w-])(?:ya29\.|GOCSPX-)[\w-]{20,2048}/g },
  {
    what: 'azure-signature',
    hints: ['sig='],
    pattern: /([?&;]sig=)([A-Za-z0-9%+/=]{20,256})/g,
    replace: (mask, [before = '']) => before + mask,
  },
  { what: 'alibaba-key', hints: ['LTAI'], pattern: /(?<![A-Za-z0-9])LTAI[A-Za-z0-9]{12,30}(?![A-Za-z0-9])/g },
  { what: 'tencent-key', hints: ['AKID'], pattern: /(?<![A-Za-z0-9])AKID[A-Za-z0-9]{13,48}(?![A-Za-z0-9])/g },
  {
    what: 'github-token',
    hints: ['ghp_', 'gho_', 'ghu_', 'ghs_', 'ghr_', 'github_pat_'],
    pattern: /(?<![A-Za-z0-9])(?:gh[pousr]_[A-Za-z0-9]{30,255}|github_pat_\w{22,255})/g,
  },
  {
    what: 'gitlab-token',
    hints: ['gl'],
    pattern: /(?<![A-Za-z0-9])gl(?:pat|dt|rt|cbt|ptt|ft|soat|oas|agent|imt)-[\w-]{20,255}/g,
  },
  { what: 'slack-token', hints: ['xox', 'xapp-'], pattern: /(?<![A-Za-z0-9])(?:xox[abeoprs]|xapp)-[\w-]{10,255}/g },
  {
    what: 'slack-hook',
    hints: ['hooks.slack.com/'],
    pattern: /(hooks\.slack\.com\/(?:services|workflows|triggers)\/)([\w/-]{8,255})/g,
    replace: (mask, [before = '']) => before + mask,
  },
  {
    what: 'api-token',
    hints: ['npm_', 'sk_live_', 'sk_test_', 'rk_live_', 'sk-', 'hvs.', 'dop_v1_', 'SG.', 'pypi-'],
    pattern:
      /(?<![A-Za-z0-9])(?:npm_[A-Za-z0-9]{36}|[sr]k_(?:live|test)_[A-Za-z0-9]{16,128}|sk-(?:(?:proj|ant|svcacct)-)?(?=[A-Za-z_-]{0,64}\d)[\w-]{20,255}|hvs\.[\w-]{20,255}|dop_v1_[a-f0-9]{64}|SG\.[\w-]{16,64}\.[\w-]{16,64}|pypi-[\w-]{50,512})/g,
  },
];
