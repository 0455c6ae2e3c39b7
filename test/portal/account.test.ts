import { createHash, createHmac } from 'node:crypto';
import { join } from 'node:path';
import { formsOf, ShopServer, type Answer } from '../support/program/shop-server';
import { DAY, HOUR } from '../support/builders';
import { temporaryFolder } from '../support/temporary-folder';
import { TestApp } from '../support/test-app';

/** Subscribers look after their own account: what they used, owe and paid, their plan and their password. */

const HOME = { name: 'Home', price: '300', billing_cycle: 'monthly', data_cap: '100GB' };
const FAST = {
  name: 'Fast',
  price: '500',
  billing_cycle: 'monthly',
  rate_down: '9M',
  rate_up: '3M',
};

let server: ShopServer;

beforeEach(async () => {
  const hidden = { ...FAST, name: 'Staff', public: 'no' };
  server = await ShopServer.start({ profiles: [HOME, FAST, hidden, { name: 'P5' }] });
  const { subscribers } = server.shop.app.services;
  for (const login of ['joy', 'bob']) {
    const { id } = await subscribers.add(
      { name: login, login, password: `${login}-secret` },
      'ana',
    );
    await subscribers.assign(id, { plan: 'Home' }, undefined, 'ana');
  }
  await server.shop.app.services.billing.run();
});
afterEach(() => server.close());

/** A browser at no device of the hotspot, as of a customer who calls by PPPoE. */
class Browser {
  private cookie = '';
  readonly address: string;

  constructor(last = 90) {
    this.address = `127.0.0.${last}`;
  }

  /** @param at another program on the same books, in place of the one of these tests */
  async ask(path: string, form?: Record<string, string>, at = server): Promise<Answer> {
    const headers: Record<string, string> = this.cookie === '' ? {} : { cookie: this.cookie };
    const answer = await at.ask(path, this, { headers, ...(form && { form }) });
    for (const set of [answer.headers['set-cookie'] ?? []].flat()) {
      if (set.startsWith('pisonet.account=')) this.cookie = set.split(';')[0]!;
    }
    return answer;
  }

  signIn(login = 'joy', password = `${login}-secret`, at = server): Promise<Answer> {
    return this.ask('/portal/account/log-in', { login, password }, at);
  }

  get mark(): string {
    return this.cookie;
  }

  set mark(cookie: string) {
    this.cookie = cookie;
  }
}

const services = () => server.shop.app.services;
const account = async (browser: Browser) => (await browser.ask('/portal/account')).text;
/** The account's own form has a field for the present password too: only where this leads tells the two apart. */
const isSignedIn = async (browser: Browser) =>
  !(await account(browser)).includes('action="/portal/account/log-in"');

test('the start page leads to the account, which shows what was used, what is owed, and each invoice', async () => {
  expect((await server.ask('/portal', server.phone(21))).text).toContain('href="/portal/account"');
  const browser = new Browser();
  expect(await isSignedIn(browser)).toBe(false);
  const answer = await browser.signIn();
  expect(answer).toMatchObject({ status: 303, location: '/portal/account' });
  const cookie = String(answer.headers['set-cookie']);
  for (const part of ['HttpOnly', 'SameSite=Strict', 'Path=/portal/account']) {
    expect(cookie).toContain(part);
  }
  const page = await account(browser);
  expect(page).toMatch(/To pay: ₱300\.00<\/b> Pay at the shop\./);
  expect((await browser.ask('/portal/account/invoices/1')).text).toContain('Pay at the shop.');
  expect(page).toContain('0 B of 100 GB used');
  expect(page).toContain('Invoice 1');
  const money = { amount: 300_00, currency: 'PHP' };
  await services().billing.pay({ subscriberId: 1, money, method: 'GCash' }, 'ana');
  const paid = await account(browser);
  expect(paid).toContain('Nothing to pay.');
  expect(paid).toContain('GCash');
  const invoice = await browser.ask('/portal/account/invoices/1');
  expect(invoice.text).toMatch(/Invoice 1[^]*Home[^]*₱300\.00[^]*paid/);
  expect(invoice.text + paid).not.toContain('Pay at the shop.');
  expect((await browser.ask('/portal/account?lang=fil')).text).toContain('Mga invoice');
  expect(invoice.text).toContain('href="/portal/account/invoices/1?lang=fil"');
});

