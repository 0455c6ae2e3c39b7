import { parseCode } from '../../src/domain/vouchers/voucher-code';
import { Simulator } from '../../src/simulator/simulator';
import { ChainShop, ROUTER_PASSWORD } from '../support/router/chain-shop';
import type { TestApp } from '../support/test-app';

/** Routers that are added, changed and removed by another process while the server runs. */

let chain: ChainShop;
let third: Simulator;
let command: TestApp;
let stopping: AbortController;
let running: Promise<void>;

beforeEach(async () => {
  chain = await ChainShop.open();
  const { clock } = chain;
  third = await Simulator.start({ clock, serial: 'THIRD', password: ROUTER_PASSWORD });
  command = await chain.beside();
  stopping = new AbortController();
  running = chain.shop.app.routers.run(stopping.signal);
});

afterEach(async () => {
  stopping.abort();
  await running;
  await command.close();
  await chain.close();
  await third.stop();
});

const sides = () => chain.shop.app.routerSides;
const titles = () => sides().map(({ title }) => title);

/** Time passes until it is so. */
async function until(isSo: () => boolean | Promise<boolean>): Promise<void> {
  const work = async () => {
    while (!(await isSo())) await new Promise(setImmediate);
  };
  await chain.clock.passingFor(work());
}

const roundsOf = (id: number) => {
  const rounds = { count: 0 };
  const side = sides().find((one) => one.id === id)!;
  side.controller.status.onRound(() => (rounds.count += 1));
  return rounds;
};

async function redeem(address: string, code: string, key?: string): Promise<void> {
  const { loop, redemptions } = chain.shop.app.services;
  const host = await loop.whoIsAt(address, key);
  await redemptions.redeem(parseCode(code), host!);
}

test('an added router serves customers without a restart; a removed one is left as it is', async () => {
  const [first, second] = sides();
  const { key } = await chain.add('Market', third, {}, command);
  await until(() => titles().includes('Market'));
  const phone = third.addDevice({ mac: '02:00:00:00:02:01', address: '10.5.50.9' });
  const code = await chain.shop.code();
  await redeem(phone.address, code, key);
  expect(phone.online).toBe(true);
  expect(sides().slice(0, 2)).toEqual([first, second]);

  await command.app.services.addedRouters.remove('Market', 'maria');
  await until(() => !titles().includes('Market'));
  const rounds = roundsOf(0);
  third.log.clear();
  await until(() => rounds.count >= 3);
  expect(third.log.writes).toEqual([]);
  expect(phone.online).toBe(true);
  const walked = chain.first.addDevice({ mac: '02:00:00:00:02:01', address: '10.5.50.9' });
  await redeem(walked.address, code);
  expect(walked.online).toBe(true);
});

test('a changed router is reached as it is said now; the others keep their loops', async () => {
  const [first, second] = sides();
  const rounds = roundsOf(0);
  await until(() => rounds.count > 0);
  const before = rounds.count;
  await chain.second.stop();
  const { addedRouters } = command.app.services;
  await addedRouters.edit('Purok 3', { port: third.port, pollSeconds: 20 }, undefined, 'maria');
  await until(() => sides()[1] !== undefined && sides()[1] !== second);
  expect(sides()[0]).toBe(first);
  expect(sides()[1]!.settings).toMatchObject({ port: third.port, pollMs: 20_000 });
  await until(() => rounds.count >= before + 2);
  await expect(sides()[1]!.overview.test()).resolves.toMatchObject({ serial: 'THIRD' });
});

test('a password that was entered again opens a router whose key was lost', async () => {
  const { addedRouters } = command.app.services;
  const [added] = await addedRouters.list();
  await command.app.stores.addedRouters.setPassword(added!.id, 'v1.of-another-key');
  await until(() => titles().length === 1);
  const away = async () =>
    (await chain.shop.app.services.alerts.open()).filter(({ kind }) => kind === 'router away');
  await until(async () => (await away()).length === 1);
  await addedRouters.edit('Purok 3', {}, ROUTER_PASSWORD, 'maria');
  await until(() => titles().includes('Purok 3'));
  await until(async () => (await away()).length === 0);
});
