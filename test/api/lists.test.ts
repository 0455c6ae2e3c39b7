import fc from 'fast-check';
import { DateTime } from 'luxon';
import { runs } from '../support/program/run-counts';
import { ApiShop } from '../support/api-shop';

/** Lists of the API: pages by key, filters, and where what was made is found. */

const MONTHLY = { price: '300', rate_up: '1M', rate_down: '2M', billing_cycle: 'monthly' };

let api: ApiShop;
beforeEach(async () => {
  api = await ApiShop.open({ profiles: [{ name: 'P5' }, { ...MONTHLY, name: 'Home' }] });
});
afterEach(() => api.close());

const services = () => api.shop.app.services;
let made = 0;

async function subscriber(more: object = {}): Promise<number> {
  made += 1;
  const draft = { name: `Joy ${made % 7}`, login: `joy${made}`, password: 'secret', ...more };
  return (await services().subscribers.add(draft, 'test')).id;
}

async function voucher(): Promise<string> {
  const { vouchers } = await services().batches.generate({ plan: 'P5', count: 1 }, 'test');
  return vouchers[0]!.code;
}

interface Walked {
  path: string;
  /** Makes a row, and says what it is called in the list. */
  add: () => Promise<string>;
  /** Where rows can go again. */
  remove?: (name: string) => Promise<unknown>;
  nameOf: (item: Record<string, unknown>) => string;
}

const byId = (item: Record<string, unknown>) => String(item.id);
const LISTS: Record<string, () => Promise<Walked>> = {
  vouchers: () =>
    Promise.resolve({
      path: '/vouchers?',
      add: voucher,
      remove: (code) => services().vouchers.deleteUnused([code], 'test'),
      nameOf: ({ code }) => String(code),
    }),
  subscribers: () =>
    Promise.resolve({
      path: '/subscribers?',
      add: async () => String(await subscriber()),
      nameOf: byId,
    }),
  payments: async () => {
    const subscriberId = await subscriber();
    const money = { amount: 100, currency: 'PHP' };
    return {
      path: `/payments?subscriber=${subscriberId}&`,
      add: async () => String(await services().billing.pay({ subscriberId, money }, 'test')),
      nameOf: byId,
    };
  },
  invoices: () =>
    Promise.resolve({
      path: '/invoices?',
      add: async () => {
        const id = await subscriber();
        await services().subscribers.assign(id, { plan: 'Home' }, undefined, 'test');
        return String((await services().billing.invoices(id))[0]!.id);
      },
      nameOf: byId,
    }),
  'changes of plans': () =>
    Promise.resolve({
      path: '/plan-changes?',
      add: async () => {
        const id = await subscriber();
        await services().subscribers.assign(id, { plan: 'Home' }, undefined, 'test');
        const change = await services().subscribers.changePlan(id, null, 'cycle-end', 'test');
        return String(change.id);
      },
      remove: (id) => services().subscribers.dropChange(Number(id), 'test'),
      nameOf: byId,
    }),
  limits: () =>
    Promise.resolve({
      path: '/limits?',
      add: async () => {
        made += 1;
        const mac = `02:00:00:00:${(made >> 8).toString(16).padStart(2, '0')}:${(made & 255).toString(16).padStart(2, '0')}`;
        const rate = { up: 1_000, down: 1_000 };
        await services().devices.setLimit(mac.toUpperCase() as never, rate, null, 'test');
        return mac.toUpperCase();
      },
      remove: (mac) => services().devices.removeLimit(mac as never, 'test'),
      nameOf: ({ mac }) => String(mac),
    }),
};

/** What happens between two pages: rows that come, and rows that go. */
const meanwhile = fc.array(fc.constantFrom('comes', 'goes'), { maxLength: 4 });

