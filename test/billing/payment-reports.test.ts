import { createHmac } from 'node:crypto';
import fc from 'fast-check';
import { isGenuine, REPORT_AGE_MS, signatureOf } from '../../src/domain/billing/payment-report';
import { AdminShop } from '../support/admin-shop';
import { CliShop } from '../support/program/cli-shop';
import { at } from '../support/builders';

/** What a payment gateway reports is booked once, or kept for staff; what anybody else sends is nothing. */

describe('a signature', () => {
  const body = fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes));
  const seconds = String(at(0).getTime() / 1000);

  test('is good for these bytes, this time and this secret alone', () => {
    fc.assert(
      fc.property(body, body, fc.string(), (one, other, secret) => {
        const signature = signatureOf(secret, seconds, one);
        const hex = createHmac('sha256', secret)
          .update(Buffer.concat([Buffer.from(`${seconds}.`), one]))
          .digest('hex');
        expect(signature).toBe(`sha256=${hex}`);
        const sent = { seconds, signature, body: one };
        expect(isGenuine(secret, sent, at(0))).toBe(true);
        expect(isGenuine(`${secret}x`, sent, at(0))).toBe(false);
        expect(isGenuine(secret, { ...sent, body: other }, at(0))).toBe(one.equals(other));
        expect(isGenuine(secret, { ...sent, seconds: `${seconds}0` }, at(0))).toBe(false);
      }),
    );
  });

  test.each([0, REPORT_AGE_MS, -REPORT_AGE_MS])('is good %d ms from now', (ms) => {
    const sent = { seconds, signature: signatureOf('s', seconds, Buffer.alloc(0)) };
    expect(isGenuine('s', { ...sent, body: Buffer.alloc(0) }, at(ms))).toBe(true);
    expect(isGenuine('s', { ...sent, body: Buffer.alloc(0) }, at(ms + Math.sign(ms)))).toBe(
      ms === 0,
    );
  });

  test.each(['', 'now', '-5', '1e9', ' 1', '9'.repeat(400)])('of the time %j is none', (when) => {
    const signature = signatureOf('s', when, Buffer.alloc(0));
    expect(isGenuine('s', { seconds: when, signature, body: Buffer.alloc(0) }, at(0))).toBe(false);
  });
});

