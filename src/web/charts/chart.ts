/**
 * Charts as SVG, made on the server and readable without script. Widths are percents and heights pixels,
 * so that a chart fills any screen while its texts keep their size.
 */

/** What a chart shows at one moment; `null` if nothing is known. */
export interface ChartPoint {
  /** Its place on the axis, 0 to 1, and its width. */
  at: number;
  width: number;
  values: readonly number[] | null;
  /** Shown on hover. */
  title: string;
}

export interface ChartBand {
  from: number;
  to: number;
  title: string;
}

interface ChartInput {
  kind: 'bars' | 'lines';
  title: string;
  description: string;
  /** Names of the values of each point; bars are stacked in this order. */
  series: readonly string[];
  points: readonly ChartPoint[];
  bands: readonly ChartBand[];
  /** Labels below the axis, at 0 to 1. */
  marks: readonly { at: number; text: string }[];
  /** The label of a value on the axis. */
  figure: (value: number) => string;
}

const PLOT_HEIGHT = 170;
/** The plot has units of its own, and is stretched to the available width. */
const PLOT_WIDTH = 1000;
/** A band narrower than this has no room for its label. */
const WORDY = 0.3;
const NOT_COUNTED = 'not counted';

/** Numbers and texts for `_chart.ejs`. */
export function drawChart(input: ChartInput) {
  const most = Math.max(0, ...input.points.map(({ values }) => heightOf(input.kind, values)));
  const step = niceStep(most / 3);
  const top = step * Math.max(1, Math.ceil(most / step));
  const y = (value: number) => round(PLOT_HEIGHT * (1 - value / top));
  return {
    ...input,
    height: PLOT_HEIGHT,
    width: PLOT_WIDTH,
    grid: Array.from({ length: Math.round(top / step) + 1 }, (_, index) => ({
      y: y(index * step),
      text: index === 0 ? '' : input.figure(index * step),
    })),
    bands: input.bands.map(({ from, to, title }) => ({
      x: percent(from),
      middle: percent((from + to) / 2),
      width: percent(to - from),
      title,
      text: to - from >= WORDY ? NOT_COUNTED : '',
    })),
    marks: input.marks.map(({ at, text }) => ({ x: percent(at), text })),
    bars: input.kind === 'bars' ? input.points.flatMap((point) => barOf(point, y)) : [],
    lines: input.kind === 'lines' ? input.series.map((_, index) => lineOf(input, index, y)) : [],
  };
}

function heightOf(kind: ChartInput['kind'], values: readonly number[] | null): number {
  if (!values) return 0;
  return kind === 'bars' ? values.reduce((sum, value) => sum + value, 0) : Math.max(...values);
}

function barOf({ at, width, values, title }: ChartPoint, y: (value: number) => number) {
  if (!values || heightOf('bars', values) === 0) return [];
  let below = 0;
  const parts = values.map((value) => {
    const [from, to] = [y(below), y(below + value)];
    below += value;
    return { y: to, height: round(from - to) };
  });
  return [{ x: percent(at + width * 0.1), width: percent(width * 0.8), parts, title }];
}

/** A line that breaks where nothing is known, and the area below it. */
function lineOf({ points }: ChartInput, index: number, y: (value: number) => number) {
  const runs: string[][] = [];
  let run: string[] | undefined;
  for (const { at, width, values } of points) {
    if (!values) {
      run = undefined;
      continue;
    }
    if (!run) runs.push((run = []));
    run.push(`${round((at + width / 2) * PLOT_WIDTH)} ${y(values[index]!)}`);
  }
  const xOf = (point: string) => point.split(' ')[0]!;
  return {
    // A run of one point would be a line of no length: it gets a little.
    line: runs.map((one) => `M${one.join('L')}${one.length === 1 ? 'h2' : ''}`).join(''),
    area: runs
      .map(
        (one) =>
          `M${xOf(one[0]!)} ${PLOT_HEIGHT}L${one.join('L')}L${xOf(one.at(-1)!)} ${PLOT_HEIGHT}Z`,
      )
      .join(''),
  };
}

/** 1, 2 or 5 times a power of ten, not below that. */
function niceStep(least: number): number {
  if (least <= 0) return 1;
  const ten = 10 ** Math.floor(Math.log10(least));
  return [1, 2, 5, 10].map((factor) => factor * ten).find((step) => step >= least)!;
}

function percent(part: number): string {
  return `${round(part * 100)}%`;
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}
