import type { Mac } from '../../src/domain/units';
import { AdminShop, type Staff } from '../support/admin-shop';

/** What the owner does in the admin, and what becomes of it in the books and on the router. */

let open: AdminShop;
let owner: Staff;

async function start(options: Parameters<typeof AdminShop.open>[0] = {}): Promise<void> {
  open = await AdminShop.open(options);
  owner = await open.signedIn('owner', 'maria');
}

afterEach(() => open.close());

test('vouchers are made, found, extended, revoked, and the history tells who did it', async () => {
  await start();
  const made = await owner.post('/admin/batches', { plan: 'P5', count: '20', note: 'Saturday' });
  expect(made.status).toBe(303);
  const batch = await owner.get(made.location!);
  expect(batch.text).toContain('Created 20 P5 vouchers.');
  const codes = [...batch.text.matchAll(/<code>(\w+)<\/code>/g)].map((match) => match[1]!);
  expect(codes).toHaveLength(20);

  const [first, second, third] = codes as [string, string, string];
  expect((await owner.get(`/admin/vouchers?q=${first.toLowerCase()}`)).text).toContain(first);
  expect((await owner.get('/admin/vouchers?q=saturday')).text).toContain('20 vouchers');
  expect((await owner.get('/admin/vouchers?status=active')).text).toContain('No voucher matches');

  await owner.post('/admin/vouchers/extensions', { code: first, by: '30m' });
  expect((await open.shop.voucher(first)).terms.validitySeconds).toBe(5400);

  const asked = await owner.post('/admin/vouchers/revocations', [['code', first], ['code', second]]); // prettier-ignore
  expect(asked.text).toContain('End 2 vouchers?');
  expect((await open.shop.voucher(first)).status).toBe('unused');
  await owner.post('/admin/vouchers/revocations', [['code', first], ['code', second], ['confirmed', 'yes']]); // prettier-ignore
  expect((await open.shop.voucher(second)).status).toBe('revoked');
  const page = await owner.get(`/admin/vouchers/${first}`);
  expect(page.text).toMatch(/vouchers generated.*voucher extended.*voucher ended by staff/s);
  expect(page.text).toContain('by maria');

  const used = await open.shop.online();
  const deleted = await owner.post('/admin/vouchers/deletions', [
    ['code', third],
    ['code', used.code],
    ['confirmed', 'yes'],
  ]);
  expect(deleted.status).toBe(303);
  await expect(open.shop.voucher(third)).rejects.toThrow('There is no voucher');
  expect((await open.shop.voucher(used.code)).status).toBe('active');
});

test('a limit or a block that cannot be is told above its form, with what was typed still there', async () => {
  await start();
  const { phone } = await open.shop.online();
  const before = open.shop.simulator.queueOf(phone.mac)!.maxLimit;
  const wrongs: [Record<string, string>, string][] = [
    [{ down: 'abc' }, 'Download: '],
    [{ mac: 'phone' }, 'phone'],
    [{ until: '2020-01-01T10:00' }, 'is already past'],
    [{ plan: 'NONE', up: '', down: '' }, 'NONE'],
    [{ plan: 'P5' }, 'speed or type your own'],
  ];
  for (const [wrong, words] of wrongs) {
    const form = { mac: phone.mac, up: '256K', down: '512K', until: '2h', plan: '', ...wrong };
    const page = await owner.post('/admin/bandwidth/limits', form);
    expect(page.status).toBeGreaterThanOrEqual(400);
    expect(page.text).toMatch(new RegExp(`id="limit"[\\s\\S]*role="alert">[^<]*${words}`));
    expect(page.text).toMatch(/The limit was not set:[^]*id="online"/);
    for (const value of [form.mac, form.up, form.down, form.until]) {
      expect(page.text).toContain(`value="${value}"`);
    }
  }
  const page = await owner.post('/admin/bandwidth/blocks', { mac: 'nobody', reason: 'loud <b>' });
  expect(page.text).toMatch(/id="blocked"[\s\S]*role="alert"/);
  expect(page.text).toContain('value="loud &lt;b&gt;"');
  expect(open.shop.simulator.queueOf(phone.mac)!.maxLimit).toEqual(before);
});

