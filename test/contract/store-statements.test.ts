import { WHOLE_SHOP } from '../../src/domain/shop/scope';
import { slotAt } from '../../src/domain/usage/usage-slots';
import type { Mac } from '../../src/domain/units';
import type { AddedSettings } from '../../src/store/router/added-router-store';
import { SetupRecords } from '../../src/store/shop/setup-records';
import type { Stores } from '../../src/store/stores';
import { UsageReports } from '../../src/store/usage/usage-reports';
import { Reports } from '../../src/store/vouchers/reports';
import { VoucherSearches } from '../../src/store/vouchers/voucher-search';
import { DAY, HOUR } from '../support/builders';
import { TestApp } from '../support/test-app';

/**
 * Statements of the stores that no other test of both databases comes to: each is tried once on SQLite and once on
 * PostgreSQL, and gives the same. What they are for is tested in the rooms, on one of the two.
 */

let shop: TestApp;
let stores: Stores;
beforeAll(async () => {
  shop = await TestApp.start({ profiles: [{ name: 'P5' }, { name: 'P9' }] });
  stores = shop.app.stores;
});
afterAll(() => shop.close());

const now = new Date('2026-11-21T08:00:00Z');
const later = new Date(now.getTime() + HOUR);
const dayBefore = new Date(now.getTime() - DAY);
const money = { amount: 500, currency: 'PHP' };

/** A batch of one voucher. */
async function voucher(note = '', orderKey?: string) {
  const order = { plan: 'P5', count: 1, note, ...(orderKey && { orderKey }) };
  const { batch, vouchers } = await shop.app.services.batches.generate(order, 'maria');
  return { batch, code: vouchers[0]!.code };
}

let devices = 0;
async function device(): Promise<Mac> {
  const mac = `02:00:00:00:0C:${(10 + (devices += 1)).toString()}` as Mac;
  await stores.sessions.seeDevices([{ mac, address: '10.5.50.9' }], now);
  return mac;
}

describe('staff', () => {
  test('passwords, second steps and what ends with the account', async () => {
    const { accounts } = stores;
    const draft = {
      name: 'ana',
      role: 'operator',
      scope: WHOLE_SHOP,
      passwordHash: 'one',
    } as const;
    await accounts.add(draft, now);
    const { id, epoch } = (await accounts.find('ana'))!;
    await accounts.setPassword(id, 'two');
    await accounts.raiseEpoch(id);
    await accounts.setTotp(id, 'secret');
    expect(await accounts.get(id)).toMatchObject({ passwordHash: 'two', totpSecret: 'secret' });
    expect((await accounts.get(id))!.epoch).toBeGreaterThan(epoch);
    expect(await accounts.useTotpCounter(id, 7)).toBe(true);
    expect(await accounts.useTotpCounter(id, 7)).toBe(false);
    await accounts.setRecoveryCodes(id, ['a', 'b']);
    expect(await accounts.useRecoveryCode(id, 'a')).toBe(true);
    expect(await accounts.useRecoveryCode(id, 'a')).toBe(false);
    expect(await accounts.countRecoveryCodes(id)).toBe(1);
    await accounts.remove(id);
    expect(await accounts.get(id)).toBeUndefined();
  });

  test('tokens, and answers that are kept for them', async () => {
    const { tokens, answers } = stores;
    const made = { madeBy: 'ana', madeAt: now, expiresAt: null, siteId: null };
    const id = await tokens.add({ name: 'till', prefix: 'pn', scope: 'read', hash: 'h1', ...made });
    expect((await tokens.list()).map((one) => one.id)).toContain(id);
    expect(await tokens.get(id)).toMatchObject({ name: 'till' });
    const request = { tokenId: id, key: 'k' };
    expect(await answers.begin(request, 'hash', now)).toBe(true);
    await answers.drop(request);
    expect(await answers.find(request)).toBeUndefined();
    expect(await tokens.withHash('h1')).toMatchObject({ id });
    expect(await tokens.revoke(id, now)).toBe(true);
    expect(await tokens.revoke(id, now)).toBe(false);
  });
});

