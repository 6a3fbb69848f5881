/**
 * The values of a list parameter. They are separated by commas; a leading `!` excludes a value; `(none)` stands for the
 * empty text; a backslash takes the character after it as it is (`\,` `\!` `\(none)` `\\`).
 */
export interface Selection {
  /** Alternatives; undefined: any value. */
  readonly only?: readonly string[] | undefined;
  /** None of these. */
  readonly not: readonly string[];
}

const NONE = '(none)';

/** The values between commas, their backslashes still in place. Empty ones are left out. */
export const splitList = (text: string): string[] => text.match(/(?:[^\\,]|\\[\s\S]?)+/g) ?? [];

const plain = (value: string): string => (value === NONE ? '' : value.replaceAll(/\\([\s\S])/g, '$1'));

/** Reads what `splitList` gave. Where no value is included, all are but the excluded. */
export function readSelection(values: readonly string[]): Selection {
  const only = values.filter((value) => !value.startsWith('!')).map(plain);
  const not = values.filter((value) => value.startsWith('!')).map((value) => plain(value.slice(1)));
  return only.length > 0 ? { only, not } : { not };
}

export const only = (...values: string[]): Selection => ({ only: values, not: [] });

/** Whether something with these values is selected: one of the alternatives, and nothing that is excluded. */
export function isSelected(selection: Selection, values: readonly string[]): boolean {
  const { only: alternatives, not } = selection;
  if (alternatives && !values.some((value) => alternatives.includes(value))) return false;
  return !values.some((value) => not.includes(value));
}