test('nobody sees the account of somebody else, nor without signing in', async () => {
  const browser = new Browser();
  expect((await browser.ask('/portal/account/invoices/1')).location).toBe('/portal/account');
  for (const path of ['plan', 'plan/keep', 'password']) {
    expect((await browser.ask(`/portal/account/${path}`, { plan: 'Fast' })).status).toBe(303);
  }
  await browser.signIn();
  const [bobs] = await services().billing.invoices(2);
  expect((await browser.ask(`/portal/account/invoices/${bobs!.id}`)).status).toBe(404);
  expect((await browser.ask('/portal/account/invoices/0')).status).toBe(404);
  // A mark is of one subscriber and one time.
  const [name, mark] = browser.mark.split('=') as [string, string];
  const [, until, signature] = mark.split('.') as [string, string, string];
  for (const forged of [
    `2.${until}.${signature}`,
    `1.${Number(until) + 1}.${signature}`,
    '1',
    '',
  ]) {
    browser.mark = `${name}=${forged}`;
    expect(await isSignedIn(browser)).toBe(false);
  }
  browser.mark = `${name}=${mark}`;
  expect(await account(browser)).toContain('Invoice 1');
  server.shop.clock.advance(13 * HOUR);
  expect(await isSignedIn(browser)).toBe(false);
  expect(await services().subscribers.changes()).toEqual([]);
});

test('wrong passwords have to wait, and a login without one lets nobody in', async () => {
  await services().subscribers.add({ name: 'New', login: 'new' }, 'ana');
  expect((await new Browser(91).signIn('new', '')).status).toBe(422);
  expect((await new Browser(91).signIn('nobody', 'x')).text).toContain('Wrong login or password');
  const browser = new Browser();
  for (let n = 0; n < 10; n += 1) expect((await browser.signIn('joy', 'guess')).status).toBe(422);
  expect((await browser.signIn()).status).toBe(429);
  // Nobody else is locked out by that, nor joy on a phone of her own.
  expect((await new Browser(92).signIn()).status).toBe(303);
  expect((await new Browser(93).signIn('bob')).status).toBe(303);
});

describe('passwords are tried so often for one login, however it is written', () => {
  const looked = (answers: readonly Answer[]) => answers.filter(({ status }) => status !== 429);
  const SPELLINGS = [
    ' joy',
    'joy\t',
    '\u00a0joy',
    '\ufeffjoy',
    'jo\u200by',
    'JOY',
    'ｊｏｙ',
    'joy\u2003',
  ];

  test('one after the other', async () => {
    const browser = new Browser();
    const answers: Answer[] = [];
    for (let n = 0; n < 40; n += 1) {
      answers.push(await browser.signIn(SPELLINGS[n % SPELLINGS.length], 'guess'));
    }
    expect(looked(answers)).toHaveLength(10);
    for (const login of SPELLINGS) {
      expect((await browser.signIn(login, 'joy-secret')).status).toBe(429);
    }
  });

  test('at once', async () => {
    const all = Array.from({ length: 28 }, (_, n) =>
      new Browser().signIn(SPELLINGS[n % SPELLINGS.length], 'guess'),
    );
    expect(looked(await Promise.all(all))).toHaveLength(10);
  });

  test('from ever new addresses too, in the end', async () => {
    let seen = 0;
    for (let last = 100; last < 115; last += 1) {
      for (let n = 0; n < 10; n += 1) {
        seen += looked([await new Browser(last).signIn('joy', 'guess')]).length;
      }
    }
    expect(seen).toBe(100);
  });

  test('the right one counts for nothing', async () => {
    const browser = new Browser();
    for (let n = 0; n < 25; n += 1)
      expect((await browser.signIn(' Joy ', 'joy-secret')).status).toBe(303);
  });

  test('nor does it make others at the address wait, whose tries are used up but for one', async () => {
    const browser = new Browser();
    for (let n = 0; n < 29; n += 1) {
      await services().selfService.signIn(`nobody${n}`, 'guess', browser.address);
    }
    for (let n = 0; n < 3; n += 1) expect((await browser.signIn()).status).toBe(303);
    expect((await browser.signIn('bob')).status).toBe(303);
  });

  test('also where staff type a name that looks like a count of ours', async () => {
    for (const name of [
      'subscriber 1',
      'subscriber 1 at 127.0.0.90',
      'subscribers at 127.0.0.90',
    ]) {
      for (let n = 0; n < 5; n += 1) {
        await services().accounts.signIn(name, 'guess', { address: '127.0.0.90' });
      }
    }
    expect((await new Browser().signIn()).status).toBe(303);
  });

  test('the account page counts with them, and says how long to wait', async () => {
    const [browser, other] = [new Browser(), new Browser()];
    await browser.signIn();
    for (let n = 0; n < 9; n += 1) await other.signIn('joy', 'guess');
    const change = (present: string) =>
      browser.ask('/portal/account/password', {
        ...{ present, next: 'long enough', again: 'long enough' },
      });
    expect((await change('guess')).status).toBe(403);
    const refused = await change('joy-secret');
    expect(refused.status).toBe(429);
    expect(refused.text).toContain('Wait 1 min');
  });

  test('who waited may try again, a clock that was put back keeps nobody out, and a right one forgives', async () => {
    const browser = new Browser();
    for (let n = 0; n < 10; n += 1) await browser.signIn('joy', 'guess');
    server.shop.clock.advance(61_000);
    expect((await browser.signIn('joy', 'guess')).status).toBe(422);
    expect((await browser.signIn()).status).toBe(429);
    server.shop.clock.advance(-HOUR);
    expect((await browser.signIn()).status).toBe(303);
    for (let n = 0; n < 9; n += 1) expect((await browser.signIn('joy', 'x')).status).toBe(422);
  });
});

