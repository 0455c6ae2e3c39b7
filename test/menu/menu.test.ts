import { PISONET } from '../../src/command-line';
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { CliShop, freePort, MAIN } from '../support/program/cli-shop';
import { Terminal } from '../support/program/terminal';
import { longTest } from '../support/program/run-counts';

jest.setTimeout(120_000);

const READ = 'Enter goes back';
const MAIN_PAGE = '0 Exit';
/** The head of a page, which stays while it waits for a choice. */
const page = (title: string) => new RegExp(`> ${title} *\\n[^]*0 Back`);
const PASSWORD = 'not to be seen';

let shop: CliShop;
let terminal: Terminal;

beforeEach(async () => {
  shop = CliShop.open();
  await shop.addRouter();
});
afterEach(async () => {
  await terminal.close();
  await shop.close();
});

/** The menu in a fresh terminal. */
async function open(env: Record<string, string> = {}): Promise<void> {
  terminal = Terminal.open(shop.folder, { ...shop.env, ...env });
  start();
  await terminal.see(MAIN_PAGE);
}

function start(words = ''): void {
  terminal.type(`node ${MAIN} ${words}`);
  terminal.press('Enter');
}

/** Opens a line of the menu by its digit, once its title is there. */
async function go(digit: number, title: string): Promise<void> {
  await terminal.see(new RegExp(`${digit} ${title}`));
  terminal.type(String(digit));
}

async function answer(question: string | RegExp, text: string): Promise<void> {
  await terminal.see(question);
  terminal.type(text);
  terminal.press('Enter');
}

/** What a job showed, after going back to its page. */
async function read(pageHas: string | RegExp): Promise<string> {
  const screen = await terminal.read(READ);
  for (const line of screen.split('\n')) expect(line.length).toBeLessThanOrEqual(80);
  terminal.press('Enter');
  await terminal.see(pageHas);
  return screen;
}

/** Leaves the menu by Ctrl-C and looks whether the shell has its terminal back as it was. */
async function leave(): Promise<void> {
  await terminal.see(MAIN_PAGE);
  terminal.press('C-c');
  await shellIsFine();
}

async function clear(gone: string): Promise<void> {
  terminal.type('clear');
  terminal.press('Enter');
  await terminal.seeNoMore(gone);
}

async function shellIsFine(code = 0): Promise<void> {
  await terminal.see(/^\$ ?$/m);
  terminal.type('echo "exit=$?" $(stty -a | grep -oE "[ -](echo|icanon)\\b")');
  terminal.press('Enter');
  await terminal.see(new RegExp(`exit=${code} +icanon +echo`));
}

test('the main menu has its lines in order; vouchers are made, About tells', async () => {
  await open();
  const daily = ['Sell', 'Who is online', 'Find a voucher', 'Bandwidth control', 'Money'];
  const titles = [...daily, 'Plans', 'Router', 'Shop', 'Danger'];
  const lines = [...titles.map((title, at) => `${at + 1} ${title}`), MAIN_PAGE];
  expect(await terminal.screen()).toMatch(new RegExp(lines.join('\\s+')));

  await go(1, 'Sell');
  await go(2, 'Create many');
  await terminal.see('❯ P5');
  terminal.press('Enter');
  await answer('How many', 'abc');
  await terminal.see('"abc" is not a whole number above zero');
  terminal.press('BSpace', 'BSpace', 'BSpace');
  await answer('How many', '3');
  await answer('in front of each code', 'AB');
  await answer('Print them now?', 'n');
  expect(await read(page('Sell'))).toMatch(/Batch \d+: 3 x P5[^]*AB\w{8} {2}AB\w{8}/);
  expect(await shop.json('vouchers list')).toHaveLength(3);

  await go(1, 'Sell one voucher');
  await terminal.see('❯ P5');
  terminal.press('Enter');
  await answer('Print it now?', 'n');
  expect(await read(page('Sell'))).toMatch(/Batch \d+: 1 x P5/);
  expect(await shop.json('vouchers list')).toHaveLength(4);

  terminal.press('Escape');
  await go(8, 'Shop');
  await go(9, 'About');
  expect(await read(page('Shop'))).toMatch(/PisoNet Manager +0\.1\.0[^]*Router +127\.0\.0\.1/);
  await go(0, 'Back');
  await go(0, 'Exit');
  await shellIsFine();
});

