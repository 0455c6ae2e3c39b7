import fc from 'fast-check';
import { noticeText } from '../../src/format/notice-text';
import type { Terms } from '../../src/domain/plans/plan';
import { markKey, quotaReached, quotasDue, type QuotaMark } from '../../src/domain/notices/quota';
import { aRunningVoucher, aVoucher, at, DAY, NOON, rates, someTerms } from '../support/builders';
import { ManualClock } from '../support/manual-clock';
import { RestartableShop } from '../support/restartable-shop';
import { formsOf, ShopServer } from '../support/program/shop-server';
import type { TestApp } from '../support/test-app';

const MB = 1_000_000;
const HOUR = 3_600_000;
const nothing = () => false;

describe('thresholds that are due', () => {
  const capped = (used: number, differences: object = {}) =>
    aRunningVoucher('A', {
      terms: someTerms({ capBytes: 100 * MB, capPolicy: 'throttle', ...differences }),
      used: rates(0, used * MB),
    });

  test.each([
    [79, []],
    [80, [80]],
    [89, [80]],
    [95, [80, 90]],
    [100, [80, 90, 100]],
    [250, [80, 90, 100]],
  ])('at %i %% used: %j are recorded, the highest is told', (used, percents) => {
    const { record, tell } = quotasDue([capped(used)], nothing);
    expect(record.map(({ percent }) => percent)).toEqual(percents);
    expect(tell.map(({ percent }) => percent)).toEqual(percents.slice(-1));
    expect(quotaReached(capped(used))?.percent).toBe(percents.at(-1));
  });

  test('count against fair use where there is no cap, and for nobody without either', () => {
    const fair = capped(50, { capBytes: null, fairUseBytes: 60 * MB });
    expect(quotasDue([fair], nothing).tell).toMatchObject([
      { percent: 80, ofBytes: 60 * MB, kind: 'fair use' },
    ]);
    const without = capped(50, { capPolicy: 'none' });
    expect(quotasDue([without], nothing)).toEqual({ record: [], tell: [] });
    expect(quotaReached(without)).toBeNull();
    expect(quotasDue([capped(50, { capBytes: null })], nothing).tell).toEqual([]);
    expect(quotasDue([capped(99, { alerts: [] })], nothing).record).toEqual([]);
  });

  test('count against a cap and against fair use each by itself', () => {
    const both = (used: number) => capped(used, { fairUseBytes: 60 * MB });
    expect(quotasDue([both(50)], nothing).tell).toMatchObject([
      { percent: 80, ofBytes: 60 * MB, kind: 'fair use' },
    ]);
    const { record, tell } = quotasDue([both(85)], nothing);
    expect(tell).toMatchObject([
      { percent: 80, ofBytes: 100 * MB, kind: 'cap' },
      { percent: 100, ofBytes: 60 * MB, kind: 'fair use' },
    ]);
    const known = new Set(record.map(markKey));
    expect(known.size).toBe(4);
    expect(quotasDue([both(89)], (mark) => known.has(markKey(mark))).record).toEqual([]);
    expect(quotasDue([both(90)], (mark) => known.has(markKey(mark))).tell).toHaveLength(1);
    expect(quotaReached(both(50))).toEqual({ percent: 80, kind: 'fair use' });
    expect(quotaReached(both(85))).toEqual({ percent: 80, kind: 'cap' });
  });

  test('at fair use nobody is told that the data is gone: it goes on, slower', () => {
    const words = (used: number, more: Partial<Terms> = {}) => {
      const [notice] = quotasDue([capped(used, more)], nothing).tell;
      const event = {
        name: 'quota.reached' as const,
        at: NOON,
        subject: 'ABC',
        data: { ...notice },
      };
      return noticeText(event).text;
    };
    const fair = { capBytes: null, fairUseBytes: 100 * MB };
    expect(words(85, fair)).toBe(
      'Voucher ABC has used 80 % of its data at full speed: 85 MB of 100 MB. After that it goes on, slower.',
    );
    expect(words(100, fair)).toBe(
      'Voucher ABC has reached fair use: 100 MB of 100 MB. It is slower now.',
    );
    expect(words(100)).toBe('Voucher ABC has used 100 % of its data: 100 MB of 100 MB.');
  });

  test('count against what was carried on from the last period, and leave free hours out', () => {
    const carried = { ...capped(90), carriedBytes: 50 * MB };
    expect(quotasDue([carried], nothing)).toEqual({ record: [], tell: [] });
    const free = { ...capped(90), freeBytes: 5 * MB };
    expect(quotasDue([free], nothing).tell).toMatchObject([{ percent: 80, usedBytes: 85 * MB }]);
  });

  test('are not for codes nobody used, developers, and what was revoked', () => {
    const over = { terms: someTerms({ capBytes: 1, capPolicy: 'block' }), used: rates(5) };
    const none = [
      aVoucher('A', over),
      aRunningVoucher('B', { ...over, developer: true }),
      aRunningVoucher('C', { ...over, status: 'revoked' }),
    ];
    expect(quotasDue(none, nothing)).toEqual({ record: [], tell: [] });
    const ended = aRunningVoucher('D', { ...over, status: 'exhausted', endedAt: at(1) });
    expect(quotasDue([ended], nothing).tell).toHaveLength(1);
  });

  test('come once a period each, whatever is used and however often somebody looks', () => {
    const steps = fc.array(
      fc.record({ bytes: fc.integer({ min: 0, max: 60 * MB }), newPeriod: fc.boolean() }),
      { maxLength: 40 },
    );
    const percents = fc.uniqueArray(fc.integer({ min: 1, max: 100 }), {
      minLength: 1,
      maxLength: 5,
    });
    fc.assert(
      fc.property(steps, percents, (moves, alerts) => {
        const caps = { capBytes: 100 * MB, capPolicy: 'block', capPeriod: 'daily' } as const;
        const terms = someTerms({ ...caps, alerts });
        let voucher = aRunningVoucher('A', { terms, periodStartedAt: at(0) });
        const table = new Map<string, QuotaMark>();
        const isRecorded = (mark: QuotaMark) => table.has(markKey(mark));
        const told: string[] = [];
        let days = 0;
        for (const { bytes, newPeriod } of moves) {
          const used = rates(0, voucher.used.down + bytes);
          voucher = { ...voucher, used };
          if (newPeriod) {
            days += 1;
            const usedBeforePeriod = voucher.used.down;
            voucher = { ...voucher, periodStartedAt: at(days * DAY), usedBeforePeriod };
          }
          const { record, tell } = quotasDue([voucher], isRecorded);
          for (const mark of record) {
            expect(isRecorded(mark)).toBe(false);
            table.set(markKey(mark), mark);
          }
          told.push(...tell.map(markKey));
          expect(tell.length).toBeLessThanOrEqual(1);
          // Everything passed is on record, and nothing else of this period.
          const inPeriod = used.down - voucher.usedBeforePeriod;
          const passed = alerts.filter((percent) => inPeriod >= percent * MB);
          const period = voucher.periodStartedAt!.toISOString();
          const known = [...table.values()].filter((mark) => mark.period === period);
          expect(known.map(({ percent }) => percent).sort()).toEqual(passed.sort());
          expect(tell[0]?.percent ?? Math.max(...passed)).toBe(Math.max(...passed));
          expect(quotasDue([voucher], isRecorded)).toEqual({ record: [], tell: [] });
        }
        expect(new Set(told).size).toBe(told.length);
      }),
      { numRuns: 200 },
    );
  });
});

