import { BooksThread } from '../../src/store/database/books-thread';
import { some } from '../support/program/run-counts';
import { ShopServer } from '../support/program/shop-server';
import { RestartableShop } from '../support/restartable-shop';

/** A program sends a request with a key; the server dies in the middle of it, and is asked again with the same key. */

const MONTHLY = { price: '300', rate_up: '1M', rate_down: '2M', billing_cycle: 'monthly' };
const PROFILES = [{ name: 'P5' }, { ...MONTHLY, name: 'Home' }, { ...MONTHLY, name: 'Fast' }];

interface Request {
  path: string;
  body: object;
  /** What there is of it in the books. */
  table: string;
  /** Of the audit, what it says. */
  what?: string;
}

const REQUESTS: Record<string, Request> = {
  'a payment': { path: '/subscribers/1/payments', body: { amount: 12_300 }, table: 'payments' },
  'a refund': { path: '/subscribers/1/refunds', body: { amount: 100 }, table: 'payments' },
  'a batch': { path: '/vouchers', body: { plan: 'P5', count: 3 }, table: 'batches' },
  'a subscriber': { path: '/subscribers', body: { name: 'Ana' }, table: 'subscribers' },
  'a charge': {
    path: '/subscribers/1/charges',
    body: { text: 'cable', amount: 500 },
    table: 'subscriber_charges',
  },
  'more time': {
    path: '/vouchers/PIZZA2/extend',
    body: { seconds: 3_600 },
    table: 'audit',
    what: 'voucher extended',
  },
};

const asItIs = Reflect.get(BooksThread.prototype, 'run') as (...words: unknown[]) => unknown;

let shop: RestartableShop;
let server: ShopServer;
let token: string;

beforeEach(async () => {
  shop = await RestartableShop.begin({ profiles: PROFILES });
  await open();
  const { subscribers, billing, batches, tokens } = server.shop.app.services;
  const { id } = await subscribers.add({ name: 'Joy' }, 'test');
  await subscribers.assign(id, { plan: 'Home' }, undefined, 'test');
  await billing.pay({ subscriberId: id, money: { amount: 50_000, currency: 'PHP' } }, 'test');
  await batches.importCodes('code,plan\nPIZZA2,P5\n', 'test');
  token = (await tokens.add({ name: 'till', scope: 'admin' }, 'test')).token;
});

afterEach(async () => {
  jest.restoreAllMocks();
  await server.closePages();
  await shop.close();
});

async function open(): Promise<void> {
  server = await ShopServer.of(await shop.open());
}

/** From this statement on the books are out of reach, as for a process that is gone. */
async function diesAt(statement: number, work: () => Promise<unknown>): Promise<number> {
  let count = 0;
  jest.spyOn(BooksThread.prototype, 'run').mockImplementation(async function (
    this: BooksThread,
    ...words
  ) {
    count += 1;
    if (count === statement) await this['worker'].terminate();
    if (count >= statement) throw new Error('killed');
    return asItIs.call(this, ...words) as ReturnType<BooksThread['run']>;
  });
  await work();
  jest.restoreAllMocks();
  return count;
}

async function restart(): Promise<void> {
  await server.closePages();
  await shop.stop();
  await open();
}

async function send({ path, body }: Request, key: string) {
  const answer = await fetch(`${server.origin}/api/v1${path}`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${token}`,
      'content-type': 'application/json',
      'idempotency-key': key,
    },
    body: JSON.stringify(body),
  });
  return { status: answer.status, body: await answer.text() };
}

async function count({ table, what }: Request): Promise<number> {
  const query = server.shop.app.db(table);
  if (what !== undefined) void query.where({ what });
  const [row] = await query.count<{ rows: number }[]>({ rows: '*' });
  return row!.rows;
}

test.each(Object.entries(REQUESTS))(
  '%s is done once, and answered, wherever the server died',
  async (name, request) => {
    const before = await count(request);
    const statements = await diesAt(Infinity, () =>
      send(request, `${name}-whole`.replaceAll(' ', '-')),
    );
    expect(await count(request)).toBe(before + 1);
    expect(statements).toBeGreaterThan(8);
    const places = Array.from({ length: statements }, (_, n) => n + 1);
    let done = before + 1;
    for (const place of some(places, 5)) {
      const key = `${name}-${place}`.replaceAll(' ', '-');
      await diesAt(place, () => send(request, key));
      await restart();
      const again = await send(request, key);
      expect([place, again]).toEqual([place, { status: expect.any(Number), body: again.body }]);
      expect(again.status).toBeLessThan(300);
      done += 1;
      expect([place, await count(request)]).toEqual([place, done]);
      expect(await send(request, key)).toEqual(again);
      expect([place, await count(request)]).toEqual([place, done]);
    }
  },
);