longTest('what was made is printed in the same step, under a name that is offered', async () => {
  await open();
  await go(1, 'Sell');
  await go(2, 'Create many');
  await terminal.see('❯ P5');
  terminal.press('Enter');
  await answer('How many', '2');
  await answer('in front of each code', '');
  await answer('Print them now?', 'y');
  await terminal.see(/Which paper\?[^]*❯ a4/);
  terminal.press('Enter');
  await answer('(slips-of-batch-1.html)', '');
  expect(await read(page('Sell'))).toContain('2 slips for a4 are in slips-of-batch-1.html');
  const [one] = await shop.json<{ code: string }[]>('vouchers list');
  const shown = `${one!.code.slice(0, 4)} ${one!.code.slice(4)}`;
  expect(readFileSync(shop.path('slips-of-batch-1.html'), 'utf8')).toContain(shown);
  terminal.press('C-c');
  await leave();
});

longTest('a voucher is ended and refunded in one step, and says what to give back', async () => {
  const [phone] = await shop.online();
  await open();
  await go(5, 'Money');
  await go(3, 'End a voucher and refund it');
  await terminal.see(`❯ ${phone!.code}`);
  terminal.press('Enter');
  await answer('End this voucher now, and give ₱5.00 back?', 'y');
  expect(await read(page('Money'))).toContain('has ended. Give ₱5.00 back: the sale is refunded.');
  expect(await shop.json(`vouchers show ${phone!.code}`)).toMatchObject({ status: 'revoked' });
  expect(await shop.json('sales')).toMatchObject({
    rows: [{ sold: 1, voided: 1, total: { amount: 0 } }],
  });
  terminal.press('C-c');
  await leave();
});

longTest('one voucher is found: who is in, more time, log out, revoke', async () => {
  const [first, second] = await shop.online(2);
  await shop.json('vouchers generate --plan P5 --count 15'); // a list to search in
  await open();
  await go(3, 'Find a voucher');
  await go(5, 'Who');
  expect(await read(page('Find a voucher'))).toContain(first!.mac);

  await go(1, 'Show a voucher');
  await terminal.see('type to search');
  terminal.type(first!.code.slice(0, 6));
  await terminal.see(new RegExp(`❯ ${first!.code}`));
  terminal.press('Enter');
  await terminal.see(READ);
  await read(page('Find a voucher'));

  await go(2, 'Extend');
  await terminal.see('type to search');
  terminal.type(first!.code);
  await terminal.see(new RegExp(`❯ ${first!.code}`));
  terminal.press('Enter');
  await answer('How much', '1h');
  expect(await read(page('Find a voucher'))).toContain('got 1h more');

  await go(3, 'End a voucher');
  await terminal.see('type to search');
  terminal.type(second!.code);
  await terminal.see(new RegExp(`❯ ${second!.code}`)); // Enter before that is not heard
  terminal.press('Enter');
  await answer('End this voucher now?', 'y');
  expect(await read(page('Find a voucher'))).toContain(`Voucher ${second!.code} has ended`);
  expect(shop.simulator!.active()).toHaveLength(1);
  await go(0, 'Back');

  await go(4, 'Bandwidth control');
  await go(7, 'Log a device out');
  await terminal.see(first!.mac);
  terminal.press('Enter');
  await answer('Log this device out?', 'n');
  expect(await read(page('Bandwidth control'))).toContain('Nothing was changed');
  expect(shop.simulator!.active()).toHaveLength(1);
  await go(0, 'Back');

  await go(9, 'Danger');
  await go(1, 'Log everybody out');
  await answer('Log every customer out?', 'y');
  expect(await read(page('Danger'))).toContain('Logged out: 1');
  await go(0, 'Back');
  await leave();
});

