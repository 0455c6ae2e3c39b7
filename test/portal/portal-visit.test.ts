import { ShopServer, type Answer } from '../support/program/shop-server';
import type { SimulatedDevice } from '../../src/simulator/simulator';

/** What customers do once they have a voucher: pause, come back, log out, add, move to another phone. */

let server: ShopServer;
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const ONLINE_TIME = { name: 'P10', validity: '1d', uptime: '1h' };

afterEach(async () => {
  await server.close();
});

async function customer(
  plan: string,
  last = 21,
): Promise<{ phone: SimulatedDevice; code: string }> {
  const phone = server.phone(last);
  const code = await server.shop.code(plan);
  expect((await server.redeem(phone, code)).status).toBe(303);
  return { phone, code };
}

const press = (phone: SimulatedDevice, button: string) =>
  server.ask(`/portal/${button}`, phone, { form: {} });
const see = async (phone: SimulatedDevice) => (await server.ask('/portal/status', phone)).text;
const json = async (phone: SimulatedDevice) =>
  JSON.parse((await server.ask('/portal/status.json', phone)).text) as Record<string, unknown>;
const buttons = ({ text }: Pick<Answer, 'text'>) =>
  [...text.matchAll(/action="\/portal\/(\w+)"/g)].map(([, name]) => name);

test('paused online time stands still until the customer goes on', async () => {
  server = await ShopServer.start({ profiles: [ONLINE_TIME] });
  const { phone, code } = await customer('P10');
  server.shop.clock.advance(20 * MINUTE);
  await server.shop.reconcile();
  expect(await see(phone)).toContain('40 minutes left');

  expect(await press(phone, 'pause')).toMatchObject({ status: 303, location: '/portal/status' });
  expect(phone.online).toBe(false);
  expect((await server.shop.voucher(code)).status).toBe('paused');
  const paused = await see(phone);
  expect(paused).toContain('Your time is paused');
  expect(paused).toContain('ends Sun, Nov 22');
  expect(buttons({ text: paused })).toEqual(['resume']);
  expect(await json(phone)).toMatchObject({ state: 'paused', secondsLeft: 2_400 });

  server.shop.clock.advance(5 * HOUR);
  await server.shop.reconcile();
  expect(phone.online).toBe(false);
  expect((await server.ask('/portal', phone)).text).toContain('Continue');
  expect(await press(phone, 'resume')).toMatchObject({ status: 303, location: '/portal/status' });
  expect(phone.online).toBe(true);
  expect(await see(phone)).toContain('40 minutes left');
  expect((await server.shop.reconcile()).writes).toBe(0);
});

test('a logout costs no time online, and is told so', async () => {
  server = await ShopServer.start({ profiles: [ONLINE_TIME, { name: 'P5' }] });
  const { phone } = await customer('P10');
  await server.redeem(phone, await server.shop.code('P5'));
  expect(await see(phone)).toContain('<p>Next: P5, 1 hour left</p>');
  await press(phone, 'logout');
  const out = await see(phone);
  expect(out).not.toContain('Next: P5'); // nothing begins by itself now
  expect(out).toContain('Your online time is paused. The voucher itself ends Sun,');
  expect(out).toMatch(/P10 · logged out[^]*P5 · next in line/);
});

test('only a plan that knows pauses can be paused', async () => {
  server = await ShopServer.start();
  const { phone } = await customer('P5');
  expect(buttons({ text: await see(phone) })).toEqual(['logout']);
  const refused = await press(phone, 'pause');
  expect(refused.status).toBe(422);
  expect(refused.text).toContain('cannot be paused');
  expect(phone.online).toBe(true);
});

test('a pause does not let the next voucher begin', async () => {
  server = await ShopServer.start({ profiles: [ONLINE_TIME, { name: 'P5' }] });
  const { phone } = await customer('P10');
  const second = await server.shop.code('P5');
  await server.redeem(phone, second);
  await press(phone, 'pause');
  server.shop.clock.advance(2 * HOUR);
  await server.shop.reconcile();
  expect(phone.online).toBe(false);
  expect((await server.shop.voucher(second)).startedAt).toBeNull();
});

