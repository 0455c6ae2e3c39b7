import { createHmac, timingSafeEqual } from 'node:crypto';
import type { AlertKind } from '../../src/domain/notices/event';
import type { Simulator } from '../../src/simulator/simulator';
import { MailServer } from '../support/peers/mail-server';
import { ManualClock } from '../support/manual-clock';
import { Receiver, type Delivery } from '../support/peers/receiver';
import { RestartableShop } from '../support/restartable-shop';
import type { TestApp } from '../support/test-app';

/** From what happens in the shop to those who are told: programs, mail and Telegram, over real servers. */

const SECOND = 1_000;
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const SECRET = 'a secret of the shop';
const TOKEN = '123456:ABCDEFGHIJKLMNOPQRSTUVWXYZ';

let place: RestartableShop;
let clock: ManualClock;
let simulator: Simulator;
let hook: Receiver;
let chat: Receiver;
let post: MailServer;
let shop: TestApp;

beforeEach(async () => {
  [hook, chat, post] = await Promise.all([Receiver.start(), Receiver.start(), MailServer.start()]);
  place = await RestartableShop.begin(
    {
      telegram: chat.url,
      env: { SHOP_NAME: 'Aling Nena' },
      profiles: [{ name: 'P5' }, { name: 'DATA', validity: '1d', data_cap: '100MB' }],
    },
    new ManualClock('2026-11-21T04:00:00Z'), // noon in Manila
  );
  ({ clock, simulator } = place);
});

afterEach(async () => {
  await place.close();
  await Promise.all([hook.stop(), chat.stop(), post.stop()]);
});

const WEBHOOK = () => ({ WEBHOOK_URL: `${hook.url}/hook`, WEBHOOK_SECRET: SECRET });
const MAIL = () => ({ SMTP_URL: post.url, MAIL_TO: 'owner@example.com, son@example.com' });
const TELEGRAM = () => ({ TELEGRAM_BOT_TOKEN: TOKEN, TELEGRAM_CHAT_ID: '42' });

async function open(env: Record<string, string>): Promise<void> {
  shop = await place.open(env);
  await deliver(); // the lines begin
}

function deliver(): Promise<void> {
  return shop.app.services.notices.deliver();
}

/** Time passes and the dispatcher looks, as it would every second. */
async function passTime(ms: number, stepMs = MINUTE): Promise<void> {
  for (let left = ms; left > 0; left -= stepMs) {
    clock.advance(Math.min(stepMs, left));
    await deliver();
  }
}

async function alert(kind: string, message = `about ${kind}`): Promise<void> {
  await shop.app.stores.journal.raise(kind as AlertKind, '', message, clock.now());
}

function eventsOf(deliveries: readonly Delivery[]): string[] {
  return deliveries.map(({ headers }) => String(headers['x-pisonet-event']));
}

function bodyOf({ body }: Delivery): { id: string; event: string; at: string; data: object } {
  return JSON.parse(body) as ReturnType<typeof bodyOf>;
}

function isSigned({ headers, body }: Delivery): boolean {
  const sent = Buffer.from(String(headers['x-pisonet-signature']));
  const own = Buffer.from(`sha256=${createHmac('sha256', SECRET).update(body).digest('hex')}`);
  return sent.length === own.length && timingSafeEqual(sent, own);
}

async function restart(env: Record<string, string>): Promise<void> {
  await place.stop();
  await open(env);
}