longTest(
  'what is typed and found nowhere takes nothing; Esc goes back, at the top it stays',
  async () => {
    await shop.online(2);
    await open();
    await terminal.see('Ctrl-C leave');
    await go(3, 'Find a voucher');
    await terminal.see('Esc or Ctrl-C back');
    await go(3, 'End a voucher');
    await terminal.see(/Which voucher,[^]*❯/);
    terminal.type('NOPE');
    await terminal.see('No results found');
    terminal.press('Enter');
    terminal.type('X'); // the question is still there
    await terminal.see('NOPEX');
    terminal.press('Escape');
    await terminal.see(page('Find a voucher'));
    terminal.press('Escape');
    await go(4, 'Bandwidth control');
    await go(9, 'Blocked devices');
    await go(1, 'Block a device');
    await terminal.see(/Which device\?[^]*❯/);
    terminal.type('02:00:00:00:00:EE');
    await terminal.see('❯ 02:00:00:00:00:EE  not online now');
    terminal.press('Enter');
    await answer('Why, for the record', 'noisy');
    expect(await read(page('Blocked devices'))).toContain('02:00:00:00:00:EE is blocked');
    terminal.press('Escape');
    await terminal.see(page('Bandwidth control'));
    await go(0, 'Back');
    await terminal.see(MAIN_PAGE);
    terminal.press('Escape', 'BSpace'); // so that the 4 is not taken for a part of the Esc
    await go(5, 'Money');
    await go(1, "Today's sales");
    expect(await read(page('Money'))).toMatch(/test +2 +- +\S*10/);
    terminal.press('C-c');
    expect(await shop.json('vouchers list --status active')).toHaveLength(2);
    await leave();
  },
);

longTest(
  "the router's settings begin with what they are; the connection is tried afterwards",
  async () => {
    const { port } = shop.simulator!;
    const before = ['MIKROTIK_HOST=10.9.9.9', 'MIKROTIK_PORT=18729', 'MIKROTIK_USE_SSL=true', ''];
    writeFileSync(shop.path('.env'), before.join('\n'));
    terminal = Terminal.open(shop.folder, { DATABASE_URL: 'sqlite:shop.db' });
    start();
    await go(7, 'Router');
    await go(1, 'Connection settings');
    await terminal.see("The router's address: (10.9.9.9)");
    await answer("The router's address", `127.0.0.1:${port}`);
    await terminal.see(/encrypted[^]*❯ on/);
    terminal.type('off');
    await terminal.see('❯ off');
    terminal.press('Enter');
    await answer(`The port of its API, if it is not the usual one: (${port})`, '');
    await answer('program: (admin)', '');
    await answer('Password of that user', '');
    await answer('The interface to the Internet; - for none: (-)', 'ether1');
    await answer('The hotspot server to serve; - for all: (-)', '');
    await answer('Test the connection now?', 'y');
    expect(await read(page('Router'))).toMatch(/RouterOS +7/);
    expect(readFileSync(shop.path('.env'), 'utf8')).toMatch(
      new RegExp(`MIKROTIK_PORT=${port}\nMIKROTIK_USE_SSL=false\n[^]*WAN_INTERFACE=ether1\n$`),
    );
    terminal.press('C-c');
    await leave();
  },
);

