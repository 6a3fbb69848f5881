import type { Matcher } from '../matchers.ts';

export const RANGE_FUNCTIONS = [
  'rate',
  'irate',
  'increase',
  'delta',
  'max_over_time',
  'min_over_time',
  'avg_over_time',
  'sum_over_time',
  'count_over_time',
  'last_over_time',
] as const;
export type RangeFunction = (typeof RANGE_FUNCTIONS)[number];

export const AGGREGATIONS = ['sum', 'max', 'min', 'avg', 'count', 'group'] as const;
export type Aggregation = (typeof AGGREGATIONS)[number];

export const ARITHMETIC = ['+', '-', '*', '/', '%', '^'] as const;
export const COMPARISONS = ['==', '!=', '<=', '>=', '<', '>'] as const;
export const SETS = ['and', 'or', 'unless'] as const;
export type BinaryOperator = (typeof ARITHMETIC)[number] | (typeof COMPARISONS)[number] | (typeof SETS)[number];

/** Which labels count: those named, or all but those. */
export interface Grouping {
  readonly without: boolean;
  readonly labels: readonly string[];
}

export interface Selector {
  readonly type: 'selector';
  readonly matchers: readonly Matcher[];
}

/** What the demo understands of PromQL. */
export type Expression =
  | { readonly type: 'number'; readonly value: number }
  | Selector
  | { readonly type: 'range'; readonly call: RangeFunction; readonly selector: Selector; readonly rangeMs: number }
  | {
      readonly type: 'aggregation';
      readonly call: Aggregation;
      readonly grouping: Grouping;
      readonly of: Expression;
    }
  | {
      readonly type: 'label_replace';
      readonly of: Expression;
      /** The label that is set, to what `replacement` makes of the label `source` where `pattern` fits it as a whole. */
      readonly target: string;
      readonly replacement: string;
      readonly source: string;
      readonly pattern: RegExp;
    }
  | {
      readonly type: 'binary';
      readonly operator: BinaryOperator;
      readonly left: Expression;
      readonly right: Expression;
      /** `on` or `ignoring`; none: all labels. */
      readonly matching: Grouping | null;
    };

/** What is asked cannot be answered: as Prometheus tells it. */
export class QueryError extends Error {
  readonly type: 'bad_data' | 'execution';
  constructor(message: string, type: 'bad_data' | 'execution' = 'bad_data') {
    super(message);
    this.type = type;
  }
}
