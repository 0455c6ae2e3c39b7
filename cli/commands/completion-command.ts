import { PISONET } from '../../src/command-line';
import { InvalidInput } from '../../src/errors';
import { oneOf } from '../shell/choices';
import {
  argument,
  commandWithoutBooks,
  type Choices,
  type Command,
  type Parameters,
} from '../shell/command';
import { say } from '../../src/text';

const SHELLS = ['bash', 'zsh'] as const;
type Shell = (typeof SHELLS)[number];

const shell = argument('SHELL', SHELLS.join(' or '), readShell, oneOf('Which shell?', SHELLS));

/** Takes the list of commands as an argument, since it is itself one of them. */
export function completionOf(
  commands: () => readonly Command[],
): Command<{ shell: typeof shell }, string> {
  return commandWithoutBooks({
    name: 'completion',
    summary: 'Print what lets the Tab key complete commands',
    example: 'completion bash',
    hint: `Into ~/.bashrc: eval "$(${PISONET} completion bash)"; into ~/.zshrc the same with zsh. It then completes the word pisonet.`,
    parameters: { shell },
    plain: ({ shell: name }) => scriptFor(name, commands()),
    run: (_config, { shell: name }) => Promise.resolve(scriptFor(name, commands())),
    text: (script) => script,
  });
}

function readShell(typed: string): Shell {
  const found = SHELLS.find((name) => name === typed.trim().toLowerCase());
  if (found) return found;
  throw new InvalidInput(say`${JSON.stringify(typed)} is not one of ${SHELLS.join(', ')}`);
}

/**
 * One shell function answers what may come next, given the words before it; each shell calls it in its
 * own way.
 */
function scriptFor(name: Shell, commands: readonly Command[]): string {
  const groups = new Map<string, string[]>();
  for (const { name: words } of commands) {
    const [first, second] = words.split(' ') as [string, string?];
    groups.set(first, [...(groups.get(first) ?? []), ...(second === undefined ? [] : [second])]);
  }
  const afterGroup = [...groups].filter(([, seconds]) => seconds.length > 0);
  return [
    '# Where no program of this name is installed, it is the one of the folder of the shop.',
    `if ! command -v pisonet >/dev/null 2>&1; then pisonet() { ${PISONET} "$@"; }; fi`,
    '_pisonet_names() {',
    `  pisonet "$@" --json 2>/dev/null | sed -n 's/^ *"name": "\\([^" ]*\\)",*$/\\1/p'`,
    '}',
    '_pisonet_words() {',
    '  case "$1" in',
    `    "") printf '%s\\n' ${[...groups.keys()].join(' ')} --help --version ;;`,
    ...afterGroup.map(([first, seconds]) => `    "${first}") ${printed(seconds)} ;;`),
    ...commands.flatMap(valueCases),
    ...commands.map(
      ({ name: words, parameters }) =>
        `    "${words}"|"${words} "*) ${argumentValues(parameters)}${printed(flagsOf(parameters))} ;;`,
    ),
    '  esac',
    '}',
    ...(name === 'zsh' ? ZSH : BASH),
  ].join('\n');
}

const BASH = [
  '_pisonet() {',
  `  local IFS=$' \t\n' before="\${COMP_WORDS[*]:1:COMP_CWORD-1}"`,
  '  COMPREPLY=($(compgen -W "$(_pisonet_words "$before")" -- "${COMP_WORDS[COMP_CWORD]}"))',
  '}',
  'complete -o default -F _pisonet pisonet',
];

const ZSH = [
  '_pisonet() {',
  '  local -a found',
  '  found=(${(f)"$(_pisonet_words "${(j: :)words[2,CURRENT-1]}")"})',
  '  if (( $#found )); then compadd -a found; else _files; fi',
  '}',
  '(( $+functions[compdef] )) || { autoload -Uz compinit && compinit; }',
  'compdef _pisonet pisonet',
];

/** After an option whose values are known. */
function valueCases({ name, parameters }: Command): string[] {
  return Object.values(parameters).flatMap(({ kind, flags, choices }) => {
    const values = kind === 'option' ? valuesOf(choices) : undefined;
    return values === undefined ? [] : [`    "${name} "*"${flags.split(' ')[0]}") ${values} ;;`];
  });
}

/** Completions for the first argument, besides the flags. */
function argumentValues(parameters: Parameters): string {
  const first = Object.values(parameters).find(({ kind }) => kind === 'argument');
  const values = valuesOf(first?.choices);
  return values === undefined ? '' : `${values}; `;
}

function valuesOf(choices: Choices | undefined): string | undefined {
  if (choices?.values) return printed(choices.values);
  return choices?.namedBy === undefined ? undefined : `_pisonet_names ${choices.namedBy}`;
}

function printed(words: readonly string[]): string {
  return `printf '%s\\n' ${words.join(' ')}`;
}

function flagsOf(parameters: Parameters): string[] {
  const own = Object.values(parameters).filter(({ kind }) => kind !== 'argument');
  return [...own.map(({ flags }) => flags.split(' ')[0]!), '--json', '--help'];
}
