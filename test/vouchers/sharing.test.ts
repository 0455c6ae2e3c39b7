import fc from 'fast-check';
import { checkPlan } from '../../src/domain/plans/plan';
import { total } from '../../src/domain/units';
import { LEAST, shareable, sharePart, type SharedUnit } from '../../src/domain/vouchers/sharing';
import type { SimulatedDevice } from '../../src/simulator/simulator';
import { formsOf, ShopServer } from '../support/program/shop-server';
import {
  aRunningVoucher,
  at,
  DAY,
  HOUR,
  MINUTE,
  rates,
  SECOND,
  someTerms,
} from '../support/builders';

/** A customer passes a part of what they have on to a new code; nothing comes of nothing, and nothing is lost. */

const KEYS = ['validitySeconds', 'uptimeSeconds', 'capBytes'] as const;
const GB = 1_000_000_000;

const maybe = (least: number, most: number) =>
  fc.option(fc.integer({ min: least, max: most }), { nil: null });

test('what one loses the other has, to the second and byte, and neither has too little', () => {
  const voucher = fc
    .record({
      validitySeconds: maybe(600, 400 * 86_400),
      uptimeSeconds: maybe(600, 400 * 86_400),
      capBytes: maybe(1, 5_000 * GB),
      usedShare: fc.double({ min: 0, max: 1, noNaN: true }),
      minutes: fc.integer({ min: 0, max: 600 }),
    })
    .map(({ usedShare, minutes, ...limits }) => {
      const terms = someTerms({ ...limits, shareable: true, capPolicy: 'block' });
      const used = rates(Math.floor((limits.capBytes ?? GB) * usedShare), 0);
      const usedUptimeMs = Math.floor((limits.uptimeSeconds ?? 0) * 1000 * usedShare);
      return {
        voucher: aRunningVoucher('A', { terms, used, usedUptimeMs }),
        now: at(minutes * MINUTE),
      };
    });
  fc.assert(
    fc.property(
      voucher,
      fc.constantFrom<SharedUnit>('seconds', 'bytes'),
      fc.double({ min: -0.2, max: 1.2, noNaN: true }),
      (given, unit, place) => {
        const range = shareable(given.voucher, given.now).find((one) => one.unit === unit);
        const amount = range
          ? Math.round(range.least + (range.most - range.least) * place)
          : LEAST[unit];
        const shared = sharePart(given.voucher, { unit, amount }, given.now);
        const isInside = range !== undefined && amount >= range.least && amount <= range.most;
        expect(shared !== undefined).toBe(isInside);
        if (!shared) return;
        const { kept, part } = shared;
        for (const key of KEYS) {
          const had = given.voucher.terms[key];
          expect(part[key] === null).toBe(had === null);
          expect((kept.terms[key] ?? 0) + (part[key] ?? 0)).toBe(had ?? 0);
          const least = key === 'capBytes' ? LEAST.bytes : LEAST.seconds;
          if (had !== null) expect(part[key]).toBeGreaterThanOrEqual(least);
        }
        const ended = given.voucher.expiresAt?.getTime();
        expect(kept.expiresAt?.getTime()).toBe(ended && ended - part.validitySeconds! * 1000);
        // What stays is enough, too.
        if (kept.expiresAt) {
          expect(kept.expiresAt.getTime() - given.now.getTime()).toBeGreaterThanOrEqual(
            LEAST.seconds * SECOND,
          );
        }
        if (kept.terms.capBytes !== null) {
          expect(kept.terms.capBytes - total(kept.used)).toBeGreaterThanOrEqual(LEAST.bytes);
        }
      },
    ),
  );
});

test.each([
  ['a plan that does not allow it', { shareable: false }, {}],
  ['data that comes again each day', { capBytes: GB, capPeriod: 'daily' as const }, {}],
  ['full speed for a while', { fairUseBytes: GB, fairUseRate: rates(64_000) }, {}],
  ['a paused voucher', {}, { status: 'paused' as const }],
  ['one that is not running', {}, { status: 'unused' as const, startedAt: null, expiresAt: null }],
  ['one that is nearly over', { validitySeconds: 2 * LEAST.seconds }, {}],
  ['a code of the developer', {}, { developer: true }],
])('nothing can be shared of %s', (_, terms, voucher) => {
  const sold = someTerms({ shareable: true, ...terms });
  expect(shareable(aRunningVoucher('A', { terms: sold, ...voucher }), at(0))).toEqual([]);
});

test('a plan says where its vouchers cannot be divided', () => {
  const problems = (terms: Parameters<typeof someTerms>[0]) =>
    checkPlan({
      ...{ name: 'P', public: true, status: 'active', type: null },
      ...{ promo: { from: null, until: null }, terms: someTerms({ shareable: true, ...terms }) },
    }).filter(({ field }) => field === 'shareable');
  expect(problems({})).toEqual([]);
  expect(problems({ capBytes: GB, capPolicy: 'block', capPeriod: 'weekly' })).toMatchObject([
    { level: 'error' },
  ]);
  expect(problems({ validitySeconds: null })).toMatchObject([{ level: 'warning' }]);
});