test('a phone is shown by the name it gave itself, as text', async () => {
  await start();
  const { shop } = open;
  const name = `<b>Ana</b> ${'x'.repeat(60)}`;
  const phone = shop.simulator.addDevice({ mac: '02:00:00:00:01:01', address: '10.5.50.77', hostName: name }); // prettier-ignore
  await shop.redeem(phone, await shop.code());
  const { text } = await owner.get('/admin/bandwidth');
  expect(text).toContain('&lt;b&gt;Ana&lt;/b&gt; xxx');
  expect(text).not.toContain('x'.repeat(40));
});

test('a limit reaches the router’s queue before the page answers, and goes the same way', async () => {
  await start();
  const { phone } = await open.shop.online();
  expect((await owner.get('/admin/bandwidth')).text).toContain(phone.mac);
  const form = { mac: phone.mac, up: '256K', down: '512K', until: '2h' };
  expect((await owner.post('/admin/bandwidth/limits', form)).status).toBe(303);
  const limit = () => open.shop.simulator.queueOf(phone.mac)!.maxLimit;
  expect(limit()).toEqual({ up: 256_000, down: 512_000 });
  expect((await owner.get('/admin/bandwidth')).text).toContain('manual limit');
  await owner.post(`/admin/bandwidth/${phone.mac}/limit-removal`);
  expect(limit()).toEqual({ up: 1_000_000, down: 2_000_000 });

  const asked = await owner.post(`/admin/bandwidth/${phone.mac}/kick`);
  expect(asked.text).toContain(`Log out ${phone.mac}?`);
  expect(phone.online).toBe(true);
  await owner.post(`/admin/bandwidth/${phone.mac}/kick`, { confirmed: 'yes' });
  expect(phone.online).toBe(false);
  expect((await owner.get('/admin/bandwidth')).text).toContain('Nobody is online');
});

test('a limit of a device that is not there is listed, with until when and by whom, and removed', async () => {
  await start();
  const { shop } = open;
  const gone = await shop.online();
  const name = '<i>Ben</i>';
  const ben = shop.simulator.addDevice({ mac: '02:00:00:00:01:02', address: '10.5.50.78', hostName: name }); // prettier-ignore
  expect((await owner.get('/admin/bandwidth')).text).toContain('No limit is set by hand.');
  await owner.post('/admin/bandwidth/limits', { mac: gone.phone.mac, up: '64K', down: '64K', until: '2h' }); // prettier-ignore
  expect((await owner.get('/admin/bandwidth')).text).toMatch(/class="slowed">manual limit</);
  const sheet = (await owner.get(`/admin/bandwidth/${gone.phone.mac}`)).text;
  expect(sheet).toContain('manual limit until 2026-11-21 18:00');
  gone.phone.leave();
  shop.clock.advance(10 * 60_000);
  await shop.reconcile();
  const strange = '02:00:00:00:99:99';
  const set = async (mac: string) => {
    await owner.post('/admin/bandwidth/limits', { mac, up: '64K', down: '128K', until: '' });
    return (await owner.get('/admin/bandwidth')).text;
  };
  expect(await set(ben.mac)).not.toContain('was seen here yet');
  const page = await set(strange);
  expect(page).toContain('This device was not seen here yet: check its address.');
  expect(page).toContain('Nobody is online');
  const list = /id="limits"[\s\S]*?<\/section>/.exec(page)![0].replaceAll('\u00a0', ' ');
  expect(list).toContain(strange);
  expect(list).toMatch(/&lt;i&gt;Ben[\s\S]*02:00:00:00:01:02[\s\S]*↑ 64K ↓ 128K[\s\S]*it is removed[\s\S]*by maria/); // prettier-ignore
  expect(list).toContain('2026-11-21 18:00');

  expect((await owner.post(`/admin/bandwidth/${strange}/limit-removal`)).status).toBe(303);
  shop.clock.advance(2 * 3_600_000); // that of the device that left is over
  const after = (await owner.get('/admin/bandwidth')).text;
  expect(/id="limits"[\s\S]*?<\/section>/.exec(after)![0].match(/limit-removal/g)).toHaveLength(1);
  const viewer = await open.signedIn('viewer');
  const seen = (await viewer.get('/admin/bandwidth')).text;
  expect([seen.includes(ben.mac), seen.includes('limit-removal')]).toEqual([true, false]);
});

