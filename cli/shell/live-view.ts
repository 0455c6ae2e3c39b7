import { clearScreenDown, cursorTo, emitKeypressEvents } from 'node:readline';
import { stripVTControlCharacters } from 'node:util';

const OTHER_SCREEN = '\u001B[?1049h\u001B[?25l';
const BACK = '\u001B[?25h\u001B[?1049l';
const CLEAR_LINE_END = '\u001B[K';

/** A key as readline tells it. */
export interface Key {
  name?: string;
  ctrl?: boolean;
}

/** What keys do in a live view. */
export interface Keys {
  hint: string;
  /** @returns true to leave; otherwise the screen is drawn again as it is now */
  press: (key: Key) => boolean;
}

const ANY_KEY: Keys = { hint: '(any key leaves)', press: () => true };

/**
 * Redraws what `draw` gives until a key leaves. The previous screen comes back afterwards, also after
 * an error.
 * @param draw gives the text, or what makes it from what was read: it is asked again after each key
 */
export async function showLive(
  title: string,
  everyMs: number,
  draw: () => Promise<string | (() => string)>,
  { hint, press }: Keys = ANY_KEY,
): Promise<void> {
  const { stdin, stdout } = process;
  const leave = new AbortController();
  let drawn: string | (() => string) = '';
  const paint = () => {
    const text = typeof drawn === 'string' ? drawn : drawn();
    paintOn(stdout, `${title}  ${hint}`, text.split('\n'));
  };
  const onKey = (_text: string | undefined, key: Key) => {
    if (press(key)) leave.abort();
    else paint();
  };
  emitKeypressEvents(stdin);
  stdin.setRawMode(true); // Ctrl-C comes as a key, too
  stdin.resume();
  stdin.on('keypress', onKey);
  stdout.write(OTHER_SCREEN);
  stdout.on('resize', paint);
  try {
    paint(); // until there is something to show, it says how to leave
    while (!leave.signal.aborted) {
      const next = await unlessLeft(draw(), leave.signal);
      if (next === undefined) break;
      drawn = next;
      paint();
      await pause(everyMs, leave.signal);
    }
  } finally {
    stdout.off('resize', paint);
    stdin.off('keypress', onKey);
    stdin.setRawMode(false);
    stdin.pause();
    stdout.write(BACK);
  }
}

/** `undefined` as soon as somebody leaves, even while a router keeps us waiting. */
function unlessLeft<T>(drawing: Promise<T>, signal: AbortSignal): Promise<T | undefined> {
  return new Promise((resolve, reject) => {
    const onLeave = () => resolve(undefined);
    signal.addEventListener('abort', onLeave);
    const over = () => signal.removeEventListener('abort', onLeave);
    drawing.then(resolve, reject).finally(over);
  });
}

function paintOn(screen: NodeJS.WriteStream, title: string, lines: readonly string[]): void {
  const width = screen.columns || 80;
  const height = (screen.rows || 24) - 3;
  const shown = [title, '', ...lines.slice(0, height)];
  const hidden = lines.length - height;
  if (hidden > 0) shown.push(`... and ${hidden} lines more`);
  cursorTo(screen, 0, 0);
  // Each line cleared to its end, then everything below: no flicker.
  screen.write(shown.map((line) => cutTo(width, line) + CLEAR_LINE_END).join('\n'));
  clearScreenDown(screen);
}

/** A line that is too long loses its end, and its colors with it. */
function cutTo(width: number, line: string): string {
  const bare = stripVTControlCharacters(line);
  return bare.length <= width ? line : bare.slice(0, width);
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve();
    const end = () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', end);
      resolve();
    };
    const timer = setTimeout(end, ms);
    signal.addEventListener('abort', end);
  });
}
