import { Secret, TOTP } from 'otpauth';
import { AdminShop, PASSWORD, type Staff } from '../../support/admin-shop';

/** The code from a phone at sign-in: switching it on, passing it, and the ways around it that are refused. */

/** Signing in costs a processor what it should, and is done many times here. */
jest.setTimeout(30_000);

let open: AdminShop;

beforeEach(async () => {
  open = await AdminShop.open();
});

afterEach(() => open.close());

function codeOf(secret: string, stepsOff = 0): string {
  const timestamp = open.shop.clock.now().getTime() + stepsOff * 30_000;
  return new TOTP({ secret: Secret.fromBase32(secret) }).generate({ timestamp });
}

/** @returns the phone's secret and the codes on paper */
async function switchOn(staff: Staff): Promise<{ secret: string; recovery: string[] }> {
  const { location } = await staff.post('/admin/account/second-step', { present: PASSWORD });
  const page = await staff.get(location!);
  expect(page.text).toContain('<svg ');
  const secret = /Key: <code>([A-Z2-7 ]+)</.exec(page.text)![1]!.replaceAll(' ', '');
  const done = await staff.post('/admin/account/second-step/confirmation', {
    code: codeOf(secret),
  });
  const recovery = [...done.text.matchAll(/<code>([A-Z0-9-]{19})<\/code>/g)].map(([, one]) => one!);
  expect(recovery).toHaveLength(10);
  staff.token = /name="csrf-token" content="([^"]+)"/.exec(done.text)![1]!; // of the new session
  open.shop.clock.advance(30_000); // that code is used
  return { secret, recovery };
}

/** A visitor who typed the right password and stands before the second step. */
async function halfWay(name: string): Promise<Staff> {
  const visitor = open.visitor();
  await visitor.get('/admin/sign-in');
  const answer = await visitor.post('/admin/sign-in', { name, password: PASSWORD });
  expect(answer.location).toBe('/admin/second-step');
  await visitor.get('/admin/second-step');
  return visitor;
}

const pass = (visitor: Staff, code: string) => visitor.post('/admin/second-step', { code });

test('it is on only after the phone has shown that it works', async () => {
  const owner = await open.signedIn('owner', 'maria');
  await owner.post('/admin/account/second-step', { present: PASSWORD });
  const wrong = await owner.post('/admin/account/second-step/confirmation', { code: '000000' });
  expect(wrong.status).toBe(422);
  expect((await open.visitor().signIn('maria', PASSWORD)).location).toBe('/admin');
  const { secret } = await switchOn(owner);
  const visitor = await halfWay('maria');
  expect((await pass(visitor, codeOf(secret))).location).toBe('/admin');
  expect((await visitor.get('/admin')).status).toBe(200);
});

test('switching it on takes the password, and ends the other sessions', async () => {
  const owner = await open.signedIn('owner', 'maria');
  const other = open.visitor();
  await other.signIn('maria', PASSWORD);
  const refused = await owner.post('/admin/account/second-step', { present: 'no' });
  expect([refused.status, refused.location]).toEqual([422, null]);
  expect((await owner.get('/admin/account/second-step')).location).toBe('/admin/account');
  const before = owner.cookie;
  await switchOn(owner);
  expect((await other.get('/admin')).status).toBe(303);
  expect((await owner.get('/admin')).status).toBe(200);
  expect(owner.cookie).not.toBe(before);
});

test('the password typed to bind a phone is good for ten minutes, and until the page is left', async () => {
  const owner = await open.signedIn('owner', 'maria');
  const page = '/admin/account/second-step';
  const begin = async () => {
    await owner.post(page, { present: PASSWORD });
    return /Key: <code>([A-Z2-7 ]+)</.exec((await owner.get(page)).text)![1]!.replaceAll(' ', '');
  };
  const confirm = (secret: string) => owner.post(`${page}/confirmation`, { code: codeOf(secret) });

  const late = await begin();
  open.shop.clock.advance(9 * 60_000);
  expect((await owner.get(page)).text).toContain('<svg ');
  open.shop.clock.advance(60_000);
  const refused = await confirm(late);
  expect([refused.status, refused.location]).toEqual([303, '/admin/account']);
  expect((await owner.get('/admin/account')).text).toContain('took longer than ten minutes');

  const old = await begin();
  open.shop.clock.advance(2 * 24 * 3_600_000);
  const shown = await owner.get(page);
  expect([shown.location, shown.text]).toEqual([
    '/admin/account',
    expect.not.stringContaining(old),
  ]);

  const left = await begin();
  await owner.get('/admin/account'); // where "Leave it" leads
  expect((await owner.get(page)).location).toBe('/admin/account');
  expect((await confirm(left)).location).toBe('/admin/account');
  const stored = JSON.stringify(await open.shop.app.db('web_sessions'));
  for (const secret of [late, old, left]) expect(stored).not.toContain(secret);
  expect((await open.visitor().signIn('maria', PASSWORD)).location).toBe('/admin');
  await switchOn(owner);
});

test('before the second step there is no session: no page opens, and nothing can be changed', async () => {
  const owner = await open.signedIn('owner', 'maria');
  await switchOn(owner);
  const visitor = await halfWay('maria');
  expect((await visitor.get('/admin')).status).toBe(303);
  expect((await visitor.get('/admin/api/user-traffic')).status).toBe(401);
  expect((await visitor.post('/admin/batches', { plan: 'P5', count: '1' })).status).toBe(401);
  expect((await visitor.post('/admin/account/second-step/removal', { present: PASSWORD })).status).toBe(401); // prettier-ignore
  open.shop.clock.advance(11 * 60_000);
  expect((await visitor.get('/admin/second-step')).location).toBe('/admin/sign-in');
});

