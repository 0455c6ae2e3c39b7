import type { Knex } from 'knex';
import { deleteSome } from '../database/bulk';
import {
  dayOf,
  hourOf,
  SLOTS_AN_HOUR,
  yearOf,
  type SlotInterval,
} from '../../domain/usage/usage-slots';
import type { MarksRow } from './usage-resolutions';

/** Slots before `slots` need not be kept as such, nor hours before `hours`, nor days before `days`. */
export interface KeepFrom {
  slots: number;
  hours: number;
  days: number;
}

/**
 * Writes usage into coarser tables and lets go of what is old, a small step a call. What is due is read
 * from the books, and each step and its mark are one transaction: whoever is killed, or called twice,
 * or runs beside another, neither loses nor doubles a byte.
 */
export class UsageRollup {
  constructor(private readonly db: Knex) {}

  /** When the clock was last believed. */
  async believedAt(): Promise<Date | null> {
    const row = (await this.db('usage_marks').first()) as { believed_at: string | null };
    return row.believed_at === null ? null : new Date(row.believed_at);
  }

  async believe(now: Date): Promise<void> {
    await this.db('usage_marks').update({ believed_at: now.toISOString() });
  }

  /**
   * Writes the earliest hour that is not in the hours yet, and is over.
   * @param now the slot that goes on; nothing from it on is touched
   * @returns false when there is none
   */
  async closeHour(now: number, zone: string): Promise<boolean> {
    return this.db.transaction(async (trx) => {
      const { hours_to: mark } = await takeMarks(trx);
      const first = await firstSlot(trx, 'usage_slots', mark);
      const over = hourOf(now, zone).from;
      if (first === null || hourOf(first, zone).to > over) {
        // Nothing was used since: the empty hours are closed with the others, so that their days can be.
        if (mark < over) await trx('usage_marks').update({ hours_to: over });
        return false;
      }
      const hour = hourOf(first, zone);
      const span = { from: Math.max(hour.from, mark), to: hour.to };
      await sumUsage(trx, 'usage_hours', 'usage_slots', span);
      await sumPlans(trx, 'usage_plan_hours', 'usage_slots', span);
      await trx.raw(
        `insert into usage_totals (device, voucher, bytes_up, bytes_down)
         select device, voucher, sum(bytes_up), sum(bytes_down)
         from usage_slots where slot >= ? and slot < ? group by device, voucher
         on conflict (device, voucher) ${added('usage_totals')}`,
        [span.from, span.to],
      );
      await trx('usage_marks').update({ hours_to: hour.to });
      return true;
    });
  }

  /** Writes the earliest of the shop's days whose hours are all closed. @returns false when there is none */
  async closeDay(zone: string): Promise<boolean> {
    return this.db.transaction(async (trx) => {
      const { hours_to: closed, days_to: mark } = await takeMarks(trx);
      const first = await firstSlot(trx, 'usage_hours', mark);
      const over = dayOf(closed, zone).from;
      if (first === null || dayOf(first, zone).to > closed) {
        if (mark < over) await trx('usage_marks').update({ days_to: over });
        return false;
      }
      const day = dayOf(first, zone);
      const span = { from: Math.max(day.from, mark), to: day.to };
      await sumUsage(trx, 'usage_days', 'usage_hours', span);
      await sumPlans(trx, 'usage_plan_days', 'usage_plan_hours', span);
      await trx('usage_marks').update({ days_to: day.to });
      return true;
    });
  }

  /**
   * Adds the earliest closed day that is not in the years yet. Another time zone cuts years elsewhere: then
   * they are summed anew, and read from the days meanwhile.
   * @returns false when there is none
   */
  async addToYear(zone: string): Promise<boolean> {
    return this.db.transaction(async (trx) => {
      const marks = await takeMarks(trx);
      if (marks.years_zone !== zone) {
        await trx('usage_years').delete();
        await trx('usage_marks').update({ years_zone: zone, years_to: 0 });
        return true;
      }
      const first = await firstSlot(trx, 'usage_days', marks.years_to);
      if (first === null || first >= marks.days_to) {
        if (marks.years_to < marks.days_to) {
          await trx('usage_marks').update({ years_to: marks.days_to });
        }
        return false;
      }
      const to = Math.min(dayOf(first, zone).to, marks.days_to);
      const year = yearOf(first, zone).from;
      if (year >= marks.years_from) await sumYear(trx, year, { from: first, to });
      await trx('usage_marks').update({ years_to: to });
      return true;
    });
  }

