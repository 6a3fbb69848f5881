import { AppError, isAppError } from '../../platform/errors.ts';
import { MEASURE_NAMES, SET, type Measure, type UsageSourceRow } from '../../schemas/usage.ts';
import type { Candidates } from './measures.ts';
import { expressionOf, POD, type Candidate, type PodLabels } from './measures-candidate.ts';
import type { MeasureChoice } from './options.ts';
import type { Matcher } from './prometheus/matchers.ts';
import { countSeries, presentCandidates, type AskPrometheus } from './sources-count.ts';
import { matchersText } from './selector.ts';

interface Found {
  readonly measure: Measure;
  /** PromQL that answers with the measure by pod; '' where nothing is asked for. */
  readonly expression: string;
  readonly chosen: UsageSourceRow['chosen'];
  /** Series at the end of the range. */
  readonly series: number;
}

/**
 * Where a measure of a cluster comes from. `series`: each candidate read raw, or by its expression; of what several tell of a pod the
 * first counts. `expression`: the configuration's own, by query_range alone. `journal`: the pods' own specs; `candidates` may tell
 * of pods that it does not know. `off`: not wanted. `none`: nothing was found.
 */
export type MeasureSource = Found &
  (
    | { readonly kind: 'series'; readonly candidates: readonly Candidate[] }
    | { readonly kind: 'expression'; readonly labels: PodLabels }
    | { readonly kind: 'journal'; readonly candidates: readonly Candidate[] }
    | { readonly kind: 'off' | 'none' }
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
 * limits), else all candidates that may have samples in the range, since the parts of a cluster may be of several versions. Throws
 * AppError `config_invalid` on choices that cannot be, and what the client throws.
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
  const asked = open.flatMap((measure) => candidates.get(measure) ?? []);
  const present = await presentCandidates(options, asked);
  const chosen = MEASURE_NAMES.flatMap((measure) =>
    (candidates.get(measure) ?? []).filter(({ source }) => source === choices[measure]),
  );
  const counts = await countSeries(options, [...present, ...chosen], options.toMs);
  const sources = new Map<Measure, MeasureSource>();
  for (const measure of MEASURE_NAMES) {
    const choice = choices[measure];
    if (choice !== undefined) sources.set(measure, await configured(options, measure, choice, counts));
    else if (told(measure)) sources.set(measure, fromJournal(measure, 'found', candidates.get(measure)));
    else {
      const found = (candidates.get(measure) ?? []).filter((candidate) => present.has(candidate));
      sources.set(measure, ofCandidates(options, measure, found, 'found', counts));
    }
  }
  return sources;
}

/**
 * What the server may have, in the range, of requests and limits that come from the journal: for pods of which that knows nothing.
 * Not where the configuration wants the journal's alone. Throws what the client throws.
 */
export async function findBesideJournal(options: {
  prometheus: AskPrometheus;
  matchers: readonly Matcher[];
  sources: ReadonlyMap<Measure, MeasureSource>;
  fromMs: number;
  toMs: number;
  signal?: AbortSignal;
}): Promise<Map<Measure, MeasureSource>> {
  const wanted = [...options.sources.values()].flatMap((source) => (source.kind === JOURNAL ? [source] : []));
  const present = await presentCandidates(
    options,
    wanted.flatMap(({ candidates }) => candidates),
  );
  return new Map(
    wanted.flatMap(({ measure, candidates }) => {
      const found = candidates.filter((candidate) => present.has(candidate));
      return found.length === 0 ? [] : [[measure, ofCandidates(options, measure, found, 'found', new Map())] as const];
    }),
  );
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
  if (source.kind === 'series') return source.candidates.map((candidate) => candidate.source).join(', ');
  return source.kind === 'none' ? '' : source.kind;
}

type Options = Parameters<typeof findSources>[0];

function ofCandidates(
  { matchers }: Pick<Options, 'matchers'>,
  measure: Measure,
  candidates: readonly Candidate[],
  chosen: Found['chosen'],
  counts: ReadonlyMap<Candidate, number>,
): MeasureSource {
  if (candidates.length === 0) return { kind: 'none', measure, expression: '', chosen: 'none', series: 0 };
  return {
    kind: 'series',
    measure,
    candidates,
    expression: candidates.map((candidate) => expressionOf(candidate, matchers)).join(' or '),
    chosen,
    series: candidates.reduce((sum, candidate) => sum + (counts.get(candidate) ?? 0), 0),
  };
}

const fromJournal = (
  measure: Measure,
  chosen: Found['chosen'],
  candidates: readonly Candidate[] = [],
): MeasureSource => ({
  kind: JOURNAL,
  candidates,
  measure,
  expression: '',
  chosen,
  series: 0,
});

async function configured(
  options: Options,
  measure: Measure,
  choice: MeasureChoice,
  counts: ReadonlyMap<Candidate, number>,
): Promise<MeasureSource> {
  if (choice === OFF) return { kind: OFF, measure, expression: '', chosen: 'configured', series: 0 };
  if (choice === JOURNAL) return fromJournal(measure, 'configured');
  if (typeof choice !== 'string') {
    // A function, so that $ in a value stays as it is.
    const expression = choice.expression.replaceAll('$matchers', () => matchersText(options.matchers));
    const series = await countOwn(options, measure, expression);
    return { kind: 'expression', labels: POD, measure, expression, chosen: 'configured', series };
  }
  const candidates = (options.candidates.get(measure) ?? []).filter(({ source }) => source === choice);
  return ofCandidates(options, measure, candidates, 'configured', counts);
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
