import type { SimulatorOptions } from '../../src/simulator/simulator';
import { MB } from '../support/builders';
import { ShopServer } from '../support/program/shop-server';
import { isCaught } from '../support/router/whole-life';
import { longTest } from '../support/program/run-counts';

/**
 * A router that others use as well: hundreds of queues, users, bindings and filters of theirs, queues of PPP
 * users and leases that come and go between any two of our commands, and guests of another program.
 */

const MINUTE = 60_000;
const CUSTOMERS = 60;

jest.setTimeout(60_000);

let server: ShopServer;
afterEach(() => server.close());

async function open(simulator: SimulatorOptions = {}): Promise<void> {
  server = await ShopServer.start({ simulator: { crowd: 300, ...simulator } });
}

const ours = () =>
  server.shop.simulator.queues().filter(({ comment }) => comment?.startsWith('pisonet:'));

/** What others made, in their order; dynamic rows aside. */
function theirs() {
  const { simulator } = server.shop;
  const isOurs = (row: Record<string, string>) => row.comment?.startsWith('pisonet:');
  const others = Object.entries(simulator.exported()).map(([menu, rows]) => [
    menu,
    rows.filter((row) => !isOurs(row) && !row.name?.startsWith('pisonet-')),
  ]);
  return Object.fromEntries(others.filter(([, rows]) => rows!.length > 0)) as unknown;
}

describe.each<[string, SimulatorOptions]>([
  ['queues come and go on top', {}],
  ['queues come and go at the end', { habits: { dynamicQueuesFirst: false } }],
  ['three hotspots and RouterOS 6.49', { hotspots: 3, version: '6.49.18' }],
])('%s', (_, options) => {
  test('of sixty customers at once each is answered with being online', async () => {
    await open(options);
    const { shop } = server;
    const before = theirs();
    const phones = Array.from({ length: CUSTOMERS }, (_, n) => server.phone(n + 2));
    const codes = await Promise.all(phones.map(() => shop.code()));
    const answers = await Promise.all(phones.map((phone, n) => server.redeem(phone, codes[n]!)));
    // On a busy machine some may see the waiting page first.
    const others = answers.filter(({ status }) => status !== 303);
    expect(others.map(({ status, text }) => [status, text])).toEqual([]);
    await shop.app.services.redemptions.idle();
    expect(phones.filter(({ online }) => online)).toHaveLength(CUSTOMERS);
    expect(ours()).toHaveLength(CUSTOMERS);
    expect(theirs()).toEqual(before);
  });
});

test.each(['6.49.18', '7.19.4'])(
  'on %s every customer is counted and has the own speed within two rounds, whatever comes and goes',
  async (version) => {
    await open({ version });
    const { shop } = server;
    const phones = Array.from({ length: 8 }, (_, n) => server.phone(n + 2));
    const codes = await Promise.all(phones.map(() => shop.code()));
    await Promise.all(phones.map((phone, n) => server.redeem(phone, codes[n]!)));
    await shop.reconcile();
    const lease = phones.find((phone) => isCaught(shop.simulator, phone)); // since this round began
    await shop.reconcile();
    if (lease) expect(isCaught(shop.simulator, lease)).toBe(false);
    const free = phones.filter((phone) => !isCaught(shop.simulator, phone));
    expect(free.length).toBeGreaterThanOrEqual(phones.length - 1);
    for (const [n, phone] of free.entries()) phone.download((n + 1) * MB);
    shop.clock.advance(MINUTE);
    await shop.reconcile();
    const vouchers = await shop.app.stores.vouchers.findAll(codes);
    const used = vouchers.map((voucher) => voucher.used.down).sort((a, b) => b - a);
    expect(used.slice(0, free.length)).toEqual(free.map((_, n) => (free.length - n) * MB));
  },
);

