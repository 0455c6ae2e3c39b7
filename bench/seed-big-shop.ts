/**
 * Fills a database with the books of a big shop, and says how long the admin's pages take on it:
 *
 *   npx tsx bench/seed-big-shop.ts /tmp/big.db [vouchers] [usage rows]
 *
 * The file is made anew, is a database like any other afterwards, and may be served with
 * DATABASE_URL=sqlite:/tmp/big.db npm start. No router is needed.
 */
import { createServer as createHttpServer } from 'node:http';
import { rmSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import type { Knex } from 'knex';
import { compose, type App } from '../src/compose';
import { loadConfig } from '../src/config';
import { createServer } from '../src/web/server';

const BATCH = 5_000;
const STEP = 50_000;
const DAYS = 365;
const DEVICES = 400;
const PASSWORD = 'big-shop-password';

async function main(file: string, vouchers: number, usageRows: number): Promise<void> {
  for (const ending of ['', '-wal', '-shm']) rmSync(file + ending, { force: true });
  const config = loadConfig({ DATABASE_URL: `sqlite:${file}`, LOG_LEVEL: 'error', PORT: '0' });
  const app = await compose(config);
  try {
    await makeVouchers(app, vouchers);
    await sellMost(app.db);
    await makeUsage(app.db, usageRows);
    await app.db.raw('analyze');
    await app.services.accounts.add({ name: 'big', role: 'owner', password: PASSWORD }, 'seed');
    await timePages(app);
  } finally {
    await app.close();
  }
}

async function makeVouchers({ services }: App, count: number): Promise<void> {
  const plans = await services.plans.list();
  for (let made = 0; made < count; made += BATCH) {
    const plan = plans[(made / BATCH) % plans.length]!.name;
    const order = { plan, count: Math.min(BATCH, count - made), note: `week ${made / BATCH}` };
    await services.vouchers.generate(order, made % 2 === 0 ? 'maria' : 'ben');
  }
}

/** Nine of ten were used, spread over a year; of those a few hundred are running now. */
async function sellMost(db: Knex): Promise<void> {
  const now = Date.now();
  await db.raw(
    `update vouchers set status = 'expired',
       activated_at = strftime('%Y-%m-%dT%H:%M:%fZ', ?, '-' || (abs(random()) % ?) || ' minutes')
     where rowid % 10 <> 0`,
    [new Date(now).toISOString(), DAYS * 24 * 60],
  );
  await db.raw(
    `update vouchers set status = 'active', started_at = activated_at,
       expires_at = strftime('%Y-%m-%dT%H:%M:%fZ', activated_at, '+1 day')
     where activated_at > ?`,
    [new Date(now - 86_400_000).toISOString()],
  );
}

/** Rows of an hour each, over a year. */
async function makeUsage(db: Knex, count: number): Promise<void> {
  const codes: { code: string }[] = await db('vouchers')
    .select('code')
    .whereNot({ status: 'unused' })
    .limit(DEVICES * 20);
  const hours = DAYS * 24;
  const start = Math.floor(Date.now() / 3_600_000) * 3_600_000;
  for (let made = 0; made < count; made += STEP) {
    const rows = Array.from({ length: Math.min(STEP, count - made) }, (_, index) => {
      const n = made + index;
      const device = Math.floor(n / hours) % DEVICES;
      const mac = `02:00:00:00:${hex(device >> 8)}:${hex(device & 255)}`;
      const code = codes[(device * 20 + Math.floor((n % hours) / 500)) % codes.length]!.code;
      const hour = new Date(start - (n % hours) * 3_600_000).toISOString();
      return [code, mac, hour, (n % 97) * 100_000, (n % 89) * 1_000_000];
    });
    await db.raw(
      `insert into "usage" select value->>0, value->>1, value->>2, value->>3, value->>4
       from json_each(?) where true on conflict do nothing`,
      [JSON.stringify(rows)],
    );
  }
}

function hex(byte: number): string {
  return byte.toString(16).toUpperCase().padStart(2, '0');
}

/** One line of JSON for each page: the middle of five, in milliseconds on the server's side and the wire. */
async function timePages({ config, clock, log, services, db }: App): Promise<void> {
  const server = createHttpServer(
    createServer({ config, clock, log, services, controller: undefined }),
  );
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const cookie = await signIn(address);
  const [{ code }] = (await db('vouchers').select('code').limit(1)) as [{ code: string }];
  for (const path of [
    '',
    '/vouchers',
    '/vouchers?page=1900',
    '/vouchers?status=active',
    '/vouchers?status=expired&page=900',
    '/vouchers?plan=P20',
    '/vouchers?q=week+7',
    `/vouchers?q=${code.slice(2, 6)}`,
    '/vouchers?q=02:00:00:00:00:07',
    `/vouchers/${code}`,
    '/batches',
    '/batches/7',
    '/batches/7/print',
    '/reports',
    `/reports?from=${new Date(Date.now() - (DAYS - 1) * 86_400_000).toISOString().slice(0, 10)}`,
    '/usage',
    '/usage?by=plan',
    `/usage?from=${new Date(Date.now() - 60 * 86_400_000).toISOString().slice(0, 10)}`,
    '/usage/02:00:00:00:00:07',
    '/plans',
    '/audit',
    '/audit?q=ben',
  ]) {
    const times: number[] = [];
    let status = 0;
    for (let run = 0; run < 5; run += 1) {
      const from = performance.now();
      const answer = await fetch(`${address}/admin${path}`, { headers: { cookie } });
      await answer.text();
      status = answer.status;
      times.push(performance.now() - from);
    }
    times.sort((a, b) => a - b);
    const ms = Math.round(times[2]!);
    process.stdout.write(`${JSON.stringify({ page: `/admin${path}`, status, ms })}\n`);
  }
  server.closeAllConnections();
  server.close();
}

async function signIn(address: string): Promise<string> {
  const door = await fetch(`${address}/admin/sign-in`);
  const token = /csrf-token" content="([^"]+)"/.exec(await door.text())![1]!;
  const answer = await fetch(`${address}/admin/sign-in`, {
    method: 'POST',
    redirect: 'manual',
    headers: { cookie: cookieOf(door) },
    body: new URLSearchParams({ name: 'big', password: PASSWORD, _csrf: token }),
  });
  return cookieOf(answer);
}

function cookieOf(answer: Response): string {
  return answer.headers.getSetCookie()[0]!.split(';')[0]!;
}

const [file = 'data/big-shop.db', vouchers = '100000', usageRows = '1000000'] =
  process.argv.slice(2);
void main(file, Number(vouchers), Number(usageRows));
