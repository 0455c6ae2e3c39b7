import { emitKeypressEvents, type Interface } from 'node:readline';
import { Writable } from 'node:stream';
import { styleText } from 'node:util';
import type { Choice } from './command';

const ROWS = 15;
/** In front of each line of a list, and a place behind it. */
const MARK = 3;
/** Arrow keys begin with the same byte as Esc: their other bytes may take this long. */
const ESC_MS = 100;
const BACK = ['Esc or Ctrl-C', 'back'] as const;
const LEAVE = ['Ctrl-C', 'leave'] as const;

/** inquirer takes many shapes of questions; we ask one at a time. */
type Prompt = (question: Record<string, unknown>) => Promise<{ answer: unknown }>;

/**
 * One of a list, by arrow keys or by typing a part of it; text that matches nothing selects nothing.
 * @param other what may be entered although it is not in the list
 * @param takesNew says so from the beginning
 */
export async function choose(
  message: string,
  choices: readonly Choice[],
  other: (typed: string) => Choice | undefined = () => undefined,
  takesNew = false,
): Promise<string> {
  const room = (process.stdout.columns || 80) - MARK;
  const shown = choices.map(({ value, name }) => {
    const fitting = cutAtWord(name, room);
    return { value, name: fitting, short: fitting };
  });
  const source = (typed = '') => {
    const words = typed.toLowerCase().split(/\s+/);
    const whole = bare(typed);
    const found = shown.filter(({ value, name }) => {
      const text = name.toLowerCase();
      return words.every((word) => text.includes(word)) || (whole && bare(value).includes(whole));
    });
    const more = found.length === 0 ? other(typed.trim()) : undefined;
    if (more) return [more];
    // The exact name wins, even if a longer one comes first: P5 before P50.
    const isWhole = ({ value }: Choice) => bare(value) === whole;
    return [...found.filter(isWhole), ...found.filter((one) => !isWhole(one))];
  };
  const how = takesNew ? 'type to search, or a new one' : 'type to search';
  return ask({ type: 'search', message: `${message} (${how})`, source, theme: hint(BACK) });
}

/** A line that does not fit ends with its last whole word. */
function cutAtWord(text: string, width: number): string {
  if (text.length <= width) return text;
  const cut = text.slice(0, width - 2);
  const end = text[cut.length] === ' ' ? cut.length : cut.lastIndexOf(' ');
  return `${end > 0 ? cut.slice(0, end).replace(/(?<![\s,·])[\s,·]+$/, '') : cut} …`;
}

/** People write addresses and codes with dashes, colons and spaces, or without. */
function bare(text: string): string {
  return text.toLowerCase().replaceAll(/[\s:-]/g, '');
}

/**
 * A place in a menu: by the digit its name begins with, at once, or by arrow keys and Enter.
 * @param isTop Ctrl-C leaves from here, but Esc does not: it is easily pressed once too often
 */
export async function chooseItem(
  message: string,
  items: readonly Choice[],
  isTop = false,
): Promise<string> {
  const theme = hint(isTop ? LEAVE : BACK);
  const question = { type: 'select', message, choices: items, loop: false, theme };
  const byDigit = new Map(items.map(({ name, value }) => [name.charAt(0), value]));
  return ask(question, !isTop, byDigit);
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

/**
 * @param check what is wrong with what was typed, or true
 * @param mask what stands for each letter; `false` shows not even how many there are
 */
export async function askSecret(
  message: string,
  check: (typed: string) => true | string = () => true,
  mask: '*' | false = '*',
): Promise<string> {
  return ask({ type: 'password', message, mask, validate: check });
}

/** A careless Enter means no. */
export async function askYes(message: string): Promise<boolean> {
  return ask({ type: 'confirm', message, default: false });
}

/** Esc or Ctrl-C at a question, or the end of the input. */
export function hasLeft(error: unknown): boolean {
  return error instanceof Error && /^(Exit|Abort)PromptError$/.test(error.name);
}

/** Whether a question was left by Ctrl-C. */
export function isInterrupt(error: unknown): boolean {
  return error instanceof Error && error.name === 'ExitPromptError';
}

/** @param atOnce answers that one key gives, without Enter */
async function ask<T>(
  question: Record<string, unknown>,
  escLeaves = true,
  atOnce: ReadonlyMap<string, T> = new Map(),
): Promise<T> {
  const { default: inquirer } = await import('inquirer'); // slow to load, and most commands ask nothing
  const leave = new AbortController();
  let byKey: T | undefined;
  const onKey = (text: string | undefined, key: { name?: string } | undefined) => {
    byKey ??= atOnce.get(text ?? '');
    if (byKey !== undefined || (key?.name === 'escape' && escLeaves)) leave.abort();
  };
  const { stdin } = process;
  // Before inquirer does it: it would wait half a second for what may follow an Esc.
  emitKeypressEvents(stdin, { escapeCodeTimeout: ESC_MS } as unknown as Interface);
  stdin.on('keypress', onKey);
  try {
    const output = screen();
    const prompt = inquirer.createPromptModule({
      output,
      signal: leave.signal,
    }) as unknown as Prompt;
    const { answer } = await prompt({ name: 'answer', pageSize: ROWS, ...question });
    return answer as T;
  } catch (error) {
    if (byKey !== undefined && hasLeft(error)) return byKey;
    throw error;
  } finally {
    stdin.off('keypress', onKey);
  }
}

/** The keys that lead out of a list, besides those that inquirer shows. */
function hint(way: readonly [key: string, action: string]): object {
  const keysHelpTip = (keys: readonly (readonly [string, string])[]) =>
    styleText('dim', [...keys, way].map((pair) => pair.join(' ')).join(' • '));
  return { style: { keysHelpTip } };
}

/** The terminal; without colors if NO_COLOR is set, which inquirer itself ignores. */
function screen(): NodeJS.WritableStream {
  if (!process.env.NO_COLOR) return process.stdout;
  const plain = new Writable({
    decodeStrings: false,
    write: (text: string | Buffer, _encoding, done) => {
      process.stdout.write(text.toString().replaceAll(/\u001B\[[\d;]*m/g, ''), () => done());
    },
  });
  // The terminal's present size, not its size when the question came up.
  const size = (name: 'columns' | 'rows') => ({ get: () => process.stdout[name] });
  return Object.defineProperties(plain, { columns: size('columns'), rows: size('rows') });
}
