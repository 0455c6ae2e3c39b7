import { createHash } from 'node:crypto';
import { staffPages } from '../../../src/web/admin';
import { Lockout } from '../../../src/services/staff/lockout';
import { ROLES, type Role } from '../../../src/store/staff/account-store';
import { AdminShop, PASSWORD } from '../../support/admin-shop';
import type { TestAppOptions } from '../../support/test-app';

/** Who may come in, and what is refused, whatever the page. */

let open: AdminShop;

beforeEach(async () => {
  open = await AdminShop.open();
});

afterEach(() => open.close());

async function reopen(options: TestAppOptions): Promise<void> {
  await open.close();
  open = await AdminShop.open(options);
}

function routes() {
  const { config, clock, log, services } = open.shop.app;
  return staffPages({ config, clock, log, services }).table;
}

/** Fifty wrong passwords, each from another address; what is counted of them, without the work of checking. */
async function typeWrong(name: string, from: { browser?: string }): Promise<void> {
  const lockout = new Lockout(open.shop.app.stores, open.shop.clock);
  for (let n = 0; n < 50; n += 1) await lockout.attempt(name, { address: `10.5.50.${n}`, ...from });
}

/** By which the cookie of a known browser is named. */
function cookieHash(name: string): string {
  return createHash('sha256').update(name).digest('hex').slice(0, 12);
}

/** A path of that shape; what it names need not exist. */
function anyPath(path: string): string {
  return `/admin${path.replace(/:\w+/g, '1')}`;
}

function changing(access: Role | 'anyone') {
  return routes().filter((route) => route.method === 'post' && route.access === access);
}

test('there are state-changing routes for each role, so that the tests below test something', () => {
  for (const access of ['anyone', ...ROLES] as const) expect(changing(access)).not.toEqual([]);
});

test('without a session every page leads to the door, and every change is refused', async () => {
  const visitor = open.visitor();
  for (const { method, path, access } of routes()) {
    if (access === 'anyone') continue;
    if (method === 'get') {
      const page = await visitor.get(anyPath(path));
      const isProgram = path.startsWith('/api/');
      expect([path, page.status]).toEqual([path, isProgram ? 401 : 303]);
      if (!isProgram) expect(page.location).toMatch(/^\/admin\/sign-in\?next=/);
    } else {
      expect([path, (await visitor.post(anyPath(path))).status]).toEqual([path, 401]);
    }
  }
});

test('a role that is too low is refused everywhere', async () => {
  for (const [rank, role] of ROLES.entries()) {
    const staff = await open.signedIn(role);
    for (const { method, path, access } of routes()) {
      if (access === 'anyone' || ROLES.indexOf(access) >= rank) continue;
      const page =
        method === 'get' ? await staff.get(anyPath(path)) : await staff.post(anyPath(path));
      expect([role, path, page.status]).toEqual([role, path, 403]);
    }
  }
});

test('developer codes, which never end and are never sales, are made by an owner only', async () => {
  const operator = await open.signedIn('operator');
  expect((await operator.get('/admin/batches/new')).text).not.toContain('name="developer"');
  const order = { plan: 'P5', count: '1', developer: 'yes' };
  const refused = await operator.post('/admin/batches', order);
  expect(refused.status).toBe(403);
  expect(refused.text).toContain('Only an owner may make developer codes');
  expect(await open.shop.app.services.vouchers.list({})).toEqual([]);
  expect((await operator.post('/admin/batches', { plan: 'P5', count: '1' })).status).toBe(303);

  const owner = await open.signedIn('owner');
  expect((await owner.get('/admin/batches/new')).text).toContain('name="developer"');
  expect((await owner.post('/admin/batches', order)).status).toBe(303);
  const made = await open.shop.app.services.vouchers.list({});
  expect(made.map(({ developer }) => developer).toSorted()).toEqual([false, true]);
});

test('a change without the form’s token, or from another site, is refused on every route', async () => {
  const owner = await open.signedIn('owner');
  const { token } = owner;
  for (const { method, path } of routes()) {
    if (method === 'get') continue;
    owner.token = '';
    expect([path, (await owner.post(anyPath(path))).status]).toEqual([path, 403]);
    owner.token = 'f'.repeat(64);
    expect([path, (await owner.post(anyPath(path))).status]).toEqual([path, 403]);
    owner.token = token;
    const crossSite = await owner.post(anyPath(path), {}, { 'sec-fetch-site': 'cross-site' });
    expect([path, crossSite.status]).toEqual([path, 403]);
  }
  expect((await owner.get('/admin')).status).toBe(200); // not even signed out
});

