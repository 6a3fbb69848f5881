import { matcher, OPERATORS, type Matcher, type Operator } from '../matchers.ts';
import {
  AGGREGATIONS,
  ARITHMETIC,
  COMPARISONS,
  QueryError,
  RANGE_FUNCTIONS,
  SETS,
  type Aggregation,
  type BinaryOperator,
  type Expression,
  type Grouping,
  type RangeFunction,
  type Selector,
} from './expression.ts';
import { durationMs, tokenize, unquote, type Token } from './tokens.ts';

/** Looser ones first; `^` alone binds to the right. After "Binary operator precedence" of Prometheus' documentation. */
const LEVELS: readonly (readonly BinaryOperator[])[] = [
  ['or'],
  ['and', 'unless'],
  COMPARISONS,
  ['+', '-'],
  ['*', '/', '%'],
  ['^'],
];
const KNOWN = new Set<string>([...ARITHMETIC, ...COMPARISONS, ...SETS]);
const isAggregation = (text: string): text is Aggregation => (AGGREGATIONS as readonly string[]).includes(text);
const isRangeFunction = (text: string): text is RangeFunction => (RANGE_FUNCTIONS as readonly string[]).includes(text);

const unsupported = (what: string) => new QueryError(`${what}: not supported by the demo`);

/** Throws QueryError where a text is no regular expression; it fits whole texts only. */
function regex({ text, at }: Token): RegExp {
  try {
    return new RegExp(`^(?:${unquote(text)})$`, 's');
  } catch {
    throw new QueryError(`1:${at + 1}: parse error: error parsing regexp: ${text}`);
  }
}

