import { loginTexts, type Vocabulary } from '../../src/simulator/engine/login-texts';
import type { SimulatedDevice } from '../../src/simulator/simulator';
import { toTrap } from '../../src/routeros/api/trap';
import { Router } from '../../src/routeros/router';
import { MB, MINUTE, SECOND } from '../support/builders';
import { ShopServer } from '../support/program/shop-server';
import { TestApp, type TestAppOptions } from '../support/test-app';
import { reboot } from '../support/router/reboot';

/** The router refuses a customer whom the books let in: nobody who paid stays out for that. */

const ROUND = 10 * SECOND;
const LONG_ENOUGH = 10 * MINUTE;
const CAP = { name: 'CAP', validity: '1d', data_cap: '25MB', throttle_policy: 'block' };

let app: TestApp;
let server: ShopServer | undefined;

afterEach(async () => {
  jest.restoreAllMocks();
  if (server) await server.close();
  else await app.close();
  server = undefined;
});

async function start(options: TestAppOptions = {}): Promise<void> {
  app = await TestApp.start({ profiles: [CAP, { name: 'P5' }], ...options });
}

/** Rounds until the device is in, one every ten seconds. */
async function secondsOut(phone: SimulatedDevice): Promise<number> {
  for (let ms = 0; ms < LONG_ENOUGH; ms += ROUND) {
    if (phone.online) return ms / SECOND;
    app.clock.advance(ROUND);
    await app.reconcile();
  }
  return Infinity;
}

/** Eight megabytes between the last round and the reboot, which the router keeps and our queue loses. */
async function rebootWithKeptCounters(phone: SimulatedDevice): Promise<void> {
  phone.download(17 * MB);
  await app.reconcile();
  phone.download(8 * MB);
  await reboot(app.simulator, { orderly: true });
}

const alerts = async () =>
  (await app.app.stores.journal.openAlerts()).filter(({ kind }) => kind === 'login refused');

const rowOf = (code: string) => app.simulator.users().find(({ name }) => name === code);

/** The router refuses to log anybody in under this code, in these words, while `isSo`. */
function refuse(code: string, message: string, isSo: () => boolean): void {
  const login = Object.getOwnPropertyDescriptor(Router.prototype, 'login')!
    .value as Router['login'];
  jest.spyOn(Router.prototype, 'login').mockImplementation(function (this: Router, device) {
    if (device.code !== code || !isSo()) return login.call(this, device);
    return Promise.reject(toTrap('/ip/hotspot/active/login', { message }));
  });
}

/** It does so as long as the row is the one that is there now. */
function refuseThisRow(code: string, message: string): void {
  const before = rowOf(code)!.id;
  refuse(code, message, () => rowOf(code)?.id === before);
}

/** It does so be the row ever so new. */
function refuseForGood(code: string, message = 'failure: no'): void {
  refuse(code, message, () => true);
}

/** Out, without the router having forgotten anything of its user. */
function throwOut(phone: SimulatedDevice): void {
  const { id } = app.simulator.active().find(({ mac }) => mac === phone.mac)!;
  app.simulator.run(['/ip/hotspot/active/remove', `=numbers=${id}`]);
}

const ROUTERS = ['6.49.18', '7.19.4'].flatMap((version) =>
  (['page', 'raw'] as const).map((vocabulary): [string, Vocabulary] => [version, vocabulary]),
);