  /**
   * Deletes what is older than it need be and stands in a coarser table: an hour of slots, a day of hours
   * and a day's rows a call. @returns false when nothing is left to delete
   */
  async forget(keep: KeepFrom, zone: string): Promise<boolean> {
    return this.db.transaction(async (trx) => {
      const marks = await takeMarks(trx);
      const slots = Math.min(keep.slots, marks.hours_to);
      const hours = Math.min(keep.hours, marks.days_to);
      const upTo = {
        slots: await forgetFirst(trx, 'usage_slots', slots, (slot) => slot + SLOTS_AN_HOUR),
        hours: await forgetFirst(trx, 'usage_hours', hours, (slot) => dayOf(slot, zone).to),
        days: await forgetFirst(trx, 'usage_days', keep.days, (slot) => slot + 1),
      };
      if (upTo.slots) await trx('usage_marks').update({ slots_from: upTo.slots });
      if (upTo.hours) {
        await trx('usage_plan_hours').where('slot', '<', upTo.hours).delete();
        await trx('usage_marks').update({ hours_from: upTo.hours });
      }
      if (upTo.days) {
        await trx('usage_plan_days').where('slot', '<', upTo.days).delete();
        // A year that lost days is what its other days are.
        await trx('usage_years').where('slot', '<', upTo.days).delete();
        await trx('usage_marks').update({ years_from: upTo.days });
      }
      return Boolean(upTo.slots ?? upTo.hours ?? upTo.days);
    });
  }

  /** Lets go of gaps that no chart reaches any more, so many at a time. @returns whether there may be more */
  async forgetGaps(before: Date, most: number): Promise<boolean> {
    for (const table of ['look_gaps', 'usage_gaps']) {
      const isMore = await deleteSome(this.db, table, ['id'], most, (old) => {
        void old.where('to_at', '<', before.toISOString());
      });
      if (isMore) return true;
    }
    return false;
  }
}

/** The marks, and the right to move them: a write comes first, so that two who roll up come one by one. */
async function takeMarks(trx: Knex.Transaction): Promise<MarksRow> {
  const [row] = await trx('usage_marks')
    .where({ id: 1 })
    .update({ hours_to: trx.raw('hours_to') })
    .returning<MarksRow[]>('*');
  return row!;
}

/** What each device used with each voucher in an interval, written as one slot of a coarser table. */
async function sumUsage(
  trx: Knex.Transaction,
  into: 'usage_hours' | 'usage_days',
  out: 'usage_slots' | 'usage_hours',
  { from, to }: SlotInterval,
): Promise<void> {
  await trx.raw(
    `insert into ${into} (slot, device, voucher, bytes_up, bytes_down)
     select cast(? as integer), device, voucher, sum(bytes_up), sum(bytes_down)
     from ${out} where slot >= ? and slot < ? group by device, voucher
     on conflict (slot, device, voucher) ${added(into)}`,
    [from, from, to],
  );
}

/** For a row of sums that is there already. */
function added(table: string): string {
  return `do update set bytes_up = ${table}.bytes_up + excluded.bytes_up,
    bytes_down = ${table}.bytes_down + excluded.bytes_down`;
}

/** What each plan used in an interval, written as one slot of the sums. */
async function sumPlans(
  trx: Knex.Transaction,
  into: 'usage_plan_hours' | 'usage_plan_days',
  out: 'usage_slots' | 'usage_plan_hours',
  { from, to }: SlotInterval,
): Promise<void> {
  const rows =
    out === 'usage_slots'
      ? `select coalesce(plan_id, 0) as plan, bytes_up, bytes_down
         from usage_slots join usage_names n on n.id = voucher where slot >= ? and slot < ?`
      : `select plan, bytes_up, bytes_down from ${out} where slot >= ? and slot < ?`;
  await trx.raw(
    `insert into ${into} (slot, plan, bytes_up, bytes_down)
     select cast(? as integer), plan, sum(bytes_up), sum(bytes_down)
     from (${rows}) as parts where true group by plan
     on conflict (slot, plan) ${added(into)}`,
    [from, from, to],
  );
}

/** Adds days to what each device and each voucher used in their year. */
async function sumYear(
  trx: Knex.Transaction,
  year: number,
  { from, to }: SlotInterval,
): Promise<void> {
  for (const [who, isVoucher] of [
    ['device', 0],
    ['voucher', 1],
  ] as const) {
    await trx.raw(
      `insert into usage_years (slot, is_voucher, who, plan, bytes_up, bytes_down)
       select cast(? as integer), ${isVoucher}, ${who}, coalesce(plan_id, 0), sum(bytes_up), sum(bytes_down)
       from usage_days join usage_names n on n.id = voucher
       where slot >= ? and slot < ? group by ${who}, coalesce(plan_id, 0)
       on conflict (slot, is_voucher, who, plan) ${added('usage_years')}`,
      [year, from, to],
    );
  }
}

async function firstSlot(trx: Knex, table: string, from: number): Promise<number | null> {
  const [row] = await trx(table)
    .where('slot', '>=', from)
    .min<{ slot: number | null }[]>('slot as slot');
  return row?.slot ?? null;
}

/** @returns up to where it was deleted; `undefined` when there was nothing */
async function forgetFirst(
  trx: Knex,
  table: string,
  before: number,
  endOf: (slot: number) => number,
): Promise<number | undefined> {
  const first = await firstSlot(trx, table, 0);
  if (first === null || first >= before) return undefined;
  const end = Math.min(endOf(first), before);
  await trx(table).where('slot', '<', end).delete();
  return end;
}
