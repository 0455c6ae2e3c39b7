import { clearScreenDown, cursorTo, emitKeypressEvents } from 'node:readline';

const OTHER_SCREEN = '\u001B[?1049h\u001B[?25l';
const BACK = '\u001B[?25h\u001B[?1049l';
const CLEAR_LINE_END = '\u001B[K';

/**
 * Redraws what `draw` gives until a key is pressed. The previous screen comes back afterwards, also after
 * an error.
 */
export async function showLive(
  title: string,
  everyMs: number,
  draw: () => Promise<string>,
): Promise<void> {
  const { stdin, stdout } = process;
  const leave = new AbortController();
  const onKey = () => leave.abort();
  emitKeypressEvents(stdin);
  stdin.setRawMode(true); // Ctrl-C comes as a key, too
  stdin.resume();
  stdin.once('keypress', onKey);
  stdout.write(OTHER_SCREEN);
  let lines: string[] = [];
  const paint = () => paintOn(stdout, `${title}  (any key leaves)`, lines);
  stdout.on('resize', paint);
  try {
    paint(); // until there is something to show, it says how to leave
    while (!leave.signal.aborted) {
      const drawn = await unlessLeft(draw(), leave.signal);
      if (drawn === undefined) break;
      lines = drawn.split('\n');
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
function unlessLeft(drawing: Promise<string>, signal: AbortSignal): Promise<string | undefined> {
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
  screen.write(shown.map((line) => line.slice(0, width) + CLEAR_LINE_END).join('\n'));
  clearScreenDown(screen);
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