describe.each(ROUTERS)('RouterOS %s in the words of the %s', (version, vocabulary) => {
  beforeEach(() => start({ simulator: { version, vocabulary } }));

  test('at its byte ceiling, with 8 of 25 MB left in the books: in within two rounds', async () => {
    const { phone, code } = await app.online('CAP');
    await rebootWithKeptCounters(phone);
    expect(await secondsOut(phone)).toBeLessThanOrEqual(20);
    expect(phone.download(9 * MB)).toBe(8 * MB);
    await app.reconcile();
    expect((await app.voucher(code)).status).toBe('exhausted');
  });

  // What else a router says of a row that it will not have, as far as it is in its words.
  const words = Object.entries(loginTexts(vocabulary, version.startsWith('6.')))
    .filter(([why]) => why !== 'auth-in-progress')
    .map(([why, text]): [string, typeof text] => [why, text]);

  test.each(words)('its row is refused (%s): in within two rounds', async (_why, text) => {
    const { phone, code } = await app.online();
    throwOut(phone);
    refuseThisRow(code, text(code));
    expect(await secondsOut(phone)).toBeLessThanOrEqual(20);
  });

  test.each([
    ['another password', ['=password=changed']],
    ['the hardware address of another device', ['=mac-address=02:00:00:00:99:99']],
  ])('its row was given %s by hand: in within two rounds', async (_what, words) => {
    const { phone, code } = await app.online();
    app.simulator.run(['/ip/hotspot/user/set', `=numbers=${code}`, ...words]);
    throwOut(phone);
    expect(await secondsOut(phone)).toBeLessThanOrEqual(20);
  });

  test('its profile was cut down to fewer devices by hand: in within two rounds', async () => {
    await app.close();
    await start({ simulator: { version, vocabulary }, profiles: [{ name: 'DUO', users: 2 }] });
    const { phone, code } = await app.online('DUO');
    const second = app.phone();
    await app.redeem(second, code);
    const profile = ['/ip/hotspot/user/profile/set', '=numbers=pisonet-2x', '=shared-users=1'];
    app.simulator.run(profile);
    throwOut(second);
    expect(await secondsOut(second)).toBeLessThanOrEqual(20);
    expect(phone.online).toBe(true);
  });
});

test.each(['', 'failure: no', 'internal error', 'your bytes limit is reached', 'what is this'])(
  'whatever the router says (%p), the row is made anew and the customer is in within two rounds',
  async (text) => {
    await start();
    const { phone, code } = await app.online();
    const before = rowOf(code)!.id;
    throwOut(phone);
    refuseThisRow(code, text);
    expect(await secondsOut(phone)).toBeLessThanOrEqual(20);
    expect(rowOf(code)!.id).not.toBe(before);
  },
);

test.each([
  'unknown host IP 10.5.50.10',
  'already authorizing, retry later',
  'RADIUS server is not responding',
  'hotspot service is shutting down',
])('what passes by itself (%p) costs the router no write, and tells nobody', async (text) => {
  await start();
  const { phone, code } = await app.online();
  const before = rowOf(code)!.id;
  throwOut(phone);
  refuseForGood(code, text);
  for (let round = 0; round < 3; round += 1) await app.reconcile();
  expect(rowOf(code)!.id).toBe(before);
  expect(await alerts()).toEqual([]);
});

test.each(['failure: no', 'your traffic limit is reached'])(
  'a router that goes on refusing (%p) is not written to in each round',
  async (text) => {
    await start();
    const { phone, code } = await app.online();
    throwOut(phone);
    refuseForGood(code, text);
    const rows = new Set<string | undefined>();
    for (let round = 0; round < 180; round += 1) {
      app.clock.advance(ROUND);
      await app.reconcile();
      rows.add(rowOf(code)?.id);
    }
    // Half an hour and 180 rounds: the row it had, none, and a few new ones.
    expect(rows.size).toBeLessThanOrEqual(10);
    expect(await alerts()).toHaveLength(1);
  },
);

test('the owner is told once which code, which phone and what the router said, and when it is over', async () => {
  await start({ simulator: { vocabulary: 'raw' } });
  const { phone, code } = await app.online('CAP');
  await rebootWithKeptCounters(phone);
  await app.reconcile();
  expect(await alerts()).toMatchObject([{ subject: code }]);
  const { message } = (await alerts())[0]!;
  expect(message).toContain(code);
  expect(message).toContain(phone.mac);
  expect(message).toContain('your traffic limit is reached');
  await app.reconcile();
  expect(phone.online).toBe(true);
  expect(await alerts()).toEqual([]);
  await app.reconcile();
  const told = await app.app.db('events').where('subject', 'login refused').select('name');
  expect(told.map(({ name }: { name: string }) => name)).toEqual(['alert.raised', 'alert.cleared']);
});