describe('in the shop', () => {
  let place: RestartableShop;
  let clock: ManualClock;
  let shop: TestApp;

  beforeEach(async () => {
    const options = {
      profiles: [
        { name: 'P5', validity: '7d', data_cap: '100MB', cap_period: 'daily' },
        {
          name: 'OWN',
          validity: '7d',
          data_cap: '100MB',
          cap_period: 'daily',
          cap_anchor: 'start',
        },
        { name: 'MONTH', validity: '60d', data_cap: '100MB', cap_period: 'monthly' },
        {
          name: 'SLOWER',
          validity: '7d',
          data_cap: '100MB',
          throttle_policy: 'none',
          fup_threshold: '50MB',
          fup_rate_up: '64K',
          fup_rate_down: '64K',
        },
        { name: 'ALL', validity: '7d', data_cap: '100MB', throttle_policy: 'block' },
      ],
    };
    place = await RestartableShop.begin(options, new ManualClock('2026-11-21T04:00:00Z'));
    ({ clock } = place);
    shop = await place.open();
  });

  afterEach(() => place.close());

  async function restart(env?: Record<string, string>): Promise<void> {
    shop = await place.restart(env);
  }

  async function told(code: string): Promise<number[]> {
    const history = await shop.app.stores.journal.auditOf(code);
    const events = await shop.app.stores.events.after(0, 1_000);
    const inHistory = history
      .filter((one) => one.what === 'quota reached')
      .map(({ detail }) => detail.percent);
    const inOutbox = events
      .filter(({ name, subject }) => name === 'quota.reached' && subject === code)
      .map(({ data }) => Number(data.percent));
    expect(inOutbox).toEqual(inHistory);
    return inHistory;
  }

  test('each threshold is told once, over restarts, and again in the next period', async () => {
    const { phone, code } = await shop.online();
    phone.download(81 * MB);
    await shop.reconcile();
    await shop.reconcile();
    expect(await told(code)).toEqual([80]);
    await restart();
    await shop.reconcile();
    expect(await told(code)).toEqual([80]);
    phone.download(30 * MB);
    await shop.reconcile();
    await shop.reconcile();
    expect(await told(code)).toEqual([80, 100]);
    clock.advance(24 * HOUR);
    await shop.reconcile();
    phone.download(92 * MB);
    await shop.reconcile();
    expect(await told(code)).toEqual([80, 100, 90]);
    const recorded = await shop.app.db('quota_notices').where({ code });
    expect(recorded).toHaveLength(5);
  });

  test('books that keep only days of what was tell nothing twice in a month', async () => {
    clock.set('2026-12-02T04:00:00Z');
    const env = { USAGE_KEEP_HOURLY_DAYS: '7' };
    await restart(env);
    const { phone, code } = await shop.online('MONTH');
    phone.download(81 * MB);
    await shop.reconcile();
    for (let days = 0; days < 20; days += 1) {
      clock.advance(24 * HOUR);
      await shop.reconcile();
    }
    await shop.app.services.historyKeeper.rollUp(clock.now());
    await restart(env);
    await shop.reconcile();
    expect(await told(code)).toEqual([80]);
    // Those of the month that is over go.
    clock.advance(20 * 24 * HOUR);
    await shop.reconcile();
    phone.download(81 * MB);
    await shop.reconcile();
    await shop.app.services.historyKeeper.rollUp(clock.now());
    const marks = (await shop.app.db('quota_notices').where({ code })) as { period: string }[];
    expect(marks.map(({ period }) => period)).toEqual(['2026-12-31T16:00:00.000Z']);
  });

  test('a clock that is set tells nothing twice, where periods began with the voucher too', async () => {
    const { phone, code } = await shop.online('OWN');
    phone.download(85 * MB);
    await shop.reconcile();
    clock.set(new Date(clock.now().getTime() + 3 * HOUR).toISOString());
    await shop.reconcile();
    await shop.reconcile();
    expect(await told(code)).toEqual([80]);
  });

  test('another time zone tells nothing twice in a period that goes on', async () => {
    const { phone, code } = await shop.online('MONTH');
    phone.download(85 * MB);
    await shop.reconcile();
    const { settings } = shop.app.stores;
    // There and back: months begin an hour earlier in Tokyo than in Manila.
    for (const zone of ['Asia/Tokyo', 'Asia/Manila', 'Asia/Tokyo']) {
      await settings.set('shop.timeZone', zone);
      clock.advance(60_000);
      await shop.reconcile();
      expect(shop.app.services.shop.get().timeZone).toBe(zone);
      expect(await told(code)).toEqual([80]);
    }
    await restart();
    await shop.reconcile();
    phone.download(6 * MB);
    await shop.reconcile();
    expect(await told(code)).toEqual([80, 90]);
    // The next month tells them anew.
    clock.advance(11 * 24 * HOUR);
    await shop.reconcile();
    phone.download(85 * MB);
    await shop.reconcile();
    expect(await told(code)).toEqual([80, 90, 80]);
  });

  test('marks under the date that a period goes on under are no stumbling block', async () => {
    const { code } = await shop.online('MONTH');
    const { quotas } = shop.app.stores;
    const [from, to] = [at(0), at(HOUR)];
    const mark = (date: Date, percent: number) => {
      return { code, period: date.toISOString(), kind: 'cap' as const, percent };
    };
    await quotas.record([mark(from, 80), mark(from, 90), mark(to, 80)], NOON);
    await quotas.redate([{ code, from, to }]);
    expect(await quotas.recorded([code])).toEqual(
      new Set([mark(to, 80), mark(to, 90)].map(markKey)),
    );
  });

  test('a cap at which nothing happens tells nothing, and fair use does', async () => {
    const { phone, code } = await shop.online('SLOWER');
    phone.download(51 * MB);
    await shop.reconcile();
    expect(shop.simulator.queueOf(phone.mac)!.maxLimit.down).toBe(64_000);
    const events = await shop.app.stores.events.after(0, 100);
    expect(events.filter(({ name }) => name === 'quota.reached')).toMatchObject([
      { subject: code, data: { kind: 'fair use', percent: 100 } },
    ]);
    phone.download(50 * MB);
    await shop.reconcile();
    expect(await told(code)).toEqual([100]);
  });

  test('the last one is told in the very pass that ends the voucher', async () => {
    const { phone, code } = await shop.online('ALL');
    phone.download(100 * MB);
    await shop.reconcile();
    await shop.reconcile();
    expect((await shop.voucher(code)).status).toBe('exhausted');
    expect(await told(code)).toEqual([100]);
  });

  test('passes that overlap and processes that compete tell it once', async () => {
    const { phone, code } = await shop.online();
    phone.download(91 * MB);
    const other = await place.beside();
    await Promise.all([
      shop.reconcile(),
      shop.reconcile(),
      other.reconcile(),
      shop.controller.reconcileDevice((await shop.controller.whoIsAt(phone.address))!),
    ]);
    clock.advance(2 * 60_000); // the lease is over, and the other one is the controller
    expect((await other.reconcile()).errors).toBe(0);
    await other.close();
    expect(await told(code)).toEqual([90]);
  });
});