test('the audit tells what was before and after', async () => {
  await start({ profiles: [{ name: 'P5' }, { name: 'P10' }, { name: 'P20' }] });
  const { shop } = open;
  const mac = '02:00:00:00:00:31';
  const limit = { mac, up: '64K', down: '128K', until: '' };
  await owner.post('/admin/bandwidth/limits', limit);
  await owner.post('/admin/bandwidth/limits', { ...limit, up: '256K', until: '2h' });
  await owner.post(`/admin/bandwidth/${mac}/limit-removal`);
  await shop.app.services.blocks.block(mac as Mac, 'loud', 'ana');
  await owner.post(`/admin/bandwidth/${mac}/unblocking`);
  await owner.post('/admin/plans/P20/place', { way: 'up' });
  await owner.post('/admin/plans/P5/place', { way: 'up' }); // the first already
  await owner.post('/admin/plans/P10/visibility', { public: 'no' });

  const { text } = await owner.get('/admin/audit?q=maria');
  const told = [...text.matchAll(/<b>(.*?)<\/b> (.*?) <small>by maria · (.*?)<\/small>/g)].map(
    ([, what, subject, detail]) => [what, subject, detail!.replaceAll('\u00a0', ' ')],
  );
  expect(told.reverse()).toEqual([
    ['signed in', 'maria', 'address: 127.0.0.1'],
    ['limit set', mac, 'speed: ↑ 64K ↓ 128K'],
    ['limit set', mac, 'speed: ↑ 64K ↓ 128K → ↑ 256K ↓ 128K, until: none → 2026-11-21 18:00'],
    ['limit removed', mac, 'was speed: ↑ 256K ↓ 128K, was until: 2026-11-21 18:00'],
    ['device unblocked', mac, 'was reason: loud, was by: ana, was at: 2026-11-21 16:00'],
    ['plan moved', 'P20', 'place: 3 → 2'],
    ['plan changed', 'P10', 'public: yes → no'],
  ]);
});

test('a limit until a time of day that is over for today holds until that of tomorrow', async () => {
  await start({ env: { TIMEZONE: 'Asia/Manila' } });
  open.shop.clock.set('2027-01-05T12:00:00Z'); // 20:00 there
  const { phone } = await open.shop.online();
  const form = { mac: phone.mac, up: '256K', down: '512K', until: '18:00' };
  expect((await owner.post('/admin/bandwidth/limits', form)).status).toBe(303);
  const told = (await owner.get('/admin/bandwidth')).text.replaceAll('\u00a0', ' ');
  expect(told).toContain('is limited to ↑ 256K ↓ 512K until 2027-01-06 18:00.');
  const [limit] = await open.shop.app.stores.sessions.limits();
  expect(limit!.until).toEqual(new Date('2027-01-06T10:00:00Z'));
});

