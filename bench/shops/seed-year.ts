/**
 * Simulates a year of a shop's usage, through the product's own books and roll-up, and reports the size of
 * the file and how long the usage pages take on it:
 *
 *   npx tsx bench/shops/seed-year.ts /tmp/year.db [devices] [days]
 *
 * The file is overwritten, is a normal database afterwards, and can be served with
 * DATABASE_URL=sqlite:/tmp/year.db npm start. No router is needed.
 */
import { statSync } from 'node:fs';
import { compose } from '../../src/compose';
import { loadConfig } from '../../src/config';
import { removeBooks } from './remove-books';
import { ShopYear } from './shop-year';
import { timePages } from './time-pages';

async function main(file: string, devices: number, days: number): Promise<void> {
  removeBooks(file);
  // Nothing is booked before the first year of this program: a longer simulation ends later.
  const earliest = Date.parse('2026-01-02') + days * 86_400_000;
  const end = new Date(Math.max(earliest, Math.floor(Date.now() / 3_600_000) * 3_600_000));
  const year = new ShopYear({ devices, days, end, seed: 7 });
  const config = loadConfig({ DATABASE_URL: `sqlite:${file}`, LOG_LEVEL: 'error', PORT: '0' });
  const app = await compose(config, { clock: year.clock });
  try {
    const from = performance.now();
    const outcome = await year.live(app, (day) => {
      if (day % 30 === 0) console.error(`day ${day} of ${days} …`);
    });
    const seconds = Math.round((performance.now() - from) / 1000);
    const kept = await app.stores.usage.totals();
    await app.db.raw('pragma wal_checkpoint(truncate)');
    const rows: Record<string, number> = {};
    for (const table of ['usage_slots', 'usage_hours', 'usage_days', 'usage_totals', 'vouchers']) {
      const [row] = await app.db(table).count<{ count: number }[]>('* as count');
      rows[table] = row!.count;
    }
    const isWhole = kept.up === outcome.bytes.up && kept.down === outcome.bytes.down;
    const megabytes = Math.round(statSync(file).size / 100_000) / 10;
    print({ devices, days, samples: outcome.samples, seconds, megabytes, isWhole, ...rows });
    const day = dayText(year.clock.now(), 3);
    const [mac, code] = [outcome.mac, outcome.code];
    const pages = [
      '',
      `/${mac}`,
      `/vouchers/${code}`,
      ...outcome.plans.map((name) => `/plans/${name}`),
    ];
    await timePages(app, [
      ...pages.flatMap((page) =>
        ['day', 'week', 'month', 'year'].map((range) => `/usage${page}?range=${range}&at=${day}`),
      ),
      `/usage?range=month&at=${dayText(year.clock.now(), 40)}`,
      `/usage?range=day&at=${dayText(year.clock.now(), 300)}`,
      `/usage.csv?range=year&at=${day}&by=voucher`,
      `/plans/${outcome.plans[0]}/back-test?days=30&fup_threshold=500MB&fup_rate_up=256K&fup_rate_down=512K`,
    ]);
  } finally {
    await app.close();
  }
}

function dayText(now: Date, daysAgo: number): string {
  return new Date(now.getTime() - daysAgo * 86_400_000).toISOString().slice(0, 10);
}

function print(line: object): void {
  process.stdout.write(`${JSON.stringify(line)}\n`);
}

const [file = 'data/year.db', devices = '200', days = '365'] = process.argv.slice(2);
void main(file, Number(devices), Number(days));
