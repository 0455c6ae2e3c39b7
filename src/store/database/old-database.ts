import { copyFileSync, existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join, resolve } from 'node:path';
import type { Knex } from 'knex';
import { InvalidInput } from '../../errors';
import { connectAsIs } from './database';
import { say } from '../../text';

/** A row of the old database: columns may be missing, or of an unexpected type. */
export type OldRow = Record<string, unknown>;

/**
 * The table `vouchers` of the earlier PisoNet program, in the order it was written. A copy is read, so
 * that the file stays exactly as it is.
 * @throws InvalidInput when the file cannot be read as such a database
 */
export async function readOldVouchers(path: string): Promise<OldRow[]> {
  const file = resolve(path);
  if (!existsSync(file)) throw new InvalidInput(say`There is no file ${file}`);
  const folder = mkdtempSync(join(tmpdir(), 'pisonet-import-'));
  try {
    const copy = join(folder, basename(file));
    copyFileSync(file, copy);
    // The latest writes may still be in a file beside it, or the means to roll back a half-written one.
    for (const ending of ['-wal', '-journal']) {
      if (existsSync(file + ending)) copyFileSync(file + ending, copy + ending);
    }
    return await readRows(copy, file);
  } catch (error) {
    if (error instanceof InvalidInput) throw error;
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EISDIR') throw new InvalidInput(say`${file} is a folder`, { cause: error });
    if (code === 'EACCES') throw new InvalidInput(say`${file} may not be read`, { cause: error });
    const list = isList(file)
      ? '. A list of codes is imported in the browser: /admin/batches/import'
      : '';
    throw new InvalidInput(say`${file} is not a database, or it is damaged${list}`, {
      cause: error,
    });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function isList(file: string): boolean {
  return /\.(csv|txt|tsv)$/i.test(file);
}

async function readRows(copy: string, file: string): Promise<OldRow[]> {
  const db = connectAsIs(copy);
  try {
    await refuseDamaged(db, file);
    const tables = await db<{ name: string }>('sqlite_master')
      .select('name')
      .where('type', 'table');
    const names = new Set(tables.map(({ name }) => name.toLowerCase()));
    if (names.has('knex_migrations') && names.has('plan_versions')) {
      throw new InvalidInput(
        say`${file} is a database of this program, not of the earlier one: see restore`,
      );
    }
    if (!names.has('vouchers')) {
      throw new InvalidInput(
        say`${file} has no table "vouchers": it is not of the earlier program`,
      );
    }
    const rows = await db<OldRow>('vouchers').select('*');
    const columns = Object.keys(rows[0] ?? { code: '' }).map((name) => name.toLowerCase());
    if (!columns.includes('code')) {
      throw new InvalidInput(
        say`The vouchers in ${file} have no code; they have ${columns.join(', ')}`,
      );
    }
    return rows.map((row) =>
      Object.fromEntries(Object.entries(row).map(([name, value]) => [name.toLowerCase(), value])),
    );
  } finally {
    await db.destroy();
  }
}

async function refuseDamaged(db: Knex, file: string): Promise<void> {
  const [found] = await db.raw<{ quick_check: string }[]>('pragma quick_check(1)');
  if (found?.quick_check === 'ok') return;
  throw new InvalidInput(say`${file} is damaged: ${found?.quick_check ?? 'it cannot be checked'}`);
}