describe('the shop', () => {
  test('files, records of set-ups, names and the order of plans', async () => {
    const { files, settings, sites, plans } = stores;
    await files.save('logo', { type: 'image/png', content: Buffer.from([1, 0, 255]) });
    await files.save('logo', { type: 'image/png', content: Buffer.from([2]) });
    expect((await files.find('logo'))!.content).toEqual(Buffer.from([2]));
    await files.remove('logo');
    expect(await files.find('logo')).toBeUndefined();

    const records = new SetupRecords(settings);
    await records.keep('R1', { profiles: {}, services: {}, fastTrack: [] });
    expect(await records.any()).toBe(true);
    await records.takeFrom(records);
    expect(await records.find('R1')).toMatchObject({ fastTrack: [] });
    await records.forget('R1');
    expect(await records.find('R1')).toBeUndefined();

    const id = await sites.add('North');
    await sites.rename(id, 'South');
    expect((await sites.list()).map(({ name }) => name)).toContain('South');

    const ids = (await plans.list()).map((plan) => plan.id);
    await plans.setOrder(ids.toReversed());
    expect((await plans.list()).map((plan) => plan.id)).toEqual(ids.toReversed());
  });

  test('ids of other programs', async () => {
    const fields = { externalId: 'x-1', metadata: {}, note: '' };
    await stores.externalFields.save('voucher', 'ABCD', fields);
    expect(await stores.externalFields.subjectOf('voucher', 'x-1')).toBe('ABCD');
  });
});

describe('routers', () => {
  const SETTINGS: AddedSettings = {
    ...{ title: 'Annex', site: '', host: '10.0.0.2', port: 8728, tls: 'off', username: 'admin' },
    ...{ hotspotServer: null, wanInterface: null, uplinkHost: null, uplinkRate: null },
    ...{ pollSeconds: null, portalUrl: null },
  };

  test('an added one is changed and taken away', async () => {
    const { addedRouters } = stores;
    const id = await addedRouters.add(SETTINGS, () => 'sealed');
    await addedRouters.edit(id, { ...SETTINGS, title: 'Attic' });
    expect(await addedRouters.list()).toMatchObject([{ id, title: 'Attic' }]);
    await addedRouters.remove(id, now);
    expect(await addedRouters.list()).toEqual([]);
  });

  test('certificates and tallies', async () => {
    const { routers, tallies } = stores;
    const { id } = await routers.at('10.0.0.9:8728');
    await routers.pinCertificate(id, 'AA:BB');
    const known = (await routers.all()).find((one) => one.id === id)!;
    expect(known.certificate).toBe('AA:BB');
    expect(Array.isArray(await tallies.list())).toBe(true);
  });

  test('an outage, what it gave back, and one that was none', async () => {
    const { outages } = stores;
    const id = await outages.begin(77, 'wan', now, now);
    await outages.move(id, dayBefore);
    expect((await outages.open(77))[0]!.from).toEqual(dayBefore);
    await outages.credit(id, [{ code: 'A', ms: 1_000 }]);
    await outages.paused(id, [{ code: 'A', ms: 200 }]);
    await outages.paused(id, [{ code: 'A', ms: 300 }]);
    await outages.noteOnline(id, new Map([['A', 60]]));
    await outages.creditOnline(id, [{ code: 'A', ms: 50 }]);
    expect(await outages.credited(id)).toEqual(new Map([['A', { creditedMs: 1_000, pausedMs: 500 }]])); // prettier-ignore
    expect(await outages.online(id)).toEqual({
      startedMs: new Map([['A', 60]]),
      creditedMs: new Map([['A', 50]]),
    });
    await outages.end(id, { from: dayBefore, to: now });
    const span = { from: dayBefore, to: now };
    expect(await outages.past(77, dayBefore)).toEqual([{ id, span }]);
    await outages.drop(id);
    expect(await outages.past(77, dayBefore)).toEqual([]);
  });
});

