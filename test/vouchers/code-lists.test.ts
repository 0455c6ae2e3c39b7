import { AdminShop, type Staff } from '../support/admin-shop';

/** Lists of codes that come in by the page, our own export among them. */

let open: AdminShop;
let owner: Staff;

beforeEach(async () => {
  open = await AdminShop.open();
  owner = await open.signedIn('owner', 'maria');
});

afterEach(() => open.close());

const send = (codes: string) => owner.post('/admin/batches/import', { codes });

/** A shop that has taken nothing over yet. */
async function moveToFreshShop(): Promise<void> {
  await open.close();
  open = await AdminShop.open();
  owner = await open.signedIn('owner', 'maria');
}

test('of our own export only what nobody used is taken over, and the rest is named with the reason', async () => {
  const { shop } = open;
  const unused = await shop.code();
  const { code: active } = await shop.online();
  const revoked = await shop.code();
  await shop.app.services.vouchers.revoke(revoked, 'test');
  const developer = await shop.code('P5', true);
  const csv = (await owner.get('/admin/vouchers.csv')).text;

  await moveToFreshShop();
  const taken = await send(csv);
  expect([taken.status, taken.location]).toEqual([303, '/admin/batches']);
  const page = (await owner.get('/admin/batches')).text;
  expect(page).toContain('Imported 1 code. ');
  expect(page).toMatch(new RegExp(`Skipped: [^<]*${active} \\(line \\d\\) is active`));
  expect(page).toMatch(new RegExp(`Skipped: [^<]*${revoked} \\(line \\d\\) is revoked`));
  expect(page).toMatch(new RegExp(`Skipped: [^<]*${developer} \\(line \\d\\) is a developer code`));
  const vouchers = await open.shop.app.services.vouchers.list({});
  expect(vouchers.map(({ code, status }) => [code, status])).toEqual([[unused, 'unused']]);
});

test('a list without one unused code is refused with the reasons, as is one that says both of a code', async () => {
  const used = await send('code,plan,status\nABCD2345,P5,active\nWXYZ6789,P5,\n');
  expect(used.status).toBe(422);
  expect(used.text).toMatch(/Line 2: ABCD2345 is active.*Line 3: WXYZ6789 has no status/s);
  const both = await send('code,plan,status\nABCD2345,P5,active\nabcd 2345,P5,UNUSED\n');
  expect(both.status).toBe(422);
  expect(both.text).toContain('Line 3: ABCD2345 is there twice');
  expect(await open.shop.app.services.vouchers.list({})).toEqual([]);
});

const codesNow = async () => {
  const vouchers = await open.shop.app.services.vouchers.list({});
  return vouchers.map(({ code, planName }) => `${code} ${planName}`).sort();
};

test('a line break in quotes, and the separator that Excel names in a line of its own, are read', async () => {
  const broken = 'code,plan,comment\nQNL12345,P5,"line one\nline two"\nQNM12345,P5,plain\n';
  expect((await send(broken)).status).toBe(303);
  expect((await send('sep=;\r\ncode;plan\r\nSEP12345;P5\r\n')).status).toBe(303);
  expect(await codesNow()).toEqual(['QNL12345 P5', 'QNM12345 P5', 'SEP12345 P5']);
  const wrong = await send('code,plan,comment\nABC12345,P5,"two\nlines"\nDEF12345,,x\n');
  expect(wrong.text).toContain('Line 4: the plan is missing');
  expect((await send('code,plan\nABC12345,"P5\n')).status).toBe(422);
});

test("Mikhmon's own export: the code is the name and the plan the profile; who has a password or an end is named", async () => {
  const heading = 'Username,Password,Profile,Time Limit,Data Limit,Comment\n';
  const taken = await send(
    `${heading}qk7mwx,qk7mwx,P5,,,vc-417-11.20.26-loja\nhz3rtn,hz3rtn,P5,1h,,"praca, tarde"\n` +
      'user27,3552,P5,24h,1GB,\nzz9abc,zz9abc,P5,,,2026-11-20 22:52:37\nyy8abc,yy8abc,P5,,,nov/20/2026 22:52:37\n',
  );
  expect(taken.status).toBe(303);
  expect(await codesNow()).toEqual(['HZ3RTN P5', 'QK7MWX P5']);
  const page = (await owner.get('/admin/batches')).text;
  expect(page).toMatch(/USER27 \(line 4\) has a password of its own/);
  expect(page).toMatch(/ZZ9ABC \(line 5\) is in use already: it ends 2026-11-20 22:52:37/);
  expect(page).toContain('YY8ABC (line 6)');
  const semicolons = `\uFEFF${heading.replaceAll(',', ';')}zt5hnb;zt5hnb;P5;;;a, b\r\n`;
  expect((await send(semicolons)).status).toBe(303);
  expect(await codesNow()).toContain('ZT5HNB P5');
});

test.each([
  'username,password,vouchergroup,validity\nZk2pQ8,9tR4m2,Guests,14400\n',
  'Code,Created,Duration,Notes,Status\n12345-67890,2026-11-01,8 hours,desk,VALID_ONE\n',
])('a list of another program is refused by its columns: %s', async (list) => {
  const { status, text } = await send(list);
  expect(status).toBe(422);
  expect(text).toContain('needs two columns, code and plan');
  expect(text).toContain(list.split('\n')[0]!.split(',').join(', '));
  expect(text).not.toContain('There is no plan');
});

test('codes so short that anybody guesses them are refused, row by row', async () => {
  const short = await send('code,plan\n1,P5\n22222,P5\n2,P5\n');
  expect(short.status).toBe(422);
  expect(short.text).toMatch(/Line 2: &#34;1&#34; is too short.*Line 4: &#34;2&#34; is too short/s);
  expect(short.text).not.toContain('Line 3:');
  expect(await open.shop.app.services.vouchers.list({})).toEqual([]);
});

test('as many codes as are promised come out and in again; no other form may be that long', async () => {
  await open.shop.app.services.batches.generate(
    { plan: 'P5', count: 10_000, prefix: 'PISONET8', length: 24 },
    'test',
  );
  const csv = (await owner.get('/admin/vouchers.csv')).text;
  expect(csv.length).toBeGreaterThan(850_000);
  await moveToFreshShop();
  expect((await send(csv)).status).toBe(303);
  expect((await owner.get('/admin/batches')).text).toContain('Imported 10000 codes.');
  expect(await open.shop.app.stores.vouchers.countByStatus()).toEqual({ unused: 10_000 });

  expect((await owner.post('/admin/vouchers/deletions', { code: csv })).status).toBe(413);
  const stranger = await open.visitor().post('/admin/batches/import', { codes: csv });
  expect(stranger.status).toBe(413);
  const tooLong = await send(csv.repeat(5));
  expect(tooLong.status).toBe(422);
  expect(tooLong.text).toContain('at most 10,000 codes at once');
});
