import { built } from '../support/program/built';
import { CliShop, freePort } from '../support/program/cli-shop';
import { Terminal } from '../support/program/terminal';
import { reachedAt } from '../../src/web/staff/staff-address';

/** The link that makes the owner's account leads from where the owner is, which is seldom the server itself. */

jest.setTimeout(60_000);

let shop: CliShop;
let terminal: Terminal;

beforeEach(() => {
  shop = CliShop.open();
});
afterEach(async () => {
  await terminal?.close();
  await shop.close();
});

test('a card of this computer is named where all of them are listened on', () => {
  const own = () => ['192.168.88.10', '10.0.0.2'];
  expect(reachedAt('0.0.0.0', own)).toBe('192.168.88.10');
  expect(reachedAt('::', own)).toBe('192.168.88.10');
  expect(reachedAt('0.0.0.0', () => [])).toBeUndefined();
  expect(reachedAt('127.0.0.1', own)).toBeUndefined();
  expect(reachedAt('localhost', own)).toBeUndefined();
  expect(reachedAt('10.0.0.2', own)).toBe('10.0.0.2');
  expect(reachedAt('fd00::2', own)).toBe('[fd00::2]');
});

test('in a terminal the link stands there as text and as a code to scan', async () => {
  terminal = Terminal.open(shop.folder, { ...shop.env, PORT: await freePort() });
  terminal.type(`node ${built('src/main.js')}`);
  terminal.press('Enter');
  expect(await terminal.see('/admin/first-run?token=')).toMatch(/[▀▄█]{9}/);
  terminal.press('C-c');
  await terminal.see('stopping');
});
