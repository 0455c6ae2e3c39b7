import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
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
  await shop.addRouter({ bare: true, password: 'owner' });
  const port = await freePort();
  origin = `http://127.0.0.1:${port}`;
  said = '';
  log = '';
  server = spawn(process.execPath, [built('src/main.js')], {
    cwd: shop.folder,
    env: {
      PATH: process.env.PATH,
      DATABASE_URL: 'sqlite:shop.db',
      PORT: port,
      HOST: '127.0.0.1',
      PORTAL_URL: origin,
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

/** Until the server reached its router, for the so-manieth time. */
async function reached(times: number): Promise<void> {
  while (log.split('connected to the router').length <= times) await once(server.stderr!, 'data');
}

test('connected, set up, started anew, and customers can come', async () => {
  expect((await owner.get('/admin')).text).toContain('/admin/router/connection');
  expect((await owner.get('/admin/router/setup')).text).toContain('No router is connected yet');

  const wrong = await owner.post('/admin/router/connection', connection('guess'));
  expect(wrong.status).toBe(422);
  expect(wrong.text).toContain('Nothing was saved.');
  expect(wrong.text).not.toContain('guess');

  const connected = await owner.post('/admin/router/connection', connection('owner'));
  expect(connected.status).toBe(200);
  expect(connected.text).toContain('The server starts anew');
  await reached(1);
  expect(setting('MIKROTIK_PASSWORD')).toBe('owner');

  // The same browser is still signed in.
  const plan = await owner.get('/admin/router/setup');
  expect(plan.text).toContain('Let phones that have not paid yet reach');
  expect(shop.simulator!.rows('/user').map(({ name }) => name)).toEqual(['admin']);

  const begun = await owner.post('/admin/router/setup');
  expect(begun).toMatchObject({ status: 303, location: '/admin/router/setup/progress' });
  let progress = await owner.get('/admin/router/setup/progress');
  while (progress.headers.get('refresh') !== null) {
    progress = await owner.get('/admin/router/setup/progress');
  }
  expect(progress.text).toContain('The router is set up.');
  expect((await owner.get('/admin/router/setup')).text).toContain('Restart the server');
  expect((await owner.post('/admin/router/restart')).text).toContain('The server starts anew');
  await reached(2);

  expect(setting('MIKROTIK_USERNAME')).toBe('pisonet');
  const nothing = await owner.get('/admin/router/setup');
  expect(nothing.text).toContain('there is nothing to do');
  expect((await owner.get('/admin/router')).text).toContain('The router is healthy');
  const audit = (await owner.get('/admin/audit')).text;
  expect(audit).toContain('router connected');
  expect(audit).toContain('router set up');
  expect(audit).not.toContain(setting('MIKROTIK_PASSWORD'));

  server.kill('SIGTERM');
  await once(server, 'exit');
  expect(server.exitCode).toBe(0);
});

test('an account that may not is helped by an administrator, whose password is not kept', async () => {
  shop.simulator!.run(['/user/group/add', '=name=few', '=policy=api,read,write,test']);
  shop.simulator!.run(['/user/add', '=name=few', '=group=few', '=password=few']);
  await owner.get('/admin');
  const few = { ...connection('few'), username: 'few' };
  expect((await owner.post('/admin/router/connection', few)).text).toContain('starts anew');
  await reached(1);
  const plan = await owner.get('/admin/router/setup');
  expect(plan.text).toContain('it takes an administrator of the router');

  const admin = { username: 'admin', password: 'owner' };
  await owner.post('/admin/router/setup', admin);
  let progress = await owner.get('/admin/router/setup/progress');
  while (progress.headers.get('refresh') !== null) {
    progress = await owner.get('/admin/router/setup/progress');
  }
  expect(progress.text).toContain('The router is set up.');
  expect(readFileSync(shop.path('.env'), 'utf8')).not.toContain('owner');
});