test('the JSON faces are exactly as programs were written against', async () => {
  await start();
  const { phone, code } = await open.shop.online();
  phone.upload(15_234_567);
  const traffic = await owner.get('/admin/api/user-traffic');
  expect(JSON.parse(traffic.text)).toEqual({
    success: true,
    users: [
      {
        user: code,
        mac: phone.mac,
        bytes_in_formatted: '15.2 MB',
        bytes_out_formatted: '0 B',
        rate_in: '0',
        rate_out: '0',
        max_limit: '1M/2M',
      },
    ],
  });
  const { mac } = phone;
  const set = await owner.postJson('/admin/api/set-bandwidth', {
    mac,
    upload: '1M',
    download: '3M',
  });
  expect([set.status, JSON.parse(set.text)]).toEqual([
    200,
    expect.objectContaining({ success: true }),
  ]);
  expect(open.shop.simulator.queueOf(mac)!.maxLimit).toEqual({ up: 1_000_000, down: 3_000_000 });
  const wrong = await owner.postJson('/admin/api/set-bandwidth', {
    mac,
    upload: '0',
    download: '3M',
  });
  expect([wrong.status, JSON.parse(wrong.text)]).toEqual([
    422,
    { success: false, message: expect.stringContaining('rate') },
  ]);
  expect((await owner.postJson('/admin/api/remove-bandwidth', { mac })).status).toBe(200);
  expect(open.shop.simulator.queueOf(mac)!.maxLimit).toEqual({ up: 1_000_000, down: 2_000_000 });
  expect((await owner.postJson('/admin/api/remove-bandwidth', { mac })).status).toBe(404);
  const stranger = await open.visitor().postJson('/admin/api/remove-bandwidth', { mac });
  expect([stranger.status, JSON.parse(stranger.text)]).toMatchObject([401, { success: false }]);
});

test('a router that is away is said so; what was ordered is kept', async () => {
  await start();
  const { phone } = await open.shop.online();
  open.shop.simulator.faults.refuseConnections = 'accept-then-close';
  open.shop.simulator.dropConnections('rst');
  const form = { mac: phone.mac, up: '256K', down: '512K', until: '' };
  expect((await owner.post('/admin/bandwidth/limits', form)).status).toBe(303);
  const page = await owner.get('/admin/bandwidth');
  expect(page.text).toContain('It takes effect when the router is back');
  const words = 'The router does not answer. Customers who are online stay online. New ones';
  expect((await owner.get('/admin')).text).toContain(words);
  await open.shop.reconcile().catch(() => undefined);
  const alerts = await owner.get('/admin/alerts');
  expect(alerts.text).toMatch(new RegExp(`${words}.* Details: .*\\w\\. <small>since`));
  open.shop.simulator.faults.refuseConnections = 'none';
  await open.shop.reconcile();
  expect(open.shop.simulator.queueOf(phone.mac)!.maxLimit).toEqual({ up: 256_000, down: 512_000 });
});

test('a plan is added with errors at the field, edited without touching vouchers, and archived', async () => {
  await start();
  const plan = { name: 'NIGHT', price: '10', rate_up: '1M', rate_down: '4M', validity: '8h' };
  const wrong = await owner.post('/admin/plans', {
    ...plan,
    rate_up: 'fast',
    fup_threshold: '1GB',
  });
  expect(wrong.status).toBe(422);
  expect(wrong.text).toMatch(/id="rate_up-hint">[^<]*is not a speed/);
  expect(wrong.text).toContain('value="fast"');

  expect((await owner.post('/admin/plans', plan)).status).toBe(303);
  const code = await open.shop.code('NIGHT');
  await owner.post('/admin/plans/NIGHT', { ...plan, price: '12', public: 'no' });
  const plans = await open.shop.app.services.plans.list();
  expect(plans.find(({ name }) => name === 'NIGHT')).toMatchObject({
    version: 2,
    public: false,
    terms: { price: { amount: 1200 } },
  });
  expect((await open.shop.voucher(code)).terms.price.amount).toBe(1000);
  expect((await owner.post('/admin/plans', { ...plan, name: 'night' })).status).toBe(422);

  await owner.post('/admin/plans/NIGHT/place', { way: 'up' });
  const order = async () => (await open.shop.app.services.plans.list()).map(({ name }) => name);
  expect(await order()).toEqual(['NIGHT', 'P5']);
  await owner.post('/admin/plans/NIGHT/archiving', { confirmed: 'yes' });
  expect((await owner.post('/admin/batches', { plan: 'NIGHT', count: '1' })).status).toBe(422);
  const exported: unknown = JSON.parse((await owner.get('/admin/plans/export.json')).text);
  expect(exported).toContainEqual(expect.objectContaining({ name: 'NIGHT', status: 'archived' }));
});

