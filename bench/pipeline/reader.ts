import { finish } from '../turn.ts';
import { keepBare } from './bare.ts';
import { fold } from './folds.ts';
import { keepByEngine } from './kafka-engine.ts';
import { pace, type PartRates } from './paced.ts';
import { checkKept, type Place } from './parts.ts';

// One turn: takes a journal into a fresh store in one of several ways, checks that every entry was kept once, and answers
// entries a second; `paced` answers parts a second instead.

const ways: Readonly<Record<string, (place: Place) => Promise<number | PartRates>>> = {
  folds: async (place) => place.entries / (await fold(place)),
  bare: async (place) => place.entries / (await keepBare(place)),
  engine: async (place) => place.entries / (await keepByEngine(place)),
  paced: pace,
};

const [how = '', given = '{}'] = process.argv.slice(2);
const way = ways[how];
if (!way) throw new Error(`no such reader: ${how}`);
const place = JSON.parse(given) as Place;
const figure = await way(place);
await checkKept(place);
finish(figure);
