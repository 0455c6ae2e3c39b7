import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { loadConfig } from '../../src/config';
import { parseMailServer } from '../../src/domain/notices/mail-server';
import { AdminShop, type Staff } from '../support/admin-shop';
import { temporaryFolder } from '../support/temporary-folder';

/** The mail server is typed by people and handed to a library that can run programs. */

const PAGE = '/admin/notices';

describe('typed or stored', () => {
  let folder: string;
  let open: AdminShop;
  let owner: Staff;

  beforeEach(async () => {
    folder = temporaryFolder();
    open = await AdminShop.open();
    owner = await open.signedIn('owner');
  });

  afterEach(() => open.close());

  const mark = () => join(folder, 'a shell was here');
  /** What made the mail library run a shell in earlier versions. */
  const shell = () =>
    `smtp://x/?sendmail=true&path=/bin/sh&args=-c&args=${encodeURIComponent(`touch '${mark()}'`)}`;

  test('the page takes no mail server that names a program', async () => {
    const page = await owner.post(PAGE, { MAIL_HOST: shell().slice(7), MAIL_TO: 'a@b.example' });
    await owner.post(PAGE, { SMTP_URL: shell(), MAIL_TO: 'a@b.example' });
    await owner.post(`${PAGE}/mail/test`);
    expect(existsSync(mark())).toBe(false);
    expect(page.status).toBe(422);
    expect(page.text).toContain('is not a server name');
    expect(await open.shop.app.stores.settings.all()).not.toHaveProperty(['notices.SMTP_URL']);
  });

  test('one that an earlier version stored is not used, and the owner is told which and why', async () => {
    const { settings } = open.shop.app.stores;
    await settings.set('notices.SMTP_URL', shell());
    await settings.set('notices.MAIL_TO', 'a@b.example');
    await owner.post(`${PAGE}/mail/test`);
    await open.shop.app.services.notices.deliver();
    expect(existsSync(mark())).toBe(false);
    const { text } = await owner.get(PAGE);
    expect(text).toContain('Email, Mail server: takes no sendmail, path, args');
    expect((await owner.get('/admin/alerts')).text).toContain('takes no sendmail, path, args');
    const told = await open.shop.app.stores.journal.openAlerts();
    expect(told).toMatchObject([{ kind: 'notice setting', subject: 'SMTP_URL' }]);

    await owner.post(PAGE, { MAIL_HOST: 'mail.example' });
    await open.shop.app.services.notices.deliver();
    expect(await open.shop.app.stores.journal.openAlerts()).toEqual([]);
  });

  test('one of `.env` keeps the server from starting, with the same words', () => {
    expect(() => loadConfig({ SMTP_URL: shell() })).toThrow(
      'SMTP_URL in the environment takes no sendmail, path, args',
    );
  });
});

test.each([
  ['smtp://mail.example', { host: 'mail.example', port: 587, isSecure: false, login: undefined }],
  ['SMTPS://Mail.example/', { host: 'Mail.example', port: 465, isSecure: true, login: undefined }],
  [
    'smtp://me%40a.example:p%23s%3Fs@[fd00::1]:2525',
    {
      ...{ host: 'fd00::1', port: 2525, isSecure: false },
      login: { user: 'me@a.example', password: 'p#s?s' },
    },
  ],
])('%s is a mail server', (text, server) => {
  expect(parseMailServer(text)).toEqual(server);
});

test.each([
  ['smtp://mail.example?pool=true', 'takes no pool'],
  [
    'smtp://mail.example/?tls.rejectUnauthorized=false&proxy=http://x',
    'takes no tls.rejectUnauthorized, proxy',
  ],
  ['smtp://mail.example/?url=smtp%3A%2F%2Fother', 'takes no url'],
  ['smtp://mail.example/etc/passwd', 'takes no / and what follows it'],
  ['smtp://mail.example#auth', 'takes no # and what follows it'],
  // A password that was not written as it should be is not repeated.
  ['smtp://me:25?hidden@mail.example', 'takes no ? and what follows it'],
  ['smtp://me:25?hidden=x@mail.example', 'takes no ? and what follows it'],
  ['direct:?path=/bin/sh', 'is not an email server'],
  ['sendmail:///bin/sh', 'is not an email server'],
  ['smtp://', 'is not an email server'],
  ['smtp:mail.example', 'is not an email server'],
  ['smtp://mail.example:0', 'is not an email server'],
  ['smtp://-oQ:x@', 'is not an email server'],
  ['smtp://ma%20il.example', 'is not an email server'],
  ['smtp://me%0d%0aRSET:x@mail.example', 'has a control character'],
])('%s is refused', (text, why) => {
  const refusal = (() => {
    try {
      return parseMailServer(text);
    } catch (error) {
      return (error as Error).message;
    }
  })();
  expect(refusal).toContain(why);
  expect(refusal).not.toContain('hidden');
});
