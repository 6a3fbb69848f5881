import { AppError, messageOf } from '../../platform/errors.ts';
import { maskKeyValues } from './redact/key-values.ts';
import { maskPrivateKeys } from './redact/private-keys.ts';
import { RULES, type Rule } from './redact/rules.ts';

export interface Redacted {
  readonly text: string;
  /** How many secrets were masked. */
  readonly count: number;
}

export type Redact = (text: string) => Redacted;

export interface RedactorOptions {
  /** Further regular expressions (JavaScript's, a leading `(?i)` is understood); whatever they match is masked. */
  readonly extra: readonly string[];
}

function compileExtra(source: string): RegExp {
  const anyCase = source.startsWith('(?i)');
  let pattern: RegExp;
  try {
    pattern = new RegExp(anyCase ? source.slice(4) : source, anyCase ? 'gi' : 'g');
  } catch (error) {
    throw new AppError('config_invalid', `redaction pattern ${JSON.stringify(source)} is not a regular expression`, {
      cause: error,
      details: { pattern: source, reason: messageOf(error) },
    });
  }
  if (''.replace(pattern, 'x') !== '') {
    throw new AppError('config_invalid', `redaction pattern ${JSON.stringify(source)} matches the empty text`, {
      details: { pattern: source },
    });
  }
  return pattern;
}

function applyRule(rule: Rule, text: string, onMask: () => void): string {
  const mask = `[redacted:${rule.what}]`;
  return text.replace(rule.pattern, (match: string, ...rest: unknown[]) => {
    if (!rule.replace) {
      onMask();
      return mask;
    }
    const groups = rest.slice(
      0,
      rest.findIndex((item) => typeof item === 'number'),
    ) as (string | undefined)[];
    if (groups[1]?.startsWith('[redacted:')) return match;
    const replaced = rule.replace(mask, groups);
    if (replaced === null) return match;
    onMask();
    return replaced;
  });
}

/**
 * Makes the masking of secrets: `[redacted:<what>]` stands where one was. Linear in the text's length, apart from what
 * `extra` brings. Throws AppError `config_invalid` that names a bad pattern of `extra`.
 */
export function createRedactor(options: RedactorOptions): Redact {
  const extra = options.extra.map(compileExtra);
  return (text) => {
    const keys = maskPrivateKeys(text);
    const lower = keys.text.toLowerCase();
    let count = keys.count;
    const onMask = (): void => {
      count += 1;
    };
    let result = keys.text;
    for (const rule of RULES) {
      const within = rule.anyCase ? lower : keys.text;
      if (rule.hints.some((hint) => within.includes(hint))) result = applyRule(rule, result, onMask);
    }
    const named = maskKeyValues(result, lower);
    result = named.text;
    count += named.count;
    for (const pattern of extra) {
      result = result.replace(pattern, (match) => {
        if (match === '') return '';
        onMask();
        return '[redacted:custom]';
      });
    }
    return { text: result, count };
  };
}