test('the form of a plan takes prices, speeds and times as pages write them', async () => {
  await start();
  const asShown = { name: 'DAY', price: '₱25', rate_up: '512 Kbps', rate_down: '2 Mbps' };
  const more = { validity: '1 day 12 hours', fup_threshold: '3 GB', fup_rate_down: '1 Mbps' };
  expect((await owner.post('/admin/plans', { ...asShown, ...more })).status).toBe(303);
  expect((await open.shop.app.services.plans.find('DAY')).terms).toMatchObject({
    price: { amount: 2500 },
    rate: { up: 512_000, down: 2_000_000 },
    validitySeconds: 129_600,
    fairUseRate: { up: 512_000, down: 1_000_000 },
  });
});

test('a plan is taken off sale and off the price list, each undone with one button', async () => {
  await start();
  const plan = async () => (await open.shop.app.services.plans.list())[0]!;
  const soldAs = async () =>
    (await owner.post('/admin/batches', { plan: 'P5', count: '1' })).status;

  await owner.post('/admin/plans/P5/off-sale');
  expect([(await plan()).status, await soldAs()]).toEqual(['inactive', 422]);
  await owner.post('/admin/plans/P5/off-sale');
  const off = await owner.pressUndo('/admin/plans');
  expect(off.text).toContain('P5 is not sold now. Vouchers made before still work.');
  expect([(await plan()).status, await soldAs()]).toEqual(['active', 303]);
  await owner.get('/admin/plans');

  await owner.post('/admin/plans/P5/visibility', { public: 'no' });
  const hidden = await owner.pressUndo('/admin/plans');
  const said = 'Customers do not see P5 on the price list now. Staff can still sell it.';
  expect(hidden.text).toContain(said);
  expect((await plan()).public).toBe(true);
});

test('the form of a plan shows what happens at its data limit, also where nobody chose', async () => {
  await start({ profiles: [{ name: 'P5' }] });
  const sold = { price: '5', rate_up: '1M', rate_down: '4M' };
  const chosen = async (name: string) => {
    const { text } = await owner.get(`/admin/plans/${name}`);
    const [, options] = /<select id="throttle_policy"[^>]*>([^]*?)<\/select>/.exec(text)!;
    return /value="(\w*)"\s+selected/.exec(options!)?.[1];
  };
  await owner.post('/admin/plans', { ...sold, name: 'CAPPED', data_cap: '1GB' });
  const slower = { throttle_rate_up: '256K', throttle_rate_down: '512K' };
  await owner.post('/admin/plans', { ...sold, name: 'SLOWED', data_cap: '1GB', ...slower });
  expect([await chosen('P5'), await chosen('CAPPED'), await chosen('SLOWED')]).toEqual([
    undefined,
    'block',
    'throttle',
  ]);
});

test('reports agree with the vouchers; a sale taken back is a row of its own', async () => {
  await start({ profiles: [{ name: 'P5' }, { name: 'P20', price: '20.50' }] });
  await open.shop.online('P5');
  const { code } = await open.shop.online('P20');
  await open.shop.code('P20'); // made, not sold
  const undo = (fields: Record<string, string>, of = code) =>
    owner.post(`/admin/vouchers/${of}/refund`, fields);
  const asked = await undo({ reason: ' ' });
  expect(asked.text).toContain(`Refund ₱20.50 for ${code}?`);
  expect(asked.text).toContain('value="Paid twice"');
  expect((await owner.get('/admin/reports')).text).toContain('₱25.50');
  for (const one of [await open.shop.code(), code]) await undo({ reason: 'Paid twice' }, one);
  await undo({ reason: 'again' });
  expect((await owner.get('/admin/plans')).text.match(/There is nothing to refund/g)).toHaveLength(
    2,
  );
  const report = await owner.get('/admin/reports');
  expect(report.text).toMatch(/class="amount">₱5\.00/);
  expect((await owner.get('/admin')).text).toMatch(
    /class="amount">₱5\.00<\/p>\s*<p class="note">\s*2 sold, 1 refunded/,
  );
  const csv = await owner.get('/admin/reports.csv');
  expect(csv.text.trim().split('\n').at(-1)).toBe('2026-11-21,2,1,5,PHP');
});

