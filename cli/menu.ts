import { complete } from './ask';
import { carryOut, complain, DONE, withApp } from './carry-out';
import type { Command } from './command';
import { showLiveBandwidth, showLiveLog } from './live-screens';
import { MAIN_MENU, type Job, type Page } from './menu-pages';
import { version } from './order';
import { askText, askYes, chooseItem, hasLeft } from './prompts';
import { readSettings } from './settings';
import { fieldList } from './text-table';

const LEAVE = 'leave';
const CLEAR = '\u001B[2J\u001B[3J\u001B[H';

/** The menu, until somebody leaves it by its last line or by Ctrl-C. @returns the exit code */
export async function showMenu(): Promise<number> {
  await showPage(MAIN_MENU, []);
  process.stdout.write(CLEAR);
  return DONE;
}

/** One level of the menu; Ctrl-C at a question of a job comes back here, Ctrl-C here goes up. */
async function showPage(page: Page, path: readonly string[]): Promise<void> {
  const here = [...path, page.title];
  const items = [
    ...page.jobs.map(({ title }, at) => ({ value: String(at), name: `${at + 1} ${title}` })),
    { value: LEAVE, name: `${page.jobs.length + 1} ${path.length === 0 ? 'Exit' : 'Back'}` },
  ];
  for (;;) {
    process.stdout.write(CLEAR);
    const chosen = await chooseItem(here.join(' > '), items).catch(leaving);
    if (chosen === LEAVE) return;
    const job = page.jobs[Number(chosen)]!;
    process.stdout.write(CLEAR);
    if (job.page) await showPage(job.page, here);
    else await doJob(job);
  }
}

/** What happened stays on the screen until somebody has read it. */
async function doJob(job: Job): Promise<void> {
  try {
    if (job.live) return await (job.live === 'log' ? showLiveLog() : showLiveBandwidth());
    process.stdout.write(`${job.title}\n\n`);
    if (job.about) process.stdout.write(`${await about()}\n`);
    else if (!(await runCommand(job.command!, job))) process.stdout.write('Nothing was changed.\n');
  } catch (error) {
    if (hasLeft(error)) return;
    complain(error);
  }
  process.stdout.write('\n');
  await askText('Enter goes back', () => true).catch(leaving);
}

/** @returns false when a question was answered with no */
async function runCommand(command: Command, { also, sure }: Job): Promise<boolean> {
  const given = Object.fromEntries(
    Object.entries(command.parameters)
      .filter(([, { kind }]) => kind === 'flag')
      .map(([name, { flags }]) => [name, also?.includes(flags) ?? false]),
  );
  const order = { command, given, json: false };
  const config = readSettings();
  if (!(await complete(order, config, also))) return false;
  if (sure !== undefined && !(await askYes(sure))) return false;
  await carryOut(order, config);
  return true;
}

async function about(): Promise<string> {
  const config = readSettings();
  const { databaseFile, router } = config;
  const { name, timeZone } = await withApp(config, (app) => app.services.shop.refresh());
  return fieldList([
    ['PisoNet Manager', version()],
    ['Shop', name],
    ['Router', router ? `${router.host}:${router.port}` : 'not set up'],
    ['Database', databaseFile],
    ['Time zone', timeZone],
    ['Runs on', `Node ${process.versions.node}`],
    ['Licence', 'MIT'],
    ['As commands', 'npm run -s cli -- --help'],
  ]);
}

function leaving(error: unknown): typeof LEAVE {
  if (hasLeft(error)) return LEAVE;
  throw error;
}