describe('a webhook', () => {
  test('is told of a voucher’s life and of the router, signed, with names and times', async () => {
    await open(WEBHOOK());
    const { code, phone } = await shop.online();
    await shop.reconcile();
    clock.advance(HOUR + SECOND);
    await shop.reconcile();
    const second = await shop.online();
    await shop.app.services.vouchers.revoke(second.code, 'test');
    await shop.reconcile();
    await shop.app.services.vouchers.undoRevoke(second.code, 'test');
    simulator.faults.refuseConnections = 'accept-then-close';
    simulator.dropConnections('rst');
    await shop.reconcile();
    simulator.faults.clear();
    await shop.reconcile();
    await deliver();
    expect(eventsOf(hook.taken)).toEqual([
      'voucher.redeemed',
      'voucher.expired',
      'voucher.redeemed',
      'voucher.expired',
      'voucher.unrevoked',
      'alert.raised',
      'router.down',
      'alert.cleared',
      'router.up',
    ]);
    expect(hook.taken.every(isSigned)).toBe(true);
    const [redeemed, expired, , revoked, unrevoked] = hook.taken.map(bodyOf);
    expect(redeemed).toMatchObject({
      event: 'voucher.redeemed',
      at: '2026-11-21T04:00:00.000Z',
      shop: 'Aling Nena',
      data: { code, plan: 'P5', price: { amount: 500, currency: 'PHP' }, mac: phone.mac },
    });
    expect(expired).toMatchObject({ data: { code, reason: 'expired' } });
    expect(revoked).toMatchObject({ data: { code: second.code, reason: 'revoked' } });
    expect(unrevoked).toMatchObject({ data: { code: second.code, plan: 'P5', usedBytes: 0 } });
    for (const delivery of hook.taken) {
      expect(bodyOf(delivery).id).toBe(delivery.headers['x-pisonet-delivery']);
      expect(delivery.headers['content-type']).toBe('application/json');
    }
    expect(new Set(hook.taken.map(({ body }) => bodyOf({ body } as Delivery).id)).size).toBe(9);
  });

  test('that fails for an hour, over a restart, gets everything in order, under the same names', async () => {
    await open({ ...WEBHOOK(), ...TELEGRAM() });
    hook.status = 500;
    const codes: string[] = [];
    for (let n = 0; n < 6; n += 1) {
      codes.push((await shop.online()).code);
      await passTime(5 * MINUTE);
    }
    await alert('oversold', 'while it fails');
    await restart({ ...WEBHOOK(), ...TELEGRAM() });
    await passTime(30 * MINUTE);
    expect(hook.taken).toEqual([]);
    // Growing delays: far fewer attempts than looks, and never more than some minutes apart.
    expect(hook.came.length).toBeGreaterThan(10);
    expect(hook.came.length).toBeLessThan(30);
    expect(new Set(hook.came.map((one) => one.headers['x-pisonet-delivery'])).size).toBe(1);
    expect(chat.taken).toHaveLength(1); // the others do not wait for it
    hook.status = 204;
    await passTime(6 * MINUTE);
    expect(hook.taken.map((one) => (bodyOf(one).data as { code?: string }).code)).toEqual([
      ...codes,
      undefined,
    ]);
    expect(hook.taken.every(isSigned)).toBe(true);
    expect(hook.taken[0]!.headers['x-pisonet-delivery']).toBe(
      hook.came[0]!.headers['x-pisonet-delivery'],
    );
    await passTime(10 * MINUTE);
    expect(hook.taken).toHaveLength(7);
  });

  test('is not followed to another address, and gets no signature without a secret', async () => {
    await open({ WEBHOOK_URL: `${hook.url}/hook` });
    hook.status = 302;
    hook.headers = { location: `${chat.url}/elsewhere` };
    await alert('oversold');
    await deliver();
    expect(hook.came).toHaveLength(1);
    expect(hook.came[0]!.headers['x-pisonet-signature']).toBeUndefined();
    expect(chat.came).toEqual([]);
    const [state] = await shop.app.services.noticeOverview.channels();
    expect(state).toMatchObject({ channel: 'webhook', waiting: 1 });
    expect(state!.trouble).toContain('a redirect');
  });

  test('that is gone for more than three days is given up, with an alert, and goes on later', async () => {
    await open({ ...WEBHOOK(), ...TELEGRAM() });
    hook.status = 410;
    await alert('oversold', 'old news');
    await passTime(76 * HOUR, HOUR);
    const alerts = await shop.app.stores.journal.openAlerts();
    expect(alerts.map(({ kind }) => kind)).toEqual(['oversold', 'notices lost']);
    expect(chat.taken.at(-1)!.body).toContain('did not get through for three days');
    hook.status = 200;
    await passTime(10 * MINUTE);
    expect(hook.taken.map((one) => bodyOf(one).data)).toMatchObject([
      { kind: 'notices lost' },
      { kind: 'notices lost' },
    ]);
    expect(eventsOf(hook.taken)).toEqual(['alert.raised', 'alert.cleared']);
  });

  test('loses nothing to a clock that is wrong: only what failed for three days is given up', async () => {
    await open(WEBHOOK());
    await shop.app.stores.rollup.believe(clock.now());
    hook.status = 500;
    await alert('oversold', 'waits');
    await deliver();
    const right = clock.now();
    clock.set('2026-11-25T04:00:00Z'); // four days ahead
    await passTime(HOUR);
    clock.set('2027-01-01T04:00:00Z');
    await passTime(2 * HOUR);
    clock.set(new Date(right.getTime() + 3 * HOUR).toISOString());
    const [state] = await shop.app.services.noticeOverview.channels();
    expect(state).toMatchObject({ waiting: 1, failingSince: right });
    hook.status = 200;
    await passTime(10 * MINUTE);
    expect(hook.taken.map((one) => bodyOf(one).data)).toMatchObject([{ message: 'waits' }]);
    expect(await shop.app.db('events')).toHaveLength(1);
  });

  test('that was off for a week gets what waited, though the first attempt fails', async () => {
    await open(WEBHOOK());
    await alert('oversold', 'a week ago');
    clock.advance(7 * 24 * HOUR); // nobody looked
    hook.status = 500;
    await passTime(HOUR);
    hook.status = 200;
    await passTime(10 * MINUTE);
    expect(hook.taken.map((one) => bodyOf(one).data)).toMatchObject([{ message: 'a week ago' }]);
  });

  test('given up takes along nothing newer, whatever date a wrong clock gave it', async () => {
    await open(WEBHOOK());
    hook.status = 500;
    await alert('oversold', 'old news');
    await passTime(72 * HOUR, HOUR);
    await alert('pool full', 'news');
    const right = clock.now();
    clock.set('2026-11-10T00:00:00Z');
    await alert('wan down', 'dated wrong');
    clock.set(right.toISOString());
    await passTime(3 * HOUR, HOUR);
    hook.status = 200;
    await passTime(10 * MINUTE);
    const told = hook.taken.map((one) => (bodyOf(one).data as { kind: string }).kind);
    expect(told).toEqual(['pool full', 'wan down', 'notices lost', 'notices lost']);
  });

  test('is not tried again too soon by a process that has not heard of the failure', async () => {
    await open(WEBHOOK());
    await alert('oversold');
    const { subscriptions } = shop.app.stores;
    const before = (await subscriptions.all()).get('webhook')!;
    hook.status = 500;
    await deliver();
    const now = clock.now();
    const until = new Date(now.getTime() + MINUTE);
    expect(await subscriptions.claim(before, 'another process', now, until)).toBe(false);
    const after = (await subscriptions.all()).get('webhook')!;
    expect(after.attempts).toBe(1);
    expect(await subscriptions.claim(after, 'another process', now, until)).toBe(true);
  });

  test('of two processes on one database hears everything once', async () => {
    await open(WEBHOOK());
    const other = await place.beside(WEBHOOK());
    for (let n = 0; n < 5; n += 1) await alert(`kind ${n}`);
    await Promise.all([deliver(), other.app.services.notices.deliver(), deliver()]);
    await passTime(3 * MINUTE);
    await other.close();
    expect(hook.came.map((one) => (bodyOf(one).data as { kind: string }).kind)).toEqual(
      Array.from({ length: 5 }, (_, n) => `kind ${n}`),
    );
  });

  test('that is set up today hears nothing of yesterday', async () => {
    await open({});
    await alert('oversold');
    await restart(WEBHOOK());
    await alert('pool full');
    await deliver();
    expect(hook.taken.map((one) => bodyOf(one).data)).toMatchObject([{ kind: 'pool full' }]);
  });

  test('told thousands of things does not make the loop read its books anew', async () => {
    await open(WEBHOOK());
    await shop.online();
    await shop.reconcile();
    for (let n = 0; n < 5; n += 1) await alert(`kind ${n}`);
    await shop.reconcile();
    const { vouchers } = shop.app.stores;
    const read = jest.spyOn(Object.getPrototypeOf(vouchers) as typeof vouchers, 'ofInterest');
    try {
      await deliver();
      await shop.reconcile();
      expect(hook.taken).toHaveLength(6);
      expect(read).not.toHaveBeenCalled();
      await shop.app.services.vouchers.extend((await shop.online()).code, 60, 'test');
      await shop.reconcile();
      expect(read).toHaveBeenCalled();
    } finally {
      read.mockRestore();
    }
  });
});