describe('at the shop', () => {
  let shop: AdminShop;
  let secret: string;

  beforeEach(async () => {
    shop = await AdminShop.open({
      profiles: [{ name: 'Home', price: '300', billing_cycle: 'monthly' }],
    });
    const { paymentSources, subscribers, billing } = shop.shop.app.services;
    ({ secret } = await paymentSources.add('gcash', 'maria'));
    const { id } = await subscribers.add({ name: 'Joy', login: 'joy' }, 'maria');
    await subscribers.assign(id, { plan: 'Home' }, undefined, 'maria');
    await billing.run();
  });
  afterEach(() => shop.close());

  const REPORT = { id: 'GC-1', amount: 300_00, currency: 'PHP', invoice: 1, note: 'Joy' };

  async function send(
    report: unknown,
    { name = 'gcash', key = secret, atMs = shop.shop.clock.now().getTime() } = {},
  ) {
    const body = typeof report === 'string' ? report : JSON.stringify(report);
    const seconds = String(Math.floor(atMs / 1000));
    const signature = signatureOf(key, seconds, Buffer.from(body));
    const answer = await fetch(`${shop.address}/hooks/payments/${name}`, {
      method: 'POST',
      body,
      headers: { 'x-pisonet-timestamp': seconds, 'x-pisonet-signature': signature },
    });
    return { status: answer.status, body: (await answer.json()) as Record<string, unknown> };
  }

  const services = () => shop.shop.app.services;
  const payments = async () =>
    (await services().billing.payments()).map(({ money, method, note }) => [money.amount, method, note]); // prettier-ignore
  const alerts = async () =>
    (await services().alerts.open()).filter(({ kind }) => kind === 'payment waiting');

  test('a report marks the invoice paid, and sent again it changes nothing', async () => {
    const first = await send(REPORT);
    expect(first).toMatchObject({
      status: 200,
      body: { id: 'GC-1', status: 'booked', payment: 1 },
    });
    expect(await services().billing.invoice(1)).toMatchObject({ number: 1, status: 'paid' });
    expect(await send(REPORT)).toEqual(first);
    expect(await payments()).toEqual([[300_00, 'gcash', 'GC-1']]);
    const journal = await shop.shop.app.stores.money.list();
    expect(journal.filter(({ kind }) => kind === 'payment')).toMatchObject([
      { amount: 300_00, seller: 'payments gcash' },
    ]);
    // Another payment under the same id is somebody's mistake.
    expect((await send({ ...REPORT, amount: 1 })).status).toBe(409);
    expect(await payments()).toHaveLength(1);
  });

  test('many at once are booked once each', async () => {
    const reports = Array.from({ length: 12 }, (_, n) => ({ ...REPORT, id: `GC-${n % 3}` }));
    const answers = await Promise.all(reports.map((report) => send(report)));
    expect(answers.map(({ status }) => status)).toEqual(reports.map(() => 200));
    expect(await payments()).toHaveLength(3);
    expect((await services().billing.account(1)).owed).toBe(-600_00);
  });

  test('a payment in part stays a part, and a login says whose it is as well', async () => {
    await send({ ...REPORT, amount: 100_00 });
    expect((await services().billing.account(1)).owed).toBe(200_00);
    await send({ ...REPORT, invoice: undefined, id: 'GC-2', amount: 200_00, login: 'joy' });
    expect(await services().billing.invoice(1)).toMatchObject({ status: 'paid' });
  });

  test.each([
    ['an invoice that is not there', { invoice: 99 }, 'There is no invoice 99'],
    ['another currency', { currency: 'USD' }, 'Payments are only taken in PHP'],
    ['nobody', { invoice: undefined }, 'There is no invoice or login in it'],
    ['a login nobody has', { invoice: undefined, login: 'bob' }, 'the login bob'],
  ])('money for %s is kept, and the owner hears of it', async (_, change, problem) => {
    const answer = await send({ ...REPORT, ...change });
    expect(answer).toMatchObject({ status: 200, body: { status: 'waiting', payment: null } });
    expect(await send({ ...REPORT, ...change })).toEqual(answer);
    expect(await payments()).toEqual([]);
    expect(await alerts()).toHaveLength(1);
    expect((await alerts())[0]!.message).toContain(problem);
    expect(await services().paymentSources.waiting()).toHaveLength(1);
  });

  test('staff book what waits, or put it aside, once', async () => {
    await send({ ...REPORT, invoice: 99 });
    await send({ ...REPORT, id: 'GC-2', invoice: 98 });
    const owner = await shop.signedIn('owner');
    const operator = await shop.signedIn('operator');
    const page = await operator.get('/admin/payments');
    expect(page.text).toContain('There is no invoice 99');
    const match = '/admin/payments/waiting/1/match';
    expect((await operator.post(match, { subscriber: '1' })).status).toBe(403);
    await owner.get('/admin/payments');
    expect((await owner.post(match, { subscriber: '7' })).status).toBe(404);
    expect((await owner.post(match, { subscriber: '1' })).status).toBe(303);
    expect((await owner.post(match, { subscriber: '1' })).status).toBe(404);
    expect(await payments()).toEqual([[300_00, 'gcash', 'GC-1']]);
    const dismissal = '/admin/payments/waiting/2/dismissal';
    expect((await owner.post(dismissal, { reason: ' ' })).status).toBe(422);
    expect((await owner.post(dismissal, { reason: 'sent back' })).status).toBe(303);
    expect((await owner.get('/admin/payments')).text).not.toContain(
      'Payments without a subscriber',
    );
    expect(await alerts()).toEqual([]);
    // The gateway may still send it again: it is settled.
    expect((await send({ ...REPORT, invoice: 99 })).body).toMatchObject({ status: 'booked' });
    expect(await payments()).toHaveLength(1);
  });

  test('what is not signed, old, or no report books nothing', async () => {
    const now = shop.shop.clock.now().getTime();
    const unsigned = await fetch(`${shop.address}/hooks/payments/gcash`, {
      method: 'POST',
      body: JSON.stringify(REPORT),
    });
    expect(unsigned.status).toBe(401);
    expect((await send(REPORT, { key: 'guess' })).status).toBe(401);
    expect((await send(REPORT, { atMs: now - 6 * 60_000 })).status).toBe(401);
    const [stranger, known] = [
      await send(REPORT, { name: 'maya' }),
      await send(REPORT, { key: '' }),
    ];
    expect(stranger).toEqual(known);
    expect((await send('{')).status).toBe(422);
    expect((await send({ ...REPORT, amount: -5 })).body).toMatchObject({
      status: 422,
      errors: [{ pointer: '#/amount' }],
    });
    expect((await send({ ...REPORT, note: 'x'.repeat(70_000) })).status).toBe(413);
    expect(await payments()).toEqual([]);
    expect(await services().paymentSources.waiting()).toEqual([]);

    await services().paymentSources.revoke(1, 'maria');
    expect((await send(REPORT)).status).toBe(401);
    const { secret: next } = await services().paymentSources.add('gcash', 'maria');
    expect(next).not.toBe(secret);
    expect((await send(REPORT)).status).toBe(401);
    expect((await send(REPORT, { key: next })).status).toBe(200);
  });

  test('who sends one wrong signature after another has to wait', async () => {
    const answers: number[] = [];
    for (let n = 0; n < 21; n += 1) answers.push((await send(REPORT, { key: 'guess' })).status);
    expect(answers).toEqual([...Array<number>(20).fill(401), 429]);
    expect((await send(REPORT)).status).toBe(200); // the gateway itself does not
  });
});

test('the commands add, list and revoke a source, and the secret is not in the books', async () => {
  const shop = CliShop.open();
  const added = await shop.run('payment-sources add gcash --json');
  const { id, secret, path } = JSON.parse(added.out) as Record<string, string>;
  expect(path).toBe('/hooks/payments/gcash');
  expect(Buffer.from(secret!, 'base64url')).toHaveLength(32);
  expect((await shop.run('payment-sources add gcash')).code).toBe(1);
  expect((await shop.run('payment-sources add G/../x')).code).toBe(2);
  expect((await shop.run('payment-sources list')).out).toContain('in use');
  await shop.look(async ({ db }) => {
    expect(JSON.stringify(await db('payment_sources'))).not.toContain(secret);
  });
  expect((await shop.run(`payment-sources revoke ${id}`)).code).toBe(0);
  expect((await shop.run('payment-sources list')).out).toContain('revoked');
  expect((await shop.run('payments waiting')).out).toContain('No payment waits');
  expect((await shop.run('payments match 1 --subscriber 1')).code).toBe(1);
  await shop.close();
});