describe('at the portal', () => {
  let server: ShopServer;
  const DAY_PASS = { name: 'DAY', validity: '10h', data_cap: '1GB', shareable: 'yes', price: '20' };

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

  /** Chooses, and is asked once more. @returns the form that shares */
  async function choose(phone: SimulatedDevice, unit: string, amount: number) {
    const form = { unit, amount: String(amount) };
    return server.ask('/portal/share/confirm', phone, { form });
  }

  async function share(phone: SimulatedDevice, unit: string, amount: number) {
    const [form] = formsOf((await choose(phone, unit, amount)).text);
    return server.ask(form!.action, phone, { form: form!.fields });
  }

  const codesOn = (text: string) =>
    [...text.matchAll(/<b class="big">(\w+)<\/b>/g)].map(([, code]) => code!);
  const limitOf = (name: string) =>
    server.shop.simulator.run(['/ip/hotspot/user/print', `?name=${name}`]);

  test('half of the time takes half of the data, and the new code has it', async () => {
    server = await ShopServer.start({ profiles: [DAY_PASS] });
    const { phone, code } = await customer('DAY');
    phone.download(200_000_000);
    server.shop.clock.advance(2 * HOUR);
    await server.shop.reconcile();
    phone.download(100_000_000); // no round has seen it
    expect((await server.ask('/portal/status', phone)).text).toContain('/portal/share');

    const asked = await choose(phone, 'seconds', 240);
    expect(asked.text).toContain('Share 4 hours');
    expect(asked.text).toContain('You keep 4 hours');
    expect((await server.shop.voucher(code)).terms.capBytes).toBe(GB); // nothing has happened yet
    expect(await share(phone, 'seconds', 240)).toMatchObject({
      status: 303,
      location: '/portal/share',
    });

    const [part] = codesOn((await server.ask('/portal/share', phone)).text);
    const status = (await server.ask('/portal/status', phone)).text;
    expect(status).toMatch(new RegExp(`Codes to give away[^]*${part!}[^]*4 hours`));
    const kept = await server.shop.voucher(code);
    expect(kept.terms).toMatchObject({ validitySeconds: 6 * 3600, capBytes: GB - 350_000_000 });
    expect(total(kept.used)).toBe(300_000_000);
    expect(kept.expiresAt).toEqual(new Date(server.shop.clock.now().getTime() + 4 * HOUR));
    expect(await server.shop.voucher(part!)).toMatchObject({
      ...{ status: 'unused', planName: 'DAY' },
      terms: { validitySeconds: 4 * 3600, capBytes: 350_000_000, price: { amount: 0 } },
    });
    expect(limitOf(code)).not.toEqual([]);

    const friend = server.phone(22);
    expect((await server.redeem(friend, part!)).location).toBe('/portal/status');
    expect(friend.online).toBe(true);
    friend.download(340_000_000);
    await server.shop.reconcile();
    expect(friend.online).toBe(true);
    friend.download(10_000_000);
    await server.shop.reconcile();
    expect(friend.online).toBe(false);
    expect(phone.online).toBe(true);
    expect(codesOn((await server.ask('/portal/share', phone)).text)).toEqual([]);

    const journal = await server.shop.app.stores.money.list();
    expect(journal.map(({ kind, subject, amount }) => [kind, subject, amount])).toEqual([
      ['sale', code, 2000],
      ['share', code, 0],
      ['sale', part, 0],
    ]);
    expect(JSON.parse(journal[1]!.detail)).toMatchObject({ to: part, bytes: 350_000_000 });
    const { history } = await server.shop.app.services.vouchers.history(part!);
    expect(history.map(({ what }) => what)).toContain('made from a part');

    // Six of the ten hours are left of what was sold; the friend keeps theirs.
    const { sales } = server.shop.app.services;
    expect(await sales.refundable(code)).toEqual({ amount: 1200, currency: 'PHP' });
    expect(await sales.refundable(part!)).toBeUndefined();
    await sales.endAndRefund(code, 'too slow', 'maria');
    const given = (await server.shop.app.stores.money.list()).at(-1)!;
    expect([given.kind, given.subject, given.amount]).toEqual(['void', code, -1200]);
    expect((await server.shop.app.services.money.verify()).differences).toEqual([]);
  });

  test('online time is shared by itself, and data alone by the megabyte', async () => {
    server = await ShopServer.start({
      profiles: [
        { name: 'HOURS', validity: 'none', uptime: '3h', shareable: 'yes' },
        { name: 'DATA', validity: 'none', data_cap: '500MB', shareable: 'yes' },
      ],
    });
    const hours = await customer('HOURS');
    await share(hours.phone, 'seconds', 30);
    const data = await customer('DATA', 22);
    await share(data.phone, 'bytes', 200);
    const left = async (code: string) => (await server.shop.voucher(code)).terms;
    expect(await left(hours.code)).toMatchObject({
      uptimeSeconds: 150 * 60,
      validitySeconds: null,
    });
    expect(await left(data.code)).toMatchObject({ capBytes: 300_000_000, validitySeconds: null });
    const [part] = codesOn((await server.ask('/portal/share', data.phone)).text);
    expect(await left(part!)).toMatchObject({ capBytes: 200_000_000, validitySeconds: null });
  });

  test('a form that is sent twice makes one code, and many at once share no more than there is', async () => {
    server = await ShopServer.start({ profiles: [{ ...DAY_PASS, users: '4' }] });
    const { phone, code } = await customer('DAY');
    const others = [22, 23, 24].map((last) => server.phone(last));
    for (const other of others) await server.redeem(other, code);
    const [form] = formsOf((await choose(phone, 'seconds', 60)).text);
    const send = () => server.ask(form!.action, phone, { form: form!.fields });
    await Promise.all([send(), send(), send()]);
    expect(codesOn((await server.ask('/portal/share', phone)).text)).toHaveLength(1);

    // Nine hours are left, and each asks for four.
    const rounds = [server.shop.reconcile(), server.shop.reconcile()];
    const answers = await Promise.all([phone, ...others].map((one) => share(one, 'seconds', 240)));
    await Promise.all(rounds);
    expect(answers.filter(({ status }) => status === 303)).toHaveLength(2);
    const refused = answers.filter(({ status }) => status !== 303);
    for (const { status, text } of refused) {
      expect(status).toBe(422);
      expect(text).toContain('cannot be shared now');
    }
    const all = await server.shop.app.stores.vouchers.list({});
    const sum = (of: (terms: (typeof all)[number]['terms']) => number | null) =>
      all.reduce((found, { terms }) => found + of(terms)!, 0);
    expect(all).toHaveLength(4);
    expect(sum(({ validitySeconds }) => validitySeconds)).toBe(10 * 3600);
    expect(sum(({ capBytes }) => capBytes)).toBe(GB);
  });

  test('what makes no sense, and what is not one’s own, shares nothing', async () => {
    server = await ShopServer.start({ profiles: [DAY_PASS, { name: 'P5' }] });
    const { phone, code } = await customer('DAY');
    const before = await server.shop.voucher(code);
    for (const amount of ['0', '-5', '99999999', '1e3', 'all', '4']) {
      const answer = await server.ask('/portal/share', phone, {
        form: { unit: 'seconds', amount, key: 'k'.repeat(16) },
      });
      expect(answer.status).toBe(422);
    }
    const form = { unit: 'seconds', amount: '60', key: 'short' };
    expect((await server.ask('/portal/share', phone, { form })).status).toBe(422);
    const stranger = server.phone(30);
    const answer = await server.ask('/portal/share', stranger, {
      form: { unit: 'seconds', amount: '60', key: 'k'.repeat(16) },
    });
    expect(answer.status).toBe(422);
    expect(await server.shop.voucher(code)).toEqual(before);
    expect(await server.shop.app.stores.vouchers.list({})).toHaveLength(1);

    const plain = await customer('P5', 31);
    expect((await server.ask('/portal/status', plain.phone)).text).not.toContain('/portal/share');
    expect((await server.ask('/portal/share', plain.phone)).text).toContain('nothing to share');
  });

  test('while the router is away nothing is shared', async () => {
    server = await ShopServer.start({ profiles: [DAY_PASS] });
    const { phone, code } = await customer('DAY');
    const [form] = formsOf((await choose(phone, 'seconds', 60)).text);
    await server.shop.simulator.stop();
    const answer = await server.ask(form!.action, phone, { form: form!.fields });
    expect(answer.status).toBe(503);
    expect((await server.shop.voucher(code)).terms.validitySeconds).toBe(36_000);
  });

  test('what is shared can be shared again, until too little is left', async () => {
    server = await ShopServer.start({
      profiles: [{ name: 'H', validity: '20m', shareable: 'yes' }],
    });
    const { phone } = await customer('H');
    await share(phone, 'seconds', 10);
    const [part] = codesOn((await server.ask('/portal/share', phone)).text);
    const friend = server.phone(22);
    await server.redeem(friend, part!);
    expect((await choose(friend, 'seconds', 5)).status).toBe(422); // a second too little would stay
    server.shop.clock.advance(DAY);
    expect((await server.ask('/portal/share', friend)).text).toContain('nothing to share');
  });
});
