import type { Knex } from 'knex';
import { bulkUpsert } from '../database/bulk';

/** How often a router of this version and board was seen to do something. */
export interface RouterTally {
  version: string;
  board: string;
  what: string;
  value: string;
  times: number;
  /** All of them together; 0 for what takes no time. */
  totalMs: number;
  longestMs: number;
}

interface TallyRow {
  version: string;
  board: string;
  what: string;
  value: string;
  times: number | string;
  total_ms: number | string;
  longest_ms: number | string;
}

const KEY = ['version', 'board', 'what', 'value'];
const COLUMNS = {
  version: 'text',
  board: 'text',
  what: 'text',
  value: 'text',
  times: 'bigint',
  total_ms: 'bigint',
  longest_ms: 'bigint',
} as const;
const sum = (column: string) => `router_tallies.${column} + excluded.${column}`;
const MERGE = {
  times: sum('times'),
  total_ms: sum('total_ms'),
  longest_ms:
    'case when excluded.longest_ms > router_tallies.longest_ms then excluded.longest_ms ' +
    'else router_tallies.longest_ms end',
  last_at: 'excluded.last_at',
};

/** What routers were seen to do while the shop ran; the loop adds, and the report of a router reads. */
export class TallyStore {
  constructor(private readonly db: Knex) {}

  async add(tallies: readonly RouterTally[], now: Date): Promise<void> {
    const rows = tallies.map(({ totalMs, longestMs, ...tally }) => [
      ...[tally.version, tally.board, tally.what, tally.value],
      ...[tally.times, Math.round(totalMs), Math.round(longestMs)],
    ]);
    const last = { last_at: now.toISOString() };
    await bulkUpsert(this.db, 'router_tallies', COLUMNS, KEY, MERGE, rows, last);
  }

  async list(): Promise<RouterTally[]> {
    const rows: TallyRow[] = await this.db('router_tallies').orderBy(KEY);
    return rows.map(({ version, board, what, value, ...row }) => ({
      ...{ version, board, what, value, times: Number(row.times) },
      ...{ totalMs: Number(row.total_ms), longestMs: Number(row.longest_ms) },
    }));
  }
}
