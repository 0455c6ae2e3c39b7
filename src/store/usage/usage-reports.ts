import type { Knex } from 'knex';
import { SLOT_MS, slotAt, slotStart, type SlotInterval } from '../../domain/usage/usage-slots';
import type { Rates } from '../../domain/units';
import { bulkSelect } from '../database/bulk';
import { rowsIn } from '../database/dialect';
import { topQuestion, type UsageBy } from './usage-top';
import {
  bytesOfPairs,
  intervalsOf,
  planRowsOf,
  readWatermarks,
  rowsOf,
  type TableInterval,
  type Watermarks,
  type Resolution,
  type Whose,
} from './usage-resolutions';

export interface UsageRow {
  name: string;
  bytes: Rates;
}

/** Usage booked from this slot on; how long that is depends on the resolution it was read at. */
export interface UsagePoint {
  slot: number;
  bytes: Rates;
}

/** A stretch of time in which nothing could be counted, or bytes were lost, and why. */
export interface UncountedInterval {
  from: Date;
  to: Date;
  reason: 'not looking' | 'counters lost';
}

/** One voucher on one device in one hour. */
export interface PairUsage {
  slot: number;
  device: string;
  voucher: string;
  bytes: Rates;
}

/** What the pages about usage show. Reads only. */
export class UsageReports {
  constructor(private readonly db: Knex) {}

  watermarks(): Promise<Watermarks> {
    return readWatermarks(this.db);
  }

  /** Bytes over time, ascending; a slot in which nothing was used is not there. */
  async series(span: SlotInterval, resolution: Resolution, whose: Whose): Promise<UsagePoint[]> {
    const intervals = intervalsOf(span, resolution, await this.watermarks());
    if (intervals.length === 0) return [];
    const rows = seriesRows(intervals, whose);
    const answer: unknown = await this.db.raw(
      `select slot, sum(bytes_up) as up, sum(bytes_down) as down from (${rows.sql}) as rows
       group by slot order by slot`,
      rows.values as Knex.Value[],
    );
    return rowsIn<{ slot: number } & Sums>(this.db, answer).map((row) => ({
      slot: row.slot,
      bytes: toRates(row),
    }));
  }

  /**
   * Bytes of whole days by device, by voucher and by plan as asked for, most first.
   * @param zone the shop's: whole years of its calendar are read from their sums
   */
  async top(
    by: readonly UsageBy[],
    span: SlotInterval,
    whose: Whose,
    limit: number,
    zone: string,
  ): Promise<Map<UsageBy, UsageRow[]>> {
    const most = new Map<UsageBy, UsageRow[]>(by.map((one) => [one, []]));
    if (by.length === 0 || span.from >= span.to) return most;
    const question = topQuestion(by, span, whose, limit, await this.watermarks(), zone);
    const answer: unknown = await this.db.raw(question.sql, question.values as Knex.Value[]);
    for (const row of rowsIn<{ kind: UsageBy; name: string } & Sums>(this.db, answer)) {
      most.get(row.kind)!.push({ name: row.name, bytes: toRates(row) });
    }
    return most;
  }

  /** Bytes of each device of a voucher, over all time. */
  async usageOfVoucher(code: string): Promise<UsageRow[]> {
    const rows = await bytesOfPairs(this.db, { code });
    return rows.map(({ mac, bytes }) => ({ name: mac, bytes }));
  }

  /** When this database was made, or the earliest usage that is still known. */
  async beganAt(): Promise<Date> {
    const slots = await Promise.all(
      ['usage_slots', 'usage_hours', 'usage_days'].map(async (table) => {
        const [row] = await this.db(table).min<{ slot: number | null }[]>('slot as slot');
        return row?.slot ?? Infinity;
      }),
    );
    const [made] = await this.db('plans').min<{ at: string }[]>('created_at as at');
    return new Date(Math.min(Date.parse(made!.at), Math.min(...slots) * SLOT_MS));
  }

  /**
   * Stretches of the span without a round, and those in which a device's or voucher's counters were lost.
   */
  async uncounted(span: SlotInterval, whose: Whose): Promise<UncountedInterval[]> {
    const during = (query: Knex.QueryBuilder) =>
      query
        .where('to_at', '>', slotStart(span.from).toISOString())
        .where('from_at', '<', slotStart(span.to).toISOString())
        .orderBy('from_at')
        .select('from_at', 'to_at') as Promise<{ from_at: string; to_at: string }[]>;
    const silent = await during(this.db('look_gaps'));
    const owned = whose && !('plan' in whose);
    const lost = owned ? await during(this.db('usage_gaps').where(whose)) : [];
    return [
      ...silent.map((row) => toSpan(row, 'not looking')),
      ...lost.map((row) => toSpan(row, 'counters lost')),
    ];
  }

  /** When the loop last observed a router; `null` before it ever did. */
  async lastObservedAt(): Promise<Date | null> {
    const row = (await this.db('routers').max('looked_at as at').first()) as { at: string | null };
    return row.at === null ? null : new Date(row.at);
  }

  /** Each device and voucher of a plan in each hour of the span, by time. */
  async hoursOfPlan(plan: string, span: SlotInterval): Promise<PairUsage[]> {
    const rows = rowsOf(intervalsOf(span, 'hour', await this.watermarks()), { plan });
    const cells = await bulkSelect<[number, string, string, number, number]>(
      this.db,
      ['slot', 'd.name', 'v.name', 'bytes_up', 'bytes_down'],
      `(${rows.sql}) as rows join usage_names d on d.id = device
       join usage_names v on v.id = voucher`,
      rows.values,
    );
    return cells
      .sort((a, b) => a[0] - b[0])
      .map(([slot, device, voucher, up, down]) => ({ slot, device, voucher, bytes: { up, down } }));
  }

  /** Devices that held a voucher, or vouchers that a device held, newest first. */
  async holders(whose: { mac: string } | { code: string }, limit: number): Promise<string[]> {
    const column = 'mac' in whose ? 'code' : 'mac';
    const rows = await this.db('sessions')
      .where(whose)
      .whereNotNull('opened_at')
      .groupBy(column)
      .orderByRaw('max(id) desc')
      .limit(limit)
      .select<{ name: string }[]>(`${column} as name`);
    return rows.map(({ name }) => name);
  }

  /** The resolution at which the first slot of a span is still kept. */
  async finestFrom(from: Date): Promise<Resolution> {
    const slot = slotAt(from);
    const kept = (await this.db('usage_marks').first()) as {
      slots_from: number;
      hours_from: number;
    };
    if (slot >= kept.slots_from) return 'slot';
    return slot >= kept.hours_from ? 'hour' : 'day';
  }
}

/** Usage of everybody and of a plan is summed by hours and days already. */
function seriesRows(intervals: readonly TableInterval[], whose: Whose) {
  if (!whose) return planRowsOf(intervals, undefined);
  return 'plan' in whose ? planRowsOf(intervals, whose.plan) : rowsOf(intervals, whose);
}

interface Sums {
  up: number | string;
  down: number | string;
}

function toRates({ up, down }: Sums): Rates {
  return { up: Number(up), down: Number(down) };
}

function toSpan(
  { from_at, to_at }: { from_at: string; to_at: string },
  reason: UncountedInterval['reason'],
): UncountedInterval {
  return { from: new Date(from_at), to: new Date(to_at), reason };
}
