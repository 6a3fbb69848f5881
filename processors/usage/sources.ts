import { AppError, isAppError } from '../../platform/errors.ts';
import { MEASURE_NAMES, SET, type Measure, type UsageSourceRow } from '../../schemas/usage.ts';
import type { Candidates } from './measures.ts';
import { expressionOf, POD, type Candidate, type PodLabels } from './measures-candidate.ts';
import type { MeasureChoice } from './options.ts';
import type { Matcher } from './prometheus/matchers.ts';
import { countSeries, type AskPrometheus } from './sources-count.ts';
import { matchersText } from './selector.ts';

interface Found {
  readonly measure: Measure;
  /** PromQL that answers with the measure by pod; '' where nothing is asked for. */
  readonly expression: string;
  readonly chosen: UsageSourceRow['chosen'];
  /** Series that were there when it was asked for. */
  readonly series: number;
}

/**
 * Where a measure of a cluster comes from. `series`: read raw, or by its expression. `expression`: the configuration's own, by
 * query_range alone. `journal`: the pods' own specs. `off`: not wanted. `none`: nothing was found.
 */
export type MeasureSource = Found &
  (
    | { readonly kind: 'series'; readonly candidate: Candidate }
    | { readonly kind: 'expression'; readonly labels: PodLabels }
    | { readonly kind: 'journal' | 'off' | 'none' }
  );

export type MeasureChoices = Readonly<Partial<Record<string, MeasureChoice>>>;

const JOURNAL = 'journal';
const OFF = 'off';
const isSetMeasure = (measure: Measure): boolean => (SET as readonly Measure[]).includes(measure);

/** What is wrong with the choices of the configuration, a sentence each. */
export function choiceProblems(candidates: Candidates, choices: MeasureChoices): string[] {
  return Object.entries(choices).flatMap(([measure, choice]) => {
    const known = (MEASURE_NAMES as readonly string[]).includes(measure);
    if (!known) return [`measures.${measure}: no such measure (${MEASURE_NAMES.join(', ')})`];
    if (typeof choice !== 'string') return [];
    const names = sourceNames(candidates, measure as Measure);
    return names.includes(choice) ? [] : [`measures.${measure}: no source ${choice} (${names.join(', ')})`];
  });
}

/** What a measure's source may be called in the configuration. */
export const sourceNames = (candidates: Candidates, measure: Measure): string[] => [
  ...(isSetMeasure(measure) ? [JOURNAL] : []),
  ...(candidates.get(measure) ?? []).map(({ source }) => source),
  OFF,
];

/**
 * Finds out where each measure comes from: what is configured, else the journal where it knows the cluster's pods (requests and
 * limits), else the first candidate that has series at the end of the range, in its middle or at its beginning. Throws AppError
 * `config_invalid` on choices that cannot be, and what `prometheus.query` throws.
 */
export async function findSources(options: {
  prometheus: AskPrometheus;
  candidates: Candidates;
  choices: MeasureChoices;
  /** Those of the cluster, where several share a server. */
  matchers: readonly Matcher[];
  journalKnows: boolean;
  fromMs: number;
  toMs: number;
  signal?: AbortSignal;
}): Promise<Map<Measure, MeasureSource>> {
  const { candidates, choices } = options;
  const problems = choiceProblems(candidates, choices);
  if (problems.length > 0) throw new AppError('config_invalid', problems.join('; '), { details: { problems } });
  const told = (measure: Measure): boolean => options.journalKnows && isSetMeasure(measure);
  const open = MEASURE_NAMES.filter((measure) => choices[measure] === undefined && !told(measure));
  const counts = await countOpen(options, open);
  const sources = new Map<Measure, MeasureSource>();
  for (const measure of MEASURE_NAMES) {
    const choice = choices[measure];
    if (choice !== undefined) sources.set(measure, await configured(options, measure, choice));
    else sources.set(measure, told(measure) ? fromJournal(measure, 'found') : firstOf(options, measure, counts));
  }
  return sources;
}

