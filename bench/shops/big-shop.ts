import type { Knex } from 'knex';
import { compose, type App } from '../../src/compose';
import { loadConfig } from '../../src/config';
import { slotAt } from '../../src/domain/usage/usage-slots';
import { parseCode } from '../../src/domain/vouchers/voucher-code';
import { Simulator } from '../../src/simulator/simulator';
import { removeBooks } from './remove-books';

/** The books of a big shop, as a year leaves them. */

const BATCH = 5_000;
const STEP = 50_000;
const DAYS = 365;
const DEVICES = 400;
const RAW_DAYS = 7;
/** A day of the previous year. */
const LAST_YEAR = `${new Date().getUTCFullYear() - 1}-12-30`;

export interface BigShop {
  app: App;
  /** Rows by table. */
  counts: Record<string, number>;
  /** A voucher that was used. */
  code: string;
  close(): Promise<void>;
}

/** @param file is overwritten; a simulated router answers */
export async function openBigShop(
  file: string,
  vouchers: number,
  usageRows: number,
): Promise<BigShop> {
  removeBooks(file);
  const simulator = await Simulator.start();
  const config = loadConfig({
    DATABASE_URL: `sqlite:${file}`,
    LOG_LEVEL: 'error',
    PORT: '0',
    MIKROTIK_HOST: '127.0.0.1',
    MIKROTIK_PORT: String(simulator.port),
    MIKROTIK_WAN_INTERFACE: 'ether1',
    // Longer than the default, or half of the hours would be deleted.
    USAGE_KEEP_HOURLY_DAYS: '400',
  });
  const app = await compose(config);
  await makeVouchers(app, vouchers);
  await sellMost(app.db);
  await makeUsage(app.db, usageRows);
  await makePast(app.db);
  await app.services.historyKeeper.rollUp(new Date());
  await goOnline(app, simulator);
  const [{ code }] = (await app.db('sessions').select('code').limit(1)) as [{ code: string }];
  return {
    app,
    code,
    counts: await countRows(app.db),
    close: async () => {
      await app.routerSide!.controller.leave();
      await app.close();
      await simulator.stop();
    },
  };
}

/** Pages of the admin, below `/admin`, and of the portal. @param code a voucher that was used */
export function bigShopPages(code: string): string[] {
  return [
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
    '/batches?page=3',
    '/batches/new?plan=P5&count=20',
    '/batches/import',
    '/batches/7',
    '/batches/7/print',
    '/reports',
    `/reports?from=${new Date(Date.now() - (DAYS - 1) * 86_400_000).toISOString().slice(0, 10)}`,
    '/usage',
    '/usage?range=month',
    '/usage?range=week',
    '/usage?range=year',
    `/usage?range=year&at=${LAST_YEAR}`,
    ...['/usage/plans/P5', '/usage/02:00:00:00:00:07', `/usage/vouchers/${code}`].flatMap((page) =>
      ['day', 'month', 'year'].map((range) => `${page}?range=${range}`),
    ),
    `/usage/plans/P5?range=year&at=${LAST_YEAR}`,
    `/usage/02:00:00:00:00:07?range=year&at=${LAST_YEAR}`,
    '/plans/P5/back-test?days=30&fup_threshold=500MB&fup_rate_up=256K&fup_rate_down=512K',
    '/plans/P20/simulation?down=100GB&up=10GB&devices=1&days=30',
    '/bandwidth/02:00:00:00:00:07/speeds',
    '/notices',
    '/bandwidth',
    '/bandwidth/queues',
    '/api/user-traffic',
    '/alerts',
    '/router',
    '/staff',
    '/settings',
    '/log',
    '/account',
    '/account/second-step',
    '/plans',
    '/plans/new',
    '/plans/P5',
    '/audit',
    '/audit?q=ben',
    '/audit?q=nobody',
    '/audit?q=voucher+redeemed',
    '/audit?q=loop',
    '/portal',
    '/portal/status',
    '/portal/status.json',
    '/captive-portal/api',
  ];
}

async function makeVouchers({ services }: App, count: number): Promise<void> {
  const plans = await services.plans.list();
  for (let made = 0; made < count; made += BATCH) {
    const plan = plans[(made / BATCH) % plans.length]!.name;
    const order = { plan, count: Math.min(BATCH, count - made), note: `week ${made / BATCH}` };
    await services.batches.generate(order, made % 2 === 0 ? 'maria' : 'ben');
  }
}

/** Nine of ten were used, spread over a year; a few hundred of those are running now. */
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

