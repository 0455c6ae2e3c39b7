import Table from 'cli-table3';

const WIDTH = 80;
const GAP = 2;
const NARROWEST = 8;

export interface Column {
  title: string;
  align?: 'left' | 'right';
  /** Wraps when the table would be wider than the screen. */
  elastic?: boolean;
  /** Loses its end instead of wrapping, so that a row stays one line. */
  cut?: true;
  /** A cell in its color. */
  paint?: (cell: string) => string;
}

/**
 * A table without lines, as narrow as its cells allow; `whenEmpty` stands for one without rows.
 * @param width in columns, at most
 */
export function textTable(
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
  whenEmpty: string,
  width = screenWidth(),
): string {
  if (rows.length === 0) return whenEmpty;
  const titles = columns.map(({ title }) => title);
  return draw(columns, [titles, ...rows], width);
}

/** Names and values below each other. */
export function fieldList(fields: readonly (readonly [name: string, value: string])[]): string {
  return draw([{ title: '' }, { title: '', elastic: true }], fields);
}

/** In columns: 80 where there is no screen, or a wider one. */
function screenWidth(): number {
  return Math.min(WIDTH, process.stdout.columns || WIDTH);
}

/** A paragraph within the width of the screen. @param width in columns */
export function wrapped(text: string, indent = 0, width = screenWidth()): string {
  const lines: string[] = [];
  let line = '';
  for (const word of withoutControls(text).split(/\s+/)) {
    if (line && indent + line.length + 1 + word.length > width) {
      lines.push(line);
      line = word;
    } else {
      line = line ? `${line} ${word}` : word;
    }
  }
  return [...lines, line].map((each) => ' '.repeat(indent) + each).join('\n');
}

function draw(
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
  width = screenWidth(),
): string {
  const clean = rows.map((row) => row.map(withoutControls));
  const widths = fit(
    columns,
    columns.map((_, index) => Math.max(...clean.map((row) => [...(row[index] ?? '')].length))),
    width,
  );
  const table = new Table({
    chars: NO_LINES,
    style: { head: [], border: [], 'padding-left': 0, 'padding-right': GAP, compact: true },
    colWidths: widths.map((each) => each + GAP),
    colAligns: columns.map(({ align }) => align ?? 'left'),
    wordWrap: true,
  });
  for (const row of clean) {
    table.push(row.map((cell, at) => drawnCell(columns[at], cell, widths[at]!)));
  }
  return table.toString().replaceAll(/(?<! ) +$/gm, '');
}

/** With `…` in place of what does not fit. @param width in letters */
export function cutTo(text: string, width: number): string {
  const letters = [...text];
  return letters.length > width ? `${letters.slice(0, width - 1).join('')}…` : text;
}

function drawnCell(column: Column | undefined, cell: string, width: number): string {
  const fitting = column?.cut ? cutTo(cell, width) : cell;
  return column?.paint?.(fitting) ?? fitting;
}

/** Takes the excess from the elastic columns, widest first. */
function fit(columns: readonly Column[], natural: readonly number[], most: number): number[] {
  const widths = natural.map((width) => Math.max(width, 1));
  let excess = widths.reduce((sum, width) => sum + width, 0) + GAP * (widths.length - 1) - most;
  while (excess > 0) {
    const shrinkable = widths.map((width, at) =>
      columns[at]?.elastic && width > NARROWEST ? width : 0,
    );
    const widest = Math.max(...shrinkable);
    if (widest === 0) break;
    widths[shrinkable.indexOf(widest)]! -= 1;
    excess -= 1;
  }
  return widths;
}

/** Names come from routers and from people; a control character could change the terminal. */
function withoutControls(text: string): string {
  return text.replaceAll(/\p{Cc}+/gu, ' ');
}

const NO_LINES = {
  top: '',
  'top-mid': '',
  'top-left': '',
  'top-right': '',
  bottom: '',
  'bottom-mid': '',
  'bottom-left': '',
  'bottom-right': '',
  left: '',
  'left-mid': '',
  mid: '',
  'mid-mid': '',
  right: '',
  'right-mid': '',
  middle: '',
};
