import { CliShop, MAIN } from '../support/program/cli-shop';
import { Terminal } from '../support/program/terminal';
import { longTest } from '../support/program/run-counts';

/** The menu's list of who is online: it is live, and keys act on the selected device. */

jest.setTimeout(120_000);

const READ = 'Enter goes back';

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

function open(env: Record<string, string> = {}): void {
  terminal = Terminal.open(shop.folder, { ...shop.env, ...env });
  terminal.type(`node ${MAIN}`);
  terminal.press('Enter');
}

async function openList(): Promise<void> {
  await terminal.see('2 Who is online');
  terminal.type('2');
}

/** The line below the list, which tells of the device that is selected. */
const selected = (mac: string) => new RegExp(`^  ${mac} · 10\\.5\\.50\\.\\d+ · P5 · `, 'm');

test('arrows select a device, and keys limit it, tell why, block it, and log it out', async () => {
  const [first, second] = await shop.online(2);
  const name = "Ate Joy's very long Oppo from next door";
  await shop.look(({ services }) => services.deviceNames.give(second!.mac, name, 'ana'));
  shop.simulator!.devices()[0]!.download('1M');
  open();
  await openList();
  const screen = await terminal.see(selected(first!.mac));
  expect(screen).toMatch(/^❯ \S+ +(1h|59m\d\ds) /m); // the time left
  expect(screen).toContain("Ate Joy's very");
  for (const line of screen.split('\n')) expect(line.length).toBeLessThanOrEqual(80);
  terminal.press('Up'); // nothing is above
  terminal.press('Down');
  await terminal.see(selected(second!.mac));

  terminal.type('l');
  await terminal.see('Upload limit');
  terminal.type('256K');
  terminal.press('Enter');
  await terminal.see('Download limit');
  terminal.type('512K');
  terminal.press('Enter');
  await terminal.see('How long');
  terminal.press('Enter');
  await terminal.see(`${name} is limited to ↑ 256K ↓ 512K`);
  expect(shop.simulator!.queueOf(second!.mac)?.maxLimit).toEqual({ up: 256_000, down: 512_000 });
  terminal.press('Enter');
  await terminal.see(/^❯ Ate Joy.* 256K\/512K .*manual limit/m); // still selected
  await terminal.see(selected(second!.mac));

  terminal.type('w');
  expect(await terminal.see(READ)).toContain('manual limit');
  terminal.press('Enter');
  await terminal.see(selected(second!.mac));

  terminal.type('m');
  await terminal.see("Give more time: Ate Joy's very long Opp…");
  terminal.type('30m');
  terminal.press('Enter');
  expect(await terminal.see(READ)).toContain('got 30m more of validity');
  terminal.press('Enter');
  expect(await terminal.see(selected(second!.mac))).toMatch(/^❯ Ate Joy.* 1h(30|29)m /m);

  const called = 'Nena of Room 4';
  terminal.type('n');
  await terminal.see('Its name');
  terminal.type(called);
  terminal.press('Enter');
  await terminal.see(`${second!.mac} is called ${called} now.`);
  terminal.press('Enter');
  await terminal.see(/^❯ Nena of Room 4 /m);

  terminal.type('k');
  await terminal.see('Log this device out?');
  terminal.press('Escape'); // back to the list, and nothing is done
  await terminal.see(selected(second!.mac));
  expect(shop.simulator!.active()).toHaveLength(2);
  terminal.type('k');
  await terminal.see('Log this device out?');
  terminal.type('y');
  terminal.press('Enter');
  await terminal.see(`${called} is logged out`);
  expect(shop.simulator!.active().map(({ mac }) => mac)).toEqual([first!.mac]);
  terminal.press('Enter');

  await terminal.see(selected(first!.mac)); // the other one has left
  terminal.type('b');
  await terminal.see('Why, for the record');
  terminal.type('noisy');
  terminal.press('Enter');
  await terminal.see(`${first!.mac} is blocked`);
  expect(await shop.json('hotspot blocked')).toMatchObject([{ mac: first!.mac, reason: 'noisy' }]);
  terminal.press('Enter');
  await terminal.see('Nobody is online.');
  terminal.type('l'); // there is nothing to limit
  terminal.press('Down');
  terminal.type('q');
  await terminal.see('0 Exit');
});

longTest(
  'more devices than lines scroll with the selected one; states have colors, if wanted',
  async () => {
    const phones = (await shop.online(8)).sort((a, b) => a.mac.localeCompare(b.mac));
    open();
    await openList();
    expect(await terminal.see(selected(phones[0]!.mac))).toContain('8 online, ');
    expect(await terminal.screen({ colors: true })).toContain('\u001B[32mfull speed');
    terminal.resize(72, 15);
    await terminal.seeNoMore(phones[7]!.mac);
    for (const { mac } of phones.slice(1)) {
      terminal.press('Down');
      const screen = await terminal.see(selected(mac));
      for (const line of screen.split('\n')) expect(line.length).toBeLessThanOrEqual(72);
    }
    terminal.type('q');
    await terminal.see('0 Exit');
    terminal.press('C-c');
    await terminal.close();
    open({ NO_COLOR: '1' });
    await openList();
    await terminal.see(selected(phones[0]!.mac));
    expect(await terminal.screen({ colors: true })).not.toContain('\u001B[3');
  },
);
