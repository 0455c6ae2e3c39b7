import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { queueName, readMac } from '../../src/domain/network/network';
import { RouterClient } from '../../src/routeros/api/client';
import { Router } from '../../src/routeros/router';
import { longTest, runs, some } from '../support/program/run-counts';
import { temporaryFolder } from '../support/temporary-folder';

/**
 * The demo as a new user starts it: the built program, plain `node`, nothing configured. Within a minute
 * a voucher was redeemed by HTTP, somebody was slowed down, and somebody's time ended.
 */

const DIST = join(__dirname, '..', '..', 'dist', 'src');
const children: ChildProcess[] = [];

afterEach(async () => {
  const codes = await Promise.all(children.splice(0).map(stop));
  expect(codes).toEqual(codes.map(() => 0));
}, 20_000);

/** Stops a program as a person would; one that does not obey is killed, and its code is not 0. */
function stop(child: ChildProcess): Promise<number | null> {
  return new Promise((resolve) => {
    const impatience = setTimeout(() => child.kill('SIGKILL'), 15_000);
    child.once('exit', (code) => {
      clearTimeout(impatience);
      resolve(code);
    });
    child.kill('SIGTERM');
  });
}

/** A program's printed lines, looked through once: each search goes on where the last one stopped. */
class Output {
  private readonly lines: AsyncIterator<string>;

  constructor(child: ChildProcess) {
    this.lines = createInterface({ input: child.stdout! })[Symbol.asyncIterator]();
  }

  async find(pattern: RegExp): Promise<RegExpMatchArray> {
    for (;;) {
      const { value, done } = await this.lines.next();
      if (done) throw new Error(`the program ended before it said ${pattern}`);
      const match = value.match(pattern);
      if (match) return match;
    }
  }
}

/** Time passes three times as fast in `npm test`; as a new user sees it only in `npm run test:long`. */
const SPEED = runs(1, 3);
const HURRY = `
  const { systemClock } = require(${JSON.stringify(join(DIST, 'clock.js'))});
  const { elapsedMs, wait } = systemClock;
  const began = Date.now();
  systemClock.now = () => new Date(began + (Date.now() - began) * ${SPEED});
  systemClock.elapsedMs = () => elapsedMs() * ${SPEED};
  systemClock.wait = (ms, signal) => wait(ms / ${SPEED}, signal);
`;

