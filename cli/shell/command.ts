import type { App } from '../../src/compose';
import type { Config } from '../../src/config';
import { InvalidInput } from '../../src/errors';

/** One of several values somebody may pick: as it would be typed, and as it is shown. */
export interface Choice {
  value: string;
  name: string;
}

/** What there is to pick from, for whoever is asked; anything may be typed while there is nothing. */
export interface Choices {
  /** As it is asked where there is something to pick from. */
  question: string;
  /** What may be typed as well although it is not in the list, and what that is then called. */
  others?: string;
  /** Where there are only these; and where there are not, the command whose JSON has their names: for the Tab key. */
  values?: readonly string[];
  namedBy?: string;
  find(app: App): Promise<Choice[]>;
}

/** One thing a command has to know, and how to make it from what somebody typed. */
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
  /** What has to be typed for consent to something that nobody should confirm by habit. */
  word?: string;
  /** A secret that is made up now: asked for twice, since nobody sees what is typed. */
  isNew?: true;
  /** As it is set now, which Enter leaves. @param given what was answered before */
  present?(config: Config, given: Record<string, unknown>): string | undefined;
  /** How it is asked where it is typed, if its summary alone would not be understood. */
  question?: string;
}

/** Told what is being done, while it is done. */
export type Tell = (doing: string) => void;

/** What turned out to be missing, by the names of parameters, and why. */
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
 * One job for the operator, said once: the command line and the menu are both made from it. A command
 * prints nothing; what `run` found out is shown as text or as JSON.
 */
export interface Command<P extends Parameters = Parameters, Value = unknown> {
  /** One word, or two: `vouchers generate`. */
  name: string;
  summary: string;
  /** What an empty answer to what is not needed means: none of it, where this is not given. */
  whenEmpty?: string;
  /** What stands behind the program's name in an example. */
  example: string;
  /** What its help says beside that. */
  hint?: string;
  parameters: P;
  /** What has to be given as well, going by what there is; asked for where somebody can answer. */
  needs?(app: App, given: Given<P>): Promise<Need | undefined>;
  /** What to ask before going on, its last line being the question, `undefined` for nothing; where nobody can answer it is refused. */
  question?(app: App, given: Given<P>): Promise<string | undefined>;
  /** Says what stands in the way before anybody is asked whether they are sure. @throws AppError */
  check?(config: Config, given: Given<P>): Promise<void>;
  /** Needs nothing but the settings: no books are opened, and `run` must use nothing else of the app. */
  withoutBooks?: true;
  /** Runs while the books are closed. */
  before?(config: Config, given: Given<P>): Promise<void>;
  /** Changes something in the books that composing the app reads; runs in an app of its own, before. */
  prepare?(app: App, given: Given<P>): Promise<void>;
  /**
   * @param tell how far long work is, in words, for a person who waits
   * @throws AppError in words for the operator
   */
  run(app: App, given: Given<P>, tell?: Tell): Promise<Value>;
  /** In place of `run` where that was asked for: shows what there is until somebody ends it. */
  goOn?(app: App, given: Given<P>, json: boolean): Promise<void> | undefined;
  /** For people, at most 80 columns wide, times in the shop's zone. */
  text(value: Value, timeZone: string): string;
  /** For programs (K10); the value itself when not given. */
  json?(value: Value): unknown;
  /** What people should know although the command did its work. */
  notes?(value: Value): string[];
  /** Why the command counts as failed although there is something to show. */
  failure?(value: Value): string | undefined;
}

/** Checks a definition against itself, and keeps its types. */
export function command<P extends Parameters, Value>(
  definition: Command<P, Value>,
): Command<P, Value> {
  return definition;
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

/** A word that may stand behind the command's name. */
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

/** Has to be there, so that the command does not do more some day than it was called for. */
export function requiredFlag(flags: string, summary: string): Parameter<true> {
  return { kind: 'flag', flags, summary, required: true, read: () => true };
}

/** A password; never on the command line, where every user of the computer could read it. */
export function secret(flags: string, summary: string): Parameter<string> {
  return { kind: 'secret', flags, summary, required: true, read: (typed) => typed };
}

/** A password that somebody thinks up. @param check throws InvalidInput for a bad one */
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

/** Asks before something that cannot be taken back; with a word, that has to be typed. */
export function consent(question: string, word?: string): Parameter<true> {
  return {
    ...{ kind: 'consent', flags: '--yes', summary: question, required: true, read: () => true },
    ...(word !== undefined && { word }),
  };
}

/** Asks where somebody can answer; where nobody can, the command itself says enough. */
export function consentIfAsked(question: string): Parameter<true | undefined> {
  return { ...consent(question), required: false };
}

/** Whether somebody who can answer is asked for it. @param also names of those a menu asks for as well */
export function isAskedFor(
  name: string,
  { kind, required }: Parameter<unknown>,
  also: readonly string[] = [],
): boolean {
  return kind !== 'flag' && (required || kind === 'consent' || also.includes(name));
}

/** A command line that was understood. */
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
  throw new InvalidInput(`${JSON.stringify(typed)} is not a whole number above zero`);
}
