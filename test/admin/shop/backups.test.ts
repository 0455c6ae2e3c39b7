import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { restoreBooks } from '../../../cli/database/restore-books';
import { openDatabase } from '../../../src/store/database/database';
import { AdminShop } from '../../support/admin-shop';
import { temporaryFolder } from '../../support/temporary-folder';

/** The page of the backups. */

/** Signing in costs a processor what it should. */
jest.setTimeout(20_000);

let open: AdminShop;

afterEach(() => open.close());

test('an owner takes a whole copy of the books away; nobody else can', async () => {
  const folder = temporaryFolder();
  open = await AdminShop.open({ database: join(folder, 'shop.db') });
  const { services, stores } = open.shop.app;
  await services.batches.generate({ plan: 'P5', count: 3 }, 'test');
  const operator = await open.signedIn('operator');
  await operator.get('/admin');
  expect((await operator.post('/admin/backups/download')).status).toBe(403);

  const owner = await open.signedIn('owner');
  expect((await owner.get('/admin/backups')).text).toContain('No backups yet');
  const answer = await fetch(`${open.address}/admin/backups/download`, {
    method: 'POST',
    headers: { cookie: owner.cookie },
    body: new URLSearchParams({ _csrf: owner.token }),
  });
  expect(answer.headers.get('content-disposition')).toBe(
    'attachment; filename=pisonet-2026-11-21.db',
  );
  const file = join(folder, 'taken.db');
  writeFileSync(file, Buffer.from(await answer.arrayBuffer()));
  const restored = join(folder, 'restored.db');
  await restoreBooks(file, restored);
  const db = await openDatabase(restored);
  expect(await db('vouchers').pluck('code')).toHaveLength(3);
  await db.destroy();
  const audit = await stores.journal.auditAfter(0);
  expect(audit.filter(({ what }) => what === 'backup taken')).toEqual([
    expect.objectContaining({ who: 'owner' }),
  ]);
});

test('the page lists the nights', async () => {
  open = await AdminShop.open({ database: join(temporaryFolder(), 'shop.db') });
  const { backups } = open.shop.app.services;
  await backups.backUpIfDue();
  open.shop.clock.advance(10 * 60_000);
  await backups.backUpIfDue();
  const owner = await open.signedIn('owner');
  expect((await owner.get('/admin/backups')).text).toContain('pisonet-2026-11-21.db');
});

test('books in memory are not a file: said, not an empty copy', async () => {
  open = await AdminShop.open({ env: { DATABASE_URL: 'sqlite::memory:' } });
  const owner = await open.signedIn('owner');
  await owner.get('/admin');
  const page = await owner.post('/admin/backups/download');
  expect(page.status).toBe(422);
  expect(page.text).toContain('Only a database in a file can be copied');
});