test('a code is good once, and so are codes one step off', async () => {
  const owner = await open.signedIn('owner', 'maria');
  const { secret } = await switchOn(owner);
  open.shop.clock.advance(60_000);
  const early = codeOf(secret, -1);
  expect((await pass(await halfWay('maria'), codeOf(secret, -2))).status).toBe(401);
  expect((await pass(await halfWay('maria'), early)).status).toBe(303);
  expect((await pass(await halfWay('maria'), early)).status).toBe(401); // seen over a shoulder
  expect((await pass(await halfWay('maria'), codeOf(secret, 1))).status).toBe(303);
  expect((await pass(await halfWay('maria'), codeOf(secret, 0))).status).toBe(401); // an earlier one
  open.shop.clock.advance(60_000);
  const two = await Promise.all([halfWay('maria'), halfWay('maria')]);
  const statuses = await Promise.all(two.map((one) => pass(one, codeOf(secret))));
  expect(statuses.map(({ status }) => status).toSorted()).toEqual([303, 401]);
});

test('guessing codes locks the door, and the right password does not open it again', async () => {
  const owner = await open.signedIn('owner', 'maria');
  const { secret } = await switchOn(owner);
  const visitor = await halfWay('maria');
  const statuses: number[] = [];
  for (let guess = 0; guess < 6; guess += 1) statuses.push((await pass(visitor, '123456')).status);
  expect(statuses).toEqual([401, 401, 401, 401, 401, 429]);
  const again = open.visitor();
  expect((await again.signIn('maria', PASSWORD)).status).toBe(429);
  open.shop.clock.advance(31_000);
  await halfWay('maria'); // forgives nothing
  expect((await pass(await halfWay('maria'), '123456')).status).toBe(401);
  expect((await pass(visitor, '123456')).headers.get('retry-after')).toBe('60');
  open.shop.clock.advance(61_000);
  expect((await pass(await halfWay('maria'), codeOf(secret))).status).toBe(303);
});

test('a recovery code is good once, in any spelling; new ones make the old ones worthless', async () => {
  const owner = await open.signedIn('owner', 'maria');
  const { recovery } = await switchOn(owner);
  const [first, second] = recovery as [string, string];
  const typed = first.toLowerCase().replaceAll('-', ' ');
  expect((await pass(await halfWay('maria'), typed)).status).toBe(303);
  expect((await pass(await halfWay('maria'), typed)).status).toBe(401);
  expect((await owner.get('/admin/account')).text).toContain('Recovery codes left: <b>9</b>');
  expect((await owner.post('/admin/account/recovery-codes', { present: 'no' })).status).toBe(422);
  expect((await owner.post('/admin/account/recovery-codes', { present: PASSWORD })).status).toBe(
    200,
  );
  expect((await pass(await halfWay('maria'), second)).status).toBe(401);
  const stored = JSON.stringify(await open.shop.app.db('recovery_codes'));
  for (const code of recovery) expect(stored).not.toContain(code.replaceAll('-', ''));
});

test('only with the password is it switched off; an owner can do it for others', async () => {
  const owner = await open.signedIn('owner', 'maria');
  const operator = await open.signedIn('operator', 'ben');
  await switchOn(operator);
  const off = '/admin/account/second-step/removal';
  expect((await operator.post(off, { present: 'no' })).status).toBe(422);
  const id = (await open.shop.app.services.accounts.list()).find(({ name }) => name === 'ben')!.id;
  expect((await operator.post(`/admin/staff/${id}/second-step-removal`, { confirmed: 'yes' })).status).toBe(403); // prettier-ignore
  expect((await owner.get('/admin/staff')).text).toContain('Turn off two-step sign-in');
  await owner.post(`/admin/staff/${id}/second-step-removal`, { confirmed: 'yes' });
  expect((await open.visitor().signIn('ben', PASSWORD)).location).toBe('/admin');
  await switchOn(operator);
  expect((await operator.post(off, { present: PASSWORD })).status).toBe(303);
  expect((await open.visitor().signIn('ben', PASSWORD)).location).toBe('/admin');
  expect(await open.shop.app.db('recovery_codes')).toEqual([]);
});

test('the secret is in no page but the one that shows it, nor in the audit', async () => {
  const owner = await open.signedIn('owner', 'maria');
  const { secret } = await switchOn(owner);
  for (const path of ['/admin/account', '/admin/staff', '/admin/audit', '/admin/log']) {
    expect((await owner.get(path)).text).not.toContain(secret);
  }
});

test.each([
  ['/admin/account/password', { password: 'another good one' }],
  ['/admin/account/recovery-codes', {}],
  ['/admin/account/second-step/removal', {}],
])(
  'the present password cannot be guessed at %s: wrong ones lock, as at the door',
  async (path, more) => {
    const owner = await open.signedIn('owner', 'maria');
    await switchOn(owner);
    const guess = (present: string) => owner.post(path, { ...more, present });
    const statuses: number[] = [];
    for (let wrong = 0; wrong < 5; wrong += 1) statuses.push((await guess('no')).status);
    expect(statuses).toEqual([422, 422, 422, 422, 422]);
    const right = await guess(PASSWORD);
    expect([right.status, right.headers.get('retry-after')]).toEqual([429, '30']);
    expect(right.text).toContain('Too many wrong passwords. Wait 30 seconds');
    expect((await open.visitor().signIn('maria', PASSWORD)).status).toBe(429);
    open.shop.clock.advance(31_000);
    expect((await guess(PASSWORD)).status).toBeLessThan(400);
  },
);