longTest('staff get in and get a new password, plans change', async () => {
  await open();
  await go(8, 'Shop');
  await go(2, 'Staff');
  await go(2, 'Add staff');
  await answer('The name to log in with', 'maria');
  await terminal.see('❯ owner');
  terminal.press('Enter');
  await answer('Read the password', 'short');
  await terminal.see('at least 8 characters');
  terminal.type(' no more');
  terminal.press('Enter');
  await answer('Password again', 'something else');
  await terminal.see('That is not the same');
  terminal.press('C-u');
  await answer('Password again', 'short no more');
  expect(await read(page('Staff'))).toContain('Account maria was made');
  await go(4, 'Create a new password');
  await terminal.see('❯ maria');
  terminal.press('Enter');
  expect(await read(page('Staff'))).toMatch(/The password: [\w-]{12}\s/);
  terminal.press('Escape');
  await terminal.see(page('Shop'));
  terminal.press('Escape');

  await go(6, 'Plans');
  await go(4, 'Change a plan');
  await terminal.see(/Which plan\?[^]*❯ P5/);
  terminal.press('Enter');
  await answer('Price: like 5 or 5.50: (5)', '6');
  await answer(/Valid for[^\n]* \(1h\)/, '');
  await answer(/Upload speed[^\n]* \(1M\)/, '');
  await answer(/Download speed[^\n]* \(3M\)/, '5M');
  for (const key of ['Time online', 'Data limit']) await answer(key, '');
  expect(await read(page('Plans'))).toContain('Plan P5 is changed');
  const [plan] = await shop.json<{ validitySeconds: number; rateDown: number }[]>('plans list');
  expect(plan).toMatchObject({ validitySeconds: 3600, rateDown: 5_000_000 });
  terminal.press('C-c');
  await leave();
});

longTest('a device is blocked while the router is away, by its address', async () => {
  await shop.simulator!.stop();
  await open();
  await go(4, 'Bandwidth control');
  await go(9, 'Blocked devices');
  await go(1, 'Block a device');
  await answer('Its name or its address', '02:00:00:00:00:EE');
  await answer('Why, for the record', 'noisy');
  expect(await read(page('Blocked devices'))).toContain('02:00:00:00:00:EE is blocked');
  expect(await shop.json('hotspot blocked')).toMatchObject([{ mac: '02:00:00:00:00:EE' }]);
  await go(0, 'Back');
  await go(0, 'Back');
  await leave();
});

longTest('who is online: a live view; a limit set and removed, all queues', async () => {
  const [phone] = await shop.online();
  await open();
  await go(2, 'Who is online');
  await terminal.see(phone!.mac);
  const device = shop.simulator!.devices().find(({ mac }) => mac === phone!.mac)!;
  device.download('5M');
  await terminal.see('5 MB'); // in place, by itself
  terminal.resize(60, 10);
  await terminal.see('\n  log out, w why'); // the keys have two lines now
  terminal.resize(80, 24);
  await terminal.see('k log out, w why');
  terminal.press('q');
  await terminal.see(MAIN_PAGE);

  await go(4, 'Bandwidth control');
  await go(2, 'Set a limit');
  await terminal.see(`❯ ${phone!.code}  ${phone!.mac}`);
  terminal.press('Enter');
  await answer('Upload limit', 'fast');
  await terminal.see('is not a speed');
  terminal.press('BSpace', 'BSpace', 'BSpace', 'BSpace');
  await answer('Upload limit', '256K');
  await answer('Download limit', '512K');
  await answer('How long', '2h');
  expect(await read(page('Bandwidth control'))).toContain('limited to ↑ 256K ↓ 512K');
  expect(shop.simulator!.queueOf(phone!.mac)?.maxLimit).toEqual({ up: 256_000, down: 512_000 });

  await go(3, 'Remove a limit');
  await terminal.see(`❯ ${phone!.mac}`);
  terminal.press('Enter');
  expect(await read(page('Bandwidth control'))).toContain('no limit of its own any more');
  await go(4, 'All queues');
  expect(await read(page('Bandwidth control'))).toContain(phone!.mac);
  await go(1, 'Users with traffic');
  expect(await read(page('Bandwidth control'))).toContain(phone!.mac);
  terminal.press('C-c');

  await go(2, 'Who is online');
  await terminal.see('q back');
  terminal.press('C-c');
  await leave();
  start('bandwidth list --watch');
  await terminal.see(new RegExp(`any key leaves[^]*${phone!.mac}`));
  terminal.press('q');
  await terminal.seeNoMore('any key leaves');
});