/** Rows of usage_sources. */
export const sourceRows = (
  cluster: string,
  sources: ReadonlyMap<Measure, MeasureSource>,
  checkedAtMs: number,
): UsageSourceRow[] =>
  [...sources.values()].map((source) => ({
    cluster,
    measure: source.measure,
    source: nameOf(source),
    expression: source.expression,
    chosen: source.chosen,
    series: Math.min(source.series, 2 ** 32 - 1),
    checked_at: new Date(checkedAtMs).toISOString(),
    version: checkedAtMs,
  }));

function nameOf(source: MeasureSource): string {
  if (source.kind === 'series') return source.candidate.source;
  return source.kind === 'none' ? '' : source.kind;
}

type Options = Parameters<typeof findSources>[0];

/** Asks first for the end of the range, where the most is to be found, and again only for what was not. */
async function countOpen(options: Options, measures: readonly Measure[]): Promise<ReadonlyMap<Candidate, number>> {
  const { fromMs, toMs } = options;
  const counts = new Map<Candidate, number>();
  let open = measures;
  for (const atMs of new Set([toMs, Math.floor((fromMs + toMs) / 2), fromMs])) {
    const asked = open.flatMap((measure) => options.candidates.get(measure) ?? []);
    if (asked.length === 0) break;
    const found = await countSeries(options, asked, atMs);
    for (const [candidate, count] of found) counts.set(candidate, count);
    const seen = new Set([...found.keys()].map(({ measure }) => measure));
    open = open.filter((measure) => !seen.has(measure));
  }
  return counts;
}

function firstOf(options: Options, measure: Measure, counts: ReadonlyMap<Candidate, number>): MeasureSource {
  const candidate = options.candidates.get(measure)?.find((each) => counts.has(each));
  if (!candidate) return { kind: 'none', measure, expression: '', chosen: 'none', series: 0 };
  return ofCandidate(options, candidate, 'found', counts.get(candidate) ?? 0);
}

const ofCandidate = (
  { matchers }: Options,
  candidate: Candidate,
  chosen: Found['chosen'],
  series: number,
): MeasureSource => ({
  kind: 'series',
  measure: candidate.measure,
  candidate,
  expression: expressionOf(candidate, matchers),
  chosen,
  series,
});

const fromJournal = (measure: Measure, chosen: Found['chosen']): MeasureSource => ({
  kind: JOURNAL,
  measure,
  expression: '',
  chosen,
  series: 0,
});

async function configured(options: Options, measure: Measure, choice: MeasureChoice): Promise<MeasureSource> {
  if (choice === OFF) return { kind: OFF, measure, expression: '', chosen: 'configured', series: 0 };
  if (choice === JOURNAL) return fromJournal(measure, 'configured');
  if (typeof choice !== 'string') {
    // A function, so that $ in a value stays as it is.
    const expression = choice.expression.replaceAll('$matchers', () => matchersText(options.matchers));
    const series = await countOwn(options, measure, expression);
    return { kind: 'expression', labels: POD, measure, expression, chosen: 'configured', series };
  }
  const candidate = options.candidates.get(measure)?.find(({ source }) => source === choice);
  if (!candidate) throw new AppError('config_invalid', `measures.${measure}: no source ${choice}`);
  const counts = await countSeries(options, [candidate], options.toMs);
  return ofCandidate(options, candidate, 'configured', counts.get(candidate) ?? 0);
}

async function countOwn({ prometheus, toMs, signal }: Options, measure: Measure, expression: string): Promise<number> {
  try {
    const { samples } = await prometheus.query(`count(${expression})`, toMs, signal);
    return samples[0]?.value ?? 0;
  } catch (error) {
    if (!isAppError(error)) throw error;
    const { code, retryable, details, message } = error;
    throw new AppError(code, `measures.${measure}: ${message}`, { retryable, details, cause: error });
  }
}
