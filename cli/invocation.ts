import { PISONET } from '../src/command-line';
import { Argument, Command as Parser, Option } from 'commander';
import { InvalidInput } from '../src/errors';
import { COMMANDS, GROUPS } from './commands/commands';
import type { Command, Invocation, Parameter } from './shell/command';
import { readOwnFile } from './shell/own-file';
import { readSecret } from './shell/secret-input';
import { say } from '../src/text';

const HELP_HINT = `More about a command: ${PISONET} COMMAND --help. Without a command, the menu opens.`;

/**
 * What the command line asks for; `undefined` if it was answered by help or version.
 * @param canAsk somebody sits at a terminal: what is missing is left out, to be asked for
 * @throws CommanderError, whose message is already printed, or InvalidInput for a wrong value
 */
export async function readInvocation(
  words: readonly string[],
  canAsk = false,
): Promise<Invocation | undefined> {
  let order: Invocation | undefined;
  const parser = newParser();
  const groups = new Map<string, Parser>();
  for (const command of COMMANDS) {
    const [first, second] = command.name.split(' ');
    const parent = second === undefined ? parser : groupOf(first!, groups, parser);
    addCommand(parent, command, canAsk, (given, json) => (order = { command, given, json }));
  }
  if (words.length === 0) parser.outputHelp();
  else await parser.parseAsync(words, { from: 'user' });
  return order;
}

function newParser(): Parser {
  return new Parser(PISONET)
    .description('Vouchers, fair use and bandwidth for a MikroTik hotspot')
    .version(version())
    .addHelpText('after', `\n${exampleText({ ...COMMANDS[0]!, hint: HELP_HINT })}`)
    .exitOverride()
    .configureOutput({ outputError: (text, write) => write(`${oneLine(text)}\n`) });
}

function groupOf(name: string, groups: Map<string, Parser>, parser: Parser): Parser {
  const known = groups.get(name);
  if (known) return known;
  const example = COMMANDS.find((one) => one.name.startsWith(`${name} `))!;
  const group = parser
    .command(name)
    .description(GROUPS[name] ?? '')
    .addHelpText('after', `\n${exampleText(example)}`);
  groups.set(name, group);
  return group;
}

function addCommand(
  parent: Parser,
  command: Command,
  canAsk: boolean,
  found: (given: Record<string, unknown>, json: boolean) => void,
): void {
  const parser = parent
    .command(command.name.split(' ').at(-1)!)
    .description(command.summary)
    .addHelpText('after', `\n${exampleText(command)}`);
  const parameters = Object.entries(command.parameters);
  for (const [, parameter] of parameters) addParameter(parser, parameter, canAsk);
  parser.option('--json', 'print JSON, for programs');
  parser.action(async () => {
    const options = parser.opts<Record<string, unknown>>();
    const positional = [...(parser.processedArgs as unknown[])];
    const given: Record<string, unknown> = {};
    for (const [name, parameter] of parameters) {
      given[name] =
        parameter.kind === 'argument'
          ? positional.shift()
          : await valueOf(parameter, options, canAsk);
    }
    found(given, options.json === true);
  });
}

function exampleText({ example, hint }: Command): string {
  return [`Example:\n  $ ${PISONET} ${example}`, ...(hint === undefined ? [] : [hint])].join(
    '\n\n',
  );
}

function addParameter(parser: Parser, parameter: Parameter<unknown>, canAsk: boolean): void {
  const { kind, flags, summary } = parameter;
  const required = parameter.required && !canAsk;
  if (kind === 'argument') {
    parser.addArgument(
      new Argument(required ? `<${flags}>` : `[${flags}]`, summary).argParser((typed) =>
        parameter.read(typed),
      ),
    );
    return;
  }
  // The question itself explains nothing to somebody who reads about options.
  const option = new Option(flags, kind === 'consent' ? 'do not ask first' : summary);
  if (kind === 'option') option.argParser((typed) => readNamed(parameter, typed));
  parser.addOption(option);
}

function readNamed(parameter: Parameter<unknown>, typed: string): unknown {
  try {
    return parameter.read(typed);
  } catch (error) {
    if (!(error instanceof InvalidInput)) throw error;
    throw new InvalidInput(say`${parameter.flags.split(' ')[0]} ${error.text}`, {
      cause: error,
    });
  }
}

async function valueOf(
  parameter: Parameter<unknown>,
  options: Record<string, unknown>,
  canAsk: boolean,
): Promise<unknown> {
  const value = options[new Option(parameter.flags).attributeName()];
  // Not left to commander: it would report a misspelt option as a missing one.
  if (value === undefined && parameter.required && !canAsk && isOption(parameter)) {
    throw new InvalidInput(say`error: required option '${parameter.flags}' not specified`);
  }
  switch (parameter.kind) {
    case 'flag':
      return value === true;
    case 'consent':
      return value; // the command's own rules decide who may go on without it
    case 'secret':
      if (value === true) return parameter.read(await readSecret(process.stdin));
      if (canAsk || !parameter.required) return undefined;
      throw new InvalidInput(say`Add ${parameter.flags}, and give the password on standard input`);
    default:
      return value;
  }
}

function isOption({ kind }: Parameter<unknown>): boolean {
  return kind === 'option' || kind === 'flag'; // the other two have their own message for what is missing
}

export function version(): string {
  const manifest = readOwnFile('package.json');
  return manifest === undefined ? 'unknown' : (JSON.parse(manifest) as { version: string }).version;
}

/** commander puts its guess of what was meant on a second line. */
function oneLine(text: string): string {
  return text.trim().replaceAll(/(?<!\s)\s*\n\s*/g, ' ');
}
