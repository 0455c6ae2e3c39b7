import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { openSync, readFileSync, closeSync } from 'node:fs';
import { request } from 'node:http';
import type { Knex } from 'knex';
import { connectAsIs } from '../../src/store/database/database';
import { built } from '../support/program/built';
import { CliShop, expectOneLine, freePort, MAIN } from '../support/program/cli-shop';
import { longTest } from '../support/program/run-counts';

/** The real programs, on a disk that takes nothing any more, or beside somebody who has the books locked. */

jest.setTimeout(120_000);

let shop: CliShop;
let port: string;
let server: ChildProcess | undefined;
let holder: Knex | undefined;

beforeEach(async () => {
  shop = CliShop.open();
  port = await freePort();
});

afterEach(async () => {
  await holder?.destroy();
  holder = undefined;
  if (server && server.exitCode === null && server.signalCode === null) {
    server.kill('SIGKILL');
    await once(server, 'exit');
  }
  server = undefined;
  await shop.close();
});

/** As `server start` does it: everything it says goes into a file, on the same disk. */
function start(): void {
  const log = openSync(shop.path('server.log'), 'a');
  server = spawn(process.execPath, [built('src/main.js')], {
    cwd: shop.folder,
    env: { PATH: process.env.PATH, ...shop.env, PORT: port, HOST: '127.0.0.1', POLL_SECONDS: '1' },
    stdio: ['ignore', log, log],
  });
  closeSync(log);
}

/** From now on every file write of the server fails, as on a broken disk; or works again. */
function limit(bytes: '0' | 'unlimited'): void {
  execFileSync('prlimit', [`--pid=${server!.pid}`, `--fsize=${bytes}:`]);
}

interface Answer {
  status: number;
  text: string;
}

function ask(path: string, form?: Record<string, string>, from = '127.0.0.1'): Promise<Answer> {
  return new Promise((resolve) => {
    const sent = request(
      {
        ...{ host: '127.0.0.1', port, path, localAddress: from, timeout: 15_000 },
        method: form ? 'POST' : 'GET',
        headers: form ? { 'content-type': 'application/x-www-form-urlencoded' } : {},
      },
      (response) => {
        let text = '';
        response.setEncoding('utf8').on('data', (part: string) => (text += part));
        response.on('end', () => resolve({ status: response.statusCode!, text }));
      },
    );
    sent.on('timeout', () => sent.destroy());
    sent.on('error', () => resolve({ status: 0, text: '' }));
    sent.end(form && new URLSearchParams(form).toString());
  });
}

async function until(status: number): Promise<Record<string, unknown>> {
  for (;;) {
    const answer = await ask('/readyz');
    if (answer.status === status) return JSON.parse(answer.text) as Record<string, unknown>;
    await new Promise((look) => setTimeout(look, 100));
  }
}

async function lock(): Promise<void> {
  holder = connectAsIs(shop.path('shop.db'));
  await holder.raw('pragma locking_mode = exclusive');
  await holder.raw('begin exclusive');
}

longTest(
  'a running server survives a disk that takes nothing, its log on it too, and goes on',
  async () => {
    await shop.addRouter();
    const { vouchers } = await shop.json<{ vouchers: { code: string }[] }>(
      'vouchers generate --plan P5 --count 2',
    );
    const [before, after] = vouchers.map(({ code }) => code) as [string, string];
    for (const last of [21, 22]) {
      shop.simulator!.addDevice({ mac: `02:00:00:00:01:${last}`, address: `127.0.0.${last}` });
    }
    start();
    await until(200);
    expect((await ask('/portal/redeem', { code: before }, '127.0.0.21')).status).toBe(303);
    limit('0');
    const answers: Answer[] = [];
    for (let times = 0; times < 3; times += 1) {
      answers.push(await ask('/portal/redeem', { code: after }, '127.0.0.22'));
    }
    expect(answers.map(({ status }) => status)).toEqual([503, 503, 503]);
    expect(answers[0]!.text).toContain('your code was not used');
    expect(await until(503)).toMatchObject({ books: 'not writable', reason: 'failing' });
    await new Promise((rounds) => setTimeout(rounds, 2_500));
    expect(server!.exitCode).toBeNull();
    limit('unlimited');
    await until(200);
    expect((await ask('/portal/redeem', { code: after }, '127.0.0.22')).status).toBe(303);
    expect(shop.simulator!.active()).toHaveLength(2);
    server!.kill();
    await once(server!, 'exit');
    const log = readFileSync(shop.path('server.log'), 'utf8');
    expect(log.match(/"level":50/g)).toHaveLength(1); // told once, however many rounds failed
    expect(log).toContain('can be written again');
  },
);

test('a server whose books are locked starts, says so, and opens once they are free', async () => {
  await shop.json('vouchers generate --plan P5 --count 1');
  await lock();
  start();
  const { reason, message } = await until(503);
  expect(['opening', 'locked']).toContain(reason);
  expect(message).toMatch(/books/);
  const page = await ask('/portal');
  expect([page.status, page.text]).toEqual([503, expect.stringContaining('cannot save right now')]);
  expect((await ask('/admin')).status).toBe(503);
  expect((await ask('/healthz')).status).toBe(200);
  await holder!.destroy();
  holder = undefined;
  await until(200);
  expect((await ask('/portal')).status).toBe(200);
});

test('a command says in one line what is wrong with the disk, and ends with 1', async () => {
  await shop.json('vouchers generate --plan P5 --count 1');
  const run = (line: string) =>
    new Promise<{ code: number | null; err: string }>((resolve) => {
      const env = { PATH: process.env.PATH, ...shop.env };
      const child = spawn('sh', ['-c', line], {
        cwd: shop.folder,
        env,
        stdio: ['ignore', 'ignore', 'pipe'],
      });
      let err = '';
      child.stderr.on('data', (piece: Buffer) => (err += piece.toString()));
      child.on('close', (code) => resolve({ code, err }));
    });
  const node = `${process.execPath} ${MAIN}`;
  const wrong = [
    await run(`prlimit --fsize=0 ${node} vouchers generate --plan P5 --count 5`),
    await run(`prlimit --fsize=0 ${node} backup copy.db`),
    await run(`${node} vouchers list > /dev/full`),
    await run(`${node} vouchers list --json > /dev/full`),
  ];
  for (const { code, err } of wrong) {
    expect(code).toBe(1);
    expectOneLine(err);
    expect(err).toMatch(/disk/);
  }
  holder = connectAsIs(shop.path('shop.db'));
  await holder.raw('begin exclusive');
  const locked = await run(`${node} vouchers generate --plan P5 --count 5`);
  expect(locked.code).toBe(1);
  expectOneLine(locked.err);
  expect(locked.err).toContain('locked');
});