describe('mail', () => {
  test('tells people what is wrong and who is near a limit, not every redemption', async () => {
    await open(MAIL());
    const { phone, code } = await shop.online('DATA');
    await shop.reconcile();
    await deliver();
    expect(post.mails).toEqual([]);
    phone.download(85_000_000);
    await shop.reconcile();
    await deliver();
    expect(post.mails).toHaveLength(1);
    expect(post.mails[0]).toMatchObject({
      from: 'shop@example.com',
      to: ['owner@example.com', 'son@example.com'],
      subject: `Aling Nena: Voucher ${code} has used 80 % of its data`,
    });
    expect(post.mails[0]!.text).toContain('2026-11-21 12:00');
    expect(post.logins[0]).toBe('\0shop@example.com\0hidden-word');
  });

  test('that piled up comes as one', async () => {
    await open(MAIL());
    post.refusal = '451 not now';
    for (const kind of ['oversold', 'pool full', 'router clock']) {
      await alert(kind);
      await passTime(10 * MINUTE);
    }
    expect(post.mails).toEqual([]);
    const states = await shop.app.services.noticeOverview.channels();
    expect(states[1]!.trouble).toBe('Email: the server refused it (451)');
    post.refusal = '';
    await passTime(5 * MINUTE);
    expect(post.mails.map(({ subject }) => subject)).toEqual(['Aling Nena: 3 notices']);
    expect(post.mails[0]!.text).toMatch(/oversold[^]*pool full[^]*router clock/);
  });

  test('gathers for some minutes after each, so that a busy evening is no flood', async () => {
    await open(MAIL());
    for (let n = 0; n < 20; n += 1) {
      await alert(`kind ${n}`);
      await passTime(MINUTE);
    }
    expect(post.mails.length).toBeLessThanOrEqual(5);
    await passTime(5 * MINUTE);
    const all = post.mails.map(({ text }) => text).join('\n');
    for (let n = 0; n < 20; n += 1) expect(all.split(`about kind ${n}\n`)).toHaveLength(2);
  });
});