test('sums below zero stay numbers in CSV, and one button exports them all', async () => {
  await start({
    profiles: [
      { name: '=P5', price: '5.50' },
      { name: 'P20', price: '20' },
    ],
  });
  const { code } = await open.shop.online('=P5');
  open.shop.clock.advance(24 * 3_600_000);
  await open.shop.online('P20');
  open.shop.clock.advance(24 * 3_600_000);
  const undo = { reason: 'paid twice' };
  expect((await owner.post(`/admin/vouchers/${code}/refund`, undo)).status).toBe(303);
  const linesOf = async (path: string) =>
    (await owner.get(path)).text.replace('\uFEFF', '').trim().split('\n');

  const days = 'from=2026-11-22&to=2026-11-23';
  expect(await linesOf(`/admin/reports.csv?${days}`)).toEqual([
    'day,sold,voided,amount,currency',
    '2026-11-22,1,0,20,PHP',
    '2026-11-23,0,1,-5.50,PHP',
  ]);
  expect(await linesOf(`/admin/reports.csv?${days}&by=plan`)).toEqual([
    'plan,sold,voided,amount,currency',
    'P20,1,0,20,PHP',
    "'=P5,0,1,-5.50,PHP",
  ]);
  expect(await linesOf(`/admin/reports.csv?${days}&by=seller`)).toEqual([
    'seller,sold,voided,amount,currency',
    'test,1,1,14.50,PHP',
  ]);
  const page = await owner.get(`/admin/reports?${days}`);
  const form = /action="\/admin\/reports\.csv"[^]*?<\/form>/.exec(page.text)![0];
  const values = [...form.matchAll(/value="([^"]*)"/g)].map(([, value]) => value);
  expect(values).toEqual(['2026-11-22', '2026-11-23', 'seller', 'plan', 'day']);
});

test('a day ends at midnight of the shop', async () => {
  await start({ env: { TIMEZONE: 'Asia/Kathmandu' } }); // a quarter of an hour off the hours of UTC
  open.shop.clock.set('2026-11-21T18:14:00Z'); // 23:59 there
  await open.shop.online();
  open.shop.clock.set('2026-11-21T18:16:00Z');
  await open.shop.online();
  const { text } = await owner.get('/admin/reports.csv?from=2026-11-01&to=2026-11-30');
  expect(text).toMatch(/^2026-11-21,1,0,5,PHP$/m);
  expect(text).toMatch(/^2026-11-22,1,0,5,PHP$/m);
});

test('usage is told by device, voucher and plan', async () => {
  await start();
  const { phone, code } = await open.shop.online();
  phone.download('3MB'.replace('B', ''));
  await open.shop.reconcile();
  for (const [by, name] of [
    ['device', phone.mac],
    ['voucher', code],
    ['plan', 'P5'],
  ]) {
    // prettier-ignore
    const { text } = await owner.get(`/admin/usage?by=${by}`);
    expect(text).toContain(name);
    expect(text).toContain('3 MB');
  }
  expect((await owner.get(`/admin/usage/${phone.mac}`)).text).toContain('3 MB');
  expect((await owner.get('/admin/usage.csv?by=plan')).text).toContain('P5,0,3000000');
});