test('wrong passwords are in the books: a restart forgets none, and two programs count as one', async () => {
  await server.close();
  const database = join(temporaryFolder(), 'shop.db');
  server = await ShopServer.start({ database, profiles: [HOME] });
  const joy = { name: 'joy', login: 'joy', password: 'joy-secret' };
  await services().subscribers.add(joy, 'ana');
  const browser = new Browser();
  for (let n = 0; n < 10; n += 1) await browser.signIn('joy', 'guess');
  const { simulator, clock } = server.shop;
  await server.shop.app.close();
  const second = await ShopServer.of(
    await TestApp.beside(simulator, clock, { database, profiles: [HOME] }),
  );
  expect((await browser.signIn('joy', 'joy-secret', second)).status).toBe(429);
  expect((await new Browser(91).signIn('joy', 'joy-secret', second)).status).toBe(303);
  await second.close();
});

test('a plan changes with the next cycle, where the shop lets them, and not to one that is hidden', async () => {
  const browser = new Browser();
  await browser.signIn();
  expect(await account(browser)).not.toContain('/portal/account/plan');
  expect((await browser.ask('/portal/account/plan', { plan: 'Fast' })).status).toBe(403);
  await services().billing.setRules({ customersChange: true }, 'maria');
  const page = await account(browser);
  expect(page).toContain('<option value="Fast">');
  expect(page).not.toMatch(/option value="(Home|Staff|P5)"/);
  for (const plan of ['Staff', 'P5', 'Home', '']) {
    expect((await browser.ask('/portal/account/plan', { plan })).status).toBe(422);
  }
  expect((await browser.ask('/portal/account/plan', { plan: 'Fast' })).status).toBe(303);
  expect(await account(browser)).toContain('your plan changes to Fast');
  await browser.ask('/portal/account/plan/keep', {});
  expect(await services().subscribers.changes()).toEqual([]);
  await browser.ask('/portal/account/plan', { plan: 'Fast' });
  await browser.ask('/portal/account/plan', { plan: 'Fast' });
  expect(await services().subscribers.changes()).toHaveLength(1);
  server.shop.clock.advance(31 * DAY);
  await services().billing.run();
  const { plan } = await services().subscribers.show(1);
  expect(plan).toMatchObject({ name: 'Fast', kind: 'upgrade', by: 'subscriber 1' });
});

test('what the shop has planned is not called off by a subscriber', async () => {
  const browser = new Browser();
  await browser.signIn();
  await services().subscribers.changePlan(1, null, 'cycle-end', 'ana');
  expect(await account(browser)).toContain('Your plan ends on');
  expect((await browser.ask('/portal/account/plan/keep', {})).status).toBe(422);
  expect(await services().subscribers.changes()).toHaveLength(1);
});

