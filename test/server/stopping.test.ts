import { spawn, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { Agent, request } from 'node:http';
import type { Knex } from 'knex';
import { generateCodes } from '../../src/domain/vouchers/voucher-code';
import { connectAsIs } from '../../src/store/database/database';
import { PASSWORD, Staff } from '../support/admin-shop';
import { built } from '../support/program/built';
import { CliShop, freePort } from '../support/program/cli-shop';
import { longTest } from '../support/program/run-counts';

/** The server is told to end while customers ask and the router has stopped to answer. */

jest.setTimeout(90_000);

const LOGIN = { menu: '/ip/hotspot/active', command: 'login' };

let shop: CliShop;
let port: string;
let server: ChildProcess;
let log: string;
let books: Knex;

beforeEach(async () => {
  shop = CliShop.open();
  await shop.addRouter();
  port = await freePort();
  log = '';
  server = spawn(process.execPath, [built('src/main.js')], {
    cwd: shop.folder,
    env: { PATH: process.env.PATH, ...shop.env, PORT: port },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  server.stderr!.on('data', (piece: Buffer) => (log += piece.toString()));
  while (!log.includes('connected to the router')) await soon();
  books = connectAsIs(shop.path('shop.db'));
});

afterEach(async () => {
  if (!hasEnded()) {
    server.kill('SIGKILL');
    await once(server, 'exit');
  }
  await books.destroy();
  await shop.close();
});

const hasEnded = () => server.exitCode !== null || server.signalCode !== null;
const soon = () => new Promise((resolve) => setTimeout(resolve, 20));

function phone(last: number): string {
  const mac = `02:00:00:00:01:${last.toString(16).toUpperCase().padStart(2, '0')}`;
  return shop.simulator!.addDevice({ mac, address: `127.0.0.${last}` }).address;
}

/** @returns the status of the answer; `undefined` when the line was cut without one */
function ask(
  from: string,
  path: string,
  { code, agent }: { code?: string; agent?: Agent } = {},
): Promise<number | undefined> {
  return new Promise((resolve) => {
    const sent = request({
      ...{ host: '127.0.0.1', port, path, localAddress: from, agent },
      method: code === undefined ? 'GET' : 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
    });
    sent.on('response', (answer) => {
      // Shown the waiting page: 202, as a program is told.
      const isWaiting = answer.headers.location?.startsWith('/portal/waiting');
      answer.resume().on('close', () => resolve(isWaiting ? 202 : answer.statusCode));
    });
    sent.on('error', () => resolve(undefined));
    sent.end(code === undefined ? undefined : new URLSearchParams({ code }).toString());
  });
}

const redeem = (from: string, code: string) => ask(from, '/portal/redeem', { code });

async function codes(count: number): Promise<string[]> {
  const made = await shop.json<{ vouchers: { code: string }[] }>(
    `vouchers generate --plan P5 --count ${count}`,
  );
  return made.vouchers.map(({ code }) => code);
}

function errors(): string[] {
  const lines = log.split('\n').filter(Boolean);
  return lines.filter((line) => (JSON.parse(line) as { level: number }).level >= 50);
}

async function until(isSo: () => Promise<boolean>): Promise<void> {
  while (!(await isSo())) await soon();
}

/** Codes that a device holds while the router is asked. */
async function held(): Promise<number> {
  return (await books('vouchers').whereNotNull('held_by').select('code')).length;
}

async function states(of: readonly string[]): Promise<string[]> {
  const rows: { code: string; status: string }[] = await books('vouchers').select('code', 'status');
  return of.map((code) => rows.find((row) => row.code === code)!.status);
}

test('a server that is told to end under load answers, undoes what it must, and ends', async () => {
  const typed = await codes(16);
  const before = typed.splice(0, 4);
  for (const [n, code] of before.entries()) expect(await redeem(phone(10 + n), code)).toBe(303);
  // The sixty wrong codes of the shop, so that further ones stand in line.
  const wrong = generateCodes(96, { random: randomBytes, prefix: 'WRONG' });
  // One is forgotten every two seconds: a slow machine makes room for many, and not for forty.
  const guessers = Array.from({ length: 40 }, (_, n) => phone(100 + n));
  await Promise.all(
    guessers.slice(0, 8).map(async (from) => {
      for (let n = 0; n < 7; n += 1) expect(await redeem(from, wrong.pop()!)).toBe(422);
    }),
  );
  shop.simulator!.faults.on({ ...LOGIN, times: Infinity }, { kind: 'no-answer' });
  const redemptions = typed.map((code, n) => redeem(phone(20 + n), code));
  await until(async () => (await held()) === typed.length);
  const agent = new Agent({ keepAlive: true });
  const pages: (number | undefined)[] = [];
  const readers = Array.from({ length: 20 }, async (_, n) => {
    const from = phone(150 + n);
    while (!hasEnded()) {
      const status = await ask(from, n % 2 ? '/portal' : '/portal/status', { agent });
      pages.push(status);
      if (status === undefined) await soon();
    }
  });
  await until(() => Promise.resolve(pages.length > 100));
  const guessed: (number | undefined)[] = [];
  const guesses = guessers.map(async (from) => guessed.push(await redeem(from, wrong.pop()!)));
  await until(() => Promise.resolve(guessed.length > 4)); // the others stand in line
  // Lines are taken in turn: with these the server has all of theirs, and hangs up on none it has not seen.
  const last = phone(250);
  for (let n = 0; n < 3; n += 1) await ask(last, '/portal');
  shop.simulator!.faults.on({ times: Infinity }, { kind: 'no-answer' });

  const begun = performance.now();
  server.kill('SIGTERM');
  const [code] = (await once(server, 'exit')) as [number | null];
  const tookMs = performance.now() - begun;
  const answers = await Promise.all(redemptions);
  await Promise.all([...guesses, ...readers]);
  agent.destroy();
  const tallies: { failures: number }[] = await books('guess_tallies').where(
    'subject',
    'like',
    'device %',
  );

  expect(code).toBe(0);
  expect(tookMs).toBeLessThan(10_000); // five seconds, and what a busy machine adds
  expect(errors()).toEqual([]);
  expect(await states(before)).toEqual(before.map(() => 'active'));
  expect(await states(typed)).toEqual(typed.map(() => 'unused'));
  expect(await held()).toBe(0);
  // Some had waited so long that they saw the waiting page already.
  expect(answers.filter((status) => status !== 202 && status !== 503)).toEqual([]);
  expect(new Set(guessed)).toEqual(new Set([422, 503]));
  // Right codes and those that were not looked at count for nothing.
  const wrongOnes = 56 + guessed.filter((status) => status === 422).length;
  expect(tallies.reduce((sum, { failures }) => sum + failures, 0)).toBe(wrongOnes);
});

test('a redemption under way ends whole, or its code is as good as new', async () => {
  const typed = await codes(16);
  shop.simulator!.faults.on({ ...LOGIN, times: 6 }, { kind: 'delay', ms: 300 });
  shop.simulator!.faults.on({ ...LOGIN, times: Infinity }, { kind: 'no-answer' });
  const redemptions = typed.map((code, n) => redeem(phone(20 + n), code));
  // Some are in, which nobody has written down yet, and others wait for the router.
  await until(() => Promise.resolve(shop.simulator!.active().length > 0));
  server.kill('SIGTERM');
  const [code] = (await once(server, 'exit')) as [number | null];
  const answers = await Promise.all(redemptions);
  expect(code).toBe(0);
  expect(errors()).toEqual([]);
  expect(new Set(answers)).toEqual(new Set([303, 503]));
  const expected = answers.map((status) => (status === 303 ? 'active' : 'unused'));
  expect(await states(typed)).toEqual(expected);
  expect(await held()).toBe(0);
});

longTest(
  'a page that is kept up to date ends with the server, which does not wait for it',
  async () => {
    await shop.look(({ services }) =>
      services.accounts.add({ name: 'viewer', role: 'viewer', password: PASSWORD }, 'test'),
    );
    const address = `http://127.0.0.1:${port}`;
    const viewer = new Staff(address);
    await viewer.signIn('viewer', PASSWORD);
    const page = await fetch(`${address}/admin/live-stream`, {
      headers: { cookie: viewer.cookie },
    });
    expect(page.headers.get('content-type')).toContain('text/event-stream');
    const begun = performance.now();
    const exit = once(server, 'exit');
    server.kill('SIGTERM');
    await page.text(); // ends without an error
    const [code] = (await exit) as [number | null];
    expect(performance.now() - begun).toBeLessThan(2_000);
    expect(code).toBe(0);
    expect(errors()).toEqual([]);
  },
);

longTest('a second signal ends it at once', async () => {
  const [code] = await codes(1);
  shop.simulator!.faults.on(LOGIN, { kind: 'no-answer' });
  const redemption = redeem(phone(10), code!);
  await until(async () => (await held()) === 1);
  const begun = performance.now();
  server.kill('SIGTERM');
  await until(() => Promise.resolve(log.includes('stopping')));
  server.kill('SIGINT');
  await once(server, 'exit');
  expect(performance.now() - begun).toBeLessThan(2_000);
  expect(await redemption).toBeUndefined();
});