longTest('server: started, looked at, its log followed, stopped', async () => {
  await open({ PORT: await freePort() });
  await go(8, 'Shop');
  await go(1, 'Server');
  await go(3, 'Status');
  expect(await read(page('Server'))).toMatch(/Server +stopped/);
  try {
    await go(1, 'Start');
    expect(await read(page('Server'))).toMatch(/runs as process \d+/);
    await go(4, 'Open');
    expect(await read(page('Server'))).toMatch(/http:\S+\/admin[^]*▄/);
    await go(5, 'Follow');
    await terminal.see('the portal is at');
    terminal.press('q');
    await go(2, 'Stop');
    await answer('Stop the server?', 'y');
    expect(await read(page('Server'))).toContain('is stopped');
  } finally {
    await shop.runProcess('server stop');
  }
  await go(0, 'Back');
  await terminal.see(page('Shop'));
  await go(0, 'Back');
  await leave();
});

longTest('router, backup, stats, restore, address, test, doctor', async () => {
  const { port } = shop.simulator!;
  writeFileSync(shop.path('.env'), `# mine\nMIKROTIK_HOST=127.0.0.1\nMIKROTIK_PORT=${port}\n`);
  terminal = Terminal.open(shop.folder, { DATABASE_URL: 'sqlite:shop.db' });
  start();
  await go(7, 'Router');
  await go(2, 'Test connection');
  expect(await read(page('Router'))).toMatch(/Board +CCR/);
  await go(0, 'Back');

  await go(8, 'Shop');
  await go(3, 'Database backup');
  await answer('Save as', 'copy.db');
  expect(await read(page('Shop'))).toContain('was copied to');
  await shop.json('vouchers generate --plan P5 --count 2');
  await go(5, 'Database stats');
  expect(await read(page('Shop'))).toMatch(/Vouchers unused +2/);

  await go(4, 'Database restore');
  await answer('The backup to go back to', 'copy.db');
  await answer('Type RESTORE to go on', 'restore');
  expect(await read(page('Shop'))).toContain('Nothing was changed');
  await go(4, 'Database restore');
  await answer('The backup to go back to', 'copy.db');
  await answer('Type RESTORE to go on', 'RESTORE');
  expect(await read(page('Shop'))).toContain('0 vouchers');
  expect(existsSync(shop.path('shop.db.before-restore'))).toBe(true);

  await go(1, 'Server');
  await go(6, 'Server address');
  await answer('The address', 'http://192.168.88.10:5000');
  expect(await read(page('Server'))).toContain('PORTAL_URL is now http://192.168.88.10:5000');
  await go(0, 'Back');
  await terminal.see(page('Shop'));
  await go(0, 'Back');
  await go(7, 'Router');
  await go(3, 'Check the router');
  expect(await read(page('Router'))).toContain('of these lose money');
  await go(4, 'Fix the router');
  await answer('Fix this on the router', 'y');
  await read(page('Router'));
  expect(shop.simulator!.rows('/ip/hotspot/walled-garden/ip')).toHaveLength(1);

  await go(1, 'Connection settings');
  await answer("router's address", '192.168.88.1');
  await answer(/encrypted[^]*❯ off/, '');
  await answer('The port of its API', '');
  await answer("router's user for this program", 'pisonet');
  await answer('Password of that user', PASSWORD);
  await answer('The interface to the Internet', '');
  await answer('The hotspot server to serve', '');
  await answer('Test the connection now?', 'n');
  const screen = await read(page('Router'));
  expect(screen).not.toContain(PASSWORD);
  const file = readFileSync(shop.path('.env'), 'utf8');
  expect(file).toContain('# mine\nMIKROTIK_HOST=192.168.88.1\n');
  expect(file).toContain(PASSWORD);
  expect(statSync(shop.path('.env')).mode & 0o777).toBe(0o600);
  terminal.press('C-c');
  await leave();
});

