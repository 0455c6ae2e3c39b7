import { CliShop } from '../support/program/cli-shop';

jest.setTimeout(60_000);

let shop: CliShop;
beforeEach(async () => {
  shop = CliShop.open();
  await shop.addRouter();
});
afterEach(() => shop.close());

test('what was sold today, by seller and by plan; a refund is subtracted', async () => {
  const [first] = await shop.online(3);
  await shop.json('vouchers generate --plan P5 --count 4'); // made, but not sold
  await shop.look(({ services }) => services.sales.void(first!.code, 'wrong plan', 'ana'));
  const found = await shop.json<{ from: string; to: string }>('sales');
  expect(found).toEqual({
    from: expect.stringMatching(/^\d{4}-\d\d-\d\d$/) as string,
    to: found.from,
    by: 'seller',
    rows: [{ name: 'test', sold: 3, voided: 1, total: { amount: 1_000, currency: 'PHP' } }],
  });
  expect(await shop.json('sales --by plan')).toMatchObject({ rows: [{ name: 'P5', sold: 3 }] });
  const text = await shop.run('sales --by day');
  expect(text.out).toMatch(/^Sales \d{4}-\d\d-\d\d\n\nDay +Sold +Refunded +Total\n/);
  expect(text.out).toMatch(/\nTotal +3 +1 +\S*10/);
  for (const line of text.out.split('\n')) expect(line.length).toBeLessThanOrEqual(80);
});

test('other days are asked for by their dates', async () => {
  await shop.online();
  const before = await shop.run('sales --from 2020-01-01 --to 2020-01-31');
  expect(before).toMatchObject({
    code: 0,
    out: expect.stringContaining('Nothing was sold: 2020-01-01 to 2020-01-31.'),
  });
  expect(await shop.json('sales --from 2020-01-01')).toMatchObject({ rows: [{ sold: 1 }] });
  expect(await shop.run('sales --from 2020-02-01 --to 2020-01-01')).toMatchObject({ code: 2 });
  expect(await shop.run('sales --by colour')).toMatchObject({
    code: 2,
    err: '--by "colour" is not one of seller, plan, day\n',
  });
});