test('markup in names, notes and codes is shown as text, and formulas are harmless in CSV', async () => {
  const markup = '<script>alert(1)</script>';
  await start({ profiles: [{ name: 'P5' }, { name: '=cmd|A1' }] });
  await owner.post('/admin/batches', { plan: 'P5', count: '1', note: markup });
  await owner.post('/admin/plans', {
    name: `"><img src=x>`,
    price: '1',
    rate_up: '1M',
    rate_down: '1M',
  });
  const { phone } = await open.shop.online('=cmd|A1');
  await open.shop.app.stores.journal.raise(
    'name taken',
    markup,
    `it is ${markup}`,
    open.shop.clock.now(),
  );
  for (const path of [
    '',
    '/batches',
    '/batches/1',
    '/plans',
    '/batches/new',
    '/alerts',
    '/audit',
    `/vouchers?q=${encodeURIComponent(markup)}`,
    `/audit?q=${encodeURIComponent(markup)}`,
    `/plans/${encodeURIComponent('"><img src=x>')}`,
    `/bandwidth?mac=${encodeURIComponent(`"${markup}`)}`,
    `/usage/${phone.mac}`,
    `/first-run?token=${encodeURIComponent(`"${markup}`)}`,
    `/sign-in?next=${encodeURIComponent(`"${markup}`)}`,
    `/no-such-page?${markup}`,
  ]) {
    const { text } = await owner.get(`/admin${path}`);
    expect(text).not.toContain('<script>alert');
    expect(text).not.toContain('<img src=x>');
  }
  expect((await owner.get('/admin/vouchers.csv')).text).toContain(`,'=cmd|A1,`.slice(1));
});

test('a print sheet has a QR code that leads to the portal with the code filled in', async () => {
  await start({ env: { PORTAL_URL: 'http://10.5.50.1:5000' } });
  const { location } = await owner.post('/admin/batches', { plan: 'P5', count: '3' });
  for (const format of ['a4', '58mm', '80mm']) {
    const { text } = await owner.get(`${location}/print?format=${format}`);
    expect(text.match(/<svg /g)).toHaveLength(3);
    expect(text).toContain(`class="print-${format}"`);
    expect(text).toContain('<span>₱5</span> 1 hour');
    expect(text).toContain('<li>Type the code</li>');
    expect(text).toMatch(/batch 1, 1 of 3 · maria.*batch 1, 3 of 3 · maria/s);
  }
});

test('a refused form leads back to its page, and never where only forms are taken', async () => {
  await start();
  const { code } = await open.shop.online('P5');
  const origin = open.address;
  const extend = (referer: string) =>
    owner.post('/admin/vouchers/extensions', { codes: code, by: 'soon' }, { referer });
  const link = '>Back to what you typed<';
  expect((await extend(`${origin}/admin/vouchers?q=x`)).text).toContain(
    `href="/admin/vouchers?q=x" data-back${link}`,
  );
  expect((await extend('http://evil.example/admin')).text).not.toContain(link);
  const path = `/admin/vouchers/${code}/sale-undo`;
  const refused = await owner.post(path, { confirmed: 'yes' }, { referer: origin + path });
  expect([refused.status, refused.text.includes(link)]).toEqual([403, false]);
});

test('what is sold between two parts of a batch leaves no slip unprinted', async () => {
  await start();
  const { location } = await owner.post('/admin/batches', { plan: 'P5', count: '501' });
  const printed = async (part: number) => {
    const { text } = await owner.get(`${location}/print?page=${part}`);
    return [...text.matchAll(/<p class="code">([^<]+)</g)].map(([, code]) =>
      code!.replaceAll(' ', ''),
    );
  };
  const first = await printed(1);
  expect(first).toHaveLength(500);
  await open.shop.redeem(open.shop.phone(), first[0]!);
  const second = await printed(2);
  expect(second).toHaveLength(1);
  expect(new Set([...first, ...second]).size).toBe(501);
  expect(await printed(1)).toEqual(first.slice(1));
});

