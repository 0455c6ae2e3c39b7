import type { Knex } from 'knex';

export interface SignInFailures {
  failures: number;
  lastAt: Date;
  lockedUntil: Date | null;
}

/** Wrong passwords, by whatever they are counted for. */
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

  /** Clears away what is too old to count, and sessions that ran out; so no timer is needed. */
  async prune(before: Date): Promise<void> {
    await this.db('sign_in_failures').where('last_at', '<', before.toISOString()).delete();
    // The session package compares with the time of the computer, and so does this.
    await this.db('web_sessions').where('expired', '<', new Date().toISOString()).delete();
  }
}
