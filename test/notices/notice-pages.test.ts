import fc from 'fast-check';
import {
  formatMailServer,
  parseMailServer,
  typedMailServer,
} from '../../src/domain/notices/mail-server';
import { NOTICE_KEYS } from '../../src/domain/notices/notice-rules';
import { isOneLine } from '../../src/domain/units';
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

/** As the environment has it. */
afterEach(async () => {
  const { settings } = open.shop.app.stores;
  for (const key of NOTICE_KEYS) await settings.set(`notices.${key}`, '');
});

const PAGE = '/admin/notices';

/** The fields as the page shows them, with what somebody typed; every section at once. */
async function fields(typed: Record<string, string>): Promise<Record<string, string>> {
  const { text } = await owner.get(PAGE);
  const shown = [...text.matchAll(/<(?:input|select) id="([A-Z_]+)"[^>]*>/g)].map(
    ([input, name]) => {
      return [name!, /value="([^"]*)"/.exec(input)?.[1] ?? ''];
    },
  );
  expect(shown).toHaveLength(13);
  return { ...(Object.fromEntries(shown) as Record<string, string>), ...typed };
}

const settings = async () =>
  Object.fromEntries(
    (await open.shop.app.services.noticeOverview.shown()).map((one) => [one.key, one]),
  );

test('the owner sees what is set, and no secret', async () => {
  const { text } = await owner.get(PAGE);
  expect(text).toContain('/from-environment');
  expect(text).toMatch(/name="QUIET_FROM" type="time"[^>]*value="22:00"/);
  expect(text).toMatch(/name="QUIET_TO" type="time"[^>]*value="07:00"/);
  expect(text).toContain('set; leave empty to keep it');
  expect(text).not.toContain('very hidden word');
  // What is set up is open, what is not takes one line.
  expect(text).toMatch(/id="webhook" open/);
  expect(text).toMatch(/id="telegram">/);
});

test('what is saved goes before the environment; emptied it is off', async () => {
  const told = () => open.shop.app.stores.journal.auditOf('notices');
  const before = await told();
  const typed = {
    ...{ WEBHOOK_URL: `${hook.url}/own`, BROWN_OUT_CREDIT: '2h' },
    ...{ QUIET_FROM: '', QUIET_TO: '' },
  };
  expect((await owner.post(PAGE, await fields(typed))).status).toBe(303);
  expect(await settings()).toMatchObject({
    WEBHOOK_URL: { value: `${hook.url}/own`, isOwn: true },
    WEBHOOK_SECRET: { isSet: true, isOwn: false, value: '' },
    QUIET_HOURS: { isSet: false, value: '' },
    BROWN_OUT_CREDIT: { value: '2h' },
    MAIL_TO: { isSet: false, isOwn: false },
  });
  expect((await owner.get(PAGE)).text).toMatch(/<option value="2h"\s+selected>up to 2 hours/);
  expect((await owner.post(`${PAGE}/webhook/test`)).status).toBe(303);
  expect(hook.taken.at(-1)!.path).toBe('/own');
  expect(hook.taken.at(-1)!.headers['x-pisonet-event']).toBe('test');
  await owner.post(
    PAGE,
    await fields({ BROWN_OUT_CREDIT: '', QUIET_FROM: '23:00', QUIET_TO: '06:30' }),
  );
  expect(await settings()).toMatchObject({
    QUIET_HOURS: { value: '23:00-06:30' },
    BROWN_OUT_CREDIT: { isSet: false },
  });
  const since = (await told()).length - before.length;
  expect(since).toBe(2);
  expect((await told()).every(({ who }) => who === 'owner')).toBe(true);
});

test('a section is saved alone, and a test saves what was typed for it first', async () => {
  const before = await settings();
  await owner.post(PAGE, { QUIET_FROM: '21:00', QUIET_TO: '05:00' });
  const path = `/tested-${hook.taken.length}`;
  await owner.post(`${PAGE}/webhook/test`, { WEBHOOK_URL: hook.url + path, WEBHOOK_SECRET: '' });
  expect(hook.taken.at(-1)!.path).toBe(path);
  const { WEBHOOK_URL, QUIET_HOURS, ...others } = await settings();
  expect([WEBHOOK_URL!.value, QUIET_HOURS!.value]).toEqual([hook.url + path, '21:00-05:00']);
  expect(before).toMatchObject(others);

  const wrong = await owner.post(`${PAGE}/webhook/test`, { WEBHOOK_URL: 'nowhere' });
  expect([wrong.status, hook.taken.at(-1)!.path]).toEqual([422, path]);
  expect(wrong.text).toContain('value="nowhere"');
});