test('a session somebody planted before sign-in is worth nothing afterwards', async () => {
  const victim = open.visitor();
  await victim.get('/admin/sign-in');
  const planted = victim.cookie;
  expect(planted).not.toBe('');
  await open.shop.app.services.accounts.add(
    { name: 'maria', role: 'owner', password: PASSWORD },
    't',
  );
  await victim.signIn('maria', PASSWORD);
  expect(victim.cookie).not.toBe(planted);
  const attacker = open.visitor();
  attacker.cookie = planted;
  expect((await attacker.get('/admin')).status).toBe(303);
});

test('the link of the first run makes one owner, once', async () => {
  const { accounts } = open.shop.app.services;
  const token = (await accounts.invitation())!;
  const visitor = open.visitor();
  await visitor.get(`/admin/first-run?token=${token}`);
  const form = { name: 'maria', password: PASSWORD, again: PASSWORD };
  expect((await visitor.post('/admin/first-run', { ...form, token: 'guess' })).status).toBe(403);
  expect(
    (await visitor.post('/admin/first-run', { ...form, token, password: 'short', again: 'short' }))
      .status,
  ).toBe(422);
  const typo = await visitor.post('/admin/first-run', { ...form, token, again: `${PASSWORD}x` });
  expect(typo.status).toBe(422);
  expect(typo.text).toContain('not the same');
  expect(await accounts.list()).toEqual([]);

  expect((await visitor.post('/admin/first-run', { ...form, token })).status).toBe(303);
  const again = await visitor.post('/admin/first-run', { ...form, name: 'mallory', token });
  expect(again.status).toBe(403);
  expect((await accounts.list()).map(({ name, role }) => [name, role])).toEqual([
    ['maria', 'owner'],
  ]);
  expect(await accounts.invitation()).toBeUndefined();
  expect((await visitor.signIn('maria', PASSWORD)).status).toBe(303);
});

test('two who open the link of the first run at the same instant make one owner', async () => {
  const token = (await open.shop.app.services.accounts.invitation())!;
  const both = ['ana', 'ben'].map(async (name) => {
    const visitor = open.visitor();
    await visitor.get(`/admin/first-run?token=${token}`);
    return (
      await visitor.post('/admin/first-run', { name, token, password: PASSWORD, again: PASSWORD })
    ).status;
  });
  expect((await Promise.all(both)).toSorted()).toEqual([303, 403]);
  expect(await open.shop.app.services.accounts.list()).toHaveLength(1);
});

test('wrong passwords lock the door for a while that grows', async () => {
  await open.shop.app.services.accounts.add(
    { name: 'maria', role: 'owner', password: PASSWORD },
    't',
  );
  const visitor = open.visitor();
  for (let guess = 1; guess <= 5; guess += 1) {
    expect((await visitor.signIn('maria', `wrong ${guess}`)).status).toBe(401);
  }
  const locked = await visitor.signIn('maria', PASSWORD);
  expect([locked.status, locked.headers.get('retry-after')]).toEqual([429, '30']);
  open.shop.clock.advance(31_000);
  expect((await visitor.signIn('maria', 'wrong again')).status).toBe(401);
  expect((await visitor.signIn('maria', PASSWORD)).headers.get('retry-after')).toBe('60');
  open.shop.clock.advance(61_000);
  expect((await visitor.signIn('maria', PASSWORD)).status).toBe(303);
});

