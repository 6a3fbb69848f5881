import type { UsageSeries } from './generate.ts';

const PIECE_CHARACTERS = 1 << 20;
const LINE_SAMPLES = 2880;
const MOST_KEPT_TIMES = 256;

interface Reading {
  readonly series: UsageSeries;
  readonly head: string;
  readonly next: () => number;
  at: number;
}

const quoted = (text: string): string => text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');

/** `name{a="b"} `, as in OpenMetrics. */
function headOf({ name, labels }: UsageSeries): string {
  const pairs = Object.entries(labels).map(([label, value]) => `${label}="${quoted(value)}"`);
  return `${name}{${pairs.join(',')}} `;
}

/** The type's line names a counter without its ending. */
const typeLine = ({ name, type }: UsageSeries): string => `# TYPE ${name.replace(/_total$/, '')} ${type}\n`;

function* textUntil(readings: readonly Reading[], endMs: number): Generator<string> {
  let text = '';
  let family = '';
  for (const reading of readings) {
    const { firstMs, intervalMs, count } = reading.series;
    const end = Math.min(count, Math.max(reading.at, Math.ceil((endMs - firstMs) / intervalMs)));
    if (reading.at < end && family !== reading.series.name) {
      family = reading.series.name;
      text += typeLine(reading.series);
    }
    while (reading.at < end) {
      text += `${reading.head + String(reading.next())} ${(firstMs + reading.at++ * intervalMs) / 1000}\n`;
      if (text.length < PIECE_CHARACTERS) continue;
      yield text;
      text = '';
    }
  }
  yield `${text}# EOF\n`;
}

/**
 * The series as OpenMetrics, a text for each span of `spanMs` that is aligned to the epoch as Prometheus' blocks are; in pieces of
 * about a MB. The texts must be read in order, each to its end.
 */
export function* openMetricsTexts(series: readonly UsageSeries[], spanMs: number): Generator<Iterable<string>> {
  const readings = series.map((one): Reading => ({ series: one, head: headOf(one), next: one.open(), at: 0 }));
  const lastMs = series.reduce((last, one) => Math.max(last, one.firstMs + (one.count - 1) * one.intervalMs), 0);
  const firstMs = series.reduce((first, one) => Math.min(first, one.firstMs), lastMs);
  for (let fromMs = firstMs - (firstMs % spanMs); fromMs <= lastMs; fromMs += spanMs) {
    yield textUntil(readings, fromMs + spanMs);
  }
}

/** `1,2,3`: the values of `count` samples. A constant is written once and repeated. */
function valuesText(next: () => number, count: number): string {
  let last = next();
  let written = String(last);
  let text = written;
  for (let at = 1; at < count; at++) {
    const value = next();
    if (value !== last) written = String((last = value));
    text += `,${written}`;
  }
  return text;
}

/** The times of a line, made once for the series that share them: those of a node. */
function createTimesText(): (firstMs: number, intervalMs: number, count: number) => string {
  const kept = new Map<string, string>();
  return (firstMs, intervalMs, count) => {
    const key = `${firstMs} ${intervalMs} ${count}`;
    let text = kept.get(key);
    if (text === undefined) {
      if (kept.size === MOST_KEPT_TIMES) kept.clear();
      text = Array.from({ length: count }, (_, at) => firstMs + at * intervalMs).join(',');
      kept.set(key, text);
    }
    return text;
  };
}

/** The series as VictoriaMetrics' JSON lines (`/api/v1/import`), at most 2,880 samples a line, in pieces of about a MB. */
export function* jsonLines(series: Iterable<UsageSeries>): Generator<string> {
  const timesText = createTimesText();
  let text = '';
  for (const { name, labels, firstMs, intervalMs, count, open } of series) {
    const metric = JSON.stringify({ __name__: name, ...labels });
    const next = open();
    for (let from = 0; from < count; from += LINE_SAMPLES) {
      const samples = Math.min(LINE_SAMPLES, count - from);
      const times = timesText(firstMs + from * intervalMs, intervalMs, samples);
      text += `{"metric":${metric},"values":[${valuesText(next, samples)}],"timestamps":[${times}]}\n`;
      if (text.length < PIECE_CHARACTERS) continue;
      yield text;
      text = '';
    }
  }
  if (text !== '') yield text;
}
