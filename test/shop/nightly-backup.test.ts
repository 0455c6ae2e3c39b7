import { existsSync, mkdirSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { dueBackup, oldBackups } from '../../src/domain/shop/backup-schedule';
import { openDatabase } from '../../src/store/database/database';
import { restoreBooks } from '../../cli/database/restore-books';
import { temporaryFolder } from '../support/temporary-folder';
import { TestApp } from '../support/test-app';

/** Copies of the books, made every night while the shop runs. */

const ZONE = 'Asia/Manila'; // eight hours ahead

let shop: TestApp | undefined;

afterEach(async () => {
  await shop?.close();
  shop = undefined;
});

describe('which backup is due', () => {
  test.each([
    ['2026-11-20T19:59:59Z', 'pisonet-2026-11-20.db'], // 03:59 on the 21st
    ['2026-11-20T20:00:00Z', 'pisonet-2026-11-21.db'],
    ['2026-11-21T15:59:00Z', 'pisonet-2026-11-21.db'],
    ['2026-12-31T17:00:00Z', 'pisonet-2026-12-31.db'], // 01:00 on New Year's Day
  ])('at %s it is %s', (now, name) => {
    expect(dueBackup(new Date(now), '04:00', ZONE)).toBe(name);
  });

  test('the newest stay, and nothing else is ever deleted', () => {
    const day = fc.date({
      min: new Date('2020-01-01'),
      max: new Date('2039-12-31'),
      noInvalidDate: true,
    });
    const ours = day.map((at) => `pisonet-${at.toISOString().slice(0, 10)}.db`);
    const files = fc.uniqueArray(fc.oneof(ours, fc.string(), fc.constant('pisonet-2026-1-1.db')));
    fc.assert(
      fc.property(files, fc.integer({ min: 1, max: 30 }), (all, keep) => {
        const mine = all.filter((name) => /^pisonet-\d{4}-\d\d-\d\d\.db$/.test(name));
        const gone = new Set(oldBackups(all, keep));
        const left = mine.filter((name) => !gone.has(name));
        expect(left).toHaveLength(Math.min(keep, mine.length));
        for (const name of gone) {
          expect(mine).toContain(name);
          for (const one of left) expect(one > name).toBe(true);
        }
      }),
    );
  });
});

async function open(env: Record<string, string> = {}) {
  const folder = temporaryFolder();
  const database = join(folder, 'shop.db');
  shop = await TestApp.start({ database, env });
  const { backups } = shop.app.services;
  const night = () => backups.backUpIfDue();
  // A clock is trusted when it has run evenly for a while.
  await night();
  shop.clock.advance(10 * 60_000);
  const files = () => readdirSync(join(folder, 'backups')).sort();
  const alerts = async () =>
    (await shop!.app.stores.journal.openAlerts()).filter(({ kind }) => kind === 'backup failed');
  const sell = async (count: number) => {
    const { vouchers } = await shop!.app.services.batches.generate({ plan: 'P5', count }, 'test');
    return vouchers.map(({ code }) => code);
  };
  return { folder, shop, backups, night, files, alerts, sell };
}

test('one a night, private, whole, and the oldest goes', async () => {
  const { shop, sell, night, files, folder, backups } = await open({ BACKUP_KEEP: '2' });
  expect(backups.status?.all).toEqual([]);
  await night();
  await night();
  expect(files()).toEqual(['pisonet-2026-11-21.db']);
  const sold = await sell(2);
  for (let days = 0; days < 2; days += 1) {
    shop.clock.advance(24 * 3_600_000);
    await night();
  }
  expect(files()).toEqual(['pisonet-2026-11-22.db', 'pisonet-2026-11-23.db']);
  const file = join(folder, 'backups', 'pisonet-2026-11-23.db');
  expect(statSync(file).mode & 0o777).toBe(0o600);
  expect(backups.status?.all.map(({ name }) => name)).toEqual(files().reverse());

  const restored = join(temporaryFolder(), 'restored.db');
  await restoreBooks(file, restored);
  const db = await openDatabase(restored);
  expect((await db('vouchers').pluck('code')).sort()).toEqual(sold.sort());
  await db.destroy();
});

test('is whole while the shop sells', async () => {
  const { sell, night, files, folder } = await open();
  const selling = sell(300);
  await night();
  await selling;
  expect(files()).toEqual(['pisonet-2026-11-21.db']);
  const db = await openDatabase(join(folder, 'backups', 'pisonet-2026-11-21.db'));
  expect(await db.raw('pragma integrity_check')).toEqual([{ integrity_check: 'ok' }]);
  // A batch is in the copy with all of its vouchers, or not at all.
  expect([0, 300]).toContain((await db('vouchers').select('code')).length);
  await db.destroy();
});

test('a USB drive that is not plugged in is an alert until it is back', async () => {
  const stick = join(temporaryFolder(), 'stick');
  const { night, files, alerts } = await open({ BACKUP_COPY_FOLDER: stick });
  await night();
  expect(files()).toEqual(['pisonet-2026-11-21.db']);
  expect(await alerts()).toEqual([
    expect.objectContaining({
      subject: stick,
      message: expect.stringContaining(`could not be written to ${stick}`) as string,
    }),
  ]);
  expect(existsSync(stick)).toBe(false);
  mkdirSync(stick);
  writeFileSync(join(stick, 'photo.jpg'), '');
  await night();
  expect(readdirSync(stick).sort()).toEqual(['photo.jpg', 'pisonet-2026-11-21.db']);
  expect(await alerts()).toEqual([]);
});

test('a folder that cannot be written is an alert, and leaves no half file', async () => {
  const { folder, night, alerts } = await open();
  const place = join(folder, 'backups');
  writeFileSync(place, 'a file where the folder should be');
  await night();
  expect(await alerts()).toEqual([expect.objectContaining({ subject: place })]);
  rmSync(place);
  await night();
  expect(await alerts()).toEqual([]);
  expect(readdirSync(place)).toEqual(['pisonet-2026-11-21.db']);
});

test('a clock that says 1970 makes no backup, and pushes none out', async () => {
  const { shop, night, files } = await open({ BACKUP_KEEP: '1' });
  await night();
  shop.clock.set('1970-01-01T00:05:00Z');
  await night();
  shop.clock.advance(24 * 3_600_000);
  await night();
  expect(files()).toEqual(['pisonet-2026-11-21.db']);
});

test('can be switched off', async () => {
  const { folder, night, backups } = await open({ BACKUP_KEEP: '0' });
  await night();
  expect(existsSync(join(folder, 'backups'))).toBe(false);
  expect(backups.status).toBeUndefined();
});
