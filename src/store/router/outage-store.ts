import type { Knex } from 'knex';
import type { OnlineMeter } from '../../domain/loop/time/online-time-credit';
import type { Credit, Credited, Span } from '../../domain/loop/time/outage';
import { bulkUpsert, deleteSome } from '../database/bulk';

export type OutageKind = 'router' | 'wan';

/** An outage that is not over, as far as we know. */
export interface OpenOutage {
  id: number;
  routerId: number;
  kind: OutageKind;
  from: Date;
  /** When we first noticed it; well after `from` when no round ran in between. */
  noticedAt: Date;
}

/** An outage that is over. */
export interface PastOutage {
  id: number;
  span: Span;
}

interface OpenRow {
  id: number;
  router_id: number;
  kind: OutageKind;
  from_at: string;
  noticed_at: string;
}

/** When the router or its line to the internet was down, and what vouchers got back for it. */
export class OutageStore {
  constructor(private readonly db: Knex) {}

  /** Those that go on; of all routers when none is given. */
  async open(routerId?: number): Promise<OpenOutage[]> {
    const rows: OpenRow[] = await this.db('outages')
      .where(routerId === undefined ? {} : { router_id: routerId })
      .whereNull('to_at')
      .orderBy('id');
    return rows.map((row) => ({
      id: row.id,
      routerId: row.router_id,
      kind: row.kind,
      from: new Date(row.from_at),
      noticedAt: new Date(row.noticed_at),
    }));
  }

  /** One of a kind is open at a time; a second one is the same. @returns its id */
  async begin(routerId: number, kind: OutageKind, from: Date, now: Date): Promise<number> {
    await this.db('outages')
      .insert({
        router_id: routerId,
        kind,
        from_at: from.toISOString(),
        noticed_at: now.toISOString(),
      })
      .onConflict()
      .ignore();
    const row: { id: number } = await this.db('outages')
      .where({ router_id: routerId, kind })
      .whereNull('to_at')
      .first('id');
    return row.id;
  }

  /** It is over; or its times are corrected after the clock was set. */
  async end(id: number, { from, to }: Span): Promise<void> {
    await this.db('outages')
      .where({ id })
      .update({ from_at: from.toISOString(), to_at: to.toISOString() });
  }

  /** It was no outage: only we could not reach the router. What it noted of vouchers is deleted too. */
  async drop(id: number): Promise<void> {
    await this.db('outage_credits').where({ outage_id: id }).delete();
    await this.db('outages').where({ id }).delete();
  }

  /** Moves an open outage along with a clock that was set. */
  async move(id: number, from: Date): Promise<void> {
    await this.db('outages').where({ id }).update({ from_at: from.toISOString() });
  }

  /** Outages that are over, reach past this time, and gave time back to somebody. */
  async past(routerId: number, since: Date): Promise<PastOutage[]> {
    const rows: { id: number; from_at: string; to_at: string }[] = await this.db('outages')
      .where({ router_id: routerId })
      .where('to_at', '>', since.toISOString())
      // Checked for each outage, since few are this recent while all credits together are many.
      .whereExists((credits) =>
        credits
          .from('outage_credits')
          .whereRaw('outage_id = outages.id')
          .where('credited_ms', '>', 0),
      );
    return rows.map(({ id, from_at, to_at }) => ({
      id,
      span: { from: new Date(from_at), to: new Date(to_at) },
    }));
  }

  /** What an outage has done to each voucher so far. */
  async credited(id: number): Promise<Map<string, Credited>> {
    const rows: { code: string; credited_ms: number | string; stood_ms: number | string }[] =
      await this.db('outage_credits').where({ outage_id: id });
    return new Map(
      rows.map((row) => [
        row.code,
        { creditedMs: Number(row.credited_ms), pausedMs: Number(row.stood_ms) },
      ]),
    );
  }

  async credit(id: number, credits: readonly Credit[]): Promise<void> {
    await this.saveCredit(id, 'credited_ms', credits);
  }

  /** Time online, ms by code: how much was used when it began, and what was given back of it so far. */
  async online(id: number): Promise<Pick<OnlineMeter, 'startedMs' | 'creditedMs'>> {
    const rows: {
      code: string;
      online_from_ms: number | string | null;
      online_ms: number | string;
    }[] = await this.db('outage_credits')
      .where({ outage_id: id })
      .select('code', 'online_from_ms', 'online_ms');
    const started = rows.filter((row) => row.online_from_ms !== null);
    return {
      startedMs: new Map(started.map((row) => [row.code, Number(row.online_from_ms)])),
      creditedMs: new Map(rows.map((row) => [row.code, Number(row.online_ms)])),
    };
  }

  async noteOnline(id: number, startedMs: ReadonlyMap<string, number>): Promise<void> {
    await bulkUpsert(
      this.db,
      'outage_credits',
      { outage_id: 'bigint', code: 'text', online_from_ms: 'bigint' },
      ['outage_id', 'code'],
      { online_from_ms: 'excluded.online_from_ms' },
      [...startedMs].map(([code, ms]) => [id, code, ms]),
    );
  }

  async creditOnline(id: number, credits: readonly Credit[]): Promise<void> {
    await this.saveCredit(id, 'online_ms', credits);
  }

  /** It is over: vouchers that got nothing for it need no record any more. */
  async tidy(id: number): Promise<void> {
    await this.db('outage_credits')
      .where({ outage_id: id })
      .where('credited_ms', '<=', 0)
      .where('online_ms', '<=', 0)
      .delete();
  }

  /** Their clocks were stopped for this long during the outage, which they did not lose. */
  async paused(id: number, stood: readonly Credit[]): Promise<void> {
    await this.saveCredit(id, 'stood_ms', stood);
  }

  /**
   * Deletes outages that were over before then, and their credits, at most this many: the audit has both.
   * @returns whether there may be more
   */
  async forget(before: Date, most: number): Promise<boolean> {
    const over = this.db('outages').select('id').where('to_at', '<', before.toISOString());
    const credits = await deleteSome(
      this.db,
      'outage_credits',
      ['outage_id', 'code'],
      most,
      (old) => void old.whereIn('outage_id', over.clone()),
    );
    if (credits) return true;
    return deleteSome(this.db, 'outages', ['id'], most, (old) => void old.whereIn('id', over));
  }

  private async saveCredit(
    id: number,
    column: 'credited_ms' | 'stood_ms' | 'online_ms',
    rows: readonly Credit[],
  ): Promise<void> {
    await bulkUpsert(
      this.db,
      'outage_credits',
      { outage_id: 'bigint', code: 'text', [column]: 'bigint' },
      ['outage_id', 'code'],
      { [column]: `outage_credits.${column} + excluded.${column}` },
      rows.map(({ code, ms }) => [id, code, ms]),
    );
  }
}
