import { createHmac } from 'node:crypto';
import fs, { chmodSync, mkdirSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Knex } from 'knex';
import { connectAsIs, openDatabase } from '../../src/store/database/database';
import { copyDatabase } from '../../src/store/database/database-file';
import { keyFile, SecretKey } from '../../src/store/database/secret-key';
import { AdminShop } from '../support/admin-shop';
import { temporaryFolder } from '../support/temporary-folder';

/** What the shop keeps on the disk is its owner's alone, and a copy of the books opens nothing. */

let folder: string;

beforeEach(() => {
  folder = temporaryFolder();
});

const modeOf = (path: string) => statSync(path).mode & 0o777;

test('a new database and its folder are for their owner only, and so is what SQLite keeps beside it', async () => {
  const file = join(folder, 'shop', 'pisonet.db');
  const db = await openDatabase(file);
  await db('shop_settings').insert({ name: 'a', value: 'b' });
  expect(modeOf(join(folder, 'shop'))).toBe(0o700);
  for (const ending of ['', '-wal', '-shm']) expect(modeOf(file + ending)).toBe(0o600);
  await db.destroy();
});

test('books that an earlier version left open to everybody are closed; a folder of others stays', async () => {
  const shared = join(folder, 'shared');
  mkdirSync(shared);
  chmodSync(shared, 0o755);
  const file = join(shared, 'pisonet.db');
  writeFileSync(file, '', { mode: 0o644 });
  const db = await openDatabase(file);
  expect(modeOf(file)).toBe(0o600);
  expect(modeOf(shared)).toBe(0o755);
  await db.destroy();
});

test('the key is made once, for its owner only, and two programs at once use the same', () => {
  const databaseFile = join(folder, 'pisonet.db');
  const first = new SecretKey({ databaseFile });
  const second = new SecretKey({ databaseFile });
  expect(second.derive('one')).toBe(first.derive('one'));
  expect(first.derive('two')).not.toBe(first.derive('one'));
  expect(modeOf(keyFile(databaseFile))).toBe(0o600);
  expect(new SecretKey({ databaseFile, given: 'x'.repeat(32) }).derive('one')).not.toBe(
    first.derive('one'),
  );
});

test.each(['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS'])(
  'on a disk that has no links (%s) the key is kept all the same, and one that is there stays',
  (code) => {
    const databaseFile = join(folder, 'pisonet.db');
    const said: string[] = [];
    const options = { databaseFile, onNotKept: (reason: string) => said.push(reason) };
    let meanwhile = () => {};
    const link = jest.spyOn(fs, 'linkSync').mockImplementation(() => {
      meanwhile();
      throw Object.assign(new Error(`${code}: no links here`), { code });
    });
    try {
      const first = new SecretKey(options).derive('one');
      expect(new SecretKey(options).derive('one')).toBe(first);
      expect(modeOf(keyFile(databaseFile))).toBe(0o600);
      rmSync(keyFile(databaseFile));
      // Another program was faster.
      meanwhile = () => writeFileSync(keyFile(databaseFile), 'k'.repeat(43));
      const late = new SecretKey(options).derive('one');
      expect(late).toBe(new SecretKey(options).derive('one'));
      expect(late).not.toBe(first);
      expect(said).toEqual([]);
      expect(readdirSync(folder)).toEqual(['pisonet.key']);
    } finally {
      link.mockRestore();
    }
  },
);

test('where the key cannot be saved it lasts for this run, and that is said', () => {
  const said: string[] = [];
  const databaseFile = join(folder, 'no such folder', 'pisonet.db');
  const key = new SecretKey({ databaseFile, onNotKept: (reason) => said.push(reason) });
  expect(key.derive('one')).toBe(key.derive('one'));
  expect(said).toEqual([expect.stringContaining('ENOENT')]);
});

test('a key file that holds no key is named', () => {
  writeFileSync(join(folder, 'pisonet.key'), '\n');
  const key = new SecretKey({ databaseFile: join(folder, 'pisonet.db') });
  expect(() => key.derive('one')).toThrow(/pisonet\.key holds no key/);
});

test('nobody can sign in as the owner with what a copy of the books holds', async () => {
  const database = join(folder, 'pisonet.db');
  const admin = await AdminShop.open({ database });
  const owner = await admin.signedIn('owner');
  expect((await owner.get('/admin/vouchers')).status).toBe(200);
  await copyDatabase(admin.shop.app.db, join(folder, 'copy.db'));
  const stolen = connectAsIs(join(folder, 'copy.db'));
  const ids: string[] = await stolen('web_sessions').pluck('sid');
  expect(ids.length).toBeGreaterThan(0);
  const secrets = await everyText(stolen);
  await stolen.destroy();
  const thief = admin.visitor();
  for (const id of ids) {
    for (const secret of secrets) {
      const mark = createHmac('sha256', secret).update(id).digest('base64').replace(/=+$/, '');
      thief.cookie = `pisonet.sid=${encodeURIComponent(`s:${id}.${mark}`)}`;
      expect((await thief.get('/admin/vouchers')).status).toBe(303);
    }
  }
  await admin.close();
});

/** Each text in the database could be what cookies are signed with. */
async function everyText(db: Knex): Promise<Set<string>> {
  const tables: string[] = await db('sqlite_master').where({ type: 'table' }).pluck('name');
  const rows = await Promise.all(tables.map((table) => db<Record<string, unknown>>(table)));
  const values = rows.flat().flatMap((row) => Object.values(row));
  return new Set(values.filter((value) => typeof value === 'string').filter(Boolean));
}
