import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { built } from '../support/program/built';
import { CERTIFICATE, KEY, OTHER_KEY } from '../support/peers/certificates';
import { CliShop, expectOneLine, freePort, MAIN } from '../support/program/cli-shop';
import { FakeSystemd } from '../support/program/fake-systemd';
import { Terminal } from '../support/program/terminal';
import { longTest } from '../support/program/run-counts';

/** The server is found, stopped and read whoever started it. */

jest.setTimeout(120_000);

interface Status {
  running: boolean;
  pid: number | null;
  service: string | null;
}

let shop: CliShop;
let env: Record<string, string>;
let child: ChildProcess | undefined;
let terminal: Terminal | undefined;
let other: Server | undefined;
let systemd: FakeSystemd | undefined;

beforeEach(async () => {
  shop = CliShop.open();
  env = { PORT: await freePort() };
});
afterEach(async () => {
  await terminal?.close();
  terminal = undefined;
  other?.close();
  other = undefined;
  if (child && child.exitCode === null && child.signalCode === null) {
    child.kill('SIGKILL');
    await once(child, 'exit');
  }
  child = undefined;
  const pid = systemd?.pid;
  systemd = undefined;
  try {
    if (pid !== undefined) process.kill(pid, 'SIGKILL');
  } catch {
    // it has ended, as it should
  }
  await shop.close();
});

const status = async () =>
  JSON.parse((await shop.runProcess('server status --json', { env })).out) as Status;

/** Of a server that has made its first round: from then on the books name it. */
async function statusOnceInCharge(): Promise<Status> {
  let now = await status();
  while (now.running && now.pid === null) now = await status();
  return now;
}