test('everything since the shop opened is added up, by the month', async () => {
  await start();
  await open.shop.online('P5');
  open.shop.clock.advance(400 * 24 * 3_600_000);
  await open.shop.online('P5');
  const days = 'from=2020-01-01&to=2027-12-31';
  const { text } = await owner.get(`/admin/reports?${days}`);
  expect(text).toMatch(/\s2 sold/);
  expect(text).toContain('value="2027-12-31"');
  expect(text).toContain('<h2>By month</h2>');
  const csv = (await owner.get(`/admin/reports.csv?${days}`)).text;
  expect(csv.replace('\uFEFF', '').trim().split(/\r?\n/)).toEqual([
    'month,sold,voided,amount,currency',
    '2026-11,1,0,5,PHP',
    '2027-12,1,0,5,PHP',
  ]);
  expect((await owner.get('/admin/reports?to=2026-11-30')).text).toContain('value="2026-11-01"');
});

test('an alert is cleared by hand, with a note in the audit', async () => {
  await start();
  await open.shop.app.stores.journal.raise(
    'name taken',
    'x',
    'a name is taken',
    open.shop.clock.now(),
  );
  const id = (await open.shop.app.stores.journal.openAlerts())[0]!.id;
  await owner.post(`/admin/alerts/${id}/clearing`);
  expect(await open.shop.app.stores.journal.openAlerts()).toEqual([]);
  expect((await owner.get('/admin/audit?q=alert cleared')).text).toContain('a name is taken');
  expect((await owner.post(`/admin/alerts/${id}/clearing`)).status).toBe(404);
});

test('printed codes are taken over, all or none, and can be redeemed', async () => {
  await start();
  const send = (codes: string) => owner.post('/admin/batches/import', { codes });
  const bad = await send('code,plan\nABCD2345,P5\nno code!,P5\nABCD-2345,P5');
  expect(bad.status).toBe(422);
  expect(bad.text).toMatch(/Line 3: .*Line 4: ABCD2345 is there twice/s);
  expect((await send('ABCD2345;NOPLAN')).status).toBe(422);
  await expect(open.shop.voucher('ABCD2345')).rejects.toThrow('There is no voucher');

  const good = await send('\uFEFFplan;code\r\n"p5";abcd 2345\r\nP5;WXYZ6789\r\n\r\n');
  expect(good.status).toBe(303);
  await open.shop.redeem(open.shop.phone(), 'ABCD2345');
  expect(await open.shop.voucher('ABCD2345')).toMatchObject({ status: 'active', planName: 'P5' });
  expect((await send('code,plan\nWXYZ6789,P5')).text).toContain('Already there: WXYZ6789');
});

test('the unused vouchers of a batch are deleted at once; used ones and their sale stay', async () => {
  await start();
  const made = await owner.post('/admin/batches', { plan: 'P5', count: '5' });
  const codes = (await open.shop.app.services.vouchers.list({ batchId: 1 })).map(
    ({ code }) => code,
  );
  await open.shop.redeem(open.shop.phone(), codes[0]!);
  expect((await owner.post(`${made.location}/deletion`)).text).toContain('Delete the 4 unused');
  await owner.post(`${made.location}/deletion`, { confirmed: 'yes' });
  const left = await open.shop.app.services.vouchers.list({ batchId: 1 });
  expect(left.map(({ code }) => code)).toEqual([codes[0]]);
  expect((await owner.get('/admin/reports')).text).toContain('₱5.00');
});

test('after a router was replaced, the owner’s word lets the loop go on', async () => {
  await start();
  const { phone } = await open.shop.online();
  await open.shop.app.db('routers').update({ serial: 'THE-OLD-ONE' });
  await open.shop.breakLine();
  await open.shop.reconcile();
  expect((await owner.get('/admin/alerts')).text).toContain('Another router answers');
  const asked = await owner.post('/admin/alerts/confirmation');
  expect(asked.text).toContain('Continue with these changes?');
  await owner.post('/admin/alerts/confirmation', { confirmed: 'yes' });
  expect((await owner.get('/admin/alerts')).text).toContain('All good');
  expect(phone.online).toBe(true);
});
