import { migrationSource } from '../../migrations';
import { openDatabase } from '../../src/store/database/database';
import { SILENT } from '../../src/store/database/migrate';
import { Stores } from '../../src/store/stores';

/** Invoices from before lines had their terms: each credit finds its line, and nothing is given back twice. */

test('lines of earlier invoices get their terms, and credits their lines', async () => {
  const db = await openDatabase(':memory:');
  const config = { migrationSource, log: SILENT };
  for (const name of ['032-payments-for-invoices', '031-refund-of-rest', '030-charge-terms']) {
    await db.migrate.down({ ...config, name });
  }
  const at = (day: number) => `2027-01-${String(day).padStart(2, '0')}T00:00:00.000Z`;
  const by = { created_by: 'maria' };
  const texts = { contact: '', address: '', notes: '' };
  await db('subscribers').insert({
    ...{ id: 1, name: 'Joy', ...texts, login_kind: 'hotspot', status: 'active', discount: 0 },
    ...{ created_at: at(1), ...by },
  });
  const plan = { subscriber_id: 1, cycle: 'monthly', anchor_at: at(1), ...by };
  await db('subscriber_plans').insert([
    { id: 1, ...plan, kind: 'assigned', from_at: at(1) },
    { id: 2, ...plan, kind: 'switch', from_at: at(11) },
  ]);
  const months = ['2027-01', '2027-02', '2027-03'].map((month) => `${month}-01T00:00:00.000Z`);
  await db('invoices').insert([
    {
      ...{ id: 1, subscriber_id: 1, subscriber_plan_id: 1, number: 1, status: 'paid' },
      ...{ cycle_from: months[0], cycle_to: months[1], period_from: months[0], currency: 'PHP' },
      ...{ plan_name: 'Home', plan_price: 310_00, total_minor: 173_60 },
    },
    {
      ...{ id: 2, subscriber_id: 1, subscriber_plan_id: 2, number: 2, status: 'issued' },
      ...{ cycle_from: months[1], cycle_to: months[2], period_from: months[1], currency: 'PHP' },
      ...{ plan_name: 'Fast', plan_price: 620_00, total_minor: 0 },
    },
  ]);
  const line = (id: number, invoice: number, kind: string, amount: number, from?: string, to?: string) => ({
    ...{ id, invoice_id: invoice, kind, text: kind, amount_minor: amount },
    ...{ from_at: from ?? null, to_at: to ?? null },
  }); // prettier-ignore
  await db('invoice_lines').insert([
    line(1, 1, 'plan', 310_00, months[0], months[1]),
    { ...line(2, 1, 'discount', -155_00), text: '50%' },
    { ...line(3, 1, 'tax', 18_60), text: '12%' },
    line(4, 2, 'credit', -210_00, at(11), months[1]),
    line(5, 2, 'charge', 420_00, at(11), months[1]),
    line(6, 2, 'plan', 620_00, months[1], months[2]),
  ]);

  await db.migrate.latest({ ...config });

  const rows: { id: number; corrects_id: number | null }[] =
    await db('invoice_lines').orderBy('id');
  expect(rows.map(({ id, corrects_id }) => [id, corrects_id]).filter(([, of]) => of)).toEqual([
    [4, 1],
  ]);
  const left = await new Stores(db).invoices.chargedTime(1);
  expect(left.map(({ id, amount, terms }) => [id, amount, terms.price, terms.discount, terms.tax])).toEqual([
    [1, 100_00, 310_00, 5_000, 1_200], // ten days
    [5, 420_00, 420_00, 0, 0],
    [6, 620_00, 620_00, 0, 0],
  ]); // prettier-ignore
  expect(left.map(({ terms }) => terms.subscriberPlanId)).toEqual([1, 2, 2]);
  expect(await db.raw('pragma foreign_key_check')).toEqual([]);
  const next = await db('invoice_lines')
    .insert(line(7, 2, 'other', 1))
    .returning('id');
  expect(next).toEqual([{ id: 7 }]);
  await db.destroy();
});