describe('notices', () => {
  test('one process has a line of them, and it moves on', async () => {
    const { events, subscriptions } = stores;
    const before = await events.newest();
    const event = { name: 'alert.raised', subject: 'x', data: { n: 1 } } as const;
    await events.add([
      { ...event, at: now },
      { ...event, at: later },
    ]);
    expect(await events.countAfter(before)).toBe(2);
    expect(await events.lastBefore(later, before)).toBe((await events.newest()) - 1);
    expect(await events.latest('alert.raised', now, 1)).toMatchObject([{ data: { n: 1 } }]);

    await subscriptions.begin('chat', before);
    const line = () => subscriptions.all().then((all) => all.get('chat')!);
    expect(await subscriptions.claim(await line(), 'one', now, later)).toBe(true);
    expect(await subscriptions.claim(await line(), 'two', now, later)).toBe(false);
    expect(await subscriptions.finish({ ...(await line()), sentAt: now }, 'two')).toBe(false);
    expect(await subscriptions.finish({ ...(await line()), sentAt: now }, 'one')).toBe(true);
    await subscriptions.skip('chat', before, before + 2);
    expect(await line()).toMatchObject({ eventId: before + 2, sentAt: now });
  });
});

describe('money', () => {
  test('drawers and slips are counted, and the journal tells of a seller', async () => {
    const { drawers, slipCustody, money: journal } = stores;
    const opened = { openedAt: now, openedBy: 'boss', afterSeq: 0 };
    const id = await drawers.open({ seller: 'maria', float: money, ...opened });
    expect((await drawers.openOnes()).map((one) => one.id)).toEqual([id]);
    const counted = { at: later, by: 'boss', counted: 500, expected: 490, lastSeq: 0 };
    expect(await drawers.count(id, counted)).toBe(true);
    expect(await drawers.count(id, counted)).toBe(false);
    expect((await drawers.find(id))!.count).toEqual(counted);

    const { batch } = await voucher('slips');
    const given = { price: await slipCustody.priceOf(batch), given: 1, givenAt: now, givenBy: 'boss' }; // prettier-ignore
    const slips = await slipCustody.give({ batchId: batch, seller: 'maria', ...given });
    expect(await slipCustody.unusedOf(batch)).toBe(1);
    await slipCustody.count(slips, { at: later, by: 'boss', unused: 1, back: 0 });
    await slipCustody.settle(slips, { as: 'paid', at: later, by: 'boss' }, 1);
    expect(await slipCustody.find(slips)).toMatchObject({ price: money, coveredLeft: 1 });
    expect(await slipCustody.sellers()).toEqual(['maria']);

    expect(await journal.newest(5, 0)).toEqual(await journal.ofSeller('nobody', 0));
    expect(await journal.besidesSales({ from: dayBefore, to: later }, 'PHP')).toBe(0);
  });
});

describe('billing', () => {
  test('payments that others report', async () => {
    const { paymentSources: sources } = stores;
    const made = {
      madeBy: 'boss',
      madeAt: now,
      gateway: null,
      sealedSecret: null,
      sealedKey: null,
      checkout: {},
    };
    const id = await sources.add({ name: 'Bank', salt: 's', ...made });
    expect(await sources.list()).toMatchObject([{ id, name: 'Bank' }]);
    expect(await sources.named('Bank')).toEqual(await sources.get(id));
    const report = { id: 'p1', money, login: 'nobody', note: '' };
    const number = await sources.keep(id, report, now, { problem: 'whose?' });
    expect(await sources.reported(id, 'p1')).toMatchObject({ number, money, problem: 'whose?' });
    expect(await sources.open(number)).toEqual((await sources.listOpen())[0]);
    expect(await sources.subscriberOf(report)).toBeUndefined();
    expect(await sources.subscriberOf({ ...report, invoice: 1 })).toBeUndefined();
    await sources.settle(number, null, later, 'boss');
    expect(await sources.listOpen()).toEqual([]);
    expect(await sources.revoke(id, later)).toBe(true);
    expect(await stores.payments.ordered('no such form')).toBeUndefined();
  });

  test('subscribers by login, by number and by plan', async () => {
    const { subscribers, plans } = stores;
    const draft = { name: 'Joy', login: 'joy', password: 'secret' };
    const { id } = await shop.app.services.subscribers.add(draft, 'boss');
    const { loginKind } = (await subscribers.withLogin('joy'))!;
    expect(await subscribers.anyLogin(loginKind)).toBe(true);
    expect(await subscribers.names([id])).toEqual(new Map([[id, 'Joy']]));
    expect(await subscribers.signOuts(id)).toBe(0);
    expect(await subscribers.countOn((await plans.list())[0]!.id)).toBe(0);
  });
});