describe('at the portal', () => {
  const press = (phone: SimulatedDevice) =>
    server!.ask('/portal/resume', phone, { form: {} }).then(({ status }) => status);

  async function customer(): Promise<{ phone: SimulatedDevice; code: string }> {
    await start({ simulator: { vocabulary: 'raw' } });
    server = await ShopServer.of(app);
    const phone = server.phone(21);
    const code = await app.code('CAP');
    expect((await server.redeem(phone, code)).status).toBe(303);
    return { phone, code };
  }

  test('a second voucher lets him in at once who is refused under the first', async () => {
    const { phone } = await customer();
    await rebootWithKeptCounters(phone);
    const second = await app.code('CAP');
    expect((await server!.redeem(phone, second)).status).toBe(303);
    expect(phone.online).toBe(true);
    await app.reconcile();
    expect(phone.online).toBe(true);
    // All that he paid for: what was left of the first, and the second.
    let got = 0;
    for (let rounds = 0; rounds < 8; rounds += 1) {
      got += phone.download(9 * MB);
      await app.reconcile();
    }
    expect(got).toBe(8 * MB + 25 * MB);
  });

  test('and serves meanwhile where the first is refused for good', async () => {
    const { phone, code: first } = await customer();
    throwOut(phone);
    refuseForGood(first);
    const second = await app.code('CAP');
    expect((await server!.redeem(phone, second)).status).toBe(303);
    expect(phone.online).toBe(true);
    for (let round = 0; round < 60; round += 1) {
      app.clock.advance(ROUND);
      await app.reconcile();
      expect(phone.online).toBe(true);
    }
    expect(app.simulator.active()).toMatchObject([{ user: second }]);
    const status = await server!.ask('/portal/status.json', phone);
    expect(JSON.parse(status.text)).toMatchObject({ state: 'online', code: second });
    // The first stands still meanwhile, and is tried when the second is over.
    expect((await app.voucher(first)).stoppedAt).not.toBeNull();
    jest.restoreAllMocks();
    phone.download(25 * MB);
    for (let round = 0; round < 3; round += 1) await app.reconcile();
    expect(app.simulator.active()).toMatchObject([{ user: first }]);
  });

  test('a voucher in the line serves too, without anybody pressing anything', async () => {
    const { phone, code: first } = await customer();
    await server!.redeem(phone, await app.code('CAP'));
    throwOut(phone);
    refuseForGood(first);
    expect(await secondsOut(phone)).toBeLessThanOrEqual(30);
  });

  test('the owner is told of it too where no round saw the refusal, and as long as it lasts', async () => {
    const { phone, code: first } = await customer();
    throwOut(phone);
    refuseForGood(first);
    expect((await server!.redeem(phone, await app.code('CAP'))).status).toBe(303);
    for (let round = 0; round < 5; round += 1) {
      app.clock.advance(ROUND);
      await app.reconcile();
      expect(await alerts()).toMatchObject([{ subject: first }]);
    }
    expect((await alerts())[0]!.message).toContain('said: failure: no');
    jest.restoreAllMocks();
    phone.download(25 * MB);
    for (let round = 0; round < 4; round += 1) await app.reconcile();
    expect(app.simulator.active()).toMatchObject([{ user: first }]);
    expect(await alerts()).toEqual([]);
  });

  test('the owner is not told that it is over while another voucher of the line serves', async () => {
    const { phone, code: first } = await customer();
    await server!.redeem(phone, await app.code('CAP'));
    throwOut(phone);
    refuseForGood(first);
    for (let round = 0; round < 8; round += 1) {
      app.clock.advance(ROUND);
      await app.reconcile();
      expect(await alerts()).toMatchObject([{ subject: first }]);
    }
    expect(phone.online).toBe(true);
    await app.app.services.vouchers.revoke(first, 'test');
    for (let round = 0; round < 2; round += 1) await app.reconcile();
    expect(await alerts()).toEqual([]);
    expect(phone.online).toBe(true);
  });

  test('a code is as good as new where nothing lets him in, and neither button says otherwise', async () => {
    const { phone, code: first } = await customer();
    throwOut(phone);
    jest
      .spyOn(Router.prototype, 'login')
      .mockImplementation(() => Promise.reject(toTrap('login', { message: 'failure: no' })));
    const second = await app.code('CAP');
    expect((await server!.redeem(phone, second)).status).toBe(503);
    expect(await app.voucher(second)).toMatchObject({ status: 'unused', activatedAt: null });
    expect((await server!.redeem(phone, first)).status).toBe(503);
    expect(await press(phone)).toBe(503);
    jest.restoreAllMocks();
    expect(await press(phone)).toBe(303);
    expect(phone.online).toBe(true);
    expect((await server!.redeem(phone, second)).status).toBe(303);
  });

  test('Continue mends and lets in at once', async () => {
    const { phone } = await customer();
    await rebootWithKeptCounters(phone);
    expect(await press(phone)).toBe(303);
    expect(phone.online).toBe(true);
  });
});
