import { parseArgs } from 'node:util';
import type { Knex } from 'knex';
import { compose, type App } from '../src/compose';
import { loadConfig } from '../src/config';
import { slotAt } from '../src/domain/usage/usage-slots';
import { startPostgres } from './postgres';

/**
 * A year of usage on PostgreSQL: `node dist/bench/postgres-usage.js --rows 10000000` fills the tables of usage with so
 * many rows, asks what the pages ask and a loop reads, and prints the ten statements that took longest with
 * their plans, and the size of each table. The server is its own, without fsync.
 */

const VOUCHERS = 100_000;
const BATCH = 5_000;
const DEVICES = 5_000;
const DAYS = 365;
const HOURS_DAYS = 90;
const SLOTS_DAYS = 7;
const SHOWN = 10;
const SLOTS_OF_HOUR = 12;
const SLOTS_OF_DAY = 288;

interface Statement {
  page: string;
  sql: string;
  bindings: readonly unknown[];
  ms: number;
}

async function main(): Promise<void> {
  const { values } = parseArgs({ options: { rows: { type: 'string', default: '10000000' } } });
  const server = await startPostgres();
  const env = { DATABASE_URL: server.url, LOG_LEVEL: 'error', PORT: '0', TIMEZONE: 'UTC' };
  const app = await compose(loadConfig(env));
  try {
    await makeVouchers(app);
    const seconds = await fill(app.db, Number(values.rows));
    const counts = await sizes(app.db);
    const statements = await heaviest(app);
    console.log(JSON.stringify({ bench: 'postgres-usage', seconds, tables: counts }));
    for (const one of statements) {
      const plan = await explained(app.db, one);
      console.log(`\n## ${one.page}: ${one.ms} ms\n${one.sql.replaceAll(/\s+/g, ' ')}\n${plan}`);
    }
  } finally {
    await app.close();
    await server.stop();
  }
}

/** Nine of ten were used at some time of the year. */
async function makeVouchers({ services, db }: App): Promise<void> {
  for (let made = 0; made < VOUCHERS; made += BATCH) {
    const order = { plan: 'P5', count: BATCH, note: `week ${made / BATCH}` };
    await services.batches.generate(order, made % 2 === 0 ? 'maria' : 'ben');
  }
  const iso = (time: string) => `to_char(${time}, 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`;
  await db.raw(
    `update vouchers set status = 'expired', activated_at = used, started_at = used, expires_at = used
     from (select code as used_code,
       ${iso(`now() at time zone 'utc' - random() * interval '${DAYS} days'`)} as used from vouchers) as uses
     where code = used_code and hashtext(code) % 10 <> 0`,
  );
}

/** @returns how long it took */
async function fill(db: Knex, rows: number): Promise<number> {
  const from = performance.now();
  const today = Math.floor(slotAt(new Date()) / SLOTS_OF_DAY) * SLOTS_OF_DAY;
  const first = today - (DAYS - 1) * SLOTS_OF_DAY;
  await db.raw(
    `insert into usage_names (name, plan_id)
     select '02:00:00:00:' || lpad(to_hex(n / 256), 2, '0') || ':' || lpad(to_hex(n % 256), 2, '0'), null
     from generate_series(0, ?::int - 1) n`,
    [DEVICES],
  );
  await db.raw(
    `insert into usage_names (name, plan_id)
     select code, plan_id from vouchers join plan_versions p on p.id = plan_version_id`,
  );
  const tables = [
    { name: 'usage_days', step: SLOTS_OF_DAY, days: DAYS, part: 0.5 },
    { name: 'usage_hours', step: SLOTS_OF_HOUR, days: HOURS_DAYS, part: 0.4 },
    { name: 'usage_slots', step: 1, days: SLOTS_DAYS, part: 0.1 },
  ];
  for (const { name, step, days, part } of tables) {
    const times = (days * SLOTS_OF_DAY) / step;
    const each = Math.max(1, Math.min(DEVICES, Math.round((rows * part) / times)));
    // A device changes its voucher every few days; when there are more rows than devices it has several.
    const several = Math.max(1, Math.round((rows * part) / times / each));
    await db.raw(
      `insert into ${name} (slot, device, voucher, bytes_up, bytes_down)
       select slot, 1 + (d * 7919 + slot / ?::int) % ?::int, 1 + ?::int + (d * 20 + slot / 1152 + v * 3571) % ?::int,
         1000000 + d * 97, 20000000 + d * 8900
       from generate_series(?::int, ?::int, ?::int) slot, generate_series(1, ?::int) d,
         generate_series(1, ?::int) v on conflict do nothing`,
      [step, DEVICES, DEVICES, VOUCHERS, today - (days - 1) * SLOTS_OF_DAY, today, step, each, several], // prettier-ignore
    );
    console.error(`${name} is filled`);
  }
  for (const unit of ['hours', 'days']) {
    await db.raw(
      `insert into usage_plan_${unit} select slot, coalesce(plan_id, 0), sum(bytes_up), sum(bytes_down)
       from usage_${unit} join usage_names n on n.id = voucher group by 1, 2`,
    );
  }
  await db.raw(
    `insert into usage_totals select device, voucher, sum(bytes_up), sum(bytes_down)
     from usage_days group by 1, 2`,
  );
  for (const [flag, who] of [
    [0, 'device'],
    [1, 'voucher'],
  ] as const) {
    await db.raw(
      `insert into usage_years (slot, is_voucher, who, plan, bytes_up, bytes_down)
       select (extract(epoch from date_trunc('year', to_timestamp(slot * 300.0) at time zone 'utc')) / 300)::int,
         ?::int, ${who}, coalesce(plan_id, 0), sum(bytes_up), sum(bytes_down)
       from usage_days join usage_names n on n.id = voucher where slot < ? group by 1, 3, 4`,
      [flag, today],
    );
  }
  await db('usage_marks').update({
    ...{ hours_to: today, days_to: today, years_to: today, years_from: 0, years_zone: 'UTC' },
    ...{ slots_from: today - SLOTS_DAYS * SLOTS_OF_DAY, hours_from: first },
  });
  await db.raw('vacuum analyze');
  return Math.round((performance.now() - from) / 1000);
}