longTest('PPP users who dial in and out cost no write a round', async () => {
  await open();
  const { shop } = server;
  for (let n = 2; n < 7; n += 1) await server.redeem(server.phone(n), await shop.code());
  await shop.reconcile();
  const writes: number[] = [];
  for (let n = 0; n < 10; n += 1) writes.push((await shop.reconcile()).writes);
  // Leases with a limit for our phones came and went: the queue of that one is put above them.
  expect(writes.reduce((sum, one) => sum + one, 0)).toBeLessThanOrEqual(10);
});

describe('what others do between our reading and our writing', () => {
  const redeemed = { status: 303, location: '/portal/status' };
  const QUEUE = '/queue/simple';
  const USER = '/ip/hotspot/user';
  const ACTIVE = '/ip/hotspot/active';

  beforeEach(async () => {
    server = await ShopServer.start();
    await server.shop.reconcile();
  });

  function meanwhile(menu: string, command: string, does: () => void): void {
    server.shop.simulator.faults.on({ menu, command }, { kind: 'meanwhile', does });
  }

  const run = (...words: string[]) => server.shop.simulator.run(words);

  test('the customer logs in as a guest of another program: told to be online already', async () => {
    run(`${USER}/add`, '=name=hotel', '=password=hotel');
    const phone = server.phone(21);
    const code = await server.shop.code();
    meanwhile(ACTIVE, 'login', () => void phone.typeAtRouter('hotel'));
    const answer = await server.redeem(phone, code);
    expect(answer.status).toBe(422);
    expect(answer.text).toContain('This device is online already, with another voucher or login');
    expect((await server.shop.voucher(code)).status).toBe('unused');
    expect(server.shop.simulator.active().map(({ user }) => user)).toEqual(['hotel']);
    await server.shop.reconcile();
    expect(ours()).toEqual([]);
  });

  test('the queue and the user of a customer who comes back are removed', async () => {
    const phone = server.phone(21);
    const code = await server.shop.code();
    await server.redeem(phone, code);
    run(`${ACTIVE}/remove`, `=numbers=${server.shop.simulator.active()[0]!.id}`);
    run(`${QUEUE}/set`, `=numbers=pisonet-${phone.mac}`, '=max-limit=9M/9M');
    meanwhile(QUEUE, 'set', () => run(`${QUEUE}/remove`, `=numbers=pisonet-${phone.mac}`));
    expect(await server.redeem(phone, code)).toMatchObject(redeemed);
    expect(phone.online).toBe(true);
    expect(server.shop.simulator.queueOf(phone.mac)!.maxLimit.down).toBe(2_000_000);

    run(`${ACTIVE}/remove`, `=numbers=${server.shop.simulator.active()[0]!.id}`);
    run(`${USER}/set`, `=numbers=${code}`, '=disabled=yes');
    meanwhile(USER, 'set', () => run(`${USER}/remove`, `=numbers=${code}`));
    expect(await server.redeem(phone, code)).toMatchObject(redeemed);
    expect(phone.online).toBe(true);
  });

  test('our profile is removed, so that its users show a bare id in place of its name', async () => {
    const before = server.phone(21);
    await server.redeem(before, await server.shop.code());
    run(`${USER}/profile/remove`, '=numbers=pisonet-1x');
    expect(server.shop.simulator.rows(USER).at(-1)!.profile).toMatch(/^\*/);
    const phones = [server.phone(22), server.phone(23), server.phone(24)];
    const codes = await Promise.all(phones.map(() => server.shop.code()));
    const answers = await Promise.all(phones.map((phone, n) => server.redeem(phone, codes[n]!)));
    expect(answers.map(({ status }) => status)).toEqual([303, 303, 303]);
    expect(await server.shop.reconcile()).toMatchObject({ errors: 0 });
    expect(await server.shop.reconcile()).toMatchObject({ errors: 0, writes: 0 });
    expect(server.shop.simulator.users().map(({ profile }) => profile)).toEqual(
      Array(4).fill('pisonet-1x'),
    );
    expect(before.online).toBe(true);
  });
});
