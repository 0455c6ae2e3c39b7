import { readFileSync } from 'node:fs';
import type { Locator, Page } from 'playwright-core';
import { staffInBrowser } from '../../support/browser/staff-in-browser';
import { NOTHING_TYPED } from '../../../src/services/shop/shop-settings';
import type { SimulatedDevice } from '../../../src/simulator/simulator';
import { untilTrue } from '../../support/browser/until-true';

/**
 * What a shop does all day, on a phone, from Home: how many touches each job takes. The table of
 * docs/internals/performance.md says the same.
 */

const staff = staffInBrowser();

/** Jobs of that table, and the most touches that each may take. */
const MOST: Record<string, number> = {
  'Make and print 20 vouchers': 3,
  'See who is online, 8 devices': 1,
  'Slow down a device': 2,
  'End a voucher': 3,
  "See today's income": 0,
  "Change a plan's price": 3,
  'Add staff': 4,
  'See why it is slow': 2,
  'Block a device': 2,
  'Print a lost slip again': 3,
  'Sell one and print it': 2,
  'Refund a sale': 3,
};

/** A hand on the phone: it touches only what it sees without scrolling sideways, and counts. */
class Hand {
  taps = 0;
  fields = 0;

  constructor(readonly page: Page) {}

  async tap(what: Locator): Promise<void> {
    this.taps += 1;
    await what.click();
    await this.page.waitForLoadState();
  }

  async type(field: Locator, text: string): Promise<void> {
    this.fields += 1;
    await field.fill(text);
  }

  place(path: string): Promise<void> {
    return this.tap(this.page.locator(`.places a[href="/admin${path}"]`));
  }

  tab(path: string): Promise<void> {
    return this.tap(this.page.locator(`.sub a[href="/admin${path}"]`));
  }

  /** Sees all of it without a touch more. */
  async sees(what: Locator): Promise<void> {
    const box = await boxOf(what);
    const bar = await boxOf(this.page.locator('.places'));
    expect(box.y).toBeGreaterThanOrEqual(0);
    expect(box.y + box.height).toBeLessThanOrEqual(bar.y);
  }
}

/** It has none at the moment in which a live page puts a new one in its place. */
async function boxOf(what: Locator) {
  for (;;) {
    await what.waitFor({ state: 'visible' });
    const box = await what.boundingBox();
    if (box) return box;
  }
}

let phones: { phone: SimulatedDevice; code: string }[];

beforeEach(async () => {
  phones = [];
  for (let one = 0; one < 8; one += 1) phones.push(await staff.open.shop.online());
  phones[0]!.phone.offer({ up: 100_000, down: 3_000_000 });
  await staff.open.shop.reconcile();
  staff.open.shop.clock.advance(2_000);
  await staff.open.shop.reconcile();
});