/** As `npm start` does it. */
async function startByHand(): Promise<ChildProcess> {
  const started = spawn(process.execPath, [built('src/main.js')], {
    cwd: shop.folder,
    env: { PATH: process.env.PATH, ...shop.env, ...env },
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  child = started;
  const portal = `http://127.0.0.1:${env.PORT}/healthz`;
  const signal = () => AbortSignal.timeout(500); // it listens before it can answer
  const answer = () => fetch(portal, { signal: signal() }).catch(() => undefined);
  const end = Date.now() + 30_000;
  while (Date.now() < end && !(await answer())?.ok) {
    await new Promise((look) => setTimeout(look, 50));
  }
  return started;
}

test('the installed service is what start, stop, status and log are about', async () => {
  await shop.addRouter();
  systemd = new FakeSystemd(shop.folder, { ...shop.env, ...env });
  env = { ...env, PATH: systemd.path };
  expect(await status()).toMatchObject({ running: false, pid: null, service: null });
  // All that is wrong meanwhile is that nobody looks.
  const alerts = async () => (await shop.run('alerts', { env })).out;
  expect(await alerts()).toContain('The server is not running');
  const started = await shop.runProcess('server start', { env });
  expect(started).toMatchObject({ code: 0, err: '' });
  expect(started.out).toContain('runs as the service pisonet, process');
  const link = /http\S+\/admin\/first-run\?token=[\w-]+/;
  expect(started.out).toMatch(link);
  expect((await shop.run('server open', { env })).out).toContain(link.exec(started.out)![0]);
  expect(await status()).toMatchObject({ running: true, pid: systemd.pid, service: 'pisonet' });
  expect(await alerts()).not.toContain('The server is not running');
  const again = await shop.runProcess('server start', { env });
  expect(again.code).toBe(1);
  expectOneLine(again.err);
  const log = await shop.run('server log', { env });
  expect(log).toMatchObject({ code: 0, err: '' });
  expect(log.out).toMatch(/^\d\d:\d\d:\d\d the portal is at http/m);

  terminal = Terminal.open(shop.folder, { ...shop.env, ...env });
  terminal.type(`node ${MAIN}`);
  terminal.press('Enter');
  await terminal.see('8 Shop');
  terminal.type('8');
  await terminal.see('1 Server');
  terminal.type('1');
  await terminal.see('5 Follow the log');
  terminal.type('5');
  await terminal.see(/Log of the service pisonet[^]*the portal is at/);
  const stopped = await shop.run('server stop', { env });
  expect(stopped).toMatchObject({ code: 0, err: '' });
  expect(stopped.out).toContain('service pisonet');
  await terminal.see('stopping; customers stay online'); // read along
  terminal.press('q');
  await terminal.see('0 Back');
  expect(await status()).toMatchObject({ running: false, pid: null });
});

describe('staff pages on a port of their own, by https', () => {
  beforeEach(async () => {
    writeFileSync(shop.path('cert.pem'), CERTIFICATE);
    writeFileSync(shop.path('key.pem'), KEY);
    const tls = { TLS_CERT_FILE: 'cert.pem', TLS_KEY_FILE: 'key.pem' };
    env = { ...env, ADMIN_PORT: await freePort(), HOST: '127.0.0.1', ...tls };
  });

  test('commands and the log lead there', async () => {
    const admin = `https://127.0.0.1:${env.ADMIN_PORT}/admin`;
    const portal = `http://localhost:${env.PORT}`;
    const started = await shop.runProcess('server start', { env });
    try {
      expect(started).toMatchObject({ code: 0, err: '' });
      expect(started.out).toContain(`The admin pages: ${admin}\n`);
      expect(started.out).toMatch(new RegExp(`^${admin}/first-run\\?token=[\\w-]{32}$`, 'm'));
      const { out } = await shop.runProcess('server status --json', { env });
      expect(JSON.parse(out)).toMatchObject({ running: true, admin });
      expect((await shop.runProcess('server open', { env })).out).toContain(
        `Admin pages: ${admin}\n`,
      );
      const log = readFileSync(shop.path('data/server.log'), 'utf8');
      expect(log).toContain(`the portal is at ${portal}/portal`);
      expect(log).toContain(`the staff pages are at ${admin}`);
      expect(log).not.toContain("staff share the customers' port");
      expect((await fetch(`http://127.0.0.1:${env.PORT}/admin`)).status).toBe(404);
    } finally {
      expect(await shop.runProcess('server stop', { env })).toMatchObject({ code: 0, err: '' });
    }
  });

  longTest(
    'a certificate that cannot be used ends the start with 2, and nothing is changed',
    async () => {
      writeFileSync(shop.path('key.pem'), OTHER_KEY);
      const before = readdirSync(shop.folder).toSorted();
      const started = spawn(process.execPath, [built('src/main.js')], {
        cwd: shop.folder,
        env: { PATH: process.env.PATH, ...shop.env, ...env },
      });
      let said = '';
      started.stderr.on('data', (piece: Buffer) => (said += piece.toString()));
      const [code] = (await once(started, 'close')) as [number];
      expectOneLine(said);
      expect(said).toContain('TLS_KEY_FILE key.pem is not the key of the first certificate');
      expect(code).toBe(2);
      expect(readdirSync(shop.folder).toSorted()).toEqual(before);
    },
  );
});

longTest(
  'a service that says nothing of its folder is another shop’s, unless it is named',
  async () => {
    await shop.addRouter();
    systemd = new FakeSystemd(shop.folder, { ...shop.env, ...env }, 'pisonet', '');
    env = { ...env, PATH: systemd.path };
    expect(
      (await shop.runProcess('server start', { env: { ...env, PISONET_SERVICE: 'pisonet' } })).code,
    ).toBe(0);
    const pid = systemd.pid;
    await shop.run('server stop', { env: { ...env, DATABASE_URL: 'another.db' } });
    expect(systemd.pid).toBe(pid);
    const named = { ...env, PISONET_SERVICE: 'pisonet' };
    expect((await shop.run('server stop', { env: named })).code).toBe(0);
  },
);

longTest(
  'systemd’s programs are called with a service’s name, and are told none of our secrets',
  async () => {
    systemd = new FakeSystemd(shop.folder, { ...shop.env, ...env });
    env = { ...env, PATH: systemd.path };
    const secrets = { MIKROTIK_PASSWORD: 'very hidden', SMTP_URL: 'smtp://me:very%20hidden@mail' };
    for (const words of ['server status', 'server log']) {
      await shop.run(words, { env: { ...env, ...secrets } });
    }
    expect(systemd.calledWith).toContain('LC_ALL=C');
    expect(systemd.calledWith).not.toMatch(/very.*hidden/);

    for (const name of ['--host=root@elsewhere', '-Hroot@elsewhere', 'a b', '../x', '$(id)']) {
      const before = systemd.calledWith;
      const refused = await shop.run('server status', { env: { ...env, PISONET_SERVICE: name } });
      expect([name, refused.code, refused.out]).toEqual([name, 2, '']);
      expectOneLine(refused.err);
      expect(refused.err).toContain('is not the name of a service');
      expect(systemd.calledWith).toBe(before);
    }
  },
);

longTest('whoever may not command the service is told what to type', async () => {
  systemd = new FakeSystemd(shop.folder, { ...shop.env, ...env }, 'our-shop');
  env = { ...env, PATH: systemd.path, PISONET_SERVICE: 'our-shop' };
  expect((await shop.runProcess('server start', { env })).code).toBe(0);
  systemd.refuse();
  const stop = await shop.run('server stop', { env });
  expect(stop).toMatchObject({ code: 1, out: '' });
  expectOneLine(stop.err);
  expect(stop.err).toContain('sudo systemctl stop our-shop');
  for (const words of ['server log', 'server log --follow']) {
    const log = await shop.run(words, { env });
    expect(log).toMatchObject({ code: 1, out: '' });
    expectOneLine(log.err);
    expect(log.err).toContain('sudo journalctl -u our-shop');
  }
  expect(await status()).toMatchObject({ running: true, pid: systemd.pid, service: 'our-shop' });
});

longTest(
  'a server started by hand is found by what it wrote into the books, and stopped',
  async () => {
    await shop.addRouter();
    const server = await startByHand();
    expect(await statusOnceInCharge()).toMatchObject({
      running: true,
      pid: server.pid,
      service: null,
    });
    const words = await shop.runProcess('server status', { env });
    expect(words.out).toContain(`runs as process ${server.pid}, not started from here`);
    const start = await shop.runProcess('server start', { env });
    expect(start.code).toBe(1);
    expect(start.err).toContain(`process ${server.pid}`);
    const log = await shop.runProcess('server log', { env });
    expect(log.out).toContain('There is no log here yet');
    const stop = await shop.runProcess('server stop', { env });
    expect(stop).toMatchObject({ code: 0, err: '' });
    expect(stop.out).toContain(`process ${server.pid}`);
    expect(server.exitCode ?? (await once(server, 'exit'))[0]).toBe(0);
    expect(await status()).toMatchObject({ running: false, pid: null });
  },
);

longTest(
  'without a router it says itself which process it is, and is stopped; another program is not taken for it',
  async () => {
    const server = await startByHand();
    expect(await status()).toMatchObject({ running: true, pid: server.pid });
    const stop = await shop.runProcess('server stop', { env });
    expect(stop).toMatchObject({ code: 0, err: '' });
    expect(server.exitCode ?? (await once(server, 'exit'))[0]).toBe(0);
    other = createServer((_request, response) => response.end('hello'));
    other.listen(0, '127.0.0.1');
    await once(other, 'listening');
    env.PORT = String((other.address() as { port: number }).port);
    expect(await status()).toMatchObject({ running: false, pid: null });
    const start = await shop.runProcess('server start', { env });
    expect(start).toMatchObject({ code: 1, out: '' });
    expect(start.err).toContain(`Another program has port ${env.PORT}`);
  },
);