/** One row per hour over a year, as the loop and the roll-up leave them; the days are not closed yet. */
async function makeUsage(db: Knex, count: number): Promise<void> {
  const codes: string[] = await db('vouchers').whereNot({ status: 'unused' }).pluck('code');
  const hours = DAYS * 24;
  const start = Math.floor(Date.now() / 3_600_000) * 3_600_000;
  const macs = Array.from({ length: DEVICES }, (_, device) => macOf(device));
  await db.raw(
    `insert into usage_names (name, plan_id) select value, plan_id from json_each(?)
     left join vouchers on code = value left join plan_versions p on p.id = plan_version_id`,
    [JSON.stringify([...macs, ...codes])],
  );
  await db('usage_marks').update({ hours_to: slotAt(new Date(start)) + 12, hours_from: 0 });
  // Each device is online some hours of each day, and has its own voucher for some days.
  const daysEach = Math.ceil((DEVICES * DAYS) / codes.length);
  const every = (hours * DEVICES) / count;
  for (let made = 0; made < count; made += STEP) {
    const rows = Array.from({ length: Math.min(STEP, count - made) }, (_, index) => {
      const n = made + index;
      const visit = Math.floor(n * every);
      const [device, hour] = [Math.floor(visit / hours), visit % hours];
      const code = codes[Math.floor((device * DAYS + hour / 24) / daysEach) % codes.length];
      const slot = slotAt(new Date(start - hour * 3_600_000));
      return [slot, macs[device], code, (n % 97) * 100_000, (n % 89) * 1_000_000];
    });
    await db.raw(
      `insert into usage_hours
       select value->>0, d.id, v.id, value->>3, value->>4 from json_each(?)
       join usage_names d on d.name = value->>1 join usage_names v on v.name = value->>2
       where true on conflict do nothing`,
      [JSON.stringify(rows)],
    );
  }
  // The hours of the last days are also kept in slots.
  await db.raw(
    `insert into usage_slots
     select slot + five.value, device, voucher, bytes_up / 12, bytes_down / 12
     from usage_hours, json_each('[0,1,2,3,4,5,6,7,8,9,10,11]') five where slot >= ?`,
    [slotAt(new Date(start - RAW_DAYS * 86_400_000))],
  );
}

function macOf(device: number): string {
  return `02:00:00:00:${hex(device >> 8)}:${hex(device & 255)}`;
}

/** One use for each device and voucher: the hold, how fast it was, and its audit entries. */
async function makePast(db: Knex): Promise<void> {
  const pairs = `(select v.name as code, d.name as mac, max(slot) as slot from usage_hours
    join usage_names v on v.id = voucher join usage_names d on d.id = device group by 1, 2)`;
  const at = `strftime('%Y-%m-%dT%H:%M:%fZ', slot * 300, 'unixepoch')`;
  await db.raw(
    `insert into devices (mac, address, first_seen_at, last_seen_at)
     select mac, '10.5.50.9', min(${at}), max(${at}) from ${pairs} group by mac`,
  );
  await db.raw(
    `insert into sessions (code, mac, state, created_at, opened_at, ended_at, end_reason)
     select code, mac, 'ended', ${at}, ${at}, ${at}, 'expired' from ${pairs} order by slot`,
  );
  for (const reason of ['full speed', 'fair use']) {
    await db.raw(
      `insert into speed_changes (mac, code, at, until_at, rate_up, rate_down, reason, used_bytes)
       select mac, code, opened_at, ended_at, 1000000, 2000000, ?, 0 from sessions`,
      [reason],
    );
  }
  for (const what of ['voucher redeemed', 'device let in', 'session ended', 'queue removed']) {
    await db.raw(
      `insert into audit (at, who, what, subject) select opened_at, 'loop', ?, code from sessions`,
      [what],
    );
  }
}

async function countRows(db: Knex): Promise<Record<string, number>> {
  const rows: Record<string, number> = {};
  for (const table of [
    'vouchers',
    'usage_slots',
    'usage_hours',
    'usage_days',
    'usage_years',
    'sessions',
    'speed_changes',
    'audit',
  ]) {
    const [row] = await db(table).count<{ count: number }[]>('* as count');
    rows[table] = row!.count;
  }
  return rows;
}

/** This computer is a customer, so that the portal has something to show. */
async function goOnline({ services, routerSide }: App, simulator: Simulator): Promise<void> {
  simulator.addDevice({ mac: '02:00:00:00:00:07', address: '127.0.0.1' });
  const host = await routerSide!.controller.whoIsAt('127.0.0.1');
  const { vouchers } = await services.batches.generate({ plan: 'P5', count: 1 }, 'seed');
  await services.redemptions.redeem(parseCode(vouchers[0]!.code), host!);
}

function hex(byte: number): string {
  return byte.toString(16).toUpperCase().padStart(2, '0');
}
