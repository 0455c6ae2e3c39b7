import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import {
  closeSync,
  mkdirSync,
  openSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { createServer, request, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { built } from '../support/program/built';
import { CliShop, expectOneLine, freePort } from '../support/program/cli-shop';

/** The real server, whose power is cut, on what is left of a young shop's books; and the way back. */

jest.setTimeout(120_000);

let shop: CliShop;
let port: string;
let server: ChildProcess | undefined;
/** Where the owner's notices arrive, and what did. */
let receiver: Server;
let notices: { event: string; data: { message?: string } }[];

beforeEach(async () => {
  shop = CliShop.open();
  port = await freePort();
  mkdirSync(shop.path('data'));
  notices = [];
  receiver = createServer((req, res) => {
    let text = '';
    req.setEncoding('utf8').on('data', (part: string) => (text += part));
    req.on('end', () => {
      notices.push(JSON.parse(text) as (typeof notices)[number]);
      res.end();
    });
  });
  await once(receiver.listen(0, '127.0.0.1'), 'listening');
});

afterEach(async () => {
  await cutPower();
  receiver.close();
  await shop.close();
});

/** As `server start` does, which refuses on books that are lost. */
function start(): void {
  const log = openSync(shop.path('server.log'), 'w');
  server = spawn(process.execPath, [built('src/main')], {
    cwd: shop.folder,
    env: {
      ...{ PATH: process.env.PATH, ...shop.env, PORT: port, HOST: '127.0.0.1', POLL_SECONDS: '1' },
      WEBHOOK_URL: `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/`,
    },
    stdio: ['ignore', log, log],
  });
  closeSync(log);
  writeFileSync(shop.path('data/server.pid'), `${server.pid}\n`);
}

async function cutPower(): Promise<void> {
  if (!server || server.exitCode !== null || server.signalCode !== null) return;
  server.kill('SIGKILL');
  await once(server, 'exit');
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

const threeRounds = () => new Promise((pass) => setTimeout(pass, 3_500));

/** Until the server is ready, or not for one of these reasons. */
async function until(...reasons: string[]): Promise<Record<string, unknown>> {
  for (;;) {
    const { status, text } = await ask('/readyz');
    const said = status === 0 ? {} : (JSON.parse(text) as Record<string, unknown>);
    if (reasons.some((one) => said.reason === one || said.status === one)) return said;
    await new Promise((look) => setTimeout(look, 100));
  }
}

test('its log deleted, then its file emptied: nobody is logged out on the way back to a backup', async () => {
  await shop.addRouter();
  const { vouchers } = await shop.json<{ vouchers: { code: string }[] }>(
    'vouchers generate --plan P5 --count 2',
  );
  const [first, second] = vouchers.map(({ code }) => code) as [string, string];
  await shop.run('backup monday.db');
  for (const last of [21, 22]) {
    shop.simulator!.addDevice({ mac: `02:00:00:00:01:${last}`, address: `127.0.0.${last}` });
  }
  const env = { PORT: port };
  const online = () => shop.simulator!.active().map(({ user }) => user);

  start();
  await until('ready');
  expect((await ask('/portal/redeem', { code: first }, '127.0.0.21')).status).toBe(303);
  await cutPower();
  for (const ending of ['-wal', '-shm']) rmSync(shop.path(`shop.db${ending}`), { force: true });
  start();
  // The file has the customer already, or else the mark, or the router, tells that it should.
  await until('ready', 'lost');
  await threeRounds();
  expect(online()).toEqual([first]);

  await cutPower();
  truncateSync(shop.path('shop.db'));
  start();
  expect(await until('lost')).toMatchObject({ books: 'not readable' });
  expect((await ask('/portal')).text).toContain('Who is online stays online');
  while (!notices.some(({ data }) => data.message?.includes('are empty'))) {
    await new Promise((look) => setTimeout(look, 50));
  }
  const log = readFileSync(shop.path('server.log'), 'utf8');
  expect(log).toMatch(
    /the owner decides in a browser, at http:\S+\/admin\/lost-books\?token=[\w-]{43}/,
  );
  const list = await shop.run('vouchers list', { env });
  expect(list).toMatchObject({ code: 1, out: '' });
  expectOneLine(list.err);
  expect(list.err).toContain('are empty');
  expect((await shop.runProcess('restore monday.db --yes', { env })).err).toContain(
    'Stop the server first',
  );
  expect(await shop.runProcess('server stop', { env })).toMatchObject({ code: 0, err: '' });
  expect(online()).toEqual([first]);

  expect((await shop.run('restore monday.db --yes', { env })).code).toBe(0);
  start();
  // It is of before the first customer: the owner is asked about the one who is online.
  await until('lost');
  expect(online()).toEqual([first]);
  expect((await shop.run('reconcile --once --confirm', { env })).code).toBe(0);
  await until('ready');
  expect((await ask('/portal/redeem', { code: second }, '127.0.0.22')).status).toBe(303);
});
