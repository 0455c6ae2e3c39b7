import { styleText } from 'node:util';

/** What a state looks like in the terminal: the same meanings as the pills of the pages. */
const COLORS: Readonly<Record<string, Parameters<typeof styleText>[0]>> = {
  unused: 'cyan',
  active: 'green',
  running: 'green',
  'full speed': 'green',
  paused: 'yellow',
  'next in line': 'yellow',
  held: 'yellow',
  'fair use': 'yellow',
  'slow hours': 'yellow',
  'manual limit': 'yellow',
  'over the data limit': 'yellow',
  'time over': 'red',
  'data used up': 'red',
  ended: 'red',
  'for sale': 'green',
  draft: 'yellow',
  'not for sale': 'yellow',
  archived: 'red',
};

/** A state in its color; as it is where nobody sees colors, or wants none (no-color.org). */
export function inStateColor(text: string, state = text.trim()): string {
  const color = COLORS[state];
  const isSeen = process.stdout.isTTY && !process.env.NO_COLOR;
  return color && isSeen ? styleText(color, text, { validateStream: false }) : text;
}
