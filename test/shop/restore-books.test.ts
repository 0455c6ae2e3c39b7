import { copyFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { restoreBooks } from '../../cli/database/restore-books';
import { emptyRecord, type SetupRecord } from '../../src/domain/setup/setup-record';
import { openDatabase } from '../../src/store/database/database';
import { SettingStore } from '../../src/store/shop/setting-store';
import { SetupRecords } from '../../src/store/shop/setup-records';
import { temporaryFolder } from '../support/temporary-folder';

/** What the set-up changed on a router stays there, whatever books come back: it can be undone all the same. */

const ROUTER = 'ABCD-1234';
const RECORD: SetupRecord = { ...emptyRecord(), line: null };

let folder: string;
let books: string;
let backup: string;

beforeEach(() => {
  folder = temporaryFolder();
  books = join(folder, 'shop.db');
  backup = join(folder, 'monday.db');
});

async function inBooks<T>(work: (records: SetupRecords) => Promise<T>): Promise<T> {
  const db = await openDatabase(books);
  try {
    const answer = await work(new SetupRecords(new SettingStore(db)));
    await db.raw('pragma journal_mode = delete'); // one file, to be copied
    return answer;
  } finally {
    await db.destroy();
  }
}

const setUp = () => inBooks((records) => records.keep(ROUTER, RECORD));
const known = () => inBooks((records) => records.find(ROUTER));

test('a router set up since the backup', async () => {
  await inBooks(() => Promise.resolve());
  copyFileSync(books, backup);
  await setUp();
  await restoreBooks(backup, books);
  expect(await known()).toEqual(RECORD);
});

test('a router whose set-up was undone since the backup', async () => {
  await setUp();
  copyFileSync(books, backup);
  await inBooks((records) => records.forget(ROUTER));
  await restoreBooks(backup, books);
  expect(await known()).toBeUndefined();
});

test('books that cannot be read any more, or are gone, leave what the backup knew', async () => {
  await setUp();
  copyFileSync(books, backup);
  writeFileSync(books, 'SQLite format 3\0 and then nothing that makes sense');
  await restoreBooks(backup, books);
  expect(await known()).toEqual(RECORD);
  await restoreBooks(backup, join(folder, 'new.db'));
  books = join(folder, 'new.db');
  expect(await known()).toEqual(RECORD);
});