test('a new password is the one on the router with the next round, and signs out everybody else', async () => {
  await services().subscribers.edit(1, { loginKind: 'pppoe' }, 'ana');
  await server.shop.reconcile();
  const secrets = () => server.shop.simulator.run(['/ppp/secret/print']);
  expect(JSON.stringify(secrets())).toContain('joy-secret');
  const [browser, other] = [new Browser(), new Browser(91)];
  await browser.signIn();
  await other.signIn();
  const change = (present: string, next: string, again = next) =>
    browser.ask('/portal/account/password', { present, next, again });
  expect((await change('joy-secret', 'short')).status).toBe(422);
  expect((await change('joy-secret', 'long enough', 'another one')).status).toBe(422);
  expect((await change('guess', 'long enough')).status).toBe(403);
  expect((await change('joy-secret', 'long enough')).location).toBe('/portal/account?done=1');
  await server.shop.reconcile();
  expect(JSON.stringify(secrets())).toContain('long enough');
  expect(await account(browser)).toContain('Invoice 1');
  expect(await isSignedIn(other)).toBe(false);
  expect((await other.signIn()).status).toBe(422);
  const form = formsOf(await account(browser)).find(({ action }) => action.endsWith('/log-out'));
  expect((await browser.ask(form!.action, {})).location).toBe('/portal');
});

test('a subscriber logs out here, or everywhere: also where somebody else has the browser', async () => {
  const [browser, other, bobs] = [new Browser(), new Browser(91), new Browser(92)];
  await browser.signIn();
  await other.signIn();
  const marked = other.mark;
  await other.ask('/portal/account/log-out', {});
  expect(await account(browser)).toContain('Invoice 1');
  expect(await isSignedIn(other)).toBe(false);
  other.mark = marked; // as one who kept the cookie
  expect(await account(other)).toContain('Invoice 1');
  const form = formsOf(await account(browser)).find(({ action }) => /everywhere/.test(action));
  expect((await bobs.ask(form!.action, {})).location).toBe('/portal');
  expect(await account(other)).toContain('Invoice 1');
  expect((await browser.ask(form!.action, {})).location).toBe('/portal');
  expect(await isSignedIn(other)).toBe(false);
  expect(await isSignedIn(browser)).toBe(false);
  expect((await browser.signIn()).status).toBe(303);
  expect(await account(browser)).toContain('Invoice 1');
  expect(await isSignedIn(other)).toBe(false);
});

describe('staff end what a subscriber has open', () => {
  const ENDS: [string, () => Promise<unknown>, boolean][] = [
    ['with another password', () => edit({ password: 'by the shop' }), false],
    ['with another password that is changed back', () => twice(), false],
    ['with a suspension by hand', () => services().subscribers.suspend(1, 'left', 'ana'), false],
    ['with the end of the plan', () => endPlan(), false],
    ['not with another telephone number', () => edit({ contact: '0917' }), true],
    ['not with the same password', () => edit({ password: 'joy-secret' }), true],
    ['not with a suspension for an unpaid bill, which is to be read there', () => unpaid(), true],
  ];

  const edit = (changes: object) => services().subscribers.edit(1, changes, 'ana');
  const twice = async () => {
    await edit({ password: 'by the shop' });
    await edit({ password: 'joy-secret' });
  };
  const endPlan = () => services().subscribers.changePlan(1, null, 'now', 'ana');
  const unpaid = async () => {
    server.shop.clock.advance(7 * HOUR);
    await services().billing.run();
    expect((await services().subscribers.find(1)).suspendedFor).toBe('unpaid');
  };

  test.each(ENDS)('%s', async (how, act, stays) => {
    const [browser, bobs] = [new Browser(), new Browser(91)];
    if (how.includes('unpaid')) server.shop.clock.advance(10 * DAY - 6 * HOUR);
    await browser.signIn();
    await bobs.signIn('bob');
    await act();
    expect(await isSignedIn(browser)).toBe(stays);
    expect(await isSignedIn(bobs)).toBe(true);
  });
});

test('who signed in before the upgrade stays signed in', async () => {
  const until = server.shop.clock.now().getTime() + HOUR;
  const secret = createHash('sha256').update('joy-secret').digest('hex');
  const key = server.shop.app.services.selfService['secrets'].derive('subscriber pages');
  const signature = createHmac('sha256', key)
    .update(JSON.stringify([1, until, secret]))
    .digest('base64url');
  const browser = new Browser();
  browser.mark = `pisonet.account=1.${until}.${signature}`;
  expect(await isSignedIn(browser)).toBe(true);
  await browser.ask('/portal/account/log-out-everywhere', {});
  browser.mark = `pisonet.account=1.${until}.${signature}`;
  expect(await isSignedIn(browser)).toBe(false);
  const entries = await server.shop.app.stores.journal.auditOf('subscriber 1');
  const [entry] = entries.filter(({ what }) => what === 'signed out everywhere');
  expect(entry).toMatchObject({ who: 'subscriber 1' });
});
