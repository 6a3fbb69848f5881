/** What the points of one series come to. */
export interface Folded {
  max: number;
  sum: number;
  count: number;
}

const QUOTE = 0x22;
const DOT = 0x2e;
const ZERO = 0x30;
const NINE = 0x39;
const COMMA = 0x2c;
/** Integers and powers of ten up to here are exact, so their quotient is the nearest number. */
const MOST_DIGITS = 15;
const POWERS = Array.from({ length: MOST_DIGITS + 1 }, (_, exponent) => 10 ** exponent);

/** The number between two quotes, without a text of it where it is short. */
function numberIn(body: Buffer, begin: number, end: number): number {
  let [mantissa, fraction, point] = [0, 0, false];
  if (end - begin > MOST_DIGITS + 1) return Number(body.toString('latin1', begin, end));
  for (let at = begin; at < end; at++) {
    const byte = body[at]!;
    if (byte >= ZERO && byte <= NINE) {
      mantissa = mantissa * 10 + (byte - ZERO);
      if (point) fraction++;
    } else if (byte === DOT) point = true;
    else return Number(body.toString('latin1', begin, end));
  }
  return mantissa / POWERS[fraction]!;
}

/**
 * Folds the series of an answer of query_range (`resultType` matrix) as its bytes stand there: an array for each point, as JSON.parse
 * makes, would be the greater part of what a client does. Labels must hold no braces.
 */
export function foldMatrix(body: Buffer, foldOf: (labels: Record<string, string>) => Folded): number {
  let points = 0;
  for (let at = body.indexOf('"metric":{'); at >= 0; at = body.indexOf('"metric":{', at)) {
    const open = at + '"metric":'.length;
    const close = body.indexOf('}', open);
    const fold = foldOf(JSON.parse(body.toString('latin1', open, close + 1)) as Record<string, string>);
    at = body.indexOf('[[', close) + 1;
    for (;;) {
      while (body[at] !== QUOTE) at++;
      const begin = ++at;
      while (body[at] !== QUOTE) at++;
      const value = numberIn(body, begin, at);
      points++;
      if (!Number.isNaN(value)) {
        if (value > fold.max) fold.max = value;
        fold.sum += value;
        fold.count++;
      }
      // `"]` and then the next point's comma, or the end of the series.
      at += 2;
      if (body[at] !== COMMA) break;
    }
  }
  return points;
}
