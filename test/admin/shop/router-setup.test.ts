import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { parseEnv } from 'node:util';
import { PASSWORD, Staff } from '../../support/admin-shop';
import { built } from '../../support/program/built';
import { CliShop, freePort } from '../../support/program/cli-shop';

/** From a fresh program to a router that serves the shop, with a browser alone. */

jest.setTimeout(90_000);

let shop: CliShop;
let server: ChildProcess;
let origin: string;
let owner: Staff;
let said: string;
let log: string;

/** A server that has no router yet, beside one as the hotspot wizard leaves it; its owner has signed in. */
beforeEach(async () => {
  shop = CliShop.open();
  await shop.addRouter({ version: '7.24.5', bare: true, password: 'owner' });
  const port = await freePort();
  origin = `http://127.0.0.1:${port}`;
  said = '';
  log = '';
  writeFileSync(shop.path('.env'), `PORTAL_URL=${origin}\n`);
  server = spawn(process.execPath, [built('src/main.js')], {
    cwd: shop.folder,
    env: {
      PATH: process.env.PATH,
      DATABASE_URL: 'sqlite:shop.db',
      PORT: port,
      HOST: '127.0.0.1',
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  server.stderr!.on('data', (piece: Buffer) => (log += piece.toString()));
  server.stdout!.on('data', (piece: Buffer) => (said += piece.toString()));
  while (!said.includes('first-run')) await once(server.stdout!, 'data');
  const token = /token=([\w-]+)/.exec(said)![1]!;
  owner = new Staff(origin);
  await owner.get(`/admin/first-run?token=${token}`);
  const form = { token, name: 'nena', password: PASSWORD, again: PASSWORD };
  expect((await owner.post('/admin/first-run', form)).status).toBe(303);
});

afterEach(async () => {
  if (server.exitCode === null) {
    server.kill('SIGKILL');
    await once(server, 'exit');
  }
  await shop.close();
});

const setting = (name: string) => parseEnv(readFileSync(shop.path('.env'), 'utf8'))[name];

function connection(password: string) {
  const address = `127.0.0.1:${shop.simulator!.port}`;
  return { address, username: 'admin', password, tls: 'off' };
}

const profiles = () => shop.simulator!.rows('/ip/hotspot/profile');

/** Until the server has started so many times. */
async function started(times: number): Promise<void> {
  while (log.split('the staff pages are at').length <= times) await once(server.stderr!, 'data');
}

/** Until the set-up that was begun has ended. */
async function finished(): Promise<void> {
  let progress = await owner.get('/admin/router/setup/progress');
  while (progress.headers.get('refresh') !== null) {
    progress = await owner.get('/admin/router/setup/progress');
  }
  expect(progress.text).toContain('The router is set up.');
  expect(progress.text).toContain('has a report that names nobody');
}

/** Until the server reached its router, for the so-manieth time. */
async function reached(times: number): Promise<void> {
  while (log.split('connected to the router').length <= times) await once(server.stderr!, 'data');
}

test('connected, set up, started anew, and customers can come', async () => {
  expect((await owner.get('/admin')).text).toContain('/admin/router/connection');
  expect((await owner.get('/admin/router/setup')).text).toContain('No router is connected yet');

  const wrong = await owner.post('/admin/router/connection', connection('guess'));
  expect(wrong.status).toBe(422);
  expect(wrong.text).toContain('does not accept this user and password');
  expect(wrong.text).not.toContain('MIKROTIK');
  expect(wrong.text).not.toContain('guess');

  const connected = await owner.post('/admin/router/connection', connection('owner'));
  expect(connected.status).toBe(200);
  expect(connected.text).toContain('Restarting the server');
  await reached(1);
  expect(setting('MIKROTIK_PASSWORD')).toBe('owner');

  // The same browser is still signed in.
  const plan = await owner.get('/admin/router/setup');
  expect(plan.text).toContain('Let phones that have not paid yet reach');
  expect(shop.simulator!.rows('/user').map(({ name }) => name)).toEqual(['admin']);

  const begun = await owner.post('/admin/router/setup');
  expect(begun).toMatchObject({ status: 303, location: '/admin/router/setup/progress' });
  await finished();
  expect((await owner.get('/admin/router/setup')).text).toContain('Restart the server');
  expect((await owner.post('/admin/router/restart')).text).toContain('Restarting the server');
  await reached(2);

  expect(setting('MIKROTIK_USERNAME')).toBe('pisonet');
  const nothing = await owner.get('/admin/router/setup');
  expect(nothing.text).toContain('nothing to do');
  expect((await owner.get('/admin/router')).text).toContain('The router is healthy');
  const audit = (await owner.get('/admin/audit')).text;
  expect(audit).toContain('router connected');
  expect(audit).toContain('router set up');
  expect(audit).not.toContain(setting('MIKROTIK_PASSWORD'));

  server.kill('SIGTERM');
  await once(server, 'exit');
  expect(server.exitCode).toBe(0);
});

test('the set-up is undone while the server is closed, and it starts again without a router', async () => {
  const before = { users: shop.simulator!.rows('/user'), profiles: profiles() };
  await owner.get('/admin');
  await owner.post('/admin/router/connection', connection('owner'));
  await reached(1);
  await owner.get('/admin');
  await owner.post('/admin/router/setup');
  await finished();
  await owner.post('/admin/router/restart');
  await reached(2);
  expect(profiles()).not.toEqual(before.profiles);

  const page = '/admin/router/setup/undo';
  const few = await owner.get(page);
  expect(few.text).toContain("sign in as the router's administrator");
  const admin = { username: 'admin', password: 'owner' };
  const plan = await owner.post(`${page}/plan`, admin);
  expect(plan.text).toContain('Take the pages of the portal off the router');
  const unsure = await owner.post(page, { ...admin, word: 'yes' });
  expect(unsure).toMatchObject({ status: 422 });
  expect(unsure.text).toContain('Type UNDO to confirm');
  const refused = await owner.post(page, { word: 'UNDO' });
  expect(refused.text).toContain('The account is not allowed to');
  expect(profiles()).not.toEqual(before.profiles);

  const undone = await owner.post(page, { ...admin, word: 'UNDO' });
  expect(undone.headers.get('refresh')).toContain(page);
  await started(4);

  expect(profiles()).toEqual(before.profiles);
  expect(shop.simulator!.rows('/user')).toEqual(before.users);
  expect(setting('MIKROTIK_HOST')).toBe('');
  const outcome = await owner.get(page);
  expect(outcome.text).toContain('The setup is undone.');
  expect(outcome.text).toContain('Take the pages of the portal off the router');
  expect((await owner.get('/admin')).text).toContain('No router yet');
  expect((await owner.get('/admin/audit')).text).toContain('router setup undone');
  expect(readFileSync(shop.path('.env'), 'utf8')).not.toContain('owner');
});

test('the address of the portal is changed in the browser, and the set-up goes by the new one', async () => {
  const page = '/admin/router/portal-address';
  expect((await owner.get(page)).text).toContain(`value="${origin}"`);
  const wrong = await owner.post(page, { address: 'the shop' });
  expect(wrong).toMatchObject({ status: 422 });
  expect(wrong.text).toContain('That is not a web address');
  expect(setting('PORTAL_URL')).toBe(origin);
  // A slip of the finger would send every customer to nobody.
  const elsewhere = await owner.post(page, { address: 'http://203.0.113.7:5000' });
  expect(elsewhere.text).toContain('http://203.0.113.7:5000 is not an address of this computer');
  expect(setting('PORTAL_URL')).toBe(origin);

  const address = origin.replace('127.0.0.1', 'shop.example');
  expect((await owner.post(page, { address })).text).toContain(`portal at ${address}.`);
  await started(2);
  expect(setting('PORTAL_URL')).toBe(address);
  expect((await owner.get('/admin/settings')).text).toContain(`<code>${address}</code>`);
  expect((await owner.get('/admin/audit')).text).toContain('portal address set');
});

test('where no address can be told, the set-up asks for it first', async () => {
  await owner.get('/admin');
  await owner.post('/admin/router/connection', connection('owner'));
  await reached(1);
  const file = shop.path('.env');
  writeFileSync(file, readFileSync(file, 'utf8').replace(/^PORTAL_URL=.*\n/m, ''));
  await owner.get('/admin');
  await owner.post('/admin/router/restart');
  await reached(2);
  const asked = await owner.get('/admin/router/setup');
  expect(asked).toMatchObject({ status: 303, location: '/admin/router/portal-address' });
  const form = await owner.get('/admin/router/portal-address');
  expect(form.text).toContain('Portal address');

  await owner.post('/admin/router/portal-address', { address: origin, confirmed: 'yes' });
  await reached(3);
  expect((await owner.get('/admin/router/setup')).text).toContain(
    'Let phones that have not paid yet',
  );
});

test('an account that may not is helped by an administrator, whose password is not kept', async () => {
  shop.simulator!.run(['/user/group/add', '=name=few', '=policy=api,read,write,test']);
  shop.simulator!.run(['/user/add', '=name=few', '=group=few', '=password=few']);
  await owner.get('/admin');
  const few = { ...connection('few'), username: 'few' };
  expect((await owner.post('/admin/router/connection', few)).text).toContain('restarts now');
  await reached(1);
  const plan = await owner.get('/admin/router/setup');
  expect(plan.text).toContain("sign in as the router's administrator");

  const admin = { username: 'admin', password: 'owner' };
  await owner.post('/admin/router/setup', admin);
  await finished();
  expect(readFileSync(shop.path('.env'), 'utf8')).not.toContain('owner');
});