test('who logs out comes back by one button, or by typing the same code', async () => {
  server = await ShopServer.start();
  const { phone, code } = await customer('P5');
  expect(await press(phone, 'logout')).toMatchObject({ status: 303, location: '/portal' });
  expect(phone.online).toBe(false);
  await server.shop.reconcile();
  expect(phone.online).toBe(false);
  const start = await server.ask('/portal', phone);
  expect(start.text).toContain('You are logged out');
  expect(buttons(start)).toEqual(['resume', 'redeem']);
  const out = await see(phone);
  expect(out).toContain('Your voucher keeps running until Sat, Nov 21, 5:00 PM');
  expect(out).toContain('P5 · logged out');
  const filipino = (await server.ask('/portal/status?lang=fil', phone)).text;
  expect(filipino).toMatch(/Tuloy ang oras ng voucher hanggang Sab[^]*P5 · naka-log out/);
  await press(phone, 'resume');
  expect(phone.online).toBe(true);

  await press(phone, 'logout');
  expect((await server.redeem(phone, code)).status).toBe(303);
  expect(phone.online).toBe(true);
  const { journal } = server.shop.app.stores;
  const did = [...(await journal.auditOf(phone.mac)), ...(await journal.auditOf(code))];
  expect(did.filter(({ who }) => who === phone.mac).map(({ what }) => what)).toEqual([
    'logged out by customer',
    'came back',
    'logged out by customer',
    'voucher redeemed',
    'voucher typed again',
  ]);
});

test('buttons of a device without a voucher do nothing, and say so', async () => {
  server = await ShopServer.start();
  const phone = server.phone(21);
  for (const button of ['pause', 'resume', 'logout']) {
    expect((await press(phone, button)).status).toBe(422);
  }
  expect(await see(phone)).toContain('no voucher running');
});

test('a button pressed while the router is away takes effect when it is back', async () => {
  server = await ShopServer.start({ profiles: [ONLINE_TIME] });
  const { phone, code } = await customer('P10');
  const { simulator } = server.shop;
  const hang = { kind: 'answer-then-drop' } as const;
  simulator.faults.on({ menu: '/ip/hotspot/active', command: 'remove' }, hang);
  simulator.faults.on({ menu: '/ip/hotspot/active', command: 'remove' }, hang);
  expect((await press(phone, 'pause')).status).toBe(503);
  simulator.faults.clear();
  await server.shop.reconcile();
  expect(phone.online).toBe(false);
  expect((await server.shop.voucher(code)).status).toBe('paused');
});

test('data, fair use and the reason of the speed are shown as they are', async () => {
  server = await ShopServer.start({
    profiles: [
      {
        name: 'P20',
        data_cap: '1GB',
        fup_threshold: '500MB',
        fup_rate_up: '256K',
        fup_rate_down: '512K',
      },
    ],
  });
  const { phone } = await customer('P20');
  phone.download('400M');
  await server.shop.reconcile();
  const fast = await see(phone);
  expect(fast).toContain('400 MB of 1 GB used, 600 MB left');
  expect(fast).toContain('100 MB of 500 MB left');
  expect(fast).toContain('full speed');
  expect(fast).toMatch(/<progress value="400000000" max="1000000000"/);
  phone.download('200M');
  await server.shop.reconcile();
  const slow = await see(phone);
  expect(slow).toContain('512 Kbps down, 256 Kbps up');
  // One line with a sign; the figures are unfolded, and said nowhere else.
  const [, line] = /<summary class="signed">([\s\S]*?)<\/summary>/.exec(slow)!;
  expect(line).toMatch(/<svg[\s\S]*<b>512 Kbps<\/b> · slower after .*to be fair to everybody/);
  expect(slow).not.toContain('You have used 100 %');
  expect(await json(phone)).toMatchObject({ reason: 'fair use', bytesLeft: 400_000_000 });
});

test('data that comes again tomorrow is told as used up for now', async () => {
  server = await ShopServer.start({
    profiles: [
      {
        name: 'P99',
        validity: '7d',
        data_cap: '100MB',
        cap_period: 'daily',
        throttle_policy: 'block',
      },
    ],
  });
  const { phone } = await customer('P99');
  phone.download('100M');
  await server.shop.reconcile();
  const page = await see(phone);
  expect(page).toContain('No internet right now');
  expect(page).toContain('used up for now');
});

test('several vouchers stand in line, and those that are over in the history', async () => {
  server = await ShopServer.start();
  const { phone, code: first } = await customer('P5');
  const second = await server.shop.code();
  await server.redeem(phone, second);
  const both = await see(phone);
  expect(both).toContain('2 hours left');
  expect(both).toContain('next in line');
  phone.download('30M');
  server.shop.clock.advance(HOUR);
  await server.shop.reconcile();
  const one = await see(phone);
  expect(one).toContain('Earlier on this device');
  expect(one).toMatch(new RegExp(`${first}[^]*time over[^]*30 MB`));
  expect(await json(phone)).toMatchObject({ code: second, vouchers: [second] });
});