test.each(Object.keys(LISTS))(
  'a walk over %s sees each row that stays once, whatever comes and goes meanwhile',
  async (which) => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 4 }),
        fc.array(meanwhile, { minLength: 3, maxLength: 5 }),
        async (limit, between) => {
          const { path, add, remove, nameOf } = await LISTS[which]!();
          const staying = new Set<string>();
          for (let n = 0; n < 8; n += 1) {
            staying.add(await add());
            api.shop.clock.advance(n % 3);
          }
          const seen: string[] = [];
          let cursor: string | null = '';
          for (let page = 0; cursor !== null; page += 1) {
            const { status, body } = await api.get(`${path}limit=${limit}${cursor}`);
            expect(status).toBe(200);
            const { items, next } = body as {
              items: Record<string, unknown>[];
              next: string | null;
            };
            expect(items.length).toBeLessThanOrEqual(limit);
            seen.push(...items.map(nameOf));
            for (const act of between[page] ?? []) {
              const [first] = staying;
              if (act === 'comes') await add();
              else if (remove && staying.size > 2) {
                await remove(first!);
                staying.delete(first!);
              }
            }
            cursor = next && `&cursor=${encodeURIComponent(next)}`;
          }
          expect(seen).toHaveLength(new Set(seen).size);
          expect(seen).toEqual(expect.arrayContaining([...staying]));
        },
      ),
      { numRuns: runs(40, 4) },
    );
  },
);

test('a cursor of another list, or made up, is refused', async () => {
  await voucher();
  await voucher();
  const { body } = await api.get('/vouchers?limit=1');
  const { next } = body as { next: string };
  for (const cursor of [next, 'bogus', Buffer.from('["x"').toString('base64url')]) {
    expect(await api.get(`/payments?cursor=${cursor}`)).toMatchObject({ status: 422 });
  }
});

const namesFound = async (query: string) => {
  const { body } = await api.get(`/subscribers?${query}`);
  return (body as { items: { name: string }[] }).items.map(({ name }) => name);
};

test('subscribers are found by a part of what is known of them, by login, and by telephone number', async () => {
  await subscriber({ name: 'Ana Cruz', login: 'Ana', contact: 'Boy, 0917 123-4567' });
  await subscriber({ name: 'Ben 100%', login: 'ben', contact: 'ben@example.com' });
  const cora = await subscriber({ name: 'Cora', login: 'cora_1' });
  await services().subscribers.suspend(cora, '', 'test');
  expect(await namesFound('q=cru')).toEqual(['Ana Cruz']);
  expect(await namesFound('q=0%25')).toEqual(['Ben 100%']);
  expect(await namesFound('q=EXAMPLE')).toEqual(['Ben 100%']);
  expect(await namesFound('login=ana')).toEqual(['Ana Cruz']);
  expect(await namesFound('login=an')).toEqual([]);
  expect(await namesFound('phone=09171234567')).toEqual(['Ana Cruz']);
  expect(await namesFound('phone=%2B63%20917%20123%204567')).toEqual(['Ana Cruz']);
  expect(await namesFound('q=c&status=suspended')).toEqual(['Cora']);
  expect((await api.get('/subscribers?phone=917')).status).toBe(422);
});

test('invoices and payments are those of some days, by the clock of the shop', async () => {
  const subscriberId = await subscriber();
  await services().subscribers.assign(subscriberId, { plan: 'Home' }, undefined, 'test');
  const money = { amount: 100, currency: 'PHP' };
  const paid: number[] = [];
  // Half an hour before midnight in Manila, and after it.
  for (const at of ['2026-12-01T15:30:00Z', '2026-12-01T16:30:00Z']) {
    api.shop.clock.set(at);
    paid.push(await services().billing.pay({ subscriberId, money }, 'test'));
  }
  const ids = async (path: string) =>
    ((await api.get(path)).body as { items: { id: number }[] }).items.map(({ id }) => id);
  expect(await ids('/payments?to=2026-12-01')).toEqual([paid[0]]);
  expect(await ids('/payments?from=2026-12-02')).toEqual([paid[1]]);
  expect(await ids('/payments?from=2026-12-01&to=2026-12-02')).toEqual(paid.toReversed());
  const [invoice] = await services().billing.invoices(subscriberId);
  const day = invoice!.issuedAt!.toISOString().slice(0, 10);
  expect(await ids(`/invoices?to=${day}`)).toContain(invoice!.id);
  expect(await ids('/invoices?from=2027-06-01')).toEqual([]);
  expect((await api.get('/payments?from=2026-02-30')).status).toBe(422);
});

