import { CliShop } from '../support/program/cli-shop';
import { ModelBox } from '../support/model-box';

/** Coin boxes at the terminal. */

let shop: CliShop;

beforeEach(() => (shop = CliShop.open()));
afterEach(() => shop.close());

test('boxes are listed, changed, collected and removed', async () => {
  expect((await shop.run('coin-boxes list')).out).toContain('No coin boxes yet');
  const refused = await shop.run('coin-boxes pair 482913 --name Front --plan P5');
  expect(refused).toMatchObject({ code: 1 });
  expect(refused.err).toContain('No box shows the number 482913');
  await shop.look(async (app) => {
    const box = await ModelBox.paired(app, 'Front');
    box.insert('5');
    await box.report(app.services.coinReports);
  });
  const { boxes, unclaimed } = await shop.json<{
    boxes: { name: string; away: boolean }[];
    unclaimed: { amount: { amount: number } }[];
  }>('coin-boxes list');
  expect(boxes).toMatchObject([{ name: 'Front', plan: 'P5', away: false }]);
  expect(unclaimed).toMatchObject([{ amount: { amount: 5_00, currency: 'PHP' } }]);
  expect((await shop.run('coin-boxes edit Front --rates 5=1h')).out).toContain('is changed');
  expect((await shop.run('coin-boxes show front')).out).toMatch(/Rates +5=1h/);
  expect((await shop.run('coin-boxes collect Front --amount 4')).out).toContain('₱1.00 short');
  expect((await shop.run('coin-boxes remove Front')).code).toBe(0);
  expect((await shop.run('coin-boxes show Front')).code).toBe(1);
});
