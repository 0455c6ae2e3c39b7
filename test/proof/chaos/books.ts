import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Knex } from 'knex';
import { connect } from '../../../src/store/database/database';
import { connectPostgres } from '../../../src/store/database/postgres';
import { PostgresProcess } from './postgres-process';
import { pause } from './server-process';
import { SmallDisk } from './small-disk';

/** Enough for the books of a run. PostgreSQL has 40 MB in them before the first row. */
const [FILE_MB, POSTGRES_MB] = [24, 112];

/** Where a shop has its books, and what can happen to them there. */
export interface ChaosBooks {
  /** For DATABASE_URL. */
  readonly url: string;
  /** Unset where nothing may be mounted. */
  readonly disk: SmallDisk | undefined;
  /** A connection of one's own. */
  connect(): Knex;
  /** Another program keeps the turn to write to itself. */
  lock(ms: number): Promise<void>;
  /** The database server goes, and comes again. */
  outage(how: 'crash' | 'stop', ms: number): Promise<void>;
  /**
   * Leaves no room on the small disk.
   * @param isUtter also none in files that are there already, which PostgreSQL ends of
   */
  fill(isUtter: boolean): Promise<void>;
  /** All is well with the disk again. */
  recover(): Promise<void>;
  close(): Promise<void>;
}

/** In a file of the shop's folder. */
export class FileBooks implements ChaosBooks {
  readonly url = 'sqlite:shop.db';
  readonly disk: SmallDisk | undefined;

  /** @param folder the shop's own, still empty @param isOnSmallDisk that folder becomes one, where it may */
  constructor(
    private readonly folder: string,
    isOnSmallDisk: boolean,
  ) {
    this.disk = isOnSmallDisk ? SmallDisk.at(folder, FILE_MB) : undefined;
  }

  connect(): Knex {
    return connect(join(this.folder, 'shop.db'));
  }

  lock(ms: number): Promise<void> {
    return withBooks(this, async (holder) => {
      await holder.raw('begin immediate');
      await pause(ms);
      await holder.raw('rollback');
    });
  }

  outage(): Promise<void> {
    throw new Error('A file has no server');
  }

  fill(): Promise<void> {
    this.disk?.fill();
    return Promise.resolve();
  }

  recover(): Promise<void> {
    this.disk?.empty();
    return Promise.resolve();
  }

  close(): Promise<void> {
    this.disk?.unmount();
    return Promise.resolve();
  }
}

/** On a PostgreSQL server of this run alone. */
export class PostgresBooks implements ChaosBooks {
  private constructor(
    private readonly folder: string,
    private readonly server: PostgresProcess,
    readonly disk: SmallDisk | undefined,
  ) {}

  static async start(isOnSmallDisk: boolean): Promise<PostgresBooks> {
    const folder = mkdtempSync(join(tmpdir(), 'pisonet-chaos-postgres-'));
    const disk = isOnSmallDisk ? SmallDisk.at(folder, POSTGRES_MB) : undefined;
    return new PostgresBooks(folder, await PostgresProcess.start(folder), disk);
  }

  get url(): string {
    return this.server.url;
  }

  connect(): Knex {
    return connectPostgres(this.url);
  }

  lock(ms: number): Promise<void> {
    return withBooks(this, (holder) =>
      holder.transaction(async (turn) => {
        await turn('books_revision').forUpdate().select('id');
        await pause(ms);
      }),
    );
  }

  async outage(how: 'crash' | 'stop', ms: number): Promise<void> {
    await this.server.obey(how);
    await pause(ms);
    await this.server.obey('start');
  }

  async fill(isUtter: boolean): Promise<void> {
    this.disk?.fill();
    if (this.disk && isUtter) await withBooks(this, fillLog);
  }

  /** A server that found no room for its log has ended. */
  async recover(): Promise<void> {
    this.disk?.empty();
    await this.server.obey('start');
  }

  async close(): Promise<void> {
    await this.server.end();
    this.disk?.unmount();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** Until the server has ended, for want of room for its log. */
async function fillLog(db: Knex): Promise<void> {
  const piece = `select pg_logical_emit_message(false, 'filler', repeat('x', 100000))`;
  for (let n = 0; n < POSTGRES_MB * 10; n += 1) {
    try {
      await db.raw(piece);
    } catch {
      return;
    }
  }
}

export async function withBooks<T>(books: ChaosBooks, work: (db: Knex) => Promise<T>): Promise<T> {
  const db = books.connect();
  try {
    return await work(db);
  } finally {
    await db.destroy();
  }
}