test('who still has a voucher when another one is taken is told of the last that happened', async () => {
  server = await ShopServer.start();
  const { phone, code } = await customer('P5');
  const other = await customer('P5', 23);
  server.shop.clock.advance(2 * MINUTE); // nobody takes a code that was typed just now
  await server.redeem(phone, other.code); // theirs comes here
  expect(await see(phone)).toContain('moved to this device');
  server.shop.clock.advance(MINUTE);
  const thief = server.phone(24);
  expect((await server.redeem(thief, code)).status).toBe(303);
  const told = await see(phone);
  expect(told).toContain('moved to another device');
  expect(told).not.toContain('moved to this device');
  server.shop.clock.advance(6 * MINUTE);
  expect(await see(phone)).not.toContain('Your time was moved to');
});

test('a voucher on top is said to be added, and the day to use time online by is its own', async () => {
  server = await ShopServer.start({
    profiles: [ONLINE_TIME, { name: 'P5', validity: '3d' }],
  });
  const { phone, code } = await customer('P10');
  expect(await see(phone)).toContain('use it before');
  expect(await see(phone)).not.toContain('is added');
  server.shop.clock.advance(2 * MINUTE);
  await server.redeem(phone, await server.shop.code('P5'));
  await server.redeem(phone, await server.shop.code('P5'));
  const both = await see(phone);
  expect(both).toContain('Your voucher is added.');
  expect(both).toMatch(/Next: P5, 3 days left and 1 more/);
  expect(both).not.toMatch(/>until |use it before/);
  await press(phone, 'pause');
  const { expiresAt } = await server.shop.voucher(code);
  const day = expiresAt!.getUTCDate();
  expect(await see(phone)).toMatch(new RegExp(`The voucher itself ends [A-Z][a-z]+, [A-Z][a-z]+ ${day},`)); // prettier-ignore
  server.shop.clock.advance(2 * MINUTE);
  expect(await see(phone)).not.toContain('is added');
});

test('the start page says that the time is over to who looks why the internet is gone', async () => {
  server = await ShopServer.start();
  const { phone, code } = await customer('P5');
  server.shop.clock.advance(61 * MINUTE);
  await server.shop.reconcile();
  expect((await server.ask('/portal', phone)).text).toContain('Your time is up');
  expect((await server.redeem(phone, code)).text).toContain(
    'That voucher has no time left. Buy a new one at the shop.',
  );
  expect((await server.redeem(server.phone(23), code)).text).toContain('That code cannot be used');
  server.shop.clock.advance(25 * HOUR);
  expect((await server.ask('/portal', phone)).text).not.toContain('Your time is up');
});

test('a phone that lost its identity takes its time along, and both are told', async () => {
  server = await ShopServer.start();
  const { phone, code } = await customer('P5');
  phone.download('10M');
  server.shop.clock.advance(20 * MINUTE);
  const renewed = server.phone(22);
  expect((await server.redeem(renewed, code)).status).toBe(303);
  expect((await server.redeem(phone, code)).text).toContain('Wait a minute, or ask at the shop.');
  expect(renewed.online).toBe(true);
  expect(phone.online).toBe(false);
  expect(await see(renewed)).toMatch(/40 minutes left[^]*moved to this device/);
  expect(await see(phone)).toContain('moved to another device');
  expect((await server.ask('/portal', phone)).text).toContain('moved to another device');
  expect(await server.shop.voucher(code)).toMatchObject({ used: { down: 10_000_000 } });
  expect((await server.shop.app.stores.journal.auditOf(code)).map(({ what }) => what)).toContain(
    'voucher moved',
  );
  await server.shop.reconcile();
  expect((await server.shop.reconcile()).writes).toBe(0);
});

test('a code is not a pass to hand round: three moves a day, and none in the first minute', async () => {
  server = await ShopServer.start({ profiles: [{ name: 'P50', validity: '7d' }] });
  const { code } = await customer('P50');
  const phones = [22, 23, 24, 25].map((last) => server.phone(last));
  expect((await server.redeem(phones[0]!, code)).status).toBe(422);
  const outcomes: number[] = [];
  for (const phone of phones) {
    server.shop.clock.advance(MINUTE);
    outcomes.push((await server.redeem(phone, code)).status);
  }
  expect(outcomes).toEqual([303, 303, 303, 422]);
  expect(phones.map((phone) => phone.online)).toEqual([false, false, true, false]);
  server.shop.clock.advance(24 * HOUR);
  expect((await server.redeem(phones[3]!, code)).status).toBe(303);
});

