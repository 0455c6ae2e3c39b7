import type { App } from '../../src/compose';
import type { Config } from '../../src/config';
import { InvalidInput } from '../../src/errors';
import { say } from '../../src/text';

/** One of several values to pick from: as it would be typed, and as it is shown. */
export interface Choice {
  value: string;
  name: string;
}

/** What there is to pick from; anything may be typed while the list is empty. */
export interface Choices {
  /** The question, if there is something to pick from. */
  question: string;
  /** A value that may be typed although it is not in the list, and its name. */
  others?: string;
  /** For the Tab key: a fixed list, or else the command whose JSON has the names. */
  values?: readonly string[];
  namedBy?: string;
  find(app: App): Promise<Choice[]>;
}

/** One thing a command has to know, and how to read it from what was typed. */
export interface Parameter<T> {
  /** `secret` comes on standard input, `consent` is a question that only yes answers. */
  kind: 'argument' | 'option' | 'flag' | 'secret' | 'consent';
  /** As it is typed: `CODE` for an argument, `--by <time>` for an option. */
  flags: string;
  summary: string;
  required: boolean;
  /** @throws InvalidInput */
  read(typed: string): T;
  choices?: Choices | undefined;
  /** What has to be typed for consent to something that must not be confirmed by habit. */
  word?: string;
  /** A new secret: asked for twice, since it is not shown while it is typed. */
  isNew?: true;
  /** The present setting, which Enter keeps. @param given what was answered before */
  present?(config: Config, given: Record<string, unknown>): string | undefined;
  /** The question, if the summary alone would not be understood. */
  question?: string;
  /** The same where it depends on the shop and on what was answered before. */
  asks?: (app: App, given: Record<string, unknown>) => Promise<string>;
  /** What is wrong is told at the question: alone, a value may still be read when all are known. @throws InvalidInput */
  checkAsked?: (typed: string) => void;
  /** Has to be answered where it is asked for, although something else could have told it. */
  isNeeded?: true;
}

/** Told what is being done, while it is done. */
export type Tell = (doing: string) => void;

/** What turned out to be missing, by parameter name, and why. */
export interface Need {
  names: readonly string[];
  because: string;
}

export type Parameters = Record<string, Parameter<unknown>>;

/** What a command was given, one value for each of its parameters. */
type Given<P extends Parameters> = {
  [Name in keyof P]: P[Name] extends Parameter<infer T> ? T : never;
};

/**
 * One job for the operator; the command line and the menu are both made from it. A command prints
 * nothing: the result of `run` is shown as text or as JSON.
 */
export type Command<P extends Parameters = Parameters, Value = unknown> =
  CommandInApp<P, Value> | CommandWithoutBooks<P, Value>;

interface CommandInApp<P extends Parameters, Value>
  extends Definition<P, Value>, Work<App, P, Value> {
  withoutBooks?: never;
}

/** Needs nothing but the settings: no books are opened. */
interface CommandWithoutBooks<P extends Parameters, Value>
  extends Definition<P, Value>, Work<Config, P, Value> {
  withoutBooks: true;
}

/** What a command does, with the app or with the settings alone. */
export interface Work<With, P extends Parameters = Parameters, Value = unknown> {
  /**
   * @param tell how far long work is, in words, for a person who waits
   * @throws AppError in words for the operator
   */
  run(using: With, given: Given<P>, tell?: Tell): Promise<Value>;
  /** In place of `run` where that was asked for: shows what there is until somebody ends it. */
  goOn?(using: With, given: Given<P>, json: boolean): Promise<void> | undefined;
}

interface Definition<P extends Parameters, Value> {
  /** One word, or two: `vouchers generate`. */
  name: string;
  summary: string;
  /** What the parameters it changes are now, as they would be typed; Enter keeps them. */
  present?(app: App, given: Given<P>): Promise<Record<string, string>>;
  /** What an empty answer to an optional question means; none, if this is not given. */
  whenEmpty?: string;
  /** What stands behind the program's name in an example. */
  example: string;
  /** What else its help says. */
  hint?: string;
  parameters: P;
  /** Its outcome depends on what was typed alone: neither settings nor books are read. */
  plain?(given: Given<P>): Value;
  /** Parameters needed in addition, depending on the shop's state; asked for if somebody can answer. */
  needs?(app: App, given: Given<P>): Promise<Need | undefined>;
  /**
   * What to ask before going on, its last line being the question, `undefined` for nothing; refused if
   * nobody can answer.
   */
  question?(app: App, given: Given<P>): Promise<string | undefined>;
  /** Refuses what cannot work before anybody is asked whether they are sure. @throws AppError */
  check?(config: Config, given: Given<P>): Promise<void>;
  /** Runs while the books are closed. */
  before?(config: Config, given: Given<P>): Promise<void>;
  /** Changes something in the database that composing the app reads; runs in an app of its own, before. */
  prepare?(app: App, given: Given<P>): Promise<void>;
  /** For people, at most 80 columns wide, times in the shop's zone. */
  text(value: Value, timeZone: string): string;
  /** For programs; the value itself when not given. */
  json?(value: Value): unknown;
  /** What people should know although the command succeeded. */
  notes?(value: Value): string[];
  /** Why the command counts as failed although there is a result to show. */
  failure?(value: Value): string | undefined;
}

