import { writeFileSync } from 'node:fs';
import { CliShop, freePort, MAIN } from '../support/program/cli-shop';
import { Terminal } from '../support/program/terminal';
import { longTest } from '../support/program/run-counts';

/** In the menu, what is longer than the screen is shown from its beginning, page by page. */

jest.setTimeout(120_000);

const MORE = /-- \d+ lines? more: Space or Enter goes on, q stops --/;

let shop: CliShop;
let terminal: Terminal;

beforeEach(async () => {
  shop = CliShop.open();
  await shop.addRouter({ version: '7.19.4', bare: true, password: 'owner' });
  const settings = ['MIKROTIK_USERNAME=admin', 'MIKROTIK_PASSWORD=owner'];
  const portal = ['HOST=127.0.0.1', `PORTAL_URL=http://127.0.0.1:${await freePort()}`];
  writeFileSync(shop.path('.env'), [...settings, ...portal, ''].join('\n'));
  terminal = Terminal.open(shop.folder, shop.env);
});
afterEach(async () => {
  await terminal.close();
  await shop.close();
});

function start(words = ''): void {
  terminal.type(`node ${MAIN} ${words}`);
  terminal.press('Enter');
}

async function choose(digit: number, title: string): Promise<void> {
  await terminal.see(`${digit} ${title}`);
  terminal.type(String(digit));
}

test('a plan is read from its first step to the question; Esc goes back before it', async () => {
  start();
  await choose(7, 'Router');
  await choose(5, 'Set up the router');
  const first = await terminal.see(MORE);
  expect(first).toMatch(/^To do on MikroTik[^]*1\. Let phones that have not paid/);
  expect(first).not.toContain('(y/N)');
  terminal.press('Space');
  const second = await terminal.see('(y/N)');
  expect(second).toContain('Do all this on the router?');
  const lines = (screen: string) => screen.split('\n').filter((line) => line.trim() !== '');
  expect(lines(second)[0]).not.toBe(lines(first)[0]);
  terminal.press('C-c');
  await terminal.see('6 Undo setup');

  await choose(5, 'Set up the router');
  await terminal.see(MORE);
  terminal.press('Escape');
  await terminal.see('6 Undo setup');
  await choose(5, 'Set up the router');
  await terminal.see(MORE);
  terminal.press('q'); // has read enough to answer
  await terminal.see('(y/N)');
  terminal.press('C-c');
  await terminal.see('6 Undo setup');
});

longTest('what a job found is read from its beginning', async () => {
  start();
  await choose(7, 'Router');
  await choose(3, 'Check the router');
  const first = await terminal.see(MORE);
  expect(first).toMatch(/^Loses money: Customers cannot open the portal/);
  terminal.press('x'); // nothing
  const rest = await terminal.read('Enter goes back');
  expect(rest).toContain('of these lose money');
  terminal.press('Enter');
  await choose(3, 'Check the router');
  await terminal.see(MORE);
  terminal.press('q');
  await terminal.see('Enter goes back');
  terminal.press('Enter');
  await terminal.see('6 Undo setup');
});

longTest('a command by itself is not cut into pages', async () => {
  start('setup');
  await terminal.see('(y/N)');
  terminal.press('C-c');
  await terminal.see('Nothing was changed.');
});
