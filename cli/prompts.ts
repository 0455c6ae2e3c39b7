import { Writable } from 'node:stream';
import type { Choice } from './command';

/** From this many on, typing a few letters is quicker than walking down. */
const LONG_LIST = 12;
const ROWS = 15;

/** inquirer takes many shapes of questions; we ask one at a time. */
type Prompt = (question: Record<string, unknown>) => Promise<{ answer: unknown }>;

export async function choose(message: string, choices: readonly Choice[]): Promise<string> {
  const shown = choices.map(({ value, name }) => ({ value, name, short: name }));
  if (choices.length < LONG_LIST) return ask({ type: 'select', message, choices: shown });
  const source = (typed = '') => {
    const words = typed.toLowerCase().split(/\s+/);
    return shown.filter(({ name }) => words.every((word) => name.toLowerCase().includes(word)));
  };
  return ask({ type: 'search', message: `${message} (type to search)`, source });
}

/** A place in a menu, by number key, arrow keys and Enter. */
export async function chooseItem(message: string, items: readonly Choice[]): Promise<string> {
  return ask({ type: 'select', message, choices: items, loop: false });
}

/** @param check what is wrong with what was typed, or true */
export async function askText(
  message: string,
  check: (typed: string) => true | string,
  initial?: string,
): Promise<string> {
  const question = { type: 'input', message, validate: check };
  return ask(initial === undefined ? question : { ...question, default: initial });
}

export async function askSecret(message: string): Promise<string> {
  return ask({ type: 'password', message, mask: '*' });
}

/** No is what a careless Enter says. */
export async function askYes(message: string): Promise<boolean> {
  return ask({ type: 'confirm', message, default: false });
}

/** Ctrl-C at a question, or the end of the input. */
export function hasLeft(error: unknown): boolean {
  return error instanceof Error && error.name === 'ExitPromptError';
}

async function ask<T>(question: Record<string, unknown>): Promise<T> {
  const { default: inquirer } = await import('inquirer'); // slow to load, and most commands ask nothing
  const prompt = inquirer.createPromptModule({ output: screen() }) as unknown as Prompt;
  const { answer } = await prompt({ name: 'answer', pageSize: ROWS, ...question });
  return answer as T;
}

/** The terminal; with NO_COLOR set, without colours, which inquirer itself does not look at. */
function screen(): NodeJS.WritableStream {
  if (!process.env.NO_COLOR) return process.stdout;
  const plain = new Writable({
    decodeStrings: false,
    write: (text: string | Buffer, _encoding, done) => {
      process.stdout.write(text.toString().replaceAll(/\u001B\[[\d;]*m/g, ''), () => done());
    },
  });
  // As large as the terminal is now, not as it was when the question came up.
  const size = (name: 'columns' | 'rows') => ({ get: () => process.stdout[name] });
  return Object.defineProperties(plain, { columns: size('columns'), rows: size('rows') });
}
