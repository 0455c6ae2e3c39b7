import { total } from '../../src/domain/units';
import { VOUCHER_STATUSES, type VoucherStatus } from '../../src/domain/vouchers/voucher';
import { statusText } from '../../src/format/state-text';
import { databaseName } from '../../src/config';
import type { BackupStatus } from '../../src/services/shop/nightly-backup';
import { databaseBytes } from '../../src/store/database/database-file';
import { alertsJson, alertsNow, alertsText } from '../server/alerts-now';
import { command } from '../shell/command';
import { fieldList } from '../shell/text-table';
import { sizeText, timeText } from '../shell/figures';

export const showStats = command({
  name: 'stats',
  summary: 'Show how many vouchers, devices and bytes there are, and what is wrong',
  example: 'stats --json',
  parameters: {},
  run: async (app) => {
    const { vouchers, sessions, usage } = app.stores;
    const open = (await sessions.ofInterest()).filter(({ state }) => state === 'open');
    return {
      vouchers: countsOf(await vouchers.countByStatus()),
      devicesWithVoucher: new Set(open.map(({ mac }) => mac)).size,
      used: await usage.totals(),
      alerts: await alertsNow(app),
      database: { file: databaseName(app.config.database), bytes: await databaseBytes(app.db) },
      backups: app.services.backups.status,
    };
  },
  json: ({ vouchers, devicesWithVoucher, used, alerts, database, backups }) => ({
    vouchers,
    devicesWithVoucher,
    bytesUp: used.up,
    bytesDown: used.down,
    alerts: alertsJson(alerts),
    database,
    lastBackup: backups?.all[0] ?? null,
  }),
  text: ({ vouchers, devicesWithVoucher, used, alerts, database, backups }, timeZone) => {
    const fields = fieldList([
      ...VOUCHER_STATUSES.map(
        (status) => [`Vouchers ${statusText(status)}`, String(vouchers[status])] as const,
      ),
      ['Devices with a voucher running', String(devicesWithVoucher)],
      ['Traffic of all time', `${sizeText(total(used))} (${sizeText(used.up)} up)`],
      ['Database', `${database.file}, ${sizeText(database.bytes)}`],
      ['Last nightly backup', backupText(backups, timeZone)],
    ]);
    return `${fields}\n\n${alertsText(alerts, timeZone, 'No alerts.')}`;
  },
});

function backupText(backups: BackupStatus | undefined, timeZone: string): string {
  if (!backups) return 'switched off';
  const [newest] = backups.all;
  if (!newest) return `none yet in ${backups.folder}`;
  return `${newest.name}, ${sizeText(newest.bytes)}, at ${timeText(newest.madeAt, timeZone)}`;
}

/** Zero for those that no voucher has. */
function countsOf(found: Partial<Record<VoucherStatus, number>>): Record<VoucherStatus, number> {
  const counts = VOUCHER_STATUSES.map((status) => [status, found[status] ?? 0] as const);
  return Object.fromEntries(counts) as Record<VoucherStatus, number>;
}
