import type { App } from '../../src/compose';
import type { Config } from '../../src/config';
import { InvalidInput } from '../../src/errors';
import { interruption, Stopped } from './interruption';
import { withProgress } from './progress';
import { withApp } from './with-app';
import { isAskedFor, type Choice, type Parameter, type Invocation } from './command';
import { askSecret, askText, askYes, choose } from './prompts';
import { wrapped } from './text-table';
import { say } from '../../src/text';

/**
 * Asks the person at the terminal for what the invocation still lacks, and nothing else.
 * @param also names of parameters to ask for although the command does without them
 * @param show what there is to read before a question
 * @returns false when a question was answered with no
 */
export async function complete(
  order: Invocation,
  config: Config,
  also: readonly string[] = [],
  show: (text: string) => Promise<void> | void = print,
): Promise<boolean> {
  const { command } = order;
  let present: Record<string, string> | undefined;
  for (const [name, parameter] of Object.entries(command.parameters)) {
    if (order.given[name] !== undefined || !isAskedFor(name, parameter, also)) continue;
    if (parameter.kind === 'consent') await command.check?.(config, order.given);
    if (!parameter.required && command.present) {
      present ??= await find(order, config, (app) => command.present!(app, order.given));
    }
    const value = await valueFor(parameter, order, config, command.whenEmpty, present?.[name]);
    if (value === NO) return false;
    order.given[name] = value;
  }
  if (command.needs) {
    const need = await find(order, config, (app) => command.needs!(app, order.given));
    if (need) process.stdout.write(`${wrapped(`${need.because}:`)}\n`);
    for (const name of need?.names ?? []) {
      const parameter = { ...command.parameters[name]!, required: true };
      order.given[name] ??= await valueFor(parameter, order, config);
    }
  }
  if (!command.question) return true;
  const asked = await find(order, config, (app) => command.question!(app, order.given));
  if (asked === undefined) return true;
  const lines = asked.split('\n');
  if (lines.length > 1) await show(lines.slice(0, -1).join('\n'));
  return askYes(lines.at(-1)!);
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}

/** Looks up the choices for a question; shows progress, since the router may be slow. */
async function find<T>(
  { command }: Invocation,
  config: Config,
  work: (app: App) => Promise<T>,
): Promise<T> {
  const found = await withProgress(process.stderr, command.name, () => withApp(config, work));
  if (interruption()?.aborted) throw new Stopped();
  return found;
}

/** Used if nobody can be asked. @throws InvalidInput when the command would ask a question */
export async function refuseQuestions(
  { command, given }: Invocation,
  config: Config,
): Promise<void> {
  await command.check?.(config, given);
  for (const [name, { kind, summary, required }] of Object.entries(command.parameters)) {
    if (kind !== 'consent' || !required || given[name] !== undefined) continue;
    throw new InvalidInput(say`${summary} If you are sure, add --yes`);
  }
  const need = command.needs && (await withApp(config, (app) => command.needs!(app, given)));
  if (need) {
    const flags = need.names.map((name) => command.parameters[name]!.flags).join(' and ');
    throw new InvalidInput(say`${need.because}: add ${flags}`);
  }
  if (!command.question) return;
  const question = await withApp(config, (app) => command.question!(app, given));
  if (question !== undefined) throw new InvalidInput(say`${question} If you are sure, add --yes`);
}

const NO = Symbol('no');

async function valueFor(
  parameter: Parameter<unknown>,
  order: Invocation,
  config: Config,
  whenEmpty = 'for none',
  kept?: string,
): Promise<unknown> {
  const { kind, summary, word, choices } = parameter;
  const required = isNeeded(parameter);
  const { asks } = parameter;
  const message = sentence(
    asks ? await find(order, config, (app) => asks(app, order.given)) : summary,
  );
  const present = kept ?? parameter.present?.(config, order.given);
  switch (kind) {
    case 'secret': {
      const secret = sentence(parameter.question ?? summary);
      const asked = present ? `${secret.slice(0, -1)} (Enter keeps it):` : secret;
      return parameter.read((await secretFor(parameter, asked)) || (present ?? ''));
    }
    case 'consent':
      if (word === undefined) return (await askYes(message)) || NO;
      return (await askText(`${message} Type ${word} to go on:`, () => true)) === word || NO;
  }
  const found = choices ? await find(order, config, (app) => choices.find(app)) : [];
  if (choices && found.length > 0) {
    const other = (typed: string) =>
      choices.others !== undefined && typed !== '' && problem(parameter, typed) === true
        ? { value: typed, name: `${typed}  ${choices.others}` }
        : undefined;
    const isPresent = ({ value }: Choice) => value === present;
    const sorted = [...found.filter(isPresent), ...found.filter((one) => !isPresent(one))];
    return parameter.read(
      await choose(sentence(choices.question), sorted, other, choices.others !== undefined),
    );
  }
  const asked = sentence(parameter.question ?? summary);
  const hint =
    required || present !== undefined ? asked : `${asked.slice(0, -1)} (Enter ${whenEmpty}):`;
  const typed = await askText(hint, (text) => problem(parameter, text), present);
  const isLeft = typed === (kept ?? '') && !required;
  return isLeft ? undefined : parameter.read(typed);
}

async function secretFor(parameter: Parameter<unknown>, message: string): Promise<string> {
  if (!parameter.isNew) return askSecret(message);
  const typed = await askSecret(message, (text) => problem(parameter, text));
  const isSame = (text: string) =>
    text === typed || 'That is not the same. Type it again, or press Ctrl-C';
  await askSecret('Password again:', isSame);
  return typed;
}

function problem(parameter: Parameter<unknown>, typed: string): true | string {
  if (typed === '') return isNeeded(parameter) ? 'Please type something' : true;
  try {
    parameter.checkAsked?.(typed);
    parameter.read(typed);
    return true;
  } catch (error) {
    if (error instanceof InvalidInput) return error.message;
    throw error;
  }
}

function isNeeded({ required, isNeeded: needed }: Parameter<unknown>): boolean {
  return required || needed === true;
}

function sentence(text: string): string {
  const capital = text.charAt(0).toUpperCase() + text.slice(1);
  return /[?.:]$/.test(capital) ? capital : `${capital}:`;
}