test('Telegram gets the words and the chat; its token shows nowhere', async () => {
  await open(TELEGRAM());
  await alert('wan down', 'The internet line is down');
  chat.status = 401;
  await deliver();
  const [, , state] = await shop.app.services.noticeOverview.channels();
  expect(state!.trouble).toBe('Telegram answered 401 (the token or password is wrong)');
  chat.status = 200;
  await passTime(MINUTE);
  expect(chat.taken).toHaveLength(1);
  expect(chat.taken[0]!.path).toBe(`/bot${TOKEN}/sendMessage`);
  const { chat_id, text } = JSON.parse(chat.taken[0]!.body) as Record<string, string>;
  expect(chat_id).toBe('42');
  expect(text).toContain('Aling Nena: The internet line is down');
  for (const table of ['events', 'notice_lines', 'alerts', 'audit']) {
    expect(JSON.stringify(await shop.app.db(table))).not.toContain('ABCDEFGH');
  }
});

test('Telegram takes so much in one message: what has no room comes in the next ones, in order', async () => {
  await open(TELEGRAM());
  chat.status = 500;
  for (let n = 0; n < 205; n += 1) await alert(`kind ${n}.`, `about kind ${n}. ${'x'.repeat(60)}`);
  await alert('long', '\u{1F4F5}'.repeat(5_000));
  await alert('last');
  await deliver();
  chat.status = 200;
  await passTime(20 * MINUTE);
  const texts = chat.taken.map(({ body }) => (JSON.parse(body) as { text: string }).text);
  for (const text of texts) {
    expect(text.length).toBeLessThanOrEqual(4_096);
    expect(text).not.toMatch(/[\uD800-\uDBFF](?![\uDC00-\uDFFF])/);
  }
  const told = [...texts.join('\n').matchAll(/about (kind \d+\.|last)/g)].map(([, kind]) => kind);
  expect(told).toEqual([...Array.from({ length: 205 }, (_, n) => `kind ${n}.`), 'last']);
  // Not a message for each of them either.
  expect(texts.length).toBeLessThan(12);
});

