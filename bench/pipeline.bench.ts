import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { kafkaAvailable } from '../deploy/testkafka/kafka-jars.ts';
import { startKafka } from '../deploy/testkafka/test-kafka.ts';
import { copyJournal, writeJournal } from './pipeline/journal.ts';
import { PACE, type PartRates } from './pipeline/paced.ts';
import type { Place } from './pipeline/parts.ts';
import { fillTopic } from './pipeline/topic.ts';
import { lineOf, median, type Measured } from './report.ts';
import { alternate, turn } from './turn.ts';

// A journal of some 90,000 entries (190 MB) through every fold into the embedded engine, from a local log and from a real
// Kafka broker. Beside it the least that keeps the same entries, and, for the distance, ClickHouse's own Kafka engine. Entries
// a second, each turn with a fresh process and store. Before it what each fold costs, beside reading the entry. Then a paced run:
// how many parts a second a table gets, where the tables of claims and of state take one of each group.

const TURNS = 3;
const PACED_SECONDS = 20;

const dir = await mkdtemp(join(tmpdir(), 'tidemark-bench-'));
const file = new URL('pipeline/reader.ts', import.meta.url);
const lines: string[] = [];
const print = (measured: Omit<Measured, 'bench'>) => lines.push(lineOf({ bench: 'pipeline', ...measured }));
let turns = 0;

/** One turn in a folder of its own, with a copy of the journal where readers leave their positions in it. */
async function inFolder<Figures = number>(how: string, from: Omit<Place, 'store'>, copied: boolean): Promise<Figures> {
  const own = join(dir, `turn-${turns++}`);
  if (copied) await copyJournal(from.journal, own);
  const place: Place = { ...from, store: join(own, 'store'), ...(copied ? { journal: join(own, 'journal') } : {}) };
  const figures = await turn<Figures>(file, [how, JSON.stringify(place)]);
  await rm(own, { recursive: true });
  return figures;
}

async function embedded(place: Omit<Place, 'store'>): Promise<void> {
  const rates = await alternate(['folds', 'bare'], TURNS, (how) => inFolder(how, place, true));
  const [ours, peer] = [median(rates.folds), median(rates.bare)];
  print({ metric: 'entries_per_second_embedded', ours, peer, aim: 0.5 });
}

async function overKafka(place: Omit<Place, 'store'>): Promise<void> {
  const { available, reason } = kafkaAvailable();
  if (!available) return console.log(`not over Kafka: ${reason}`);
  const kafka = await startKafka();
  try {
    await fillTopic(kafka.brokers, place.journal, place.entries);
    const onKafka = { ...place, brokers: kafka.brokers };
    const rates = await alternate(['folds', 'bare', 'engine'], TURNS, (how) => inFolder(how, onKafka, false));
    const ours = median(rates.folds);
    print({ metric: 'entries_per_second_kafka', ours, peer: median(rates.bare), aim: 0.5 });
    print({ metric: 'entries_per_second_vs_kafka_engine', ours, peer: median(rates.engine), aim: 0 });
  } finally {
    await kafka.stop();
  }
}

async function costs(place: Omit<Place, 'store'>): Promise<void> {
  const cost = new URL('pipeline/fold-cost.ts', import.meta.url);
  const { read = 0, ...folds } = await turn<Record<string, number>>(cost, [JSON.stringify(place)]);
  for (const [name, us] of Object.entries(folds))
    print({ metric: `${name}_us_an_entry`, ours: us, peer: read, aim: 0 });
}

async function paced(place: Omit<Place, 'store'>): Promise<void> {
  const entries = PACE.entriesPerSecond * (PACE.settleSeconds + PACED_SECONDS);
  const { rows, group } = await inFolder<PartRates>('paced', { ...place, entries }, false);
  const bound = { peer: 1, better: 'lower', aim: 1 } as const;
  print({ metric: 'parts_per_second_and_table', ours: rows, ...bound });
  print({ metric: 'parts_per_second_and_table_of_each_group', ours: group, ...bound });
}

try {
  const journal = await writeJournal(dir);
  console.log(`${journal.entries} entries, ${Math.round(journal.bytes / 1e6)} MB`);
  const place = { journal: journal.dir, brokers: [], entries: journal.entries };
  await costs(place);
  await embedded(place);
  await overKafka(place);
  await paced(place);
  for (const line of lines) console.log(line);
} finally {
  await rm(dir, { recursive: true });
}
