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
