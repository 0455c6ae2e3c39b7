import { InvalidInput } from '../src/errors';
import { oneOf } from './choices';
import { argument, type Command, type Parameters } from './command';

const SHELLS = ['bash', 'zsh'] as const;
type Shell = (typeof SHELLS)[number];

const shell = argument('SHELL', SHELLS.join(' or '), readShell, oneOf('Which shell?', SHELLS));

/** Made of the list of commands it belongs to itself, hence handed in. */
export function completionOf(
  commands: () => readonly Command[],
): Command<{ shell: typeof shell }, string> {
  return {
    name: 'completion',
    summary: 'Print what lets the Tab key complete commands',
    example: 'completion bash',
    parameters: { shell },
    withoutBooks: true,
    run: (_app, { shell: name }) => Promise.resolve(scriptFor(name, commands())),
    text: (script) => script,
  };
}

function readShell(typed: string): Shell {
  const found = SHELLS.find((name) => name === typed.trim().toLowerCase());
  if (found) return found;
  throw new InvalidInput(`${JSON.stringify(typed)} is not one of ${SHELLS.join(', ')}`);
}

/**
 * A function that looks at the words before the one being typed. zsh understands bash's way with
 * `bashcompinit`, so that there is one script.
 */
function scriptFor(name: Shell, commands: readonly Command[]): string {
  const groups = new Map<string, string[]>();
  for (const { name: words } of commands) {
    const [first, second] = words.split(' ') as [string, string?];
    groups.set(first, [...(groups.get(first) ?? []), ...(second === undefined ? [] : [second])]);
  }
  const afterGroup = [...groups].filter(([, seconds]) => seconds.length > 0);
  return [
    ...(name === 'zsh' ? ['autoload -U +X bashcompinit && bashcompinit'] : []),
    '_pisonet() {',
    '  local typed="${COMP_WORDS[COMP_CWORD]}" words=""',
    '  case "${COMP_WORDS[*]:1:COMP_CWORD-1}" in',
    `    "") words="${[...groups.keys()].join(' ')} --help --version" ;;`,
    ...afterGroup.map(([first, seconds]) => `    "${first}") words="${seconds.join(' ')}" ;;`),
    ...commands.map(
      ({ name: words, parameters }) =>
        `    "${words}"|"${words} "*) words="${flagsOf(parameters).join(' ')}" ;;`,
    ),
    '  esac',
    '  COMPREPLY=($(compgen -W "$words" -- "$typed"))',
    '}',
    'complete -o default -F _pisonet pisonet',
  ].join('\n');
}

function flagsOf(parameters: Parameters): string[] {
  const own = Object.values(parameters).filter(({ kind }) => kind !== 'argument');
  return [...own.map(({ flags }) => flags.split(' ')[0]!), '--json', '--help'];
}