function start(program: string, args: string[], env: Record<string, string>): Output {
  const cwd = temporaryFolder();
  const hurry = join(cwd, 'hurry.cjs');
  writeFileSync(hurry, HURRY);
  writeFileSync(join(cwd, '.env'), 'MIKROTIK_HOST=192.0.2.2\nPORTAL_URL=nothing\n');
  // Backups of a real shop beside it, and of a demo before: the books they are of are not asked for.
  for (const folder of ['backups', 'demo-backups']) {
    mkdirSync(join(cwd, 'data', folder), { recursive: true });
    writeFileSync(join(cwd, 'data', folder, 'pisonet-2026-11-20.db'), 'a backup');
  }
  const child = spawn(process.execPath, ['--require', hurry, join(DIST, program), ...args], {
    cwd,
    env: { PATH: process.env.PATH, ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  children.push(child);
  return new Output(child);
}

async function watchDemo(env: Record<string, string>, args: string[] = []): Promise<void> {
  const demo = start('demo/main.js', args, { PORT: '0', ...env });
  const [, host, port] = await demo.find(/The router:\s+(\S+):(\d+)/);
  const [, mac, limit] = await demo.find(/queue added: (\S+) .*maxLimit=(\S+)/);
  expect(limit).toBe('2M/8M'); // the plan of the first customer
  await demo.find(new RegExp(`queue changed: ${mac} maxLimit=256K/1M before=2M/8M`));

  const client = new RouterClient({
    host: host!,
    port: Number(port),
    username: 'admin',
    password: '',
    tls: 'off',
  });
  const router = new Router(client);
  try {
    const slowed = (await router.queues()).find(({ name }) => name === queueName(readMac(mac)!));
    expect(slowed?.maxLimit).toEqual({ up: 256_000, down: 1_000_000 });
    const [, code] = await demo.find(/voucher ended: (\S+) reason=time over/);
    const [, gone] = await demo.find(/queue removed: (\S+)/);
    const { users, active, queues } = await router.observe();
    const cookies = await router.cookies();
    expect(users.map(({ name }) => name)).not.toContain(code);
    expect(active.map(({ user }) => user)).not.toContain(code);
    expect(cookies.map(({ user }) => user)).not.toContain(code);
    expect(queues.map(({ name }) => name)).not.toContain(queueName(readMac(gone)!));
  } finally {
    client.stop();
  }
}

test('the demo shop works, on its own router and on routers in other processes', async () => {
  const apart = some(['6.49', '7.19'], 1).map((version) => watchDemoApart(version));
  // A real shop's router, exported or in `.env`, is none of the demo's.
  const real = { MIKROTIK_HOST: '192.0.2.1', MIKROTIK_PASSWORD: 'of the shop', WEBHOOK_URL: 'x' };
  await Promise.all([watchDemo(real), ...apart]);
}, 90_000);

test('--help says what there is, and starts nothing', () => {
  const cwd = temporaryFolder();
  const said = execFileSync(process.execPath, [join(DIST, 'demo', 'main.js'), '--help'], { cwd });
  expect(said.toString()).toMatch(/--sites N +routers at N sites, up to ten[^]*PORT=8080 npm run/);
  expect(readdirSync(cwd)).toEqual([]);
});

longTest(
  'with sites: each router has customers, and with one code you walk from site to site',
  async () => {
    const demo = start('demo/main.js', ['--sites', '3'], { PORT: '0' });
    const [, code] = await demo.find(/Be a customer:.* type (\S+) or/);
    const links: string[] = [];
    for (const name of ['first site', 'Market', 'Terminal']) {
      const [, link] = await demo.find(new RegExp(`${name}\\s+(http\\S+/portal\\?r=\\S+)`));
      links.push(link!.replace('localhost', '127.0.0.1'));
    }
    await redeemAt([links[0]!, links[2]!], code!);
    // Yours, and the first customer of the second site.
    await demo.find(/queue added: 02:00:00:00:00:01/);
    await demo.find(/queue added: 02:00:00:00:00:01/);
  },
  60_000,
);

longTest(
  'with PostgreSQL two programs serve the sites, and one goes on without the other',
  async () => {
    const demo = start('demo/main.js', ['--sites', '2', '--postgres'], { PORT: '0' });
    const [, code, other] = await demo.find(/Be a customer:.* type (\S+) or (\S+)/);
    await demo.find(/The books:\s+postgres:/);
    const links: string[] = [];
    for (const name of ['first site', 'Market']) {
      const [, link] = await demo.find(new RegExp(`${name}\\s+(http\\S+/portal\\?r=\\S+)`));
      links.push(link!.replace('localhost', '127.0.0.1'));
    }
    const [, second] = await demo.find(/Two programs:.* (http:\S+)\/admin/);
    const [, pid] = await demo.find(/kill (\d+)/);
    const there = links.map((link) => link.replace(new URL(link).port, new URL(second!).port));
    await redeemAt(there, code!);
    process.kill(Number(pid));
    // Back at the first site with another one, while the first program takes over what the second had.
    await redeemAt([links[0]!], other!);
  },
  60_000,
);

/** A customer walks to each of these login pages with one code. */
async function redeemAt(links: readonly string[], code: string): Promise<void> {
  for (const link of links) {
    const page = await answered(link);
    const [cookie] = page.headers.get('set-cookie')!.split(';');
    const done = await fetch(new URL('/portal/redeem', link), {
      ...{ method: 'POST', redirect: 'manual', body: new URLSearchParams({ code }) },
      headers: { cookie: cookie! },
    });
    expect([link, done.status]).toEqual([link, 303]);
  }
}

/** The first answer of a program that is still starting. */
async function answered(url: string): Promise<Response> {
  for (;;) {
    const page = await fetch(url).catch(() => undefined);
    if (page?.ok) return page;
    await new Promise(setImmediate);
  }
}

test('a demo that cannot open its books says so and ends', async () => {
  const cwd = temporaryFolder();
  writeFileSync(join(cwd, 'data'), ''); // no folder
  const child = spawn(process.execPath, [join(DIST, 'demo/main.js')], {
    cwd,
    env: { PATH: process.env.PATH, PORT: '0' },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let said = '';
  child.stderr.on('data', (piece: Buffer) => (said += piece.toString()));
  const impatience = setTimeout(() => child.kill('SIGKILL'), 15_000);
  const [code] = (await once(child, 'close')) as [number | null];
  clearTimeout(impatience);
  expect(code).toBeGreaterThan(0);
  expect(said).not.toBe('');
}, 20_000);

async function watchDemoApart(version: string): Promise<void> {
  const router = start('simulator/main.js', ['--port', '0', '--version', version], {});
  const [, port] = await router.find(/127\.0\.0\.1:(\d+)/);
  const env = { MIKROTIK_HOST: '127.0.0.1', MIKROTIK_PORT: port!, MIKROTIK_USERNAME: 'admin' };
  await watchDemo(env, ['--router']);
}