test('what was made is where the answer says', async () => {
  const id = await subscriber();
  const plan = { name: 'By/day 5', price: '5', rate_up: '1M', rate_down: '2M', validity: '1h' };
  const asked: [string, object][] = [
    ['/plans', plan],
    ['/vouchers', { plan: 'P5', count: 2 }],
    ['/subscribers', { name: 'Ana' }],
    [`/subscribers/${id}/payments`, { amount: 500 }],
    [`/subscribers/${id}/refunds`, { amount: 200 }],
  ];
  for (const [path, body] of asked) {
    const key = { headers: { 'idempotency-key': `make ${path}`.replaceAll(' ', '-') } };
    const answer = await api.post(path, body, key);
    expect(answer.status).toBe(201);
    const location = answer.headers.get('location')!;
    expect(location).toMatch(/^\/api\/v1\//);
    const again = await api.post(path, body, key);
    expect(again.headers.get('location')).toBe(location);
    const found = await api.get(location.slice('/api/v1'.length));
    expect(found.status).toBe(200);
  }
});

test('events are read from where one left off', async () => {
  const assigned = async () => {
    const id = await subscriber();
    await services().subscribers.assign(id, { plan: 'Home' }, undefined, 'test');
  };
  const read = async (query: string) =>
    (await api.get(`/events?${query}`)).body as {
      items: { id: number; event: string }[];
      next: string | null;
    };
  await assigned();
  const [first, ...others] = (await read('')).items;
  expect(first).toMatchObject({ event: 'subscriber.added', data: { subscriber: 1 } });
  const last = others.at(-1)?.id ?? first!.id;
  expect(await read(`after=${last}`)).toEqual({ items: [], next: null });
  await assigned();
  expect(await read(`after=${last}&limit=1`)).toMatchObject({
    items: [{ id: last + 1, event: 'subscriber.added' }],
  });
});

test('the days of a subscriber have what was counted, and none is left out', async () => {
  const id = await subscriber({ login: 'ana', password: 'secret' });
  await services().subscribers.assign(id, { plan: 'Home' }, undefined, 'test');
  const phone = api.shop.phone();
  const host = (await api.shop.controller.whoIsAt(phone.address))!;
  await services().redemptions.redeem('ana' as never, host, { password: 'secret' });
  await api.shop.reconcile();
  phone.offer({ up: 8_000, down: 80_000 });
  for (let n = 0; n < 6; n += 1) {
    api.shop.clock.advance(10_000);
    await api.shop.reconcile();
  }
  const today = DateTime.fromJSDate(api.shop.clock.now(), { zone: 'Asia/Manila' });
  const [from, to] = [today.minus({ days: 9 }), today].map((day) => day.toISODate()!);
  const days: { day: string; bytesUp: number; bytesDown: number }[] = [];
  let cursor: string | null = '';
  while (cursor !== null) {
    const { body } = await api.get(
      `/subscribers/${id}/usage?from=${from}&to=${to}&limit=4${cursor}`,
    );
    const { items, next } = body as { items: typeof days; next: string | null };
    days.push(...items);
    cursor = next && `&cursor=${next}`;
  }
  const { used } = (await services().subscribers.entitledTo(id))!;
  expect(used.down).toBeGreaterThan(0);
  expect(days).toHaveLength(10);
  expect(days.slice(0, -1).every(({ bytesDown }) => bytesDown === 0)).toBe(true);
  expect(days.at(-1)).toMatchObject({ day: to, bytesUp: used.up, bytesDown: used.down });
  expect((await api.get(`/subscribers/${id}/usage?from=2024-01-01`)).status).toBe(422);
  const usual = (await api.get(`/subscribers/${id}/usage`)).body as { items: object[] };
  expect(usual.items).toHaveLength(30);
});
