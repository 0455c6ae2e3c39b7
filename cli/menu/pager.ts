import { emitKeypressEvents } from 'node:readline';
import { stripVTControlCharacters } from 'node:util';

const CLEAR = '\u001B[2J\u001B[H';
const CLEAR_LINE = '\r\u001B[K';
/** Room under a text for the next question. */
const ROWS_BELOW = 2;

interface Key {
  name?: string;
  ctrl?: boolean;
}

/** Esc or Ctrl-C between two pages; recognized by its name, like inquirer's own error. */
class Left extends Error {
  override readonly name = 'AbortPromptError';
}

/**
 * Shows a text; one that is longer than the screen page by page, from its beginning.
 * @throws an error that `hasLeft` knows when somebody goes back before its end
 */
export async function showPaged(text: string): Promise<void> {
  const { stdout } = process;
  let rest = text.split('\n').flatMap(folded);
  const room = () => Math.max(1, (stdout.rows || 24) - ROWS_BELOW);
  if (rest.length <= room()) return void stdout.write(`${text}\n`);
  for (;;) {
    const size = room();
    stdout.write(`${CLEAR}${rest.slice(0, size).join('\n')}\n`);
    rest = rest.slice(size);
    if (rest.length === 0) return;
    const more = rest.length === 1 ? '1 line more' : `${rest.length} lines more`;
    const answer = await nextKey(`-- ${more}: Space or Enter goes on, q stops --`);
    stdout.write(CLEAR_LINE);
    if (answer === 'stop') return;
  }
}

/** As it wraps on the screen; what draws, by control characters, has its own lines. */
function folded(line: string): string[] {
  const columns = process.stdout.columns || 80;
  if (stripVTControlCharacters(line).length <= columns) return [line];
  return line.match(new RegExp(`.{1,${columns}}`, 'gu')) ?? [''];
}

/** @param prompt shown once a key is heard: a Ctrl-C before that would be the terminal's own */
async function nextKey(prompt: string): Promise<'on' | 'stop'> {
  const { stdin, stdout } = process;
  emitKeypressEvents(stdin);
  stdin.setRawMode(true); // Ctrl-C comes as a key, too
  stdin.resume();
  try {
    return await new Promise((resolve, reject) => {
      const onKey = (_text: string | undefined, { name, ctrl }: Key) => {
        const isLeaving = name === 'escape' || (ctrl === true && name === 'c');
        if (isLeaving) reject(new Left());
        else if (name === 'q') resolve('stop');
        else if (name === 'space' || name === 'return' || name === 'enter') resolve('on');
        else return;
        stdin.off('keypress', onKey);
      };
      stdin.on('keypress', onKey);
      stdout.write(prompt);
    });
  } finally {
    stdin.setRawMode(false);
    stdin.pause();
  }
}
