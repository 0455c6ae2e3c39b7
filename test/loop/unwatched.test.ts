import { DAY, MB, SECOND } from '../support/builders';
import { TestApp } from '../support/test-app';

const OVERAGE = {
  name: 'OVER',
  rate_up: '10M',
  rate_down: '10M',
  validity: '30d',
  data_cap: '1GB',
  cap_period: 'daily',
  throttle_policy: 'overage',
  overage_price: '10',
  overage_unit: '100MB',
};

let shop: TestApp;
beforeEach(async () => {
  shop = await TestApp.start({ profiles: [OVERAGE] });
});
afterEach(() => shop.close());

async function charged(code: string) {
  const history = await shop.app.stores.journal.auditOf(code);
  return history
    .filter((one) => one.what === 'overage of a period')
    .map(({ detail }) => [detail.from, detail.bytes]);
}

test('nobody pays for days on which the cap was not passed, where the program was off for some', async () => {
  const { phone, code } = await shop.online('OVER');
  phone.download(300 * MB);
  await shop.reconcile();
  for (let days = 0; days < 3; days += 1) {
    shop.clock.advance(DAY);
    phone.download(900 * MB);
  }
  await shop.reconcile();
  shop.clock.advance(DAY);
  await shop.reconcile();
  expect(await charged(code)).toEqual([]);
  const { used } = await shop.voucher(code);
  expect(used).toEqual({ up: 0, down: 3000 * MB });
});

test('a round a moment after midnight charges each day for its own', async () => {
  const { phone, code } = await shop.online('OVER');
  phone.download(500 * MB);
  shop.clock.set('2026-11-21T15:59:55Z'); // five seconds before midnight in Manila
  await shop.reconcile();
  phone.download(500 * MB);
  shop.clock.advance(1 * SECOND);
  await shop.reconcile();
  expect((await shop.voucher(code)).used).toEqual({ up: 0, down: 1000 * MB });
  phone.download(10 * MB);
  shop.clock.advance(8 * SECOND);
  await shop.reconcile();
  const [first] = await charged(code);
  expect(await charged(code)).toHaveLength(1);
  expect(first).toEqual(['2026-11-20T16:00:00.000Z', 5 * MB]);
});
