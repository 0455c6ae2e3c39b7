import type { Knex } from 'knex';
import type { Because, Reason } from '../../domain/policy/policy';
import type { PresentSpeed, SpeedChange } from '../../domain/loop/speeds';
import type { Mac, Rates } from '../../domain/units';
import { bulkInsert, bulkSelect, deleteSome, listParameter } from '../database/bulk';

/** One stretch of time at one speed; `until` is `null` while it goes on. */
export interface PastSpeed extends PresentSpeed {
  at: Date;
  until: Date | null;
  because: Because;
}

interface SpeedRow {
  mac: string;
  code: string;
  at: string;
  until_at: string | null;
  rate_up: number | string | null;
  rate_down: number | string | null;
  reason: string;
  used_bytes: number | string;
  limit_bytes: number | string | null;
  reason_until: string | null;
}

type PresentCells = [string, string, number | null, number | null, string, string | null];

/** How fast each device was allowed to be, when and why. */
export class SpeedStore {
  /** @param router whose loop records them; 0 is the first one */
  constructor(
    private readonly db: Knex,
    private readonly router = 0,
  ) {}

  /** The present speeds at this router. */
  async present(): Promise<PresentSpeed[]> {
    const rows = await bulkSelect<PresentCells>(
      this.db,
      ['mac', 'code', 'rate_up', 'rate_down', 'reason', 'reason_until'],
      'speed_changes where until_at is null and router_id = ?',
      [this.router],
    );
    return rows.map(([mac, code, up, down, reason, until]) => ({
      mac: mac as Mac,
      code,
      rate: asRates(up, down),
      reason: reason as Reason,
      because: { until: until === null ? null : new Date(until) },
    }));
  }

  /** Ends the present speeds of these devices, and begins the new ones. */
  async save(
    { changes, over }: { changes: readonly SpeedChange[]; over: readonly Mac[] },
    now: Date,
  ): Promise<void> {
    if (changes.length === 0 && over.length === 0) return;
    const macs = [...over, ...changes.map(({ mac }) => mac)];
    await this.db('speed_changes')
      .whereNull('until_at')
      .where({ router_id: this.router })
      .whereRaw(`mac in (${listParameter(this.db)})`, [JSON.stringify(macs)])
      .update({ until_at: now.toISOString() });
    await bulkInsert(
      this.db,
      'speed_changes',
      {
        mac: 'text',
        code: 'text',
        at: 'text',
        until_at: 'text',
        rate_up: 'bigint',
        rate_down: 'bigint',
        reason: 'text',
        used_bytes: 'bigint',
        limit_bytes: 'bigint',
        reason_until: 'text',
        router_id: 'bigint',
      },
      changes.map(({ mac, code, at, isLast, rate, reason, because }) => [
        mac,
        code,
        at.toISOString(),
        isLast ? at.toISOString() : null,
        rate?.up ?? null,
        rate?.down ?? null,
        reason,
        because.usedBytes,
        because.limitBytes,
        because.until?.toISOString() ?? null,
        this.router,
      ]),
    );
  }

  /** Deletes speeds that ended before then, at most this many. @returns whether there may be more */
  async forget(before: Date, most: number): Promise<boolean> {
    return deleteSome(this.db, 'speed_changes', ['id'], most, (old) => {
      void old.where('until_at', '<', before.toISOString());
    });
  }

  /** Newest first. @param routers only those at these; everywhere if it is not given */
  async history(
    of: { mac: Mac } | { code: string },
    limit: number,
    routers?: readonly number[],
  ): Promise<PastSpeed[]> {
    const found = this.db<SpeedRow>('speed_changes').where(of);
    if (routers) void found.whereIn('router_id', routers);
    const rows: SpeedRow[] = await found
      .orderBy([
        { column: 'at', order: 'desc' },
        { column: 'id', order: 'desc' },
      ])
      .limit(limit);
    return rows.map((row) => ({
      mac: row.mac as Mac,
      code: row.code,
      at: new Date(row.at),
      until: row.until_at === null ? null : new Date(row.until_at),
      rate: asRates(row.rate_up, row.rate_down),
      reason: row.reason as Reason,
      because: {
        usedBytes: Number(row.used_bytes),
        limitBytes: row.limit_bytes === null ? null : Number(row.limit_bytes),
        until: row.reason_until === null ? null : new Date(row.reason_until),
      },
    }));
  }
}

function asRates(up: number | string | null, down: number | string | null): Rates | null {
  return up === null || down === null ? null : { up: Number(up), down: Number(down) };
}