async function sizes(db: Knex): Promise<object[]> {
  const answer = await db.raw<{ rows: { name: string; rows: string; mb: string }[] }>(
    `select relname as name, n_live_tup as rows, round(pg_total_relation_size(relid) / 1e6) as mb
     from pg_stat_user_tables where n_live_tup > 10000 order by 3 desc`,
  );
  return answer.rows.map((row) => ({ ...row, rows: Number(row.rows), mb: Number(row.mb) }));
}

/** What the pages and a loop ask; the second time, when the server has read what it needs. */
async function heaviest(app: App): Promise<Statement[]> {
  const { usageHistory, usageReports, income, reports, voucherSearches } = app.services;
  const { vouchers, sessions } = app.stores;
  const [code] = (await app.db('vouchers').where({ status: 'expired' }).limit(1).pluck('code')) as [string]; // prettier-ignore
  const mac = '02:00:00:00:00:07';
  const year = { name: 'year', from: new Date(Date.now() - DAYS * 86_400_000), to: new Date() };
  const whole = { scope: 'whole shop' } as const;
  const range = { limit: 50, offset: 0 };
  const asked: Record<string, () => Promise<unknown>> = {};
  for (const span of ['day', 'week', 'month', 'year'] as const) {
    for (const [name, whose] of [
      ['shop', undefined],
      ['plan', { plan: 'P5' }],
      ['device', { mac }],
      ['voucher', { code }],
    ] as const) {
      // prettier-ignore
      const period = usageHistory.period(span, '');
      asked[`usage of a ${span}, ${name}`] = () => usageHistory.chart(period, whose);
      const by =
        name === 'shop' ? (['device', 'voucher', 'plan'] as const) : (['voucher'] as const);
      asked[`who used most in a ${span}, ${name}`] = () => usageHistory.top(by, period, whose, 10);
    }
  }
  asked['usage of a voucher, ever'] = () => usageReports.usageOfVoucher(code);
  asked['sales of a year'] = () => income.tables([year]);
  asked['vouchers by state'] = () => reports.countByStatus('whole shop');
  asked['list of vouchers'] = () => voucherSearches.page({ ...whole, hidesOpen: false }, range);
  asked['vouchers with a part of a code'] = () =>
    voucherSearches.page({ ...whole, text: code.slice(2, 6), hidesOpen: false }, range);
  asked['batches'] = () => reports.batches('whole shop', range);
  asked['round: vouchers'] = () => vouchers.ofInterest();
  asked['round: sessions'] = () => sessions.ofInterest();

  const all: Statement[] = [];
  for (const [page, ask] of Object.entries(asked)) {
    await ask();
    all.push(...(await statementsOf(app.db, page, ask)));
  }
  const longest = new Map<string, Statement>();
  for (const one of all.sort((a, b) => b.ms - a.ms)) {
    if (!longest.has(one.sql)) longest.set(one.sql, one);
  }
  return [...longest.values()].slice(0, SHOWN);
}

async function statementsOf(db: Knex, page: string, ask: () => Promise<unknown>) {
  const begun = new Map<string, number>();
  const found: Statement[] = [];
  const note = ({ __knexQueryUid: id }: { __knexQueryUid: string }) =>
    begun.set(id, performance.now());
  const end = (
    _answer: unknown,
    query: { sql: string; bindings: readonly unknown[]; __knexQueryUid: string },
  ) => {
    const ms = Math.round(performance.now() - begun.get(query.__knexQueryUid)!);
    found.push({ page, sql: query.sql, bindings: query.bindings, ms });
  };
  db.on('query', note).on('query-response', end);
  await ask();
  db.removeListener('query', note).removeListener('query-response', end);
  return found;
}

async function explained(db: Knex, { sql, bindings }: Statement): Promise<string> {
  const client = db.client as {
    acquireConnection(): Promise<{
      query(sql: string, values: unknown[]): Promise<{ rows: Record<string, string>[] }>;
    }>;
    releaseConnection(connection: unknown): Promise<void>;
  };
  const connection = await client.acquireConnection();
  try {
    const question = `explain (analyze, buffers, costs off, timing off) ${sql}`;
    const { rows } = await connection.query(question, [...bindings]);
    return rows.map((row) => Object.values(row)[0]).join('\n');
  } finally {
    await client.releaseConnection(connection);
  }
}

if (require.main === module) void main();