test('no job of the day takes more touches than it should', async () => {
  const page = await staff.signedIn('');
  await page.addInitScript('window.print = () => (window.prints = (window.prints ?? 0) + 1)');
  await page.setViewportSize({ width: 360, height: 740 });
  const { shop } = staff.open;
  const { phone, code } = phones[0]!;
  const row = (path: string) => page.locator(`a.row[href="/admin/bandwidth/${phone.mac}"]${path}`);
  const printed = () => untilTrue(page, 'window.prints === 1');
  const counted: Record<string, { taps: number; fields: number }> = {};
  const job = async (name: string, work: (hand: Hand) => Promise<void>) => {
    await staff.goTo(page, '');
    const hand = new Hand(page);
    await work(hand);
    counted[name] = { taps: hand.taps, fields: hand.fields };
  };

  await job("See today's income", (hand) => hand.sees(page.locator('.amount')));

  await job('Sell one and print it', async (hand) => {
    await shop.app.services.shop.save({ ...NOTHING_TYPED, sellPrints: '58mm' }, 'keep', 'maria');
    await hand.place('/vouchers');
    await hand.tap(page.locator('button.tile[value="P5"]'));
    await printed();
    expect(await page.locator('.slip').count()).toBe(1);
    await shop.app.services.shop.save(NOTHING_TYPED, 'keep', 'maria');
  });

  await job('Make and print 20 vouchers', async (hand) => {
    await hand.place('/vouchers');
    await hand.tap(page.locator('main a[href="/admin/batches/new"]').first());
    await hand.tap(page.locator('button[name="print"]'));
    await printed();
    expect(await page.locator('.slip').count()).toBe(20);
  });

  await job('See who is online, 8 devices', async (hand) => {
    await hand.place('/bandwidth');
    expect(await page.locator('#online .row').count()).toBe(8);
    await hand.sees(page.locator('#online .row').last());
  });

  await job('See why it is slow', async (hand) => {
    await hand.tap(row(''));
    await hand.tap(page.locator('a[href$="/speeds"]').first());
    expect(await page.locator('.cards tbody tr').count()).toBeGreaterThan(0);
  });

  await job('Slow down a device', async (hand) => {
    await hand.tap(row(''));
    await hand.tap(page.locator('button[name="slow"][value="512K"]'));
    expect(shop.simulator.queueOf(phone.mac)?.maxLimit).toEqual({ up: 256_000, down: 512_000 });
  });

  await job('Print a lost slip again', async (hand) => {
    await hand.place('/vouchers');
    await hand.tap(page.locator('#found tbody th a').first());
    await hand.tap(page.locator('.ticket a[href*="print?format="]'));
    await printed();
    expect(await page.locator('.slip').count()).toBe(1);
  });

  await job("Change a plan's price", async (hand) => {
    await hand.place('/plans');
    await hand.tap(page.locator('main th a[href="/admin/plans/P5"]'));
    await hand.type(page.locator('#price'), '7');
    const save = page.locator('form[action="/admin/plans/P5"] .at-hand button');
    await hand.sees(save);
    await hand.tap(save);
    expect((await shop.app.services.plans.find('P5')).terms.price.amount).toBe(700);
  });

  await job('Add staff', async (hand) => {
    await hand.place('/plans');
    await hand.tab('/settings');
    await hand.tap(page.locator('a.row[href="/admin/staff"]'));
    const form = page.locator('form[action="/admin/staff"]');
    await hand.type(form.locator('[name="name"]'), 'ana');
    await hand.type(form.locator('[name="password"]'), 'a long password');
    await hand.tap(form.getByRole('button'));
    const names = (await shop.app.services.accounts.list()).map(({ name }) => name);
    expect(names).toContain('ana');
  });

  await job('End a voucher', async (hand) => {
    await hand.tap(row(''));
    await hand.tap(page.locator('form[action="/admin/vouchers/revocations"] button'));
    await hand.tap(page.locator('button.danger.solid'));
    expect((await shop.app.services.vouchers.find(code)).status).toBe('revoked');
  });

  const { phone: other } = phones[1]!;
  const { phone: third, code: refunded } = phones[2]!;
  await job('Refund a sale', async (hand) => {
    await hand.tap(page.locator(`a.row[href="/admin/bandwidth/${third.mac}"]`));
    await hand.tap(page.locator('form[action$="/refund"] button'));
    const reason = page.getByRole('button', { name: 'Does not work' });
    await hand.sees(reason);
    await hand.tap(reason);
    expect((await shop.app.services.vouchers.find(refunded)).status).toBe('revoked');
  });

  await job('Block a device', async (hand) => {
    await hand.tap(page.locator(`a.row[href="/admin/bandwidth/${other.mac}"]`));
    await hand.tap(page.locator('form[action="/admin/bandwidth/blocks"] button'));
    expect((await shop.app.services.blocks.list()).map(({ mac }) => mac)).toEqual([other.mac]);
  });

  const tooMany = Object.entries(counted).filter(([name, { taps }]) => !(taps <= MOST[name]!));
  expect(tooMany).toEqual([]);
  expect(inDocs()).toEqual(counted);
  expect(staff.complaints).toEqual([]);
}, 240_000); // the walk is long, and machines are slow

test('on a small phone code, Print, Share and Copy stand above the bar at once, with the QR below them', async () => {
  const page = await staff.signedIn('/vouchers');
  await page.setViewportSize({ width: 360, height: 600 });
  for (const count of ['1', '3']) {
    await staff.goTo(page, '/vouchers');
    const hand = new Hand(page);
    if (count !== '1') await hand.tap(page.locator(`.many label:has([value="${count}"])`));
    await hand.tap(page.locator('button.tile[value="P5"]'));
    expect(await page.locator('.ticket-code').count()).toBe(Number(count));
    for (const code of await page.locator('.ticket-code').all()) await hand.sees(code);
    for (const name of ['Print', 'Share']) await hand.sees(page.getByRole('link', { name }));
    const copy = page.getByRole('button', { name: 'Copy' });
    await hand.sees(copy);
    const [below, above] = [await boxOf(page.locator('.ticket-qr').first()), await boxOf(copy)];
    expect(below.y).toBeGreaterThan(above.y + above.height);
    expect(hand.taps).toBe(count === '1' ? 1 : 2);
  }
  expect(staff.complaints).toEqual([]);
}, 60_000);

/** The last column of the table: `3`, or `3, and 2 fields`. */
function inDocs(): Record<string, { taps: number; fields: number }> {
  const rows = readFileSync('docs/internals/performance.md', 'utf8').matchAll(
    /^\| ([^|]+?) *\|[^|]+\| (\d+)(?:, and (\d+) fields?)? *\|$/gm,
  );
  return Object.fromEntries(
    [...rows].map(([, name, taps, fields]) => [
      name!,
      { taps: Number(taps), fields: Number(fields ?? 0) },
    ]),
  );
}