test('whoever types wrong passwords for the owner’s name does not lock the owner’s own browser', async () => {
  const owner = await open.signedIn('owner', 'maria');
  const { accounts } = open.shop.app.services;
  await accounts.add({ name: 'rosa', role: 'operator', password: PASSWORD }, 't');
  await owner.post('/admin/sign-out');
  const { known } = owner;
  expect(known).toMatch(/^pisonet\.known\./);
  // From ever new addresses, as phones on the Wi-Fi have them.
  for (const name of ['maria', 'rosa']) await typeWrong(name, {});
  expect((await open.visitor().signIn('maria', PASSWORD)).status).toBe(429);
  const forger = open.visitor();
  forger.known = `${known.slice(0, -1)}${known.endsWith('0') ? '1' : '0'}`;
  expect((await forger.signIn('maria', PASSWORD)).status).toBe(429);
  // One name's browser is not another's, whatever it calls its cookie.
  expect((await owner.signIn('rosa', PASSWORD)).status).toBe(429);
  const renamed = open.visitor();
  renamed.known = `pisonet.known.${cookieHash('rosa')}=${known.split('=')[1]}`;
  expect((await renamed.signIn('rosa', PASSWORD)).status).toBe(429);

  expect((await owner.signIn('maria', PASSWORD)).status).toBe(303);
  expect(owner.known).toBe(known);
  expect((await owner.get('/admin')).status).toBe(200);
});

test('a browser that signed in before is locked by its own wrong passwords, and by its address', async () => {
  const owner = await open.signedIn('owner', 'maria');
  await owner.post('/admin/sign-out');
  for (let guess = 1; guess <= 5; guess += 1) {
    expect((await owner.signIn('maria', `wrong ${guess}`)).status).toBe(401);
  }
  expect((await owner.signIn('maria', PASSWORD)).status).toBe(429);
  // The cookie in many hands is worth no more than the name alone.
  const browser = /=([0-9a-f]+)\./.exec(owner.known)![1]!;
  await typeWrong('maria', { browser });
  const { accounts } = open.shop.app.services;
  expect(
    await accounts.signIn('maria', PASSWORD, { address: '10.5.50.99', browser }),
  ).toHaveProperty('lockedUntil');
});

test('an account of one’s own buys no more guesses at the others', async () => {
  const { accounts } = open.shop.app.services;
  await accounts.add({ name: 'olga', role: 'operator', password: PASSWORD }, 't');
  const here = { address: '10.5.50.80' };
  let looked = 0;
  for (let name = 1; name <= 15; name += 1) {
    for (let guess = 1; guess <= 4; guess += 1) {
      if ((await accounts.signIn(`victim ${name}`, `wrong ${guess}`, here)) === 'wrong')
        looked += 1;
    }
    await accounts.signIn('olga', PASSWORD, here);
  }
  expect(looked).toBe(20); // was 60
  // Her own slips of the finger are forgiven all the same.
  const there = { address: '10.5.50.81' };
  for (let day = 1; day <= 15; day += 1) {
    for (let slip = 1; slip <= 3; slip += 1) await accounts.signIn('olga', 'mistyped', there);
    expect(await accounts.signIn('olga', PASSWORD, there)).toHaveProperty('account');
  }
});

test('many wrong passwords at the same instant count as many', async () => {
  await reopen({ realPasswords: true });
  await open.shop.app.services.accounts.add(
    { name: 'maria', role: 'owner', password: PASSWORD },
    't',
  );
  const guesses = Array.from({ length: 12 }, () =>
    open.visitor().signIn('maria', 'wrong password'),
  );
  const statuses = (await Promise.all(guesses)).map(({ status }) => status);
  expect(statuses.filter((status) => status === 401)).toHaveLength(5);
});

test('an unknown name and a wrong password are answered alike', async () => {
  await reopen({ realPasswords: true });
  await open.shop.app.services.accounts.add(
    { name: 'maria', role: 'owner', password: PASSWORD },
    't',
  );
  const [known, unknown] = [open.visitor(), open.visitor()];
  const one = await known.signIn('maria', 'wrong password');
  const other = await unknown.signIn('nobody', 'wrong password');
  expect(other.status).toBe(one.status);
  const plain = (text: string) => text.replace(/value="[^"]*"|content="[^"]*"/g, '');
  expect(plain(other.text)).toBe(plain(one.text));
});

