import { databaseName } from '../../src/config';
import type { Mac } from '../../src/domain/units';
import { PISONET } from '../../src/command-line';
import { Conflict } from '../../src/errors';
import { complete } from '../shell/ask';
import { runInvocation, complain, DONE, NOTHING_CHANGED } from '../shell/run-command';
import { isAskedFor, type Command } from '../shell/command';
import { interruptible } from '../shell/interruption';
import { showLiveLog } from './live-screens';
import { showOnline } from './online-screen';
import { MAIN_MENU, START_PAGE, type Job, type Page } from './menu-pages';
import { version } from '../invocation';
import { showPaged } from './pager';
import { askText, askYes, chooseItem, hasLeft } from '../shell/prompts';
import { isSimulated, readSettings } from '../shell/settings';
import { openSimulatedShop, type SimulatedShop } from '../server/simulated-shop';
import { fieldList, wrapped } from '../shell/text-table';
import { withApp } from '../shell/with-app';

const LEAVE = 'leave';
const CLEAR = '\u001B[2J\u001B[3J\u001B[H';

/** The menu, until somebody leaves it by its last line or Ctrl-C. @returns the exit code */
export async function showMenu(): Promise<number> {
  const simulated = hasRouter() ? undefined : await chooseShop();
  if (simulated === LEAVE) return leaveScreen();
  try {
    const title = simulated ? `${MAIN_MENU.title}, simulated shop` : MAIN_MENU.title;
    await showPage({ ...MAIN_MENU, title }, []);
  } finally {
    await simulated?.close();
  }
  return leaveScreen();
}

function leaveScreen(): number {
  process.stdout.write(CLEAR);
  return DONE;
}

function hasRouter(): boolean {
  try {
    return readSettings().router !== undefined;
  } catch {
    return true; // each job reports what is wrong with the settings
  }
}

/** For somebody who comes here the first time. @returns the shop to work on where that is a simulated one */
async function chooseShop(): Promise<SimulatedShop | typeof LEAVE | undefined> {
  const { title, setUp, simulate, goOn } = START_PAGE;
  for (;;) {
    process.stdout.write(CLEAR);
    const names = [setUp.title, simulate, goOn];
    const items = names.map((name, at) => ({ value: name, name: `${at + 1} ${name}` }));
    const chosen = await chooseItem(title, items, true).catch(leaving);
    process.stdout.write(CLEAR);
    if (chosen === LEAVE) return LEAVE;
    if (chosen === goOn) return undefined;
    if (chosen === simulate) {
      process.stdout.write('Opening the simulated shop ...\n');
      return openSimulatedShop();
    }
    await doJob(setUp);
    if (hasRouter()) return undefined;
  }
}

/** One level of the menu; Esc or Ctrl-C at a question of a job comes back here, here it goes up. */
async function showPage(page: Page, path: readonly string[]): Promise<void> {
  const here = [...path, page.title];
  const items = [
    ...page.jobs.map(({ title }, at) => ({ value: String(at), name: `${at + 1} ${title}` })),
    { value: LEAVE, name: `0 ${path.length === 0 ? 'Exit' : 'Back'}` },
  ];
  for (;;) {
    process.stdout.write(CLEAR);
    const chosen = await chooseItem(here.join(' > '), items, path.length === 0).catch(leaving);
    if (chosen === LEAVE) return;
    const job = page.jobs[Number(chosen)]!;
    process.stdout.write(CLEAR);
    if (job.page) await showPage(job.page, here);
    else await doJob(job);
  }
}

/** What a key asks for is a job of its own; the view comes back after it. */
async function watchOnline(): Promise<void> {
  for (let selected: Mac | undefined; ;) {
    const wish = await showOnline(selected);
    if (!wish) return;
    selected = wish.mac;
    await doJob(wish.deed);
    process.stdout.write(CLEAR);
  }
}

/** The output stays on the screen until somebody has read it. */
async function doJob(job: Job): Promise<void> {
  if (!(await interruptible(() => showJob(job)))) return;
  process.stdout.write('\n');
  await askText('Enter goes back', () => true).catch(leaving);
}

/** @returns whether there is something to read */
async function showJob(job: Job): Promise<boolean> {
  try {
    if (job.live) {
      await (job.live === 'log' ? showLiveLog() : watchOnline());
      return false;
    }
    process.stdout.write(`${job.title}${asks(job) ? '  (Esc or Ctrl-C goes back)' : ''}\n\n`);
    if (job.about) process.stdout.write(`${await about()}\n`);
    else if (!(await runCommand(job.command!, job))) process.stdout.write(`${NOTHING_CHANGED}\n`);
  } catch (error) {
    if (hasLeft(error)) return false;
    complain(error);
  }
  return true;
}

/** Whether there will be a question, so that the way out is worth showing. */
function asks({ command, also, sure, given = {} }: Job): boolean {
  if (!command) return false;
  const isAsked = Object.entries(command.parameters).some(
    ([name, one]) => isAskedFor(name, one, also) && !(name in given),
  );
  return isAsked || 'needs' in command || 'question' in command || sure !== undefined;
}

/** @returns false when a question was answered with no */
async function runCommand(
  command: Command,
  { given: known, also, sure, real, then }: Job,
): Promise<boolean> {
  if (real && isSimulated()) {
    throw new Conflict(
      'This is the simulated shop, whose router is part of it. For your own: leave this menu, start it again and take "Set up the router"',
    );
  }
  const given = Object.fromEntries(
    Object.entries(command.parameters)
      .filter(([, { kind }]) => kind === 'flag')
      .map(([name, { flags }]) => [name, also?.includes(flags) ?? false]),
  );
  const order = { command, given: { ...given, ...known }, json: false };
  const config = readSettings();
  if (!(await complete(order, config, also, showPaged))) return false;
  if (sure !== undefined && !(await askYes(sure))) return false;
  let result: unknown;
  await runInvocation(order, config, showAll, (value) => (result = value));
  if (!then) return true;
  process.stdout.write('\n');
  const { question, command: next, given: takenOver } = then;
  if (await askYes(question)) {
    await runCommand(next, { title: question, given: takenOver?.(result) ?? {} });
  }
  return true;
}

async function showAll(text: string, notes: readonly string[]): Promise<void> {
  await showPaged([text, ...notes.map((note) => wrapped(note))].join('\n'));
}

async function about(): Promise<string> {
  const config = readSettings();
  const { database, router } = config;
  const { name, timeZone } = await withApp(config, (app) => app.services.shop.refresh());
  return fieldList([
    ['PisoNet Manager', version()],
    ['Shop', name],
    ['Router', router ? `${router.host}:${router.port}` : 'not set up'],
    ['Database', databaseName(database)],
    ['Time zone', timeZone],
    ['Runs on', `Node ${process.versions.node}`],
    ['License', 'MIT'],
    ['As commands', `${PISONET} --help`],
  ]);
}

function leaving(error: unknown): typeof LEAVE {
  if (hasLeft(error)) return LEAVE;
  throw error;
}
