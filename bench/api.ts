import { randomUUID } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Knex } from 'knex';
import { systemClock } from '../src/clock';
import { Tokens } from '../src/services/staff/tokens';
import { openDatabase } from '../src/store/database/database';
import { Stores } from '../src/store/stores';
import { ask, cpuMs, median, next, rounded, start, startShop, type ShopProcess } from './children';
import type { LoadedRequest, LoadFigures, LoadOrder } from './processes/load-process';

/**
 * The API of a shop with 10,000 subscribers: the list of plans against a bare Express route that answers the same
 * bytes, and how long reads and writes take while fifty programs ask as fast as they can.
 */

const SUBSCRIBERS = 10_000;
const CONNECTIONS = 50;
const SECONDS = 5;
const ROUNDS = 3;
const WARM_UP_SECONDS = 2;
const INSERTED_AT_ONCE = 200;
const TOKENS = 200;
const FRESH_TOKENS = 40;

/** @param profiles the plans' file */
export async function benchApi(folder: string, profiles: string): Promise<object> {
  const file = join(folder, 'api.db');
  const env = { DATABASE_URL: `sqlite:${file}`, PROFILES_FILE: profiles };
  await (await startShop(folder, env)).stop(); // makes the books
  const tokens = await fill(file);
  const shop = await startShop(folder, env);
  const load = start('load-process');
  await next(load);
  try {
    const plans = await besideBare(shop, tokens, folder, (order) => ask(load, order));
    const reads = await measured(READS);
    const writes = await measured(WRITES);
    return {
      ...{ bench: 'api', subscribers: SUBSCRIBERS, connections: CONNECTIONS },
      ...plans,
      ...{ readsPerSecond: Math.round(reads.requestsPerSecond), readP50Ms: reads.p50Ms },
      readP97Ms: reads.p97Ms,
      ...{ writesPerSecond: Math.round(writes.requestsPerSecond), writeP50Ms: writes.p50Ms },
      writeP97Ms: writes.p97Ms,
    };
  } finally {
    load.disconnect();
    await shop.stop();
  }

  async function measured(paths: readonly LoadedRequest[]): Promise<LoadFigures> {
    const order = { url: shop.origin, connections: CONNECTIONS };
    const fresh = () => {
      // Each of the programs begins with the first token, which may make only so many in a minute.
      tokens.push(...tokens.splice(0, FRESH_TOKENS));
      return withTokens(paths, tokens);
    };
    const warmUp = { ...order, seconds: WARM_UP_SECONDS, requests: fresh() };
    await ask(load, warmUp satisfies LoadOrder);
    const figures = await ask<LoadFigures>(load, { ...order, seconds: SECONDS, requests: fresh() });
    if (figures.failures > 0) throw new Error(`${figures.failures} requests of the API failed`);
    return figures;
  }
}

const get = (path: string): LoadedRequest => ({ method: 'GET', path: `/api/v1${path}` });
const post = (path: string, body: object): LoadedRequest => ({
  ...{ method: 'POST', path: `/api/v1${path}`, body: JSON.stringify(body) },
});

const READS = [
  get('/plans'),
  get('/plans/BENCH'),
  get(`/subscribers?limit=50&cursor=${Buffer.from('from 5000').toString('base64url')}`),
  get('/subscribers/4711'),
  get('/invoices?subscriber=4711'),
  get('/invoices/42'),
  get('/vouchers?limit=20'),
  get('/sales'),
];
const WRITES = [
  post('/vouchers', { plan: 'BENCH' }),
  post('/subscribers', { name: 'Another one' }),
  post('/subscribers/{n}/payments', { amount: 100 }),
  post('/vouchers', { plan: 'P5', count: 5 }),
];

