import { AdminShop } from '../../support/admin-shop';

jest.setTimeout(20_000);

let open: AdminShop;

beforeEach(async () => {
  open = await AdminShop.open();
  open.shop.simulator.run([
    ...['/ip/firewall/filter/add', '=chain=forward', '=action=fasttrack-connection'],
  ]);
});
afterEach(() => open.close());

const fastTracked = () =>
  open.shop.simulator
    .rows('/ip/firewall/filter')
    .filter((row) => row.action === 'fasttrack-connection' && row.disabled !== 'true').length;

/** The hidden name of what the button beside a finding mends. */
function repairOf(html: string): string {
  const found = /name="finding" value="(fasttrack [^"]+)"/.exec(html)?.[1];
  if (!found) throw new Error('there is no button to mend it');
  return found.replaceAll('&#34;', '"').replaceAll('&#39;', "'").replaceAll('&amp;', '&');
}

test('the doctor’s report is on the page; its owner mends by a button, after being asked', async () => {
  const owner = await open.signedIn('owner');
  const page = await owner.get('/admin/router');
  expect(page.text).toMatch(/Loses money: [^<]*FastTrack/i);
  expect(page.text).toContain('How to fix:');
  // One who never ran the set-up is not sent to WinBox for each of them.
  expect(page.text).toContain('“Set up” fixes most of what is listed below');
  expect(page.text).toMatch(/Its clock<\/dt>\s*<dd>[^<]*\d\d:\d\d:\d\d \(UTC\), matches</);
  expect(page.text).toContain('<dt>Internet line</dt><dd>Not monitored. ');
  expect(page.text).toContain('<dt>Rights of this program</dt><dd>OK</dd>');
  const finding = repairOf(page.text);

  const asked = await owner.post('/admin/router/repair', { finding });
  expect(asked.status).toBe(200);
  expect(asked.text).toContain('Fix it');
  expect(fastTracked()).toBe(1); // nothing before the answer

  const done = await owner.post('/admin/router/repair', { finding, confirmed: 'yes' });
  expect(done).toMatchObject({ status: 303, location: '/admin/router' });
  expect(fastTracked()).toBe(0);
  const after = await owner.get('/admin/router');
  expect(after.text).toContain('Fixed: ');
  expect(after.text).not.toMatch(/Loses money: [^<]*FastTrack/i);
  const audit = await open.shop.app.stores.journal.auditOf('fasttrack');
  expect(audit).toMatchObject([{ who: 'owner', what: 'router repaired' }]);
});

test('an operator reads the report without buttons; what is mended already is said to be', async () => {
  const owner = await open.signedIn('owner');
  const finding = repairOf((await owner.get('/admin/router')).text);
  const operator = await open.signedIn('operator');
  const page = await operator.get('/admin/router');
  expect(page.text).toMatch(/Loses money: [^<]*FastTrack/i);
  expect(page.text).not.toContain('name="finding"');
  expect(page.text).not.toContain('“Set up”');
  const refused = await operator.post('/admin/router/repair', { finding, confirmed: 'yes' });
  expect(refused.status).toBe(403);
  expect(fastTracked()).toBe(1);

  const [rule] = open.shop.simulator.rows('/ip/firewall/filter');
  open.shop.simulator.run(['/ip/firewall/filter/remove', `=numbers=${rule!['.id']}`]);
  const late = await owner.post('/admin/router/repair', { finding, confirmed: 'yes' });
  expect(late.status).toBe(422);
});

test('the owner downloads a report of the router, which tells nothing of the shop; others cannot', async () => {
  const { simulator } = open.shop;
  const words = ['/ip/hotspot/user/add', '=name=KQ7XW2PM', '=comment=owes Lola'];
  simulator.run(words);
  const owner = await open.signedIn('owner');
  expect((await owner.get('/admin/advanced')).text).toContain('Download the report');
  simulator.log.clear();
  const [file, again] = await Promise.all([
    owner.post('/admin/router/report', {}),
    owner.post('/admin/router/report', {}),
  ]);
  expect(file.status).toBe(200);
  expect(file.headers.get('content-disposition')).toMatch(
    /attachment; filename="?router-report-\d{4}-\d\d-\d\d\.json/,
  );
  expect(JSON.parse(file.text)).toMatchObject({ format: 1, ended: null });
  expect(again.text).toBe(file.text);
  for (const secret of ['KQ7XW2PM', 'owes Lola']) expect(file.text).not.toContain(secret);
  expect(simulator.log.writes).toEqual([]);

  const operator = await open.signedIn('operator');
  expect((await operator.get('/admin/advanced')).text).not.toContain('Download the report');
  expect((await operator.post('/admin/router/report', {})).status).toBe(403);
});

test('a finding names codes to those who sell them, and to no viewer', async () => {
  const code = await open.shop.code();
  open.shop.simulator.run(['/ip/hotspot/user/add', `=name=${code}`, '=password=x']);
  const [owner, viewer] = [await open.signedIn('owner'), await open.signedIn('viewer')];
  expect((await owner.get('/admin/router')).text).toContain(code);
  const page = await viewer.get('/admin/router');
  expect(page.text).toContain('have the names of our codes');
  expect(page.text).not.toContain(code);
});
