import { TestApp } from '../support/test-app';
import { DAY } from '../support/builders';

/** What programs are told of invoices, payments and suspensions. */

test('each invoice, payment and suspension is an event, once', async () => {
  const shop = await TestApp.start({
    profiles: [{ name: 'Home', price: '300', billing_cycle: 'monthly' }],
  });
  try {
    const { subscribers, billing } = shop.app.services;
    const { id } = await subscribers.add({ name: 'Joy', login: 'joy' }, 'maria');
    await subscribers.assign(id, { plan: 'Home' }, undefined, 'maria');
    shop.clock.advance(10 * DAY);
    await billing.run();
    const money = { amount: 300_00, currency: 'PHP' };
    await billing.pay({ subscriberId: id, money, method: 'GCash' }, 'maria');
    await billing.void(1, 'mistyped', 'maria');
    await billing.pay({ subscriberId: id, money: { ...money, amount: -300_00 } }, 'maria');
    const rows: Record<'name' | 'subject' | 'data', string>[] = await shop.app
      .db('events')
      .orderBy('id')
      .select('name', 'subject', 'data');
    expect(rows.map(({ name, subject }) => [name, subject])).toEqual([
      ['subscriber.added', 'subscriber 1'],
      ['subscription.started', 'subscriber 1'],
      ['invoice.issued', 'invoice 1'],
      ['subscriber.suspended', 'subscriber 1'],
      ['payment.received', 'subscriber 1'],
      ['invoice.paid', 'invoice 1'],
      ['subscriber.resumed', 'subscriber 1'],
      ['invoice.void', 'invoice 1'],
      ['payment.refunded', 'subscriber 1'],
    ]);
    expect(JSON.parse(rows[2]!.data)).toEqual({
      ...{ invoice: 1, subscriber: 1, plan: 'Home', total: money },
      dueAt: '2026-11-28T08:00:00.000Z',
    });
    expect(JSON.parse(rows[4]!.data)).toMatchObject({ money, method: 'GCash', by: 'maria' });
    expect(JSON.parse(rows[6]!.data)).toMatchObject({ name: 'Joy', login: 'joy', reason: 'paid' });
  } finally {
    await shop.close();
  }
});
