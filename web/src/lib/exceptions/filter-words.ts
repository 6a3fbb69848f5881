/** The list filters of exceptions, in the order in which they are offered. */
export const FILTER_FIELDS = [
  'type',
  'reason',
  'exit_code',
  'signal',
  'hint',
  'cluster',
  'namespace',
  'workload',
  'workload_kind',
  'service',
  'pod',
  'container',
  'container_kind',
  'node',
  'image',
  'log_status',
  'rule',
  'fingerprint',
] as const;
export type FilterField = (typeof FILTER_FIELDS)[number];

/** One value of a filter; `excluded`: everything but it. */
export interface FilterWord {
  readonly field: FilterField;
  readonly value: string;
  readonly excluded: boolean;
}

/** Stands for the empty text, in the address as in the API. */
const NONE = '(none)';

/** Reads one word of a list parameter: `Error`, `!Error`, `(none)`. */
export const readWord = (field: FilterField, word: string): FilterWord => {
  const excluded = word.startsWith('!');
  const text = excluded ? word.slice(1) : word;
  return { field, value: text === NONE ? '' : text, excluded };
};

export const writeWord = ({ value, excluded }: Omit<FilterWord, 'field'>): string =>
  (excluded ? '!' : '') + (value === '' ? NONE : value);

/** The words with one more. The same value, whether included or excluded before, is there once. */
export const withWord = (words: readonly string[], added: Omit<FilterWord, 'field'>): string[] => [
  ...withoutValue(words, added.value),
  writeWord(added),
];

/** The words without a value, included or excluded. */
export const withoutValue = (words: readonly string[], value: string): string[] => {
  const plain = writeWord({ value, excluded: false });
  return words.filter((word) => word !== plain && word !== `!${plain}`);
};

/** The value of a row in a filter's words; several where the row has several services. */
export function valuesOf(field: FilterField, row: Readonly<Record<string, unknown>>): string[] {
  if (field === 'service') {
    const services = row['services'] as readonly string[];
    return services.length > 0 ? [...services] : [''];
  }
  const value = row[field] as string | number | null;
  return [value === null ? 'none' : String(value)];
}
