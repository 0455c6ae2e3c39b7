import type { Knex } from 'knex';
import { ALL_ROWS, deleteSome } from '../database/bulk';

/** More sessions are not staff, but a program that signs in again and again. */
const MOST_SESSIONS = 1_000;

export interface SignInFailures {
  failures: number;
  lastAt: Date;
  lockedUntil: Date | null;
}

/** Wrong passwords, by account and by address. */
export class SignInStore {
  constructor(private readonly db: Knex) {}

  async of(subject: string): Promise<SignInFailures | undefined> {
    const row: { failures: number; last_at: string; locked_until: string | null } | undefined =
      await this.db('sign_in_failures').where({ subject }).first();
    return (
      row && {
        failures: row.failures,
        lastAt: new Date(row.last_at),
        lockedUntil: row.locked_until === null ? null : new Date(row.locked_until),
      }
    );
  }

  async save(subject: string, { failures, lastAt, lockedUntil }: SignInFailures): Promise<void> {
    const row = {
      failures,
      last_at: lastAt.toISOString(),
      locked_until: lockedUntil?.toISOString() ?? null,
    };
    await this.db('sign_in_failures')
      .insert({ subject, ...row })
      .onConflict('subject')
      .merge(row);
  }

  async forget(subjects: readonly string[]): Promise<void> {
    await this.db('sign_in_failures')
      .whereIn('subject', [...subjects])
      .delete();
  }

  /**
   * Deletes failures that are too old to count, expired sessions, and those beyond the newest thousand.
   * @returns whether there may be more
   */
  async prune(before: Date, most = ALL_ROWS): Promise<boolean> {
    const failures = await deleteSome(this.db, 'sign_in_failures', ['subject'], most, (old) => {
      void old.where('last_at', '<', before.toISOString());
    });
    const sessions = await deleteSome(this.db, 'web_sessions', ['sid'], most, (old) => {
      // The session package compares with the time of the computer, and so does this.
      void old.where('expired', '<', new Date().toISOString());
    });
    // A session that waits for its second step expires first, and so it goes before those of signed-in
    // staff.
    const surplus = await deleteSome(this.db, 'web_sessions', ['sid'], most, (old) => {
      void old.orderBy('expired', 'desc').offset(MOST_SESSIONS);
    });
    return failures || sessions || surplus;
  }
}
