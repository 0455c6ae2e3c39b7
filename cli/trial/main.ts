import { existsSync } from 'node:fs';
import { systemClock } from '../../src/clock';
import { AppError, Conflict } from '../../src/errors';
import { stopSignal } from '../../src/stop-signal';
import { writeNew } from '../commands/plan-commands';
import { askSecret, askYes, hasLeft } from '../shell/prompts';
import { textTable, wrapped } from '../shell/text-table';
import { PASSWORD_VARIABLE, readOrder, USAGE, type TrialOrder } from './trial-order';
import { tryRouter, type TrialReport } from './try-router';
import { say } from '../../src/text';

/** What a trial needs of the terminal; a test brings its own. */
export interface TrialTerminal {
  env: Readonly<Record<string, string | undefined>>;
  say: (text: string) => void;
  askPassword: (question: string) => Promise<string>;
  askYes: (question: string) => Promise<boolean>;
}

const TERMINAL: TrialTerminal = {
  env: process.env,
  say: (text) => console.log(text),
  askPassword: (question) => askSecret(question, () => true, false),
  askYes,
};

/**
 * `node scripts/try-on-router.mjs`: tries this program on a router that is nobody's.
 * @returns the code to end with: 0 where all works and nothing is left
 */
export async function main(
  args: readonly string[],
  terminal: TrialTerminal = TERMINAL,
  tools: Partial<Parameters<typeof tryRouter>[2]> = {},
): Promise<number> {
  try {
    const order = readOrder(args);
    if (order) return await run(order, terminal, tools);
    terminal.say(USAGE);
    return 0;
  } catch (error) {
    if (hasLeft(error)) return 1;
    if (!(error instanceof AppError)) throw error;
    terminal.say(error.message);
    return 1;
  }
}

async function run(
  order: TrialOrder,
  { env, say, askPassword, askYes: ask }: TrialTerminal,
  tools: Partial<Parameters<typeof tryRouter>[2]>,
): Promise<number> {
  const { username, host } = order;
  const password =
    env[PASSWORD_VARIABLE] ?? (await askPassword(`Password of ${username} on ${host}:`));
  if (order.file !== undefined) refuseThere(order.file); // before hours of questions
  const report = await tryRouter(order, password, {
    clock: systemClock,
    tell: (doing) => say(`  ${doing}`),
    stopping: tools.clock ? undefined : stopSignal(),
    mayBegin: (plan) => {
      say(plan);
      return order.yes ? Promise.resolve(true) : ask('Begin?');
    },
    ...tools,
  });
  if (!report) {
    say('Nothing was done.');
    return 0;
  }
  const file = order.file ?? freeName(`router-trial-${report.date}`);
  writeNew(file, `${JSON.stringify(report, null, 2)}\n`, 0o600);
  say(resultText(report, file));
  return report.left.length === 0 && report.life.every(({ outcome }) => outcome !== 'fails')
    ? 0
    : 1;
}

/** @throws Conflict */
function refuseThere(file: string): void {
  if (existsSync(file)) throw new Conflict(say`${file} is there already and is not overwritten`);
}

function resultText({ answers, life, left }: TrialReport, file: string): string {
  const told = [{ title: 'What it was asked', elastic: true }, { title: 'Answer' }];
  const lived = [{ title: 'The life of a shop' }, { title: '' }, { title: '', elastic: true }];
  return [
    textTable(
      told,
      answers.map(({ question, answer }) => [question, answer]),
      'Nothing was asked.',
    ),
    textTable(
      lived,
      life.map(({ step, outcome, note }) => [step, outcome, note ?? '']),
      '-',
    ),
    left.length === 0
      ? 'The router is as it was.'
      : wrapped(`Not as it was, for you to look at: ${left.join(', ')}`),
    wrapped(
      `The report is in ${file}: read it, and send it to us. It holds no names, codes, passwords, addresses, ` +
        'comments or serial numbers.',
    ),
  ].join('\n\n');
}

function freeName(start: string): string {
  let name = `${start}.json`;
  for (let copy = 2; existsSync(name); copy += 1) name = `${start}-${copy}.json`;
  return name;
}
