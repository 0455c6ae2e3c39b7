import type { SimulatedDevice } from '../../src/simulator/simulator';
import { ShopServer, type Answer } from '../support/program/shop-server';
import type { TestAppOptions } from '../support/test-app';

/** What waiting does not mend: the customer is sent to the staff, and the owner reads what to do. */

const DAY = 24 * 60 * 60_000;

let server: ShopServer;
afterEach(() => server.close());

async function open(options: TestAppOptions = {}): Promise<SimulatedDevice> {
  server = await ShopServer.start(options);
  await server.shop.reconcile();
  return server.phone(21);
}

const run = (...words: string[]) => server.shop.simulator.run(words);
const alerts = async () =>
  (await server.shop.app.stores.journal.openAlerts()).map(({ kind, subject, message }) => ({
    kind,
    subject,
    message,
  }));
const rounds = async (count: number) => {
  for (let n = 0; n < count; n += 1) {
    server.shop.clock.advance(10_000);
    await server.shop.reconcile();
  }
};

function expectSentToStaff({ status, text }: Answer): void {
  expect(status).toBe(422);
  expect(text).toContain('trying again will not help');
  expect(text).toContain('Your code was not used');
  expect(text).not.toContain('in a minute');
}

function makeUser(name: string): void {
  run('/ip/hotspot/user/add', `=name=${name}`, '=password=zz', '=comment=made in Winbox');
}

const USERS = '/ip/hotspot/user';
const BINDINGS = '/ip/hotspot/ip-binding';

/** Takes away every ip-binding. */
function unblock(): void {
  for (const { '.id': id } of server.shop.simulator.rows(BINDINGS))
    run(`${BINDINGS}/remove`, `=numbers=${id}`);
}

describe('a hotspot user of somebody else has the name of a code', () => {
  test('the customer is sent to the staff, and an alert stands until the name is free', async () => {
    const phone = await open();
    const code = await server.shop.code();
    makeUser(code);
    for (let n = 0; n < 2; n += 1) {
      expectSentToStaff(await server.redeem(phone, code));
      expect(await server.shop.voucher(code)).toMatchObject({ status: 'unused' });
      await rounds(3);
      expect(await alerts()).toMatchObject([
        { kind: 'name taken', subject: `hotspot user "${code}"` },
      ]);
    }
    expect((await alerts())[0]!.message).toMatch(/rename or remove it there/);
    run(`${USERS}/remove`, `=numbers=${code}`);
    await rounds(1);
    expect(await alerts()).toEqual([]);
    expect((await server.redeem(phone, code)).status).toBe(303);
    expect(phone.online).toBe(true);
  });

  test('the alert outlasts a restart of the program', async () => {
    const phone = await open();
    const code = await server.shop.code();
    makeUser(code);
    await server.redeem(phone, code);
    await rounds(1);
    server.shop.controller['alerts'].forget(); // as at a start
    await rounds(2);
    expect(await alerts()).toMatchObject([{ kind: 'name taken' }]);
    run(`${USERS}/remove`, `=numbers=${code}`);
    await rounds(1);
    expect(await alerts()).toEqual([]);
  });

  test('another code lets the same phone in meanwhile, and the alert stays', async () => {
    const phone = await open();
    const [taken, free] = [await server.shop.code(), await server.shop.code()];
    makeUser(taken);
    await server.redeem(phone, taken);
    expect((await server.redeem(phone, free)).status).toBe(303);
    expect(phone.online).toBe(true);
    await rounds(2);
    expect(await alerts()).toMatchObject([{ kind: 'name taken' }]);
  });

  test('the doctor finds it before anybody tries the code', async () => {
    await open();
    const [taken, used] = [await server.shop.code(), await server.shop.code()];
    makeUser(taken);
    makeUser('hotel-guest');
    await server.redeem(server.phone(22), used);
    const findings = async () => {
      const all = await server.shop.app.routerSide!.doctor.examine();
      return all.filter(({ id }) => id === 'codes-taken');
    };
    expect(await findings()).toMatchObject([{ severity: 'warning' }]);
    expect((await findings())[0]!.title).toContain(taken);
    expect((await findings())[0]!.title).not.toContain('hotel-guest');
    expect((await findings())[0]!.title).not.toContain(used);
    run(`${USERS}/remove`, `=numbers=${taken}`);
    expect(await findings()).toEqual([]);
  });
});