test('quiet hours need both ends', async () => {
  const page = await owner.post(PAGE, { QUIET_FROM: '22:00', QUIET_TO: '' });
  expect(page.status).toBe(422);
  expect(page.text).toContain('Quiet hours: is not a range of hours');
});

describe('the mail server', () => {
  const GMAIL = { MAIL_HOST: 'smtp.mail.example', MAIL_PORT: '465', MAIL_USER: 'me@mail.example' };
  const TO = { MAIL_TO: 'a@b.example' };
  const stored = async () => (await open.shop.app.stores.settings.all())['notices.SMTP_URL'];

  test('is typed in parts, whatever the password has in it, which is never shown', async () => {
    const typed = { ...GMAIL, ...TO, MAIL_PASSWORD: 'p@ss:w/rd?50%#1' };
    expect((await owner.post(PAGE, typed)).status).toBe(303);
    expect(parseMailServer((await stored())!)).toEqual({
      ...{ host: 'smtp.mail.example', port: 465, isSecure: true },
      login: { user: 'me@mail.example', password: 'p@ss:w/rd?50%#1' },
    });
    const { text } = await owner.get(PAGE);
    expect(text).toMatch(/name="MAIL_HOST"[^>]*value="smtp.mail.example"/);
    expect(text).toMatch(/name="MAIL_USER"[^>]*value="me@mail.example"/);
    expect(text).toMatch(/name="MAIL_PASSWORD"(?![^>]*value=)[^>]*leave empty to keep it/);
    expect(text).not.toContain('w/rd');
  });

  test('keeps its password while server and name are the same, and gives it to no other', async () => {
    await owner.post(PAGE, { ...GMAIL, ...TO, MAIL_PASSWORD: 'hidden' });
    const before = await stored();
    await owner.post(PAGE, { ...GMAIL, MAIL_TO: 'c@d.example', MAIL_PASSWORD: '' });
    expect(await stored()).toBe(before);
    for (const other of [
      { MAIL_HOST: 'evil.example' },
      { MAIL_USER: 'you' },
      { MAIL_PORT: '587' },
    ]) {
      const page = await owner.post(PAGE, { ...GMAIL, ...other, MAIL_PASSWORD: '' });
      expect([page.status, await stored()]).toEqual([422, before]);
      expect(page.text).toContain('Email, Password: is missing');
    }
  });

  test('says which part is wrong, and changes nothing', async () => {
    const wrong = {
      MAIL_HOST: 'smtp://x/?path=sh',
      MAIL_PORT: '70000',
      MAIL_USER: '',
      MAIL_PASSWORD: 'x1',
    };
    const page = await owner.post(PAGE, { ...wrong, ...TO });
    expect(page.status).toBe(422);
    expect(page.text).toContain('Email, Mail server: is not a server name');
    expect(page.text).toContain('Email, Port: has to be 587 or 465, or another port number');
    expect(page.text).toContain('Email, User name: is missing');
    expect(page.text).not.toContain('x1');
    expect([await stored(), (await settings()).MAIL_TO!.isSet]).toEqual([undefined, false]);
  });

  test('of any parts is read back as it was typed', () => {
    const text = fc.string({ minLength: 1 }).filter((one) => isOneLine(one) && one.trim() === one);
    fc.assert(
      fc.property(
        fc.constantFrom('smtp.mail.example', '127.0.0.1', 'fd00::1'),
        fc.integer({ min: 1, max: 65_535 }),
        fc.option(fc.record({ user: text, password: text }), { nil: undefined }),
        (host, port, login) => {
          const server = typedMailServer({
            host,
            port: String(port),
            user: '',
            password: '',
            ...login,
          });
          expect(parseMailServer(formatMailServer(server))).toEqual(server);
          expect(server).toEqual({ host, port, isSecure: port === 465, login });
        },
      ),
    );
  });
});

test('bad values are told by their names, and change nothing', async () => {
  const before = await open.shop.app.services.noticeOverview.shown();
  const typed = { MAIL_TO: 'nobody', WEBHOOK_SECRET: 'short', BROWN_OUT_LEAST: '2m' };
  const page = await owner.post(PAGE, await fields(typed));
  expect(page.status).toBe(422);
  expect(page.text).toContain(
    'Email, Send to: holds &#34;nobody&#34;, which is not an email address',
  );
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
