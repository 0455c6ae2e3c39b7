import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { restoreBooks } from '../../cli/database/restore-books';
import { emptyRecord, type SetupRecord } from '../../src/domain/setup/setup-record';
import { WHOLE_SHOP } from '../../src/domain/shop/scope';
import { prepareRestore } from '../../src/services/shop/restore-books';
import { removeLeftovers } from '../../src/store/database/books-swap';
import { connectAsIs, openDatabase } from '../../src/store/database/database';
import { schemaDifferences } from '../../src/store/database/schema-check';
import { SettingStore } from '../../src/store/shop/setting-store';
import { AccountStore } from '../../src/store/staff/account-store';
import { SetupRecords } from '../../src/store/shop/setup-records';
import { runs, some } from '../support/program/run-counts';
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

test('what was there before two restores is still there after them', async () => {
  await setUp();
  copyFileSync(books, backup);
  await restoreBooks(backup, books);
  const first = readFileSync(`${books}.before-restore`);
  await restoreBooks(backup, books);
  await restoreBooks(backup, books);
  expect(readFileSync(`${books}.before-restore.1`)).toEqual(first);
  expect(readdirSync(folder).sort()).toEqual([
    ...['monday.db', 'shop.db', 'shop.db.before-restore'],
    ...['shop.db.before-restore.1', 'shop.db.before-restore.2'],
  ]);
  rmSync(books);
  await restoreBooks(backup, books);
  expect(existsSync(`${books}.before-restore`)).toBe(true);
});

describe('a file that would act, or lie, is refused, and the books stay as they are', () => {
  const MADE_BY_OTHERS: readonly (readonly [string, string])[] = [
    [
      'trigger make_owner',
      `create trigger make_owner after insert on vouchers
       begin update staff set role = 'owner'; end`,
    ],
    [
      'view vouchers',
      'alter table vouchers rename to kept; create view vouchers as select * from kept',
    ],
    [
      'Trigger make_owner', // SQLite reads the kind of a thing in any capitals
      `create trigger make_owner after insert on audit
       begin update staff set role = 'owner'; end;
       pragma writable_schema = on;
       update sqlite_master set type = 'Trigger' where name = 'make_owner';
       pragma writable_schema = off`,
    ],
    ['view shown', 'create view shown as select * from vouchers'],
    ['table notes', 'create table notes (text)'],
    ['index by_length', 'create index by_length on vouchers (length(code))'],
    ['table plans', 'alter table plans add column extra text'],
    ['table plans', 'alter table plans add column loud as (upper(name))'],
    ['trigger keep_money_journal_update', 'drop trigger keep_money_journal_update'],
  ];

  test.each(some(MADE_BY_OTHERS, 4))('%s', async (name, sql) => {
    await setUp();
    copyFileSync(books, backup);
    const file = connectAsIs(backup);
    for (const statement of statementsOf(sql)) await file.raw(statement);
    await file.destroy();
    const before = readFileSync(books);
    await expect(restoreBooks(backup, books)).rejects.toThrow(name);
    expect(readFileSync(books)).toEqual(before);
    expect(readdirSync(folder).sort()).toEqual(['monday.db', 'shop.db']);
  });

  test('one whose statements are random is refused, or has no more in it than ours', async () => {
    await setUp();
    const names = fc.constantFrom('vouchers', 'plans', 'zz', 'staff', 'x"y');
    const statement = fc.oneof(
      fc
        .tuple(names, names)
        .map(
          ([a, b]) =>
            `create trigger "${a.replace('"', '')}1" after insert on "${b}" begin delete from plans; end`,
        ),
      fc
        .tuple(names, names)
        .map(([a, b]) => `create view "${a.replace('"', '')}2" as select * from "${b}"`),
      names.map((name) => `drop table "${name}"`),
      names.map((name) => `create index "i${name.length}" on "${name}" (rowid)`),
      names.map((name) => `insert into "${name}" default values`),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(statement, { minLength: 1, maxLength: 4 }), async (all) => {
        copyFileSync(books, backup);
        const file = connectAsIs(backup);
        for (const one of all) await file.raw(one).catch(() => undefined);
        const schema = await schemaDifferences(file);
        await file.destroy();
        const refused = await restoreBooks(backup, join(folder, 'other.db')).then(
          () => false,
          () => true,
        );
        expect(refused).toBe(schema.length > 0);
      }),
      { numRuns: runs(40, 10) },
    );
  });
});

/** A trigger has semicolons of its own. */
function statementsOf(sql: string): string[] {
  return /begin/.test(sql) ? [sql] : sql.split(';');
}

test('who can act on the books that come back is said', async () => {
  const db = await openDatabase(books);
  const nena = { name: 'nena', role: 'owner', scope: WHOLE_SHOP, passwordHash: 'x' } as const;
  await new AccountStore(db).add(nena, new Date());
  await db.raw('pragma journal_mode = delete');
  await db.destroy();
  copyFileSync(books, backup);
  const brings = await prepareRestore(backup, books);
  expect(brings).toEqual({ staff: ['nena (owner)'], tokens: [], paymentSources: [], webhooks: [] });
});

describe('what a restore that was killed left behind', () => {
  test('between the two renames: the restored books take their place', async () => {
    await setUp();
    copyFileSync(books, backup);
    await inBooks((records) => records.forget(ROUTER));
    await prepareRestore(backup, books);
    renameSync(books, `${books}.before-restore`); // and then the power failed
    expect(await known()).toEqual(RECORD);
  });

  test('while lost books were to come back: a copy that nobody checked does not take their place', async () => {
    writeFileSync(`${books}.before-restore`, 'of another day');
    await setUp();
    renameSync(books, `${books}.checking`);
    expect(await known()).toBeUndefined();
  });

  test('before that: half a copy and half an upload go, and the books stay', async () => {
    await setUp();
    writeFileSync(`${books}.checking`, 'half');
    writeFileSync(`${books}.restoring`, 'whole, but the books are there');
    mkdirSync(join(folder, 'upload-aB3dE6'));
    writeFileSync(join(folder, 'upload-aB3dE6', 'part'), 'half');
    mkdirSync(join(folder, 'upload-of-mine'));
    removeLeftovers(books);
    expect(readdirSync(folder).sort()).toEqual(['shop.db', 'upload-of-mine']);
    expect(await known()).toEqual(RECORD);
  });
});
