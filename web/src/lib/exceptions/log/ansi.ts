const COLOURS = ['red', 'green', 'yellow', 'blue', 'magenta', 'cyan', 'muted'] as const;
export type Colour = (typeof COLOURS)[number];

export interface Style {
  readonly colour: Colour | null;
  readonly bold: boolean;
}

/** Characters from `from` up to `to` of the plain text in a style of their own. */
export interface StyleRun extends Style {
  readonly from: number;
  readonly to: number;
}

export interface PlainText {
  readonly text: string;
  /** In order, without overlaps; what lies between has no style. */
  readonly runs: readonly StyleRun[];
}

const ESC = '\u001B';
/** 8-bit forms included. A string that is never ended hides nothing: only its opener goes. */
const SEQUENCE = new RegExp(
  [
    '(?:\u001B\\[|\u009B)([0-?]*)[ -/]*([@-~])',
    '(?:\u001B[\\]PX^_]|[\u009D\u0090\u0098\u009E\u009F])(?:[^\u0007\u001B\u009C]*(?:\u0007|\u001B\\\\|\u009C))?',
    '\u001B[ -/]*[0-Z\\\\^-~]',
  ].join('|'),
  'g',
);
const PALETTE: readonly (Colour | null)[] = ['muted', 'red', 'green', 'yellow', 'blue', 'magenta', 'cyan', null];

/** After `38` come either `5;n` or `2;r;g;b`: colours that are not ours. */
const skipped = (kind: number | undefined): number => (kind === 5 ? 2 : kind === 2 ? 4 : 0);

function styled(before: Style, parameters: string): Style {
  let { colour, bold } = before;
  const codes = parameters.split(/[;:]/).map(Number);
  for (let at = 0; at < codes.length; at++) {
    const code = codes[at] as number;
    if (code === 0) [colour, bold] = [null, false];
    else if (code === 1) bold = true;
    else if (code === 2) colour = 'muted';
    else if (code === 22) bold = false;
    else if (code === 39) colour = null;
    else if (code >= 30 && code <= 37) colour = PALETTE[code - 30] ?? null;
    else if (code >= 90 && code <= 97) colour = PALETTE[code - 90] ?? null;
    else if (code === 38 || code === 48 || code === 58) at += skipped(codes[at + 1]);
  }
  return { colour, bold };
}

/** Takes terminal sequences off a line: few safe colours are kept as runs, all else (links, cursor, titles) goes. */
export function stripAnsi(line: string): PlainText {
  // C1 controls stand in no ordinary text, so most lines are done here.
  if (!line.includes(ESC) && !/[\u0090\u0098\u009B\u009D-\u009F]/.test(line)) return { text: line, runs: [] };
  const runs: StyleRun[] = [];
  const pieces: string[] = [];
  let style: Style = { colour: null, bold: false };
  let [length, last] = [0, 0];
  const take = (piece: string): void => {
    if (piece === '') return;
    if (style.colour !== null || style.bold) runs.push({ ...style, from: length, to: length + piece.length });
    pieces.push(piece);
    length += piece.length;
  };
  for (const match of line.matchAll(SEQUENCE)) {
    take(line.slice(last, match.index));
    last = match.index + match[0].length;
    if (match[2] === 'm' && !/[<=>?]/.test(match[1] ?? '')) style = styled(style, match[1] ?? '');
  }
  take(line.slice(last));
  return { text: pieces.join(''), runs };
}
