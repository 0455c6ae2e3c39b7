import pino from 'pino';
import { compose } from '../../src/compose';
import { loadConfig } from '../../src/config';
import { parseMac } from '../../src/domain/units';
import { benchAddress, benchMac } from './router-process';

/**
 * One shop process. `fill` puts online devices into the books and on the router, and ends; `measure` starts
 * from that, as a shop does after a restart, and runs measured rounds when told.
 */

export interface PassOrder {
  /** The router cut its connections: a new one is not part of the round. */
  restarted?: boolean;
}

export interface PassFigures {
  wallMs: number;
  cpuMs: number;
  sentences: number;
  writes: number;
  rowsWritten: number;
  rssMb: number;
}

async function main(): Promise<void> {
  const [task, port, devices, database, profiles] = process.argv.slice(2);
  const config = loadConfig({
    DATABASE_URL: `sqlite:${database}`,
    PROFILES_FILE: profiles!,
    MIKROTIK_HOST: '127.0.0.1',
    MIKROTIK_PORT: port!,
  });
  const app = await compose(config, { log: pino({ level: 'silent' }) });
  const { controller } = app.routerSide!;
  const count = Number(devices);
  if (task === 'fill') await openShop();
  const first = await controller.reconcile();
  if (first.errors > 0 || first.devices !== count) throw new Error(first.messages.join('\n'));
  if (task === 'fill') {
    await app.close();
    process.disconnect();
    return;
  }
  process.on('message', ({ restarted }: PassOrder) => {
    void (restarted ? reconnect() : Promise.resolve())
      .then(measure)
      .then((figures) => process.send!(figures));
  });
  process.on('disconnect', () => process.exit());
  process.send!({ ready: true });

  /** Every device holds a voucher, as if it had been redeemed just now. */
  async function openShop(): Promise<void> {
    const batches = Math.ceil(count / 10_000);
    const now = app.clock.now();
    const later = new Date(now.getTime() + 3_600_000);
    for (let batch = 0; batch < batches; batch += 1) {
      const size = Math.min(10_000, count - batch * 10_000);
      const order = { plan: 'BENCH', count: size };
      const { vouchers } = await app.services.batches.generate(order, 'bench');
      await app.stores.transaction(async ({ sessions }) => {
        for (const [index, { code }] of vouchers.entries()) {
          const mac = parseMac(benchMac(batch * 10_000 + index));
          await sessions.seeDevices([{ mac, address: benchAddress(index) }], now);
          await sessions.addPending(code, mac, now, later);
        }
      });
    }
  }

  async function reconnect(): Promise<void> {
    for (let isUp = false; !isUp;) {
      isUp = await controller.whoIsAt(benchAddress(0)).then(
        () => true,
        () => false,
      );
    }
  }

  async function measure(): Promise<PassFigures> {
    const rowsBefore = await totalChanges();
    const cpuBefore = process.cpuUsage();
    const start = performance.now();
    const report = await controller.reconcile();
    const wallMs = performance.now() - start;
    const cpu = process.cpuUsage(cpuBefore);
    if (report.errors > 0) throw new Error(report.messages.join('\n'));
    return {
      wallMs,
      cpuMs: (cpu.user + cpu.system) / 1000,
      sentences: report.sentences,
      writes: report.writes,
      rowsWritten: (await totalChanges()) - rowsBefore,
      rssMb: process.resourceUsage().maxRSS / 1024,
    };
  }

  async function totalChanges(): Promise<number> {
    const rows: { changes: number }[] = await app.db.raw('select total_changes() as changes');
    return rows[0]!.changes;
  }
}

void main();
