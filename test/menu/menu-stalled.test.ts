import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { once } from 'node:events';
import { built } from '../support/program/built';
import { CliShop, MAIN } from '../support/program/cli-shop';
import { Terminal } from '../support/program/terminal';
import { longTest } from '../support/program/run-counts';

/** The menu beside a router that hangs: its process stands still, and its connections stay open. */

jest.setTimeout(120_000);

/** Far less than the router is waited for. */
const AT_ONCE_MS = 6_000;

let shop: CliShop;
let router: ChildProcessWithoutNullStreams;
let terminal: Terminal;

beforeEach(async () => {
  shop = CliShop.open();
  router = spawn(process.execPath, [built('src/simulator/main.js'), '--port', '0']);
  let said = '';
  while (!/ on 127\.0\.0\.1:\d+/.test(said)) {
    said += String((await once(router.stdout, 'data'))[0]);
  }
  const [, port] = / on 127\.0\.0\.1:(\d+)/.exec(said)!;
  const env = { ...shop.env, MIKROTIK_HOST: '127.0.0.1', MIKROTIK_PORT: port! };
  terminal = Terminal.open(shop.folder, env);
  terminal.type(`node ${MAIN}`);
  terminal.press('Enter');
  await terminal.see('0 Exit');
});
afterEach(async () => {
  await terminal.close();
  await endRouter();
  await shop.close();
});

async function endRouter(): Promise<void> {
  if (router.exitCode !== null || router.signalCode !== null) return;
  const ended = once(router, 'exit');
  router.kill('SIGKILL');
  await ended;
}

async function go(digit: number, title: string): Promise<void> {
  await terminal.see(`${digit} ${title}`);
  terminal.type(String(digit));
}

/** Presses the key and waits for the page that has this line. */
async function leaveBy(key: string, line = '2 Who is online'): Promise<void> {
  terminal.press(key);
  await terminal.see(line);
}

test.each(['q', 'C-c'])('the live view is left at once by %s', async (key) => {
  router.kill('SIGSTOP');
  await go(2, 'Who is online');
  const begin = performance.now(); // the first round is under way, and will be for long
  await terminal.see('q back');
  await leaveBy(key);
  expect(performance.now() - begin).toBeLessThan(AT_ONCE_MS);
});

test('a list to choose from says that it waits, and Ctrl-C ends the waiting', async () => {
  router.kill('SIGSTOP');
  await go(4, 'Bandwidth control');
  await go(2, 'Set a limit');
  await terminal.see(/bandwidth set: working, \d+ s/);
  const begin = performance.now();
  terminal.press('C-c');
  await terminal.see(/Stopped\.[^]*Enter goes back/);
  expect(performance.now() - begin).toBeLessThan(AT_ONCE_MS);
  await leaveBy('Enter', '2 Set a limit');
});

longTest('Ctrl-C ends a job that waits for the router, and not the menu', async () => {
  router.kill('SIGSTOP');
  await go(4, 'Bandwidth control');
  await go(4, 'All queues');
  await terminal.see(/bandwidth queues: working, \d+ s/);
  terminal.press('C-c');
  await terminal.see(/Stopped\.[^]*Enter goes back/);
  await leaveBy('Enter', '4 All queues');
  router.kill('SIGCONT');
  await go(4, 'All queues');
  await terminal.see(/no simple queues[^]*Enter goes back/);
});

longTest('the live view tells all of what is wrong with the router', async () => {
  await go(2, 'Who is online');
  await terminal.see(/q back[^]*Nobody is online/);
  await endRouter();
  await terminal.see(/Nothing listens at[^]*IP > Services on the router/);
  await leaveBy('q');
});
