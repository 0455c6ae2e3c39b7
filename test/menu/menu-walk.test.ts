import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { isAskedFor, type Command, type Parameter } from '../../cli/shell/command';
import { MAIN_MENU, START_PAGE, type Job, type Page } from '../../cli/menu/menu-pages';
import { loadDotEnv } from '../../src/config';
import { CliShop, freePort, MAIN } from '../support/program/cli-shop';
import { Terminal } from '../support/program/terminal';
import { longTest } from '../support/program/run-counts';

/**
 * Every way through the menu, from the menu's own definition: a new line of it is walked without a word
 * here. At each question a job asks, Esc or Ctrl-C leads back to its page and nothing is changed.
 */

jest.setTimeout(240_000); // the walk is long, and machines are slow

const READ = 'Enter goes back';

let shop: CliShop;
let terminal: Terminal;

beforeEach(() => {
  shop = CliShop.open();
});
afterEach(async () => {
  await terminal.close();
  stopServer();
  await shop.close();
});

/** The one that the walk started by the menu. */
function stopServer(): void {
  const file = shop.path('data/server.pid');
  if (existsSync(file)) process.kill(Number(readFileSync(file, 'utf8')));
}

function open(env: Record<string, string>): void {
  terminal = Terminal.open(shop.folder, env);
  terminal.type(`node ${MAIN}`);
  terminal.press('Enter');
}