describe('vouchers', () => {
  test('holds, ends, sales at the counter and notes', async () => {
    const { vouchers } = stores;
    const { code } = await voucher('For Tina', 'form 1');
    const mac = await device();
    expect(await vouchers.any()).toBe(true);
    expect(await vouchers.hold(code, mac, now, later)).toBe(true);
    await vouchers.renewHold(code, mac, new Date(later.getTime() + HOUR));
    const sold = await stores.counterSales.of('maria', 'PHP', dayBefore);
    expect(sold.map(({ amount }) => amount)).toContain(500);
    const notes = await new VoucherSearches(shop.app.db).notesWith('tina', [code]);
    expect(notes).toEqual(new Map([[code, 'For Tina']]));
    await vouchers.endAccess(code, now);
    expect(await vouchers.find(code)).toMatchObject({ status: 'revoked' });
  });

  test('a part of one', async () => {
    const { parts, vouchers } = stores;
    const whole = (await vouchers.find((await voucher()).code))!;
    const by = await device();
    const terms = { capBytes: 1_000_000, validitySeconds: 3_600, uptimeSeconds: null };
    await parts.add(whole, { code: 'PART2345', terms, by, at: now, orderKey: 'form 2' });
    await parts.keepRest(whole.code, 2_000_000, 250);
    expect(await parts.worthOf(whole)).toBe(250);
    expect(await parts.unusedOf(by)).toEqual(['PART2345']);
  });

  test('sessions of a device and a line', async () => {
    const { sessions } = stores;
    const { code } = await voucher();
    const mac = await device();
    const id = await sessions.addPending(code, mac, now, later);
    await sessions.renewPending(id, new Date(later.getTime() + HOUR));
    await sessions.moveAway(id, later);
    await sessions.moveBack(id);
    expect(await sessions.isOpen(id)).toBe(true);
    const line = '02:00:00:00:0C:99' as Mac;
    await sessions.openLine(code, line, now);
    expect(await sessions.history(line, 5)).toMatchObject([{ code, openedAt: now, bytes: 0 }]);
    const reports = new UsageReports(shop.app.db);
    expect(await reports.holders({ mac: line }, 5)).toEqual([code]);
    const hour = { from: slotAt(dayBefore), to: slotAt(later) };
    expect(await reports.hoursOfPlan('P5', hour)).toEqual([]);
  });

  test('names of devices, guesses and what was done', async () => {
    const { deviceNames, guesses } = stores;
    const mac = await device();
    await deviceNames.hear([{ mac, own: 'Tina-Phone' }]);
    expect(await deviceNames.find('na-ph', 5)).toEqual([mac]);
    expect(await deviceNames.called('tina-phone', 5)).toEqual([mac]);
    await guesses.save('one', { failures: 3, countedAt: now, blockedUntil: null });
    await guesses.forget('one');
    expect((await guesses.of(['one'])).size).toBe(0);
    const reports = new Reports(shop.app.db);
    await stores.journal.audit([
      { at: now, who: 'boss', what: 'site added', subject: 'x', detail: {} },
    ]);
    expect(await reports.news(1)).toMatchObject([{ what: 'site added' }]);
    expect(await reports.audit({ text: 'boss', beforeId: undefined }, 1)).toHaveLength(1);
    expect(await reports.endingBefore(WHOLE_SHOP, now, later, 5)).toEqual([]);
    expect(await stores.imports.known(['NOSUCH'])).toEqual(new Map());
  });
});