longTest('a bare router is set up, and that is undone', async () => {
  await shop.simulator!.stop();
  await shop.addRouter({ bare: true, password: PASSWORD });
  shop.simulator!.faults.seenFrom = '192.168.88.10'; // phones open that, which they could not 127.0.0.1
  const before = shop.simulator!.exported();
  writeFileSync(shop.path('.env'), `MIKROTIK_PASSWORD=${PASSWORD}\n`);
  await open();
  await go(7, 'Router');
  await go(5, 'Set up the router');
  await terminal.read('(y/N)');
  await answer('Do all this on the router?', 'n');
  expect(await read(page('Router'))).toContain('Nothing was changed');
  expect(shop.simulator!.exported()).toEqual(before);
  await go(5, 'Set up the router');
  await terminal.read('(y/N)');
  await answer('Do all this on the router?', 'y');
  expect(await read(page('Router'))).toContain('The router is set up.');
  expect(readFileSync(shop.path('.env'), 'utf8')).toContain('MIKROTIK_USERNAME=pisonet');

  await go(6, 'Undo setup');
  await terminal.see('may not do ftp, policy');
  await answer('A router administrator', 'admin');
  await answer("that administrator's password", PASSWORD);
  await terminal.read('(y/N)');
  await answer('Undo all this?', 'y');
  expect(await read(page('Router'))).not.toContain(PASSWORD);
  expect(shop.simulator!.exported()).toEqual(before);
  terminal.press('C-c');
  await leave();
});

test('Ctrl-C at a question goes back to its page; a command that asks ends with it', async () => {
  await open();
  await go(1, 'Sell');
  await go(2, 'Create many');
  await terminal.see('❯ P5');
  terminal.press('C-c');
  await terminal.see(page('Sell'));
  await go(2, 'Create many');
  await terminal.see('❯ P5');
  terminal.press('Enter');
  await terminal.see('How many');
  terminal.press('C-c');
  await terminal.see(page('Sell'));
  terminal.press('C-c');
  await leave();
  expect(await shop.json('vouchers list')).toEqual([]);

  start('hotspot kick-all');
  await terminal.see('Log every customer out?');
  terminal.press('C-c');
  await terminal.see(/Nothing was changed\.\s+\$\s*$/);
  await shellIsFine(130);
  await clear('exit=130');
  start('hotspot kick-all');
  await terminal.see('Log every customer out?');
  terminal.press('Escape');
  await terminal.see(/Nothing was changed\.\s+\$\s*$/);
  await shellIsFine(1);
  await clear('exit=1');
  start('restore copy.db 2>error.txt');
  await answer('Type RESTORE to go on', 'no');
  await shellIsFine(1);
  expect(readFileSync(shop.path('error.txt'), 'utf8')).toBe('Nothing was changed.\n');
  await clear('exit=1');
  start('vouchers generate --count 2'); // only what is missing is asked
  await terminal.see('❯ P5');
  terminal.press('Enter');
  await terminal.see('Batch');
  expect(await terminal.screen()).not.toContain('How many');
});

longTest('NO_COLOR takes the colors away', async () => {
  await open();
  expect(await terminal.screen({ colors: true })).toContain('\u001B[');
  await leave();
  await terminal.close();
  await open({ NO_COLOR: '1' });
  expect(await terminal.screen({ colors: true })).not.toContain('\u001B[');
  await leave();
});

test('without a terminal nothing is asked', async () => {
  await open();
  const none = await shop.runProcess('');
  expect(none).toMatchObject({ code: 2 });
  expect(none.out).toContain(`Usage: ${PISONET}`);
  const half = await shop.runProcess('vouchers generate --count 2', { input: '\n\n\n' });
  expect(half).toMatchObject({ code: 2, out: '' });
});