test('a new password, or signing out everywhere, ends the other sessions', async () => {
  const phone = await open.signedIn('owner', 'maria');
  const desk = open.visitor();
  await desk.signIn('maria', PASSWORD);
  const wrong = await phone.post('/admin/account/password', {
    present: 'no',
    password: 'new password',
  });
  expect(wrong.status).toBe(422);
  const form = { present: PASSWORD, password: 'a new password' };
  expect((await phone.post('/admin/account/password', form)).status).toBe(303);
  expect((await phone.get('/admin')).status).toBe(200);
  expect((await desk.get('/admin')).status).toBe(303);
  expect((await desk.signIn('maria', PASSWORD)).status).toBe(401);

  await desk.signIn('maria', 'a new password');
  expect((await phone.post('/admin/account/sign-out-everywhere')).status).toBe(303);
  expect((await desk.get('/admin')).status).toBe(303);
});

test('names that only capitals tell apart, and passwords of one letter, are refused', async () => {
  const { accounts } = open.shop.app.services;
  const add = (name: string, password = PASSWORD) =>
    accounts.add({ name, role: 'operator', password }, 't');
  await add('Nena');
  // A phone's keyboard may give wide letters, and what is pasted letters that nobody sees.
  for (const alike of ['NENA', 'Ｎｅｎａ', 'ｎｅｎａ', 'Ne\u200bna', '\ufeffNena\u00a0']) {
    await expect(add(alike)).rejects.toThrow(/There is an account (called )?Nena already/);
  }
  await expect(add('ana', 'aaaaaaaaaa')).rejects.toThrow('over and over');
  const names = (await accounts.list()).map(({ name }) => name);
  expect(names.filter((name) => name.normalize('NFKC').toLowerCase() === 'nena')).toEqual(['Nena']);
  expect(names).not.toContain('ana');
});

test('a role taken away holds at the next request, and the last owner stays', async () => {
  const owner = await open.signedIn('owner');
  const operator = await open.signedIn('operator');
  const { accounts } = open.shop.app.services;
  const idOf = async (name: string) => (await accounts.list()).find((one) => one.name === name)!.id;
  expect((await operator.get('/admin/batches/new')).status).toBe(200);
  await owner.post(`/admin/staff/${await idOf('operator')}/role`, { role: 'viewer' });
  expect((await operator.get('/admin/batches/new')).status).toBe(403);
  const demoted = await owner.post(`/admin/staff/${await idOf('owner')}/role`, { role: 'viewer' });
  expect(demoted.status).toBe(422);
  expect((await owner.get('/admin/staff')).status).toBe(200);
  await owner.post(`/admin/staff/${await idOf('operator')}/removal`, { confirmed: 'yes' });
  expect((await operator.get('/admin')).status).toBe(303);
});

test('after sign-in only our own pages are gone to', async () => {
  await open.shop.app.services.accounts.add(
    { name: 'maria', role: 'owner', password: PASSWORD },
    't',
  );
  for (const [next, to] of [
    ['/admin/vouchers?q=AB', '/admin/vouchers?q=AB'],
    ['https://evil.example/', '/admin'],
    ['//evil.example/', '/admin'],
    ['/admin//evil.example', '/admin'],
    ['/administrator', '/admin'],
    ['/admin/\\evil', '/admin'],
  ]) {
    const visitor = open.visitor();
    await visitor.get('/admin/sign-in');
    const answer = await visitor.post('/admin/sign-in', {
      name: 'maria',
      password: PASSWORD,
      next: next!,
    });
    expect([next, answer.location]).toEqual([next, to]);
  }
});

test('pages forbid inline script and style, and are not kept by the browser', async () => {
  const owner = await open.signedIn('owner');
  const { headers } = await owner.get('/admin');
  const policy = headers.get('content-security-policy')!;
  expect(policy).toMatch(/script-src 'self'(;|$)/);
  expect(policy).toMatch(/style-src 'self'(;|$)/);
  expect(policy).not.toContain('unsafe');
  expect(headers.get('cache-control')).toBe('no-store');
});

test('looking at pages writes nothing, so that looking often costs the loop nothing', async () => {
  const owner = await open.signedIn('owner');
  await owner.get('/admin');
  const written = async () => {
    const [row]: { rows: number }[] = await open.shop.app.db.raw('select total_changes() as rows');
    return row!.rows;
  };
  const before = await written();
  for (const path of ['', '/bandwidth', '/vouchers', '/usage', '/reports']) {
    expect((await owner.get(`/admin${path}`)).status).toBe(200);
  }
  expect(await written()).toBe(before);
});