test('who types a code once more that runs or waits on the same phone is told so, and loses no try', async () => {
  server = await ShopServer.start();
  const { phone, code } = await customer('P5');
  const waiting = await server.shop.code('P5');
  expect((await server.redeem(phone, waiting)).status).toBe(303);
  for (let n = 0; n < 20; n += 1) {
    const again = await server.redeem(phone, n % 2 === 0 ? code : waiting);
    expect(again.status).toBe(422);
    expect(again.text).toContain('You have that code on this device already');
  }
  expect((await server.redeem(server.phone(22), waiting)).text).not.toContain('on this device');
  expect((await server.redeem(phone, 'NSVCHQQQ')).text).toContain('That code cannot be used');
});

test('where the plan does not allow it nothing moves, in the words of a wrong code', async () => {
  server = await ShopServer.start({ profiles: [{ name: 'P5', movable: 'false' }] });
  const { phone, code } = await customer('P5');
  server.shop.clock.advance(20 * MINUTE);
  const refused = await server.redeem(server.phone(22), code);
  expect(refused.status).toBe(422);
  expect(refused.text).toContain(
    'That code cannot be used: it is mistyped, or its time is over. Check it, or ask at the shop.',
  );
  expect(phone.online).toBe(true);
});

test('a move the router does not take part in changes nothing', async () => {
  server = await ShopServer.start({ profiles: [ONLINE_TIME] });
  const { phone, code } = await customer('P10');
  await press(phone, 'pause');
  server.shop.clock.advance(20 * MINUTE);
  const { simulator } = server.shop;
  const renewed = server.phone(22);
  const refuse = { kind: 'trap', message: 'failure: busy' } as const;
  for (let n = 0; n < 2; n += 1) {
    simulator.faults.on({ menu: '/ip/hotspot/active', command: 'login' }, refuse);
  }
  expect((await server.redeem(renewed, code)).status).toBe(503);
  expect((await server.shop.voucher(code)).status).toBe('paused');
  expect(await json(phone)).toMatchObject({ state: 'paused', code });
  simulator.faults.clear();
  expect((await server.redeem(renewed, code)).status).toBe(303);
  expect(renewed.online).toBe(true);
  expect((await server.shop.voucher(code)).status).toBe('active');
});

test('of two devices the one that is logged out makes room, not the one in use', async () => {
  server = await ShopServer.start({ profiles: [{ name: 'P300', users: '2', validity: '7d' }] });
  const { phone: first, code } = await customer('P300', 21);
  const second = server.phone(22);
  await server.redeem(second, code);
  first.download('1M');
  await server.shop.reconcile();
  await press(second, 'logout');
  server.shop.clock.advance(MINUTE);
  const third = server.phone(23);
  expect((await server.redeem(third, code)).status).toBe(303);
  expect([first.online, second.online, third.online]).toEqual([true, false, true]);
});

test('phones can ask without opening a page whether they are captive (RFC 8908)', async () => {
  server = await ShopServer.start({
    env: { PORTAL_URL: 'http://portal.example:5000' },
    profiles: [{ name: 'P5', data_cap: '100MB' }],
  });
  const phone = server.phone(21);
  const api = () =>
    server.ask('/captive-portal/api', phone, { accept: 'application/captive+json' });
  const before = await api();
  expect(before.headers['content-type']).toMatch(/^application\/captive\+json/);
  expect(before.headers['cache-control']).toBe('no-store');
  expect(JSON.parse(before.text)).toEqual({
    captive: true,
    'user-portal-url': 'http://portal.example:5000/portal',
    'can-extend-session': true,
  });
  await server.redeem(phone, await server.shop.code());
  phone.download('40M');
  server.shop.clock.advance(10 * MINUTE);
  await server.shop.reconcile();
  expect(JSON.parse((await api()).text)).toMatchObject({
    captive: false,
    'seconds-remaining': 3_000,
    'bytes-remaining': 60_000_000,
  });
  const stranger = await server.ask('/captive-portal/api', { address: '127.0.0.99' });
  expect(JSON.parse(stranger.text)).toMatchObject({ captive: true });
});