const literal = (text: string) => text.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`);

/** The head and the last line of a page: only a page that waits for a choice has both. */
const pageOf = (title: string, isTop = false) =>
  new RegExp(`${isTop ? '' : '> '}${literal(title)} *\\n[^]*0 ${isTop ? 'Exit' : 'Back'}`);

async function choose(digit: number, title: string): Promise<void> {
  await terminal.see(`${digit} ${title}`);
  terminal.type(String(digit));
}

async function walkPage(page: Page, depth: number): Promise<void> {
  const back = pageOf(page.title, depth === 0);
  const screen = await terminal.see(back);
  for (const [index, job] of page.jobs.entries()) {
    expect(screen).toContain(`${index + 1} ${job.title}`);
    if (job.page) {
      await choose(index + 1, job.title);
      await walkPage(job.page, depth + 1);
      terminal.press(index % 2 === 0 ? 'C-c' : 'Escape'); // goes up
    } else await walkJob(job, () => choose(index + 1, job.title), back);
    await terminal.see(back);
  }
}

async function walkJob(job: Job, enter: () => Promise<void>, back: RegExp): Promise<void> {
  if (job.live) {
    await enter();
    await resizedWhile(job.live === 'online' ? 'Online  (' : 'any key leaves');
    terminal.press('q');
    return;
  }
  const questions = job.command ? questionsOf(job, job.command) : [];
  // Away from the first question, then at the second after an answer to the first, and so on.
  for (const [at] of questions.entries()) {
    await enter();
    for (const question of questions.slice(0, at)) await answer(question);
    // What stands in the way is told before anybody is asked: the server runs that the walk started.
    if (at > 0 && job.command?.check) {
      await terminal.see('Stop the server first');
      return terminal.press('Enter');
    }
    await resizedWhile(questions[at]!.seen);
    terminal.press(at % 2 === 0 ? 'Escape' : 'C-c');
    await terminal.see(back);
  }
  if (questions.length > 0) return;
  await enter();
  // A job that asks nothing shows what it found; one that found something to ask is left there.
  const screen = await terminal.see(new RegExp(`${READ}|\\(y/N\\)|q stops`));
  terminal.press(screen.includes(READ) ? 'Enter' : 'C-c');
}

/** The screen grows and shrinks under what it shows, which goes on being there. */
async function resizedWhile(shown: string): Promise<void> {
  await terminal.see(shown);
  terminal.resize(70, 20);
  await terminal.see(shown.slice(0, 20));
  terminal.resize(80, 24);
  const screen = await terminal.see(shown);
  for (const line of screen.split('\n')) expect(line.length).toBeLessThanOrEqual(80);
}

interface Question {
  /** Words of it that are on the screen. */
  seen: string;
  /** What to type; nothing takes what the list offers first. */
  answer: string;
  isList: boolean;
}

/** What the job will ask, by its definition: parameters in order, then whether it is sure. */
function questionsOf({ also = [], sure, given = {} }: Job, command: Command): Question[] {
  const asked = Object.entries(command.parameters).filter(
    ([name, one]) => isAskedFor(name, one, also) && !(name in given),
  );
  return [
    ...asked.flatMap(([, parameter]) => {
      const { choices, question, summary, isNew } = parameter;
      const seen = words(choices?.question ?? question ?? summary);
      const answer = choices ? '' : sample(command, parameter);
      const isList = choices !== undefined;
      const again = { seen: 'Password again', answer, isList };
      return [{ seen, answer, isList }, ...(isNew ? [again] : [])];
    }),
    ...(sure === undefined ? [] : [{ seen: words(sure), answer: '', isList: false }]),
  ];
}

const words = (text: string) => (text[0]!.toUpperCase() + text.slice(1)).slice(0, 30);

/** As the command's own example has it. */
function sample(
  { example, parameters }: Command,
  { kind, flags, word }: Parameter<unknown>,
): string {
  if (kind === 'consent') return word ?? 'y';
  if (kind === 'secret') return 'a long password';
  const parts = example.split(' ');
  const at = parts.indexOf(flags.split(' ')[0]!);
  if (kind === 'option') return at < 0 ? '' : parts[at + 1]!;
  const names = Object.values(parameters).filter((one) => one.kind === 'argument');
  return parts.filter((part) => !part.startsWith('-')).at(-names.length) ?? '';
}

async function answer({ seen, answer: text, isList }: Question): Promise<void> {
  await terminal.see(isList ? new RegExp(`${literal(seen)}[^]*❯`) : seen);
  terminal.type(text);
  terminal.press('Enter');
}

async function shellIsFine(): Promise<void> {
  await terminal.see(/^\$ ?$/m);
  terminal.type('echo "exit=$?" $(stty -a | grep -oE "[ -](echo|icanon)\\b")');
  terminal.press('Enter');
  await terminal.see(/exit=0 +icanon +echo/);
}

longTest('every line of the menu is walked; leaving at each question changes nothing', async () => {
  await shop.addRouter();
  const [phone] = await shop.online();
  await shop.json('vouchers generate --plan P5 --count 3');
  await shop.json('vouchers generate --plan P5 --count 2');
  await shop.json('slips give 3 --to ana');
  await shop.json('subscribers add --name Joy');
  const [unused] = await shop.json<{ code: string }[]>('vouchers list --status unused');
  await shop.json(`vouchers revoke ${unused!.code}`);
  await shop.run('drawer open --seller ana --float 100');
  mkdirSync(shop.path('backups'));
  await shop.run('backup backups/pisonet-2026-11-20.db');
  await shop.json(`bandwidth set ${phone!.mac} --up 1M --down 1M`);
  await shop.run('hotspot block 02:00:00:00:00:EE');
  const input = 'a long password\n';
  await shop.runProcess('users add maria --role owner --password-stdin', { input });
  const vouchers = await shop.json('vouchers list');
  const plans = await shop.json('plans list');
  const users = await shop.json('users list');
  open({ ...shop.env, PORT: await freePort() });
  await walkPage(MAIN_MENU, 0);
  terminal.press('C-c');
  await shellIsFine();
  expect(await shop.json('vouchers list')).toEqual(vouchers);
  expect(await shop.json('plans list')).toEqual(plans);
  expect(await shop.json('users list')).toEqual(users);
  expect(shop.simulator!.active()).toHaveLength(1);
  expect(shop.simulator!.queueOf(phone!.mac)?.maxLimit.up).toBe(1_000_000);
  expect(existsSync(shop.path('.env'))).toBe(false);
});

test('without a router one is offered; the simulated shop has books of its own', async () => {
  await shop.json('vouchers generate --plan P5 --count 2');
  const before = await shop.json('vouchers list');
  open({ DATABASE_URL: 'sqlite:shop.db', PORT: await freePort() });
  await terminal.see(START_PAGE.title);
  await terminal.see(`3 ${START_PAGE.goOn}`);
  await choose(1, START_PAGE.setUp.title);
  await terminal.see("The router's address");
  terminal.press('C-c');
  await terminal.see(`3 ${START_PAGE.goOn}`);

  await choose(2, START_PAGE.simulate);
  await terminal.see('simulated shop');
  await choose(3, 'Find a voucher');
  await choose(5, 'Who is logged in');
  expect(await terminal.see(READ)).toMatch(/phone-11\S* +127\.0\.0\.11 +\w{8} +P5/);
  terminal.press('Enter');
  await terminal.see(pageOf('Find a voucher'));
  terminal.press('C-c');
  await choose(8, 'Shop');
  await choose(1, 'Server');
  await choose(1, 'Start');
  const pid = /runs as process (\d+)/.exec(await terminal.see(READ))![1]!;
  terminal.press('Enter');
  await terminal.see(pageOf('Server'));
  terminal.press('C-c');
  await terminal.see(pageOf('Shop'));
  terminal.press('C-c');
  await terminal.see('0 Exit');
  terminal.press('C-c');
  await shellIsFine();
  // What was started in it ended with it, and the shop's own books never heard of it.
  await ended(Number(pid));
  expect(existsSync(shop.path('data/server.pid'))).toBe(false);
  expect(await shop.json('vouchers list')).toEqual(before);
  expect(existsSync(shop.path('.env'))).toBe(false);
  expect(readFileSync(shop.path('data/simulated.db')).length).toBeGreaterThan(0);
});

longTest(
  'what is set up in the simulated shop stays in it, and its server ends with the terminal',
  async () => {
    const settings = 'SHOP_NAME=Tina\nWEBHOOK_URL=http://127.0.0.1:9999/real\n';
    writeFileSync(shop.path('.env'), settings);
    open({ DATABASE_URL: 'sqlite:shop.db', PORT: await freePort() });
    await terminal.see(`3 ${START_PAGE.goOn}`);
    await choose(2, START_PAGE.simulate);
    await terminal.see('simulated shop');
    await choose(7, 'Router');
    await choose(5, 'Set up the router');
    await terminal.read('(y/N)');
    terminal.type('y');
    terminal.press('Enter');
    await terminal.read(READ);
    const own = loadDotEnv(shop.path('data/simulated.env'), {});
    expect(own).toMatchObject({ MIKROTIK_USERNAME: 'pisonet', SHOP_NAME: 'Tina' });
    expect(own).not.toHaveProperty('WEBHOOK_URL');
    terminal.press('Enter');
    await terminal.see(pageOf('Router'));
    await choose(1, 'Connection settings');
    await terminal.see('This is the simulated shop');
    terminal.press('Enter');
    await terminal.see(pageOf('Router'));
    await choose(2, 'Test connection'); // by the account that the set-up made
    await terminal.see(/RouterOS +7[^]*Enter goes back/);
    terminal.press('Enter');
    await terminal.see(pageOf('Router'));
    terminal.press('C-c');
    await choose(8, 'Shop');
    await choose(1, 'Server');
    await choose(1, 'Start');
    const pid = Number(/runs as process (\d+)/.exec(await terminal.see(READ))![1]);
    expect(existsSync(shop.path('data/server.pid'))).toBe(false);
    await terminal.close();
    const end = Date.now() + 20_000;
    while (isAlive(pid) && Date.now() < end) await new Promise((look) => setTimeout(look, 50));
    expect(isAlive(pid)).toBe(false);
    expect(readFileSync(shop.path('.env'), 'utf8')).toBe(settings);
    expect(readdirSync(shop.path('data')).filter((name) => /env|pid/.test(name))).toEqual([]);
  },
);

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

longTest('without a router the menu goes on when it is told to; Ctrl-C leaves', async () => {
  open({ DATABASE_URL: 'sqlite:shop.db' });
  await terminal.see(`3 ${START_PAGE.goOn}`);
  await choose(3, START_PAGE.goOn);
  await terminal.see('0 Exit');
  terminal.press('C-c');
  await shellIsFine();
  terminal.type('clear');
  terminal.press('Enter');
  await terminal.seeNoMore('exit=0');
  open({ DATABASE_URL: 'sqlite:shop.db' });
  await terminal.see(`3 ${START_PAGE.goOn}`);
  terminal.press('C-c');
  await shellIsFine();
});

/** The process is gone, and whoever it was left to has heard of it. */
async function ended(pid: number): Promise<void> {
  for (;;) {
    try {
      process.kill(pid, 0);
    } catch (error) {
      expect((error as NodeJS.ErrnoException).code).toBe('ESRCH');
      return;
    }
    await new Promise(setImmediate);
  }
}