/** Checks a definition against itself, and keeps its types. */
export function command<P extends Parameters, Value>(
  definition: Omit<CommandInApp<P, Value>, 'withoutBooks'>,
): CommandInApp<P, Value> {
  return definition;
}

/** The same for one that opens no books. */
export function commandWithoutBooks<P extends Parameters, Value>(
  definition: Omit<CommandWithoutBooks<P, Value>, 'withoutBooks'>,
): CommandWithoutBooks<P, Value> {
  return { ...definition, withoutBooks: true };
}

/** A word that has to stand behind the command's name. */
export function argument<T>(
  name: string,
  summary: string,
  read: (typed: string) => T,
  choices?: Choices,
): Parameter<T> {
  return { kind: 'argument', flags: name, summary, required: true, read, choices };
}

/** A value that may follow the command's name. */
export function optionalArgument<T>(
  name: string,
  summary: string,
  read: (typed: string) => T,
): Parameter<T | undefined> {
  return { kind: 'argument', flags: name, summary, required: false, read };
}

/** `--flags <value>`, not needed. */
export function option<T>(
  flags: string,
  summary: string,
  read: (typed: string) => T,
): Parameter<T | undefined> {
  return { kind: 'option', flags, summary, required: false, read };
}

/** `--flags <value>`, without which the command is not understood. */
export function requiredOption<T>(
  flags: string,
  summary: string,
  read: (typed: string) => T,
  choices?: Choices,
): Parameter<T> {
  return { kind: 'option', flags, summary, required: true, read, choices };
}

/** On when it is there. */
export function flag(flags: string, summary: string): Parameter<boolean> {
  return { kind: 'flag', flags, summary, required: false, read: () => true };
}

/** Required, so that the command can do more some day without surprising its callers. */
export function requiredFlag(flags: string, summary: string): Parameter<true> {
  return { kind: 'flag', flags, summary, required: true, read: () => true };
}

/** A password; never on the command line, where every user of the computer could read it. */
export function secret(flags: string, summary: string): Parameter<string> {
  return { kind: 'secret', flags, summary, required: true, read: (typed) => typed };
}

/** A new password. @param check throws InvalidInput for a bad one */
export function newSecret(
  flags: string,
  summary: string,
  check: (typed: string) => void,
): Parameter<string> {
  const read = (typed: string) => {
    check(typed);
    return typed;
  };
  return { kind: 'secret', flags, summary, required: true, read, isNew: true };
}

/** A password that is needed only sometimes. */
export function optionalSecret(flags: string, summary: string): Parameter<string | undefined> {
  return { kind: 'secret', flags, summary, required: false, read: (typed) => typed };
}

/** Asks before what cannot be undone; with a word, that word has to be typed. */
export function consent(question: string, word?: string): Parameter<true> {
  return {
    ...{ kind: 'consent', flags: '--yes', summary: question, required: true, read: () => true },
    ...(word !== undefined && { word }),
  };
}

/** Asks if somebody can answer; otherwise the command itself says enough. */
export function consentIfAsked(question: string): Parameter<true | undefined> {
  return { ...consent(question), required: false };
}

/** @throws InvalidInput for anything but a whole number */
export function wholeOrZero(typed: string): number {
  return typed.trim() === '0' ? 0 : wholeNumber(typed);
}

/** Whether it is asked for when somebody can answer. @param also names of those a menu asks for as well */
export function isAskedFor(
  name: string,
  { kind, required }: Parameter<unknown>,
  also: readonly string[] = [],
): boolean {
  return kind !== 'flag' && (required || kind === 'consent' || also.includes(name));
}

/** A command line that was parsed. */
export interface Invocation {
  command: Command;
  given: Record<string, unknown>;
  json: boolean;
}

/** For parameters that are taken as they are typed. */
export function asTyped(typed: string): string {
  return typed;
}

/** @throws InvalidInput for anything but a whole number above zero */
export function wholeNumber(typed: string): number {
  const number = Number(typed);
  if (/^\d{1,15}$/.test(typed.trim()) && number > 0) return number;
  throw new InvalidInput(say`${JSON.stringify(typed)} is not a whole number above zero`);
}