/** Throws QueryError: `parse error` for what PromQL has not, `not supported by the demo` for what the demo has not. */
export function parse(query: string): Expression {
  const tokens = tokenize(query);
  let next = 0;
  const peek = (): Token => tokens[next] as Token;
  const take = (): Token => tokens[next === tokens.length - 1 ? next : next++] as Token;
  const is = (text: string) => peek().text === text && peek().kind !== 'text';
  const fail = (wanted: string): never => {
    const { at, text } = peek();
    throw new QueryError(`1:${at + 1}: parse error: unexpected ${JSON.stringify(text)}, expected ${wanted}`);
  };
  const accept = (text: string): boolean => is(text) && Boolean(take());
  function expect(text: string): void {
    if (!accept(text)) fail(JSON.stringify(text));
  }

  function binary(level: number): Expression {
    const operators = LEVELS[level];
    if (!operators) return unary();
    let left = binary(level + 1);
    for (;;) {
      const { text, kind } = peek();
      const operator = KNOWN.has(text) && kind !== 'text' ? (text as BinaryOperator) : null;
      if (!operator || !operators.includes(operator)) return left;
      take();
      if (is('bool')) throw unsupported('bool modifier');
      const matching = is('on') || is('ignoring') ? grouping(take().text === 'ignoring') : null;
      if (is('group_left') || is('group_right')) throw unsupported(peek().text);
      const right = operator === '^' ? binary(level) : binary(level + 1);
      left = { type: 'binary', operator, left, right, matching };
    }
  }

  function unary(): Expression {
    if (accept('+')) return unary();
    if (!accept('-')) return primary();
    // A minus binds looser than a power.
    const of = binary(LEVELS.length - 1);
    return of.type === 'number'
      ? { type: 'number', value: -of.value }
      : { type: 'binary', operator: '*', left: { type: 'number', value: -1 }, right: of, matching: null };
  }

  function primary(): Expression {
    const { kind, text } = peek();
    if (accept('(')) {
      const inner = binary(0);
      expect(')');
      return plain(inner);
    }
    if (kind === 'number') return { type: 'number', value: Number(take().text) };
    if (text === '{') return plain(selector());
    if (kind !== 'name') return fail('an expression');
    const after = tokens[next + 1]?.text ?? '';
    if (/^(?:inf|nan)$/i.test(text) && after !== '{') {
      take();
      return { type: 'number', value: /^inf$/i.test(text) ? Infinity : NaN };
    }
    if (isAggregation(text) && ['(', 'by', 'without'].includes(after)) return aggregation(text);
    if (after === '(') return call(text);
    return plain(selector());
  }

  /** Refuses what may follow an expression in PromQL and not here. */
  function plain(expression: Expression): Expression {
    if (is('offset') || is('@')) throw unsupported(`${peek().text} modifier`);
    if (is('['))
      throw expression.type === 'selector' ? unsupported('a range outside of its function') : unsupported('subquery');
    return expression;
  }

  function call(name: string): Expression {
    if (name === 'label_replace') return plain(labelReplace());
    if (!isRangeFunction(name)) throw unsupported(`function ${JSON.stringify(name)}`);
    take();
    expect('(');
    const of = selector();
    if (!accept('[')) fail(`a range vector for ${name}`);
    const rangeMs = durationMs(take().text) ?? fail('a duration');
    if (is(':')) throw unsupported('subquery');
    expect(']');
    if (is('offset') || is('@')) throw unsupported(`${peek().text} modifier`);
    expect(')');
    return { type: 'range', call: name, selector: of, rangeMs };
  }

  function labelReplace(): Expression {
    take();
    expect('(');
    const of = binary(0);
    const [target, replacement, source] = [argument(), argument(), argument()];
    expect(',');
    const pattern = regex(text());
    expect(')');
    if (!/^[a-zA-Z_]\w*$/.test(target)) {
      throw new QueryError(`invalid destination label name in label_replace(): ${target}`, 'execution');
    }
    return { type: 'label_replace', of, target, replacement, source, pattern };
  }

  function argument(): string {
    expect(',');
    return unquote(text().text);
  }

  const text = (): Token => (peek().kind === 'text' ? take() : fail('a string'));

  function aggregation(name: Aggregation): Expression {
    take();
    let by: Grouping | null = is('by') || is('without') ? grouping(take().text === 'without') : null;
    expect('(');
    const of = binary(0);
    expect(')');
    if (!by && (is('by') || is('without'))) by = grouping(take().text === 'without');
    return { type: 'aggregation', call: name, grouping: by ?? { without: false, labels: [] }, of };
  }

  function grouping(without: boolean): Grouping {
    const labels: string[] = [];
    expect('(');
    while (!is(')')) {
      if (peek().kind !== 'name') fail('a label');
      labels.push(take().text);
      if (!accept(',') && !is(')')) fail('"," or ")"');
    }
    expect(')');
    return { without, labels };
  }

  function selector(): Selector {
    const matchers: Matcher[] = [];
    if (peek().kind === 'name') matchers.push(matcher('__name__', '=', take().text));
    if (accept('{')) {
      while (!is('}')) {
        matchers.push(label());
        if (!accept(',') && !is('}')) fail('"," or "}"');
      }
      expect('}');
    } else if (matchers.length === 0) fail('a selector');
    if (matchers.every(({ fits }) => fits(''))) {
      throw new QueryError('1:1: parse error: vector selector must contain at least one non-empty matcher');
    }
    return { type: 'selector', matchers };
  }

  function label(): Matcher {
    if (peek().kind !== 'name') fail('a label');
    const name = take().text;
    const operator = take().text;
    if (!(OPERATORS as readonly string[]).includes(operator)) fail('a label matching operator');
    const value = text();
    if (operator.endsWith('~')) regex(value);
    return matcher(name, operator as Operator, unquote(value.text));
  }

  const expression = binary(0);
  if (peek().kind !== 'end') fail('end of input');
  return expression;
}

/** The matchers of a lone selector, as `match[]` has it. Throws QueryError. */
export function parseSelector(text: string): readonly Matcher[] {
  const expression = parse(text);
  if (expression.type !== 'selector') throw new QueryError('1:1: parse error: expected a vector selector');
  return expression.matchers;
}
