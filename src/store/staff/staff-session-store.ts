import { ConnectSessionKnexStore } from 'connect-session-knex';
import type { SessionData } from 'express-session';
import type { Knex } from 'knex';
import { BooksUnavailable } from '../../errors';

/** What makes a session worth storing: who signed in, or whose password was right. */
interface Credentials {
  staffId?: number;
  halfWay?: object;
}

/**
 * Sessions of signed-in staff, in our database. Those of strangers are not stored: anybody could fill the
 * disk with them. The package passes an error to the callback and rejects as well; nobody handles that
 * promise, so a locked database would end the whole server.
 */
export class StaffSessionStore extends ConnectSessionKnexStore {
  constructor(db: Knex) {
    // Expired sessions are deleted at sign-in: a timer would outlive a closed server.
    super({ knex: db, tableName: 'web_sessions', createTable: false, cleanupInterval: 0 });
    // It asks once whether the table is there, which our migrations made, and takes the answer for good. While
    // the database is away nobody would handle that either; each question of a page finds out by itself.
    this.ready = this.ready.catch(() => undefined);
  }

  override get(
    sid: string,
    callback: (error: unknown, session?: SessionData | null) => void,
  ): Promise<SessionData | null> {
    return super.get(sid, callback).catch(() => null);
  }

  override set(
    sid: string,
    session: SessionData & Credentials,
    callback?: (error?: unknown) => void,
  ): Promise<void> {
    if (session.staffId === undefined && session.halfWay === undefined) {
      callback?.();
      return Promise.resolve();
    }
    // The page is already being sent, and an error now would only cut it off. What a full disk loses of a
    // session is a message on the next page; a sign-in that cannot be stored ends with an error before.
    const done = (error?: unknown) =>
      callback?.(error instanceof BooksUnavailable ? undefined : error);
    return super.set(sid, session, done).catch(() => undefined);
  }

  override destroy(sid: string, callback?: (error?: unknown) => void): Promise<number> {
    return super.destroy(sid, callback).catch(() => 0);
  }

  /** Not at each request: a page that refreshes itself would keep writing to the database. */
  override touch(_sid: string, _session: SessionData, callback?: () => void): Promise<void> {
    callback?.();
    return Promise.resolve();
  }
}
