import { CommanderError } from 'commander';
import type { Config } from '../../src/config';
import { AppError, booksTrouble, InvalidInput } from '../../src/errors';
import type { Invocation, Tell, Work } from './command';
import { withProgress } from './progress';
import { isInterrupt } from './prompts';
import { wantsDetail } from './settings';
import { withApp } from './with-app';

export const NOTHING_CHANGED = 'Nothing was changed.';
export const DONE = 0;
const FAILED = 1;
export const WRONG_USAGE = 2;
/** The exit code shells use for Ctrl-C. */
const INTERRUPTED = 130;

/** Shows a command's result, and what people should know besides it. */
export type Show = (text: string, notes: readonly string[]) => Promise<void> | void;

/**
 * Runs a command that has all it needs, and shows its result.
 * @param keep gets the result itself
 * @returns the exit code
 */
export async function runInvocation(
  { command, given, json }: Invocation,
  config: Config,
  show: Show = print,
  keep: (value: unknown) => void = () => undefined,
): Promise<number> {
  const patiently = <T>(work: (tell: Tell) => Promise<T>) =>
    withProgress(process.stderr, command.name, work);
  if (command.before) await patiently(() => command.before!(config, given));
  if (command.prepare) await withApp(config, (app) => command.prepare!(app, given));
  const work = async <With>(job: Work<With>, using: With, timeZone: string) => {
    const endless = job.goOn?.(using, given, json);
    if (endless) return endless;
    const value = await patiently((tell) => job.run(using, given, tell));
    keep(value);
    const text = json
      ? JSON.stringify(command.json ? command.json(value) : value, null, 2)
      : command.text(value, timeZone);
    const failure = command.failure?.(value);
    const notes = [...(command.notes?.(value) ?? []), ...(failure === undefined ? [] : [failure])];
    return { text, notes, code: failure === undefined ? DONE : FAILED };
  };
  const outcome = command.withoutBooks
    ? await work(command, config, config.timeZone)
    : await withApp(config, (app) => work(command, app, app.services.shop.get().timeZone));
  if (!outcome) return DONE;
  await show(outcome.text, outcome.notes);
  return outcome.code;
}

/** Whether everything that was typed is there, and nothing else is needed. */
export function isPlain({ command, given }: Invocation): boolean {
  if (!command.plain) return false;
  return Object.entries(command.parameters).every(
    ([name, { required }]) => !required || given[name] !== undefined,
  );
}

/** @returns the exit code */
export function runPlain({ command, given, json }: Invocation): number {
  const value = command.plain!(given);
  print(json ? JSON.stringify(value, null, 2) : command.text(value, ''), []);
  return DONE;
}

function print(text: string, notes: readonly string[]): void {
  process.stdout.write(`${text}\n`);
  for (const note of notes) say(note);
}

/** Somebody answered no, or left a question by the key that the error tells. @returns the exit code */
export function declined(leaving?: unknown): number {
  say(NOTHING_CHANGED);
  return leaving !== undefined && isInterrupt(leaving) ? INTERRUPTED : FAILED;
}

/** Reports an error in one line. @returns the exit code */
export function complain(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? DONE : WRONG_USAGE;
  if (error instanceof InvalidInput) {
    process.stderr.write(`${error.message}\n`); // a bad configuration has a line for each bad value
    return WRONG_USAGE;
  }
  const isOurs = error instanceof AppError;
  const disk = isOurs ? undefined : diskText(error);
  say(isOurs ? error.message : (disk ?? `Something went wrong on our side: ${reasonOf(error)}`));
  if (wantsDetail()) {
    process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
  }
  return FAILED;
}

/** The system's message names the file; ours says what to do. */
function diskText(error: unknown): string | undefined {
  const trouble = booksTrouble(error)?.trouble;
  const { path } = error as NodeJS.ErrnoException;
  const what = path ?? 'The output';
  if (trouble === 'full') return `${what} could not be written: the disk is full. Free some room and try again.`; // prettier-ignore
  if (trouble === 'read-only') return `${what} may not be written or read by this user, or the disk is read-only`; // prettier-ignore
  if (trouble === 'failing') return `${what} could not be written: the disk does not take it`;
  return undefined;
}

/** knex puts the statement before the reason, and with it possibly a password or 10,000 codes. */
function reasonOf(error: unknown): string {
  const { message, code } = error as { message?: string; code?: string };
  const text = message ?? String(error);
  if (code?.startsWith('SQLITE_')) return text.slice(text.lastIndexOf('SQLITE_'));
  const isSqlState = code !== undefined && /^[\dA-Z]{5}$/.test(code);
  return isSqlState ? text.slice(text.lastIndexOf(' - ') + 3) : text;
}

function say(line: string): void {
  process.stderr.write(`${oneLine(line)}\n`);
}

function oneLine(text: string): string {
  return text.replaceAll(/(?<!\s)\s*\n\s*/g, ' ');
}
