import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { once } from 'node:events';
import { built } from '../support/program/built';
import { CliShop, MAIN } from '../support/program/cli-shop';
import { Terminal } from '../support/program/terminal';

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
  await go(4, 'Bandwidth control');
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

async function go(number: number, title: string): Promise<void> {
  await terminal.see(`${number} ${title}`);
  terminal.type(String(number));
  await terminal.see(`❯ ${number} ${title}`);
  terminal.press('Enter');
}

/** Presses the key and waits for the page of bandwidth. */
async function leaveBy(key: string): Promise<void> {
  terminal.press(key);
  await terminal.see('4 All queues');
}

test.each(['q', 'C-c'])('the live view is left at once by %s', async (key) => {
  router.kill('SIGSTOP');
  await go(1, 'Users with traffic');
  const begin = performance.now(); // the first round is under way, and will be for long
  await terminal.see('any key leaves');
  await leaveBy(key);
  expect(performance.now() - begin).toBeLessThan(AT_ONCE_MS);
});

test('a list to choose from says that it waits, and Ctrl-C ends the waiting', async () => {
  router.kill('SIGSTOP');
  await go(2, 'Set a limit');
  await terminal.see(/bandwidth set: working, \d+ s/);
  const begin = performance.now();
  terminal.press('C-c');
  await terminal.see(/Stopped\.[^]*Enter goes back/);
  expect(performance.now() - begin).toBeLessThan(AT_ONCE_MS);
  await leaveBy('Enter');
});

test('Ctrl-C ends a job that waits for the router, and not the menu', async () => {
  router.kill('SIGSTOP');
  await go(4, 'All queues');
  await terminal.see(/bandwidth queues: working, \d+ s/);
  terminal.press('C-c');
  await terminal.see(/Stopped\.[^]*Enter goes back/);
  await leaveBy('Enter');
  router.kill('SIGCONT');
  await go(4, 'All queues');
  await terminal.see(/no simple queues[^]*Enter goes back/);
});

test('the live view tells all of what is wrong with the router', async () => {
  await go(1, 'Users with traffic');
  await terminal.see(/any key leaves[^]*Nobody is online/);
  await endRouter();
  await terminal.see(/Nothing listens at[^]*IP > Services on the router/);
  await leaveBy('q');
});
