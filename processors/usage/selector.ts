import { AppError } from '../../platform/errors.ts';
import type { Matcher, Selector } from './prometheus/matchers.ts';

// https://prometheus.io/docs/concepts/data_model/
export const METRIC_PATTERN = '^[a-zA-Z_:][a-zA-Z0-9_:]*$';
export const LABEL_PATTERN = '^[a-zA-Z_][a-zA-Z0-9_]*$';
const METRIC = new RegExp(METRIC_PATTERN);
const LABEL = new RegExp(LABEL_PATTERN);

export const matcher = (name: string, op: Matcher['op'], value: string): Matcher => ({ name, op, value });
export const isSet = (label: string): Matcher => matcher(label, '!=', '');
export const isNotSet = (label: string): Matcher => matcher(label, '=', '');

/** The series of one metric whose labels match. */
export const ofMetric = (metric: string, ...matchers: readonly Matcher[]): Selector => [
  matcher('__name__', '=', metric),
  ...matchers,
];

/** Matchers of labels that have exactly these values. Throws AppError `config_invalid` on a name that no label can have. */
export const equalMatchers = (labels: Readonly<Record<string, string>>): Matcher[] =>
  Object.entries(labels).map(([label, value]) => matcher(labelName(label), '=', value));

/** PromQL of a selector, its metric before the braces. Throws AppError `config_invalid` on names that PromQL does not take. */
export function selectorText(selector: Selector): string {
  const metric = selector.find(({ name, op }) => name === '__name__' && op === '=')?.value ?? '';
  if (!METRIC.test(metric)) throw new AppError('config_invalid', `${JSON.stringify(metric)} is no metric's name`);
  const rest = selector.filter(({ name }) => name !== '__name__');
  return rest.length === 0 ? metric : `${metric}{${matchersText(rest)}}`;
}

/** Matchers as they stand between the braces. */
export const matchersText = (matchers: readonly Matcher[]): string =>
  matchers.map(({ name, op, value }) => `${labelName(name)}${op}${quoted(value)}`).join(',');

/** PromQL's string literals follow Go's: JSON's escapes are a part of them, but a lone surrogate is not. */
export const quoted = (value: string): string => JSON.stringify(value.toWellFormed());

/** A regular expression (RE2) that matches this text alone; `*` stands for any characters. */
export const wildcardRegex = (text: string): string =>
  text.replaceAll(/[.+?^${}()|[\]\\]/g, String.raw`\$&`).replaceAll('*', '.*');

/** The name itself. Throws AppError `config_invalid` where no label can have it. */
export function labelName(label: string): string {
  if (!LABEL.test(label)) throw new AppError('config_invalid', `${JSON.stringify(label)} is no label's name`);
  return label;
}
