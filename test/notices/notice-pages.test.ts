import { AdminShop, type Staff } from '../support/admin-shop';
import { Receiver } from '../support/peers/receiver';

let open: AdminShop;
let owner: Staff;
let hook: Receiver;

beforeAll(async () => {
  hook = await Receiver.start();
  open = await AdminShop.open({
    env: {
      WEBHOOK_URL: `${hook.url}/from-environment`,
      WEBHOOK_SECRET: 'very hidden word',
      QUIET_HOURS: '22:00-07:00',
    },
    profiles: [{ name: 'P5', validity: '7d', data_cap: '100MB' }],
  });
  owner = await open.signedIn('owner');
});

afterAll(async () => {
  await open.close();
  await hook.stop();
});

const PAGE = '/admin/notices';

/** The fields as the page shows them, with what somebody typed. */
async function fields(typed: Record<string, string>): Promise<Record<string, string>> {
  const { text } = await owner.get(PAGE);
  const shown = [...text.matchAll(/<input id="([A-Z_]+)"[^>]*>/g)].map(([input, name]) => {
    return [name!, /value="([^"]*)"/.exec(input)?.[1] ?? ''];
  });
  expect(shown).toHaveLength(9);
  return { ...(Object.fromEntries(shown) as Record<string, string>), ...typed };
}

test('the owner sees what is set, and no secret', async () => {
  const { text } = await owner.get(PAGE);
  expect(text).toContain('/from-environment');
  expect(text).toContain('22:00-07:00');
  expect(text).toContain('set; leave empty to keep it');
  expect(text).not.toContain('very hidden word');
});

test('what is saved goes before the environment; emptied it falls back, off switches it off', async () => {
  const settings = async () =>
    Object.fromEntries(
      (await open.shop.app.services.noticeOverview.shown()).map((one) => [one.key, one]),
    );
  const told = () => open.shop.app.stores.journal.auditOf('notices');
  const before = await told();
  const typed = { WEBHOOK_URL: `${hook.url}/own`, QUIET_HOURS: 'off', BROWN_OUT_CREDIT: '2h' };
  expect((await owner.post(PAGE, await fields(typed))).status).toBe(303);
  expect(await settings()).toMatchObject({
    WEBHOOK_URL: { value: `${hook.url}/own`, isOwn: true },
    WEBHOOK_SECRET: { isSet: true, isOwn: false, value: '' },
    QUIET_HOURS: { isSet: false },
    BROWN_OUT_CREDIT: { value: '2h' },
    MAIL_TO: { isSet: false, isOwn: false },
  });
  expect((await owner.post(`${PAGE}/webhook/test`)).status).toBe(303);
  expect(hook.taken.at(-1)!.path).toBe('/own');
  expect(hook.taken.at(-1)!.headers['x-pisonet-event']).toBe('test');
  await owner.post(PAGE, await fields({ WEBHOOK_URL: '', QUIET_HOURS: '' }));
  expect(await settings()).toMatchObject({
    WEBHOOK_URL: { value: `${hook.url}/from-environment`, isOwn: false },
    QUIET_HOURS: { value: '22:00-07:00', isOwn: false },
  });
  const since = (await told()).length - before.length;
  expect(since).toBe(2);
  expect((await told()).every(({ who }) => who === 'owner')).toBe(true);
});

test('a % of the mail server’s name or password is told to be written as %25', async () => {
  for (const server of ['smtp://50%off:pw@mail.example', 'smtp://me:100%@mail.example']) {
    const page = await owner.post(PAGE, await fields({ SMTP_URL: server, MAIL_TO: 'a@b.example' }));
    expect(page.status).toBe(422);
    expect(page.text).toContain('write each % there as %25');
    expect(page.text).not.toContain('mail.example');
  }
  const right = { SMTP_URL: 'smtp://50%25off:pw@127.0.0.1:1', MAIL_TO: 'a@b.example' };
  expect((await owner.post(PAGE, await fields(right))).status).toBe(303);
  expect((await owner.post(`${PAGE}/mail/test`)).status).toBe(303);
  await owner.post(PAGE, await fields({ SMTP_URL: 'off', MAIL_TO: '' }));
});

test('bad values are told by their names, and change nothing', async () => {
  const before = await open.shop.app.services.noticeOverview.shown();
  const typed = { MAIL_TO: 'nobody', WEBHOOK_SECRET: 'short', BROWN_OUT_LEAST: '2m' };
  const page = await owner.post(PAGE, await fields(typed));
  expect(page.status).toBe(422);
  expect(page.text).toContain('Email, To: holds &#34;nobody&#34;, which is not an email address');
  expect(page.text).toContain('Secret: is too short');
  expect(page.text).not.toContain('value="short"');
  expect(await open.shop.app.services.noticeOverview.shown()).toEqual(before);
});

test('a test that does not arrive says why, and so does the page when something waits', async () => {
  hook.status = 404;
  await owner.post(`${PAGE}/webhook/test`);
  expect((await owner.get(PAGE)).text).toContain('It did not arrive. The webhook answered 404');
  const { notices } = open.shop.app.services;
  await notices.deliver();
  await open.shop.app.stores.journal.raise('oversold', '', 'too much', open.shop.clock.now());
  await notices.deliver();
  expect((await owner.get(PAGE)).text).toMatch(/answered 404[^<]*Failing since[^<]*1 waiting/);
  expect((await owner.post(`${PAGE}/pigeon/test`)).status).toBe(422);
  hook.status = 200;
  open.shop.clock.advance(60_000);
  await notices.deliver();
  expect((await owner.get(PAGE)).text).toContain('last sent');
});

test('customers near their limit stand on the alerts page and in the voucher’s history', async () => {
  const { phone, code } = await open.shop.online();
  phone.download(91_000_000);
  await open.shop.reconcile();
  const alerts = await owner.get('/admin/alerts');
  expect(alerts.text).toContain(`Voucher ${code} has used 90 % of its data: 91 MB of 100 MB.`);
  expect((await owner.get(`/admin/vouchers/${code}`)).text).toContain('quota reached');
});