/** Ours and the bare one in turn. */
async function besideBare(
  shop: ShopProcess,
  tokens: readonly string[],
  folder: string,
  ask: (order: LoadOrder) => Promise<LoadFigures>,
) {
  const url = `${shop.origin}/api/v1/plans`;
  const headers = { authorization: `Bearer ${tokens[0]}` };
  const answer = join(folder, 'plans-answer.json');
  writeFileSync(answer, await (await fetch(url, { headers })).text());
  const bare = start('bare-json-process', answer);
  const { port } = await next<{ port: number }>(bare);
  const requests = withTokens([get('/plans')], tokens);
  const ours = (seconds: number) =>
    ask({ url: shop.origin, connections: CONNECTIONS, seconds, requests });
  const theirs = (seconds: number) =>
    ask({ url: `http://127.0.0.1:${port}/`, connections: CONNECTIONS, seconds });
  await ours(WARM_UP_SECONDS);
  await theirs(WARM_UP_SECONDS);
  const found: Record<'ours' | 'theirs', Figures[]> = { ours: [], theirs: [] };
  for (let round = 0; round < ROUNDS; round += 1) {
    found.ours.push(await withCpu(shop.pid, () => ours(SECONDS)));
    found.theirs.push(await withCpu(bare.pid, () => theirs(SECONDS)));
  }
  bare.disconnect();
  const failures = found.ours.reduce((sum, one) => sum + one.failures, 0);
  if (failures > 0) throw new Error(`${failures} requests of plans failed`);
  const of = (whose: Figures[], what: 'requestsPerSecond' | 'cpuMs') =>
    median(whose.map((one) => one[what]));
  return {
    plansPerSecond: Math.round(of(found.ours, 'requestsPerSecond')),
    barePerSecond: Math.round(of(found.theirs, 'requestsPerSecond')),
    ratioToBare: rounded(
      of(found.ours, 'requestsPerSecond') / of(found.theirs, 'requestsPerSecond'),
    ),
    // Of the processor alone, which other work on the computer does not change.
    cpuRatioToBare: rounded(of(found.theirs, 'cpuMs') / of(found.ours, 'cpuMs')),
  };
}

/** `cpuMs` is of one request. */
type Figures = LoadFigures & { cpuMs: number };

async function withCpu(
  pid: number | undefined,
  load: () => Promise<LoadFigures>,
): Promise<Figures> {
  const before = cpuMs(pid) ?? NaN;
  const figures = await load();
  return { ...figures, cpuMs: ((cpuMs(pid) ?? NaN) - before) / figures.requests };
}

/** Each of the requests with each of the tokens, which are limited one by one. */
function withTokens(requests: readonly LoadedRequest[], tokens: readonly string[]) {
  return tokens.flatMap((token, n) =>
    requests.map((one) => ({
      ...{ ...one, path: one.path.replace('{n}', String(n + 1)) },
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    })),
  );
}

/** Subscribers with a plan and a paid invoice. @returns tokens enough for the whole bench */
async function fill(file: string): Promise<string[]> {
  const db = await openDatabase(file);
  try {
    const plan = (await db('plans').first<{ id: number }>('id')).id;
    const rows = Array.from({ length: SUBSCRIBERS }, (_, n) => rowsOf(n + 1, plan));
    for (const table of TABLES) {
      await db.batchInsert(table, rows.map((one) => one[table]), INSERTED_AT_ONCE); // prettier-ignore
    }
    return await makeTokens(db);
  } finally {
    await db.destroy();
  }
}

async function makeTokens(db: Knex): Promise<string[]> {
  const tokens = new Tokens(new Stores(db), systemClock, { timeZone: 'Asia/Manila' });
  const made: string[] = [];
  for (let n = 0; n < TOKENS; n += 1) {
    const { token } = await tokens.add({ name: `${n} ${randomUUID()}`, scope: 'admin' }, 'bench');
    made.push(token);
  }
  return made;
}

const TABLES = ['subscribers', 'subscriber_plans', 'invoices', 'invoice_lines'] as const;

function rowsOf(id: number, plan: number): Record<(typeof TABLES)[number], object> {
  const at = new Date(Date.now() - 86_400_000).toISOString();
  const until = new Date(Date.now() + 29 * 86_400_000).toISOString();
  return {
    subscribers: {
      ...{ id, name: `Subscriber ${id}`, contact: '09171234567', address: '', notes: '' },
      ...{ login_kind: 'hotspot', login: `user${id}`, password: 'secret', status: 'active' },
      ...{ discount: 0, billed_to: until, created_at: at, created_by: 'bench' },
    },
    subscriber_plans: {
      ...{ id, subscriber_id: id, plan_id: plan, kind: 'assigned', cycle: 'monthly' },
      ...{ anchor_at: at, from_at: at, created_by: 'bench' },
    },
    invoices: {
      ...{ id, subscriber_id: id, subscriber_plan_id: id, number: id, status: 'paid' },
      ...{ cycle_from: at, cycle_to: until, period_from: at, plan_name: 'Home' },
      ...{ plan_price: 30_000, total_minor: 30_000, currency: 'PHP' },
      ...{ issued_at: at, due_at: until, paid_at: at },
    },
    invoice_lines: { invoice_id: id, kind: 'plan', text: 'Home', amount_minor: 30_000 },
  };
}