test('at night people sleep, unless the router is down; programs never do', async () => {
  await open({ ...WEBHOOK(), ...MAIL(), ...TELEGRAM(), QUIET_HOURS: '22:00-07:00' });
  await passTime(10 * HOUR + MINUTE, HOUR); // 22:01
  await alert('pool full');
  await deliver();
  expect([hook.taken.length, post.mails.length, chat.taken.length]).toEqual([1, 0, 0]);
  await alert('router away', 'no answer');
  await deliver();
  expect([hook.taken.length, post.mails.length, chat.taken.length]).toEqual([3, 1, 1]);
  expect(post.mails[0]!.text).toContain('no answer');
  expect(post.mails[0]!.text).not.toContain('pool full');
  await alert('oversold');
  await passTime(8 * HOUR + 58 * MINUTE); // 06:59
  expect([post.mails.length, chat.taken.length]).toEqual([1, 1]);
  await passTime(2 * MINUTE);
  expect([post.mails.length, chat.taken.length]).toEqual([2, 2]);
  expect(post.mails[1]!.subject).toBe('Aling Nena: 2 notices');
});

test('what is stored and cannot be read stops its own channel only, and that one loses nothing', async () => {
  await open({ ...WEBHOOK(), ...TELEGRAM() });
  const { settings } = shop.app.stores;
  await settings.set('notices.WEBHOOK_URL', 'not an address');
  await settings.set('notices.QUIET_HOURS', '22:00-07:00');
  const errors = jest.spyOn(shop.app.log, 'error');
  await alert('oversold', 'waits');
  await passTime(HOUR);
  expect(errors).toHaveBeenCalledTimes(1);
  errors.mockRestore();
  expect([hook.came.length, chat.taken.length]).toEqual([0, 1]);
  const [state] = await shop.app.services.noticeOverview.channels();
  expect(state).toMatchObject({ isSetUp: false });
  expect(state!.trouble).toContain('cannot be read');
  await passTime(10 * HOUR, HOUR); // 23:00
  await alert('pool full');
  await passTime(MINUTE);
  expect(chat.taken).toHaveLength(1); // what can be read holds
  await shop.app.services.noticeOverview.save({ WEBHOOK_URL: `${hook.url}/new` }, 'tess');
  await deliver();
  expect(hook.taken.map((one) => bodyOf(one).data)).toMatchObject([
    { message: 'waits' },
    { kind: 'notice setting', subject: 'WEBHOOK_URL' },
    { kind: 'pool full' },
    { kind: 'notice setting', subject: 'WEBHOOK_URL' }, // over
  ]);
  expect(hook.taken[0]!.path).toBe('/new');
});