test('the customer reads it on the status page until the next day, in both languages', async () => {
  const server = await ShopServer.start({
    profiles: [{ name: 'P5', validity: '7d', data_cap: '100MB', cap_period: 'daily' }],
  });
  try {
    const { shop } = server;
    const phone = server.phone(31);
    expect((await server.redeem(phone, await shop.code())).status).toBe(303);
    const page = async (language: string) =>
      (await server.ask('/portal/status', phone, { headers: { 'accept-language': language } }))
        .text;
    const json = async () =>
      JSON.parse(
        (await server.ask('/portal/status.json', phone, { accept: 'application/json' })).text,
      ) as { quotaReached: number | null };
    expect(await page('en')).not.toContain('% of your data');
    phone.download(84 * MB);
    await shop.reconcile();
    expect(await page('en')).toContain('You have used 80% of your data.');
    expect(await page('fil')).toContain('Nagamit mo na ang 80 % ng data mo.');
    expect(await json()).toMatchObject({ quotaReached: 80 });
    expect(formsOf(await page('en'))).not.toEqual([]);
    shop.clock.advance(24 * HOUR);
    await shop.reconcile();
    expect(await page('en')).not.toContain('% of your data');
    expect(await json()).toMatchObject({ quotaReached: null });
  } finally {
    await server.close();
  }
});
