import uPlot from 'uplot';
import type { Range } from '../../lib/time/range.ts';
import { PLOT_INSETS_PX } from './marks.ts';
import { resolveColours } from './series-colours.ts';
import type { Stack } from './stack.ts';
import { tickLabels, tickStep, timeTicks } from './time-axis.ts';

/** What the bars show now. */
export interface BarsView {
  readonly stack: Stack;
  readonly range: Range;
  /** Where nobody watched: an empty bar says nothing there. */
  readonly unknown: readonly Range[];
  readonly zone: string;
  readonly height: number;
  readonly number: (value: number) => string;
}

export interface BarsListeners {
  /** The pointer is at this instant, `left` pixels from the chart's edge; null when it left. */
  hover(at: { ms: number; left: number } | null): void;
  /** A stretch was drawn with the pointer. */
  zoom(range: Range): void;
  doubleClick(): void;
}

const PIXELS_A_TICK = 84;
const LEAST_DRAG_PX = 4;
const INTEGERS = [1, 2, 5]
  .flatMap((step) => [0, 1, 2, 3, 4, 5, 6].map((power) => step * 10 ** power))
  .toSorted((a, b) => a - b);
const INK = ['var(--text-muted)', 'var(--line)', 'var(--unknown)'];

interface Ink {
  text: string;
  line: string;
  unknown: string;
  series: string[];
}

function readInk(host: HTMLElement, { stack }: BarsView): Ink {
  const [text = '', line = '', unknown = '', ...series] = resolveColours(host, [
    ...INK,
    ...stack.series.map(({ colour }) => colour),
  ]);
  return { text, line, unknown, series };
}

/** Runs `draw` on the plot's context, within the plot. */
function withinPlot({ ctx, bbox }: uPlot, draw: () => void): void {
  ctx.save();
  ctx.beginPath();
  ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
  ctx.clip();
  draw();
  ctx.restore();
}

function drawBars(plot: uPlot, { stack }: BarsView, { series }: Ink): void {
  const x = (ms: number) => Math.round(plot.valToPos(ms / 1000, 'x', true));
  const y = (count: number) => Math.round(plot.valToPos(count, 'y', true));
  const gap = x(stack.widthMs) - x(0) > 4 * devicePixelRatio ? Math.round(devicePixelRatio) : 0;
  for (const [bar, start] of stack.starts.entries()) {
    if (!stack.heights[bar]) continue;
    const [left, right] = [x(start), x(start + stack.widthMs) - gap];
    let below = 0;
    for (const [index, { counts }] of stack.series.entries()) {
      const count = counts[bar] ?? 0;
      if (count === 0) continue;
      const [bottom, top] = [y(below), y(below + count)];
      plot.ctx.fillStyle = series[index] ?? '';
      plot.ctx.fillRect(left, top, Math.max(1, right - left), Math.max(1, bottom - top));
      below += count;
    }
  }
}

function drawUnknown(plot: uPlot, { unknown }: BarsView, ink: Ink): void {
  const { ctx, bbox } = plot;
  const step = 7 * devicePixelRatio;
  ctx.save();
  ctx.strokeStyle = ink.unknown;
  ctx.globalAlpha = 0.45;
  ctx.lineWidth = devicePixelRatio;
  for (const { from, to } of unknown) {
    const left = Math.max(bbox.left, plot.valToPos(from / 1000, 'x', true));
    const right = Math.min(bbox.left + bbox.width, plot.valToPos(to / 1000, 'x', true));
    if (right - left < 1) continue;
    ctx.save();
    ctx.beginPath();
    ctx.rect(left, bbox.top, right - left, bbox.height);
    ctx.clip();
    ctx.beginPath();
    // Every hatch begins at a multiple of the step, so that neighbouring stretches look like one.
    for (let at = Math.floor(left / step) * step; at < right + bbox.height; at += step) {
      ctx.moveTo(at, bbox.top);
      ctx.lineTo(at - bbox.height, bbox.top + bbox.height);
    }
    ctx.stroke();
    ctx.restore();
  }
  ctx.restore();
}

/** Draws bars into `host` and hears the pointer. `read` gives what is shown; `update` draws that anew, and resizes. */
export function createBars(host: HTMLElement, read: () => BarsView, listeners: BarsListeners) {
  let shown = read();
  let ink = readInk(host, shown);
  const font = `12px ${getComputedStyle(host).fontFamily}`;
  const ticks = (plot: uPlot): [number[], number] => {
    const most = Math.max(2, Math.floor(plot.width / PIXELS_A_TICK));
    return [timeTicks(shown.range, most, shown.zone), tickStep(shown.range, most)];
  };
  const data = (): uPlot.AlignedData => [
    [shown.range.from / 1000, shown.range.to / 1000],
    [0, 0],
  ];

  const plot = new uPlot(
    {
      width: Math.max(120, host.clientWidth),
      height: shown.height,
      padding: [8, PLOT_INSETS_PX.right, 0, 0],
      legend: { show: false },
      cursor: {
        y: false,
        points: { show: false },
        drag: { x: true, y: false, setScale: false, dist: LEAST_DRAG_PX },
        bind: { dblclick: () => () => (listeners.doubleClick(), null) },
      },
      scales: {
        x: { time: false, range: () => [shown.range.from / 1000, shown.range.to / 1000] },
        y: { range: () => [0, Math.max(1, shown.stack.highest * 1.08)] },
      },
      series: [{}, { paths: () => null, points: { show: false } }],
      axes: [
        {
          stroke: () => ink.text,
          grid: { show: false },
          ticks: { stroke: () => ink.line, size: 4, width: 1 },
          font,
          size: 40,
          gap: 4,
          splits: (self) => ticks(self)[0].map((ms) => ms / 1000),
          values: (self) => tickLabels(...ticks(self), shown.zone),
        },
        {
          stroke: () => ink.text,
          grid: { stroke: () => ink.line, width: 1 },
          ticks: { show: false },
          font,
          size: PLOT_INSETS_PX.left,
          gap: 6,
          space: 28,
          incrs: INTEGERS,
          values: (_, splits) => splits.map(shown.number),
        },
      ],
      hooks: {
        draw: [(self) => withinPlot(self, () => (drawUnknown(self, shown, ink), drawBars(self, shown, ink)))],
        setCursor: [
          (self) => {
            const { left = -1 } = self.cursor;
            const inside = left >= 0;
            listeners.hover(
              inside ? { ms: self.posToVal(left, 'x') * 1000, left: left + self.bbox.left / devicePixelRatio } : null,
            );
          },
        ],
        setSelect: [
          (self) => {
            const { left, width } = self.select;
            self.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
            if (width < LEAST_DRAG_PX) return;
            const [from, to] = [left, left + width].map((px) => Math.round(self.posToVal(px, 'x') * 1000));
            if (from !== undefined && to !== undefined && to - from >= 1000) listeners.zoom({ from, to });
          },
        ],
      },
    },
    data(),
    host,
  );

  return {
    update(): void {
      shown = read();
      ink = readInk(host, shown);
      const width = Math.max(120, host.clientWidth);
      if (width !== plot.width || shown.height !== plot.height) plot.setSize({ width, height: shown.height });
      plot.setData(data());
    },
    destroy: () => plot.destroy(),
  };
}