describe('a channel that cannot be read', () => {
  const channel = async (name: string) =>
    (await shop.app.services.noticeOverview.channels()).find((one) => one.channel === name);
  const openKinds = async () =>
    (await shop.app.stores.journal.openAlerts()).map(({ kind }) => kind);
  const lines = async () => [...(await shop.app.stores.subscriptions.all()).keys()].sort();
  const tend = () => shop.app.services.historyKeeper.rollUp(clock.now());

  test('for a month loses what is older, with an alert, and the outbox does not grow', async () => {
    await open({ ...MAIL(), ...TELEGRAM() });
    await shop.app.stores.settings.set('notices.MAIL_TO', 'nobody');
    for (let days = 0; days < 60; days += 1) {
      await alert(`kind ${days}`);
      await passTime(24 * HOUR, 12 * HOUR);
      await shop.app.stores.rollup.believe(clock.now());
    }
    await tend();
    const left = (await shop.app.db('events').orderBy('id').pluck('at')) as string[];
    expect(left.length).toBeGreaterThan(20);
    expect(new Date(left[0]!).getTime()).toBeGreaterThan(clock.now().getTime() - 31 * 24 * HOUR);
    const lost = async () =>
      (await shop.app.stores.journal.openAlerts()).filter(({ kind }) => kind === 'notices lost');
    expect(await lost()).toMatchObject([{ subject: 'mail' }]);
    expect(chat.taken.map(({ body }) => body).join()).toContain('by mail waited for a month');
    expect((await channel('mail'))!.trouble).toContain('cannot be read');
    await shop.app.services.noticeOverview.save({ MAIL_TO: 'owner@example.com' }, 'tess');
    await passTime(HOUR);
    const mails = post.mails.map(({ text }) => text).join('\n');
    expect(mails).not.toContain('about kind 20\n');
    for (let days = 31; days < 60; days += 1) expect(mails).toContain(`about kind ${days}\n`);
    expect(await lost()).toEqual([]);
  });

  test('that has nothing to say to people says nothing when it is old', async () => {
    await open(MAIL());
    await shop.app.stores.settings.set('notices.MAIL_TO', 'nobody');
    await shop.online();
    await passTime(40 * 24 * HOUR, 24 * HOUR);
    expect(await openKinds()).toEqual(['notice setting']);
    await shop.online();
    await tend();
    expect(await shop.app.db('events').pluck('name')).toEqual(['voucher.redeemed']);
  });

  test('does not keep the place of one that is not used any more', async () => {
    await open({ ...WEBHOOK(), ...MAIL(), ...TELEGRAM() });
    await shop.app.stores.settings.set('notices.MAIL_TO', 'nobody');
    await shop.app.stores.settings.set('notices.QUIET_HOURS', 'at night');
    await shop.app.stores.journal.raise('notices lost', 'webhook', 'x', clock.now());
    await shop.app.services.noticeOverview.save({ WEBHOOK_URL: 'off' }, 'tess');
    await deliver();
    expect(await lines()).toEqual(['mail', 'mail, urgent', 'telegram', 'telegram, urgent']);
    expect(await openKinds()).toEqual(['notice setting', 'notice setting']);
  });
});

/** A little time passes, and what is under way goes on; far from any deadline on a busy machine too. */
async function turn(): Promise<void> {
  clock.advance(SECOND / 5);
  await new Promise((resolve) => setTimeout(resolve, 10));
}

test('a receiver that takes its time holds nobody else back', async () => {
  await open({ ...WEBHOOK(), ...TELEGRAM() });
  let release = () => undefined as void;
  hook.hold = new Promise((resolve) => (release = resolve));
  const stopping = new AbortController();
  const running = shop.app.services.notices.run(stopping.signal);
  await alert('oversold');
  while (hook.came.length === 0) await turn();
  await alert('router away', 'no answer');
  while (chat.taken.length < 2) await turn();
  expect(hook.came).toHaveLength(1);
  release();
  while (hook.taken.length < 3) await turn();
  stopping.abort();
  await running;
  expect(eventsOf(hook.taken)).toEqual(['alert.raised', 'alert.raised', 'router.down']);
});

test('a mail server that never comes to an end is left, before another process takes over', async () => {
  await open(MAIL());
  post.isSilent = true;
  await alert('oversold');
  const sending = deliver();
  while (post.talking === 0) await new Promise((resolve) => setImmediate(resolve));
  clock.advance(61 * SECOND);
  await sending;
  while (post.talking > 0) await new Promise((resolve) => setImmediate(resolve));
  const [, state] = await shop.app.services.noticeOverview.channels();
  expect(state!.trouble).toBe('Email: the server did not finish in time');
  post.isSilent = false;
  await passTime(MINUTE);
  expect(post.mails).toHaveLength(1);
});

test('runs by itself, and stops when told', async () => {
  await open(WEBHOOK());
  const stopping = new AbortController();
  const running = shop.app.services.notices.run(stopping.signal);
  await alert('oversold');
  while (hook.taken.length === 0) await turn();
  stopping.abort();
  await running;
  expect(eventsOf(hook.taken)).toEqual(['alert.raised']);
});
