import type { Knex } from 'knex';
import type { Tally } from '../../domain/vouchers/guessing';
import { ALL_ROWS, deleteSome } from '../database/bulk';

interface TallyRow {
  subject: string;
  failures: number;
  counted_at: string;
  blocked_until: string | null;
}

/** How often wrong codes were typed, and by whom. */
export class GuessStore {
  constructor(private readonly db: Knex) {}

  async of(subjects: readonly string[]): Promise<Map<string, Tally>> {
    const rows: TallyRow[] = await this.db('guess_tallies').whereIn('subject', [...subjects]);
    return new Map(rows.map((row) => [row.subject, toTally(row)]));
  }

  async save(subject: string, tally: Tally): Promise<void> {
    const row = {
      failures: tally.failures,
      counted_at: tally.countedAt.toISOString(),
      blocked_until: tally.blockedUntil?.toISOString() ?? null,
    };
    await this.db('guess_tallies')
      .insert({ subject, ...row })
      .onConflict('subject')
      .merge(row);
  }

  async forget(subject: string): Promise<void> {
    await this.db('guess_tallies').where({ subject }).delete();
  }

  /**
   * Devices that come with a new address each time would fill the table.
   * @returns whether there may be more
   */
  async prune(before: Date, most = ALL_ROWS): Promise<boolean> {
    return deleteSome(this.db, 'guess_tallies', ['subject'], most, (old) => {
      void old.where('counted_at', '<', before.toISOString());
    });
  }
}

function toTally(row: TallyRow): Tally {
  return {
    failures: row.failures,
    countedAt: new Date(row.counted_at),
    blockedUntil: row.blocked_until === null ? null : new Date(row.blocked_until),
  };
}
