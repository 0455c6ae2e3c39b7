import fc from 'fast-check';
import type { Voucher } from '../../src/domain/vouchers/voucher';
import { normalizeCode } from '../../src/domain/vouchers/voucher-code';
import type { VoucherSearch } from '../../src/store/vouchers/voucher-search';
import { TestApp } from '../support/test-app';

/** Every way a voucher is found, against the same questions put to each voucher in turn. */

const NOTES = ['', 'Week 7', 'week_7 at 100%', 'corner table'];
const SELLERS = ['Ana', 'ben', 'maria'];
let shop: TestApp;
let all: Voucher[];
const noteOf = new Map<number, string>();

beforeEach(async () => {
  shop = await TestApp.start({ profiles: [{ name: 'P5' }, { name: 'P20' }] });
  const { batches, vouchers } = shop.app.services;
  for (const [n, note] of [...NOTES, ...NOTES].entries()) {
    const plan = n % 2 ? 'P5' : 'P20';
    const made = await batches.generate({ plan, count: 4, note }, SELLERS[n % 3]!);
    noteOf.set(made.vouchers[0]!.batchId!, note);
    shop.clock.advance(60_000);
  }
  await batches.handOver(2, 'Ana', 'maria');
  const [first] = await vouchers.list({ batchId: 5 });
  await shop.redeem(shop.phone(), first!.code);
  all = await vouchers.list({});
});

afterEach(() => shop.close());

function matches(voucher: Voucher, { text, hidesOpen, ...search }: VoucherSearch): boolean {
  const seller = voucher.seller ?? voucher.createdBy;
  const { batchId, status } = voucher;
  if (search.plan && voucher.planName !== search.plan) return false;
  if (search.statuses && !search.statuses.includes(status)) return false;
  if (search.seller !== undefined && search.seller !== seller) return false;
  if (search.batchId !== undefined && search.batchId !== batchId) return false;
  if (!text) return true;
  const lower = text.toLowerCase();
  const isKnown = !hidesOpen || status !== 'unused';
  return (
    (isKnown && voucher.code.includes(normalizeCode(text) || text.toUpperCase())) ||
    noteOf.get(batchId!)!.toLowerCase().includes(lower) ||
    seller.toLowerCase() === lower ||
    lower === `batch ${batchId}`
  );
}

test('a search finds the vouchers that match, newest first, page by page and all at once', async () => {
  const { voucherSearches } = shop.app.services;
  const some = fc.constantFrom(...all.map(({ code }) => code));
  const text = fc.oneof(
    fc.constantFrom('', 'week 7', 'WEEK', '%', '_7', '!', 'ana', 'BEN', 'nobody', 'batch 3', 'batch 99'),
    fc.tuple(some, fc.nat(8), fc.nat(8)).map(([code, from, length]) => code.slice(from, from + length)),
  ); // prettier-ignore
  const search = fc.record(
    {
      scope: fc.constant('whole shop' as const),
      text,
      hidesOpen: fc.boolean(),
      statuses: fc.constantFrom(['unused' as const], ['active' as const, 'expired' as const]),
      plan: fc.constantFrom('P5', 'P20', 'GONE'),
      batchId: fc.integer({ min: 1, max: 9 }),
      seller: fc.constantFrom(...SELLERS),
    },
    { requiredKeys: ['scope', 'text'] },
  );
  const newestFirst = all.toSorted(
    (a, b) => b.createdAt.getTime() - a.createdAt.getTime() || (a.code < b.code ? -1 : 1),
  );
  await fc.assert(
    fc.asyncProperty(search, fc.integer({ min: 1, max: 7 }), async (asked, step) => {
      const expected = newestFirst.filter((one) => matches(one, asked)).map(({ code }) => code);
      const page = await voucherSearches.page(asked, { limit: step, offset: step });
      expect(page).toEqual({ codes: expected.slice(step, 2 * step), total: expected.length });
      const found: string[] = [];
      for await (const listed of voucherSearches.all(asked, step)) {
        found.push(...listed.map(({ code }) => code));
      }
      expect(found).toEqual(expected);
    }),
    { numRuns: 100 },
  );
});

test('a part that many codes share finds them too, and a device finds its voucher', async () => {
  const { batches, voucherSearches } = shop.app.services;
  await batches.generate({ plan: 'P5', count: 1_200, prefix: 'ZZZZZZZZ' }, 'maria');
  const page = await voucherSearches.page(
    { scope: 'whole shop', text: 'zzzzzzzz' },
    { limit: 3, offset: 1_198 },
  );
  expect(page.total).toBe(1_200);
  expect(page.codes).toHaveLength(2);
  const [running] = all.filter(({ status }) => status === 'active');
  const [device] = (await shop.app.services.vouchers.history(running!.code)).devices;
  const found = await voucherSearches.page(
    { scope: 'whole shop', text: device!.mac },
    { limit: 3, offset: 0 },
  );
  expect(found).toEqual({ codes: [running!.code], total: 1 });
});

test('a code typed on another keyboard is found', async () => {
  const { code } = all[5]!;
  const wide = [...code]
    .map((sign) => String.fromCodePoint(sign.codePointAt(0)! + 0xfee0))
    .join('');
  const arabic = code.replaceAll(/\d/g, (digit) => String.fromCodePoint(0x660 + Number(digit)));
  for (const text of [wide, arabic, [...code].join('.')]) {
    const search = { scope: 'whole shop' as const, text };
    const page = await shop.app.services.voucherSearches.page(search, { limit: 5, offset: 0 });
    expect(page.codes).toEqual([code]);
  }
});
