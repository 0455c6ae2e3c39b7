import { AdminShop, PASSWORD, type Staff } from '../../support/admin-shop';
import { runs } from '../../support/program/run-counts';

/** What a session costs the books, and what the forms of somebody without one are protected by. */

let open: AdminShop;

beforeEach(async () => {
  open = await AdminShop.open();
});

afterEach(() => open.close());

async function rows(): Promise<number> {
  const [row] = await open.shop.app.db('web_sessions').count<{ n: number }[]>({ n: '*' });
  return row!.n;
}

async function written(): Promise<number> {
  const [row]: { n: number }[] = await open.shop.app.db.raw('select total_changes() as n');
  return row!.n;
}

/** One after the other, twenty at a time. */
async function times(count: number, work: () => Promise<unknown>): Promise<void> {
  const one = async () => {
    for (let n = 0; n < count / 20; n += 1) await work();
  };
  await Promise.all(Array.from({ length: 20 }, one));
}

async function addOwner(): Promise<void> {
  const owner = { name: 'maria', role: 'owner', password: PASSWORD };
  await open.shop.app.services.accounts.add(owner, 'test');
}

const wrong = { name: 'maria', password: 'wrong password' };

test('who only looks at the door, or has a wrong password, gets no session however often', async () => {
  await addOwner();
  await open.visitor().get('/admin/sign-in'); // makes the secret, once in the life of a shop
  const before = await written();
  await times(runs(1_000, 200), () => open.visitor().get('/admin/sign-in'));
  expect({ rows: await rows(), written: (await written()) - before }).toEqual({
    rows: 0,
    written: 0,
  });
  // With and without the form's token.
  await times(runs(200, 60), () => open.visitor().post('/admin/sign-in', wrong));
  await times(runs(200, 60), () => open.visitor().signIn(wrong.name, wrong.password));
  expect(await rows()).toBe(0);
}, 60_000);

test('a stranger who keeps the cookie makes no session either, wherever he looks', async () => {
  await addOwner();
  const visitor = open.visitor();
  for (const path of ['/sign-in', '/first-run', '/second-step', '', '/vouchers', '/nothing']) {
    await visitor.get(`/admin${path}`);
    await visitor.post(`/admin${path}`);
  }
  expect((await visitor.signIn('maria', 'wrong password')).status).toBe(401);
  expect(await rows()).toBe(0);
});

test('signing in makes one session, with an id that nobody knew before', async () => {
  await addOwner();
  const visitor = open.visitor();
  await visitor.get('/admin/sign-in');
  const before = visitor.cookie;
  expect(before).toMatch(/^pisonet\.sid=/);
  await visitor.get('/admin/sign-in'); // the same form, opened twice
  expect(visitor.cookie).toBe(before);
  expect((await visitor.post('/admin/sign-in', { name: 'maria', password: PASSWORD })).status).toBe(
    303,
  );
  expect(visitor.cookie).not.toBe(before);
  expect(await rows()).toBe(1);
  expect((await visitor.get('/admin')).status).toBe(200);
  await visitor.post('/admin/sign-out');
  expect(await rows()).toBe(0);
  expect((await visitor.get('/admin')).status).toBe(303);
});

describe('the form of somebody who is not signed in', () => {
  let visitor: Staff;

  beforeEach(async () => {
    await addOwner();
    visitor = open.visitor();
    await visitor.get('/admin/sign-in');
  });

  const signIn = (headers: Record<string, string> = {}) =>
    visitor.post('/admin/sign-in', { name: 'maria', password: PASSWORD }, headers);

  test('is refused with the token of another browser', async () => {
    const other = open.visitor();
    await other.get('/admin/sign-in');
    visitor.token = other.token;
    expect((await signIn()).status).toBe(403);
  });

  test('is refused without the cookie, and with one that we did not sign', async () => {
    const [, id] = /=s%3A([^.]+)\./.exec(visitor.cookie)!;
    for (const cookie of ['', `pisonet.sid=${id}`, `${visitor.cookie}x`]) {
      visitor.cookie = cookie;
      expect([cookie, (await signIn()).status]).toEqual([cookie, 403]);
    }
  });

  test('is refused when the browser says that it comes from elsewhere', async () => {
    for (const headers of [
      { origin: 'http://evil.example' },
      { origin: 'null' },
      { origin: open.address.replace(/\d+$/, '1') }, // another program of this computer
      { 'sec-fetch-site': 'cross-site' },
      { 'sec-fetch-site': 'same-site' },
    ] as Record<string, string>[]) {
      expect([headers, (await signIn(headers)).status]).toEqual([headers, 403]);
    }
    expect((await signIn({ origin: open.address })).status).toBe(303);
  });

  test('is taken by the header too, as programs send it', async () => {
    const { token } = visitor;
    visitor.token = '';
    expect((await signIn({ 'x-csrf-token': token })).status).toBe(303);
  });
});

test('after so many sessions the oldest go, and first those that wait for a second step', async () => {
  const { db, stores, clock } = open.shop.app;
  const now = Date.now();
  const session = (sid: string, ms: number) => ({
    ...{ sid, sess: '{}', expired: new Date(now + ms).toISOString() },
  });
  await db('web_sessions').insert(session('half way', 60_000));
  await db('web_sessions').insert(session('over', -60_000));
  for (let n = 0; n < 1_005; n += 1) {
    await db('web_sessions').insert(session(`signed in ${n}`, 86_400_000 + n));
  }
  await stores.signIns.prune(clock.now());
  expect(await rows()).toBe(1_000);
  const [oldest] = await db('web_sessions').orderBy('expired').limit(1);
  expect(oldest).toMatchObject({ sid: 'signed in 5' });
});