describe.each([
  ['is not subject to a log-in', false],
  ['is unknown', true],
])(
  'a phone that an ip-binding blocks, of which the router says that it %s',
  (_, blockedIsUnknown) => {
    const simulator = { habits: { blockedIsUnknown } };

    test.each([
      ['hardware address', (phone: SimulatedDevice) => `=mac-address=${phone.mac}`],
      ['address', (phone: SimulatedDevice) => `=address=${phone.address}`],
    ])('by its %s: sent to the staff, and an alert names phone and entry', async (__, by) => {
      const phone = await open({ simulator });
      const code = await server.shop.code();
      run(`${BINDINGS}/add`, by(phone), '=type=blocked', '=comment=old');
      for (let n = 0; n < 2; n += 1) {
        expectSentToStaff(await server.redeem(phone, code));
        await rounds(3);
        expect(await alerts()).toMatchObject([{ kind: 'login refused', subject: phone.mac }]);
      }
      const { message } = (await alerts())[0]!;
      expect(message).toContain('IP Bindings');
      expect(message).toContain(phone.mac);
      expect(await server.shop.voucher(code)).toMatchObject({ status: 'unused' });
      expect(server.shop.simulator.users().map(({ name }) => name)).not.toContain(code);

      unblock();
      await rounds(1);
      expect(await alerts()).toEqual([]);
      expect((await server.redeem(phone, code)).status).toBe(303);
      expect(phone.online).toBe(true);
    });

    test('with a voucher that runs: told as that too, and not as something that mends itself', async () => {
      const phone = await open({ simulator });
      const code = await server.shop.code();
      await server.redeem(phone, code);
      run(`${BINDINGS}/add`, `=mac-address=${phone.mac}`, '=type=blocked');
      await rounds(3);
      expect(phone.online).toBe(false);
      expect(await alerts()).toMatchObject([{ kind: 'login refused', subject: phone.mac }]);
      expect((await alerts())[0]!.message).toContain('IP Bindings');
      const answer = await server.ask('/portal/resume', phone, { form: {} });
      expect(answer.text).toContain('trying again will not help');
      unblock();
      await rounds(40);
      expect(phone.online).toBe(true);
      expect(await alerts()).toEqual([]);
    });
  },
);

test('somebody else is not told of it, nor kept waiting by it', async () => {
  const blocked = await open();
  run(`${BINDINGS}/add`, `=mac-address=${blocked.mac}`, '=type=blocked');
  const phones = [server.phone(22), server.phone(23)];
  const codes = [await server.shop.code(), await server.shop.code(), await server.shop.code()];
  const answers = await Promise.all(
    [blocked, ...phones].map((phone, n) => server.redeem(phone, codes[n]!)),
  );
  expect(answers.map(({ status }) => status)).toEqual([422, 303, 303]);
  expect(phones.every(({ online }) => online)).toBe(true);
});

test('a binding of another kind, or one that is disabled, is not blamed', async () => {
  const phone = await open();
  run(`${BINDINGS}/add`, `=mac-address=${phone.mac}`, '=type=blocked', '=disabled=yes');
  run(`${BINDINGS}/add`, '=mac-address=02:00:00:00:99:99', '=type=blocked');
  expect((await server.redeem(phone, await server.shop.code())).status).toBe(303);
  expect(await alerts()).toEqual([]);
});

test('a reason nobody knows: an alert with the words of the router, until the phone is in', async () => {
  const phone = await open();
  const code = await server.shop.code();
  const fault = { menu: '/ip/hotspot/active', command: 'login', times: 4 };
  server.shop.simulator.faults.on(fault, { kind: 'trap', message: 'failure: no' });
  const { status, text } = await server.redeem(phone, code);
  expect(status).toBe(503);
  expect(text).toContain('try again in a minute');
  await rounds(3);
  expect(await alerts()).toMatchObject([{ kind: 'login refused', subject: phone.mac }]);
  const { message } = (await alerts())[0]!;
  expect(message).toContain('said: failure: no');
  expect(message).toContain(phone.mac);
  server.shop.simulator.faults.clear();
  expect((await server.redeem(phone, code)).status).toBe(303);
  await rounds(1);
  expect(await alerts()).toEqual([]);
});

test('of one who never came back the owner is not reminded for ever', async () => {
  const phone = await open();
  const fault = { menu: '/ip/hotspot/active', command: 'login', times: 4 };
  server.shop.simulator.faults.on(fault, { kind: 'trap', message: 'failure: no' });
  await server.redeem(phone, await server.shop.code());
  server.shop.simulator.faults.clear();
  await rounds(1);
  expect(await alerts()).toHaveLength(1);
  server.shop.clock.advance(DAY + 60_000);
  await rounds(1);
  expect(await alerts()).toEqual([]);
});
