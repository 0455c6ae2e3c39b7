import type { Knex } from 'knex';
import { dayOf, hourOf, SLOTS_AN_HOUR } from '../domain/usage-slots';

/** Slots before `slots` need not be kept as such, nor hours before `hours`, nor days before `days`. */
export interface KeepFrom {
  slots: number;
  hours: number;
  days: number;
}

interface MarksRow {
  hours_to: number;
  days_to: number;
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
      const span = [Math.max(hour.from, mark), hour.to] as const;
      await trx.raw(
        `insert into usage_hours (slot, device, voucher, bytes_up, bytes_down)
         select cast(? as integer), device, voucher, sum(bytes_up), sum(bytes_down)
         from usage_slots where slot >= ? and slot < ? group by device, voucher
         on conflict (slot, device, voucher) do update set
           bytes_up = usage_hours.bytes_up + excluded.bytes_up,
           bytes_down = usage_hours.bytes_down + excluded.bytes_down`,
        [span[0], ...span],
      );
      await trx.raw(
        `insert into usage_totals (device, voucher, bytes_up, bytes_down)
         select device, voucher, sum(bytes_up), sum(bytes_down)
         from usage_slots where slot >= ? and slot < ? group by device, voucher
         on conflict (device, voucher) do update set
           bytes_up = usage_totals.bytes_up + excluded.bytes_up,
           bytes_down = usage_totals.bytes_down + excluded.bytes_down`,
        span,
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
      const from = Math.max(day.from, mark);
      await trx.raw(
        `insert into usage_days (slot, device, voucher, bytes_up, bytes_down)
         select cast(? as integer), device, voucher, sum(bytes_up), sum(bytes_down)
         from usage_hours where slot >= ? and slot < ? group by device, voucher
         on conflict (slot, device, voucher) do update set
           bytes_up = usage_days.bytes_up + excluded.bytes_up,
           bytes_down = usage_days.bytes_down + excluded.bytes_down`,
        [from, from, day.to],
      );
      await trx('usage_marks').update({ days_to: day.to });
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
      if (upTo.hours) await trx('usage_marks').update({ hours_from: upTo.hours });
      return Boolean(upTo.slots ?? upTo.hours ?? upTo.days);
    });
  }

  /** Gaps that no chart reaches any more. */
  async forgetGaps(before: Date): Promise<void> {
    for (const table of ['look_gaps', 'usage_gaps']) {
      await this.db(table).where('to_at', '<', before.toISOString()).delete();
    }
  }
}

/** The marks, and the right to move them: a write comes first, so that two who roll up come one by one. */
async function takeMarks(trx: Knex.Transaction): Promise<MarksRow> {
  const [row] = await trx('usage_marks')
    .where({ id: 1 })
    .update({ hours_to: trx.raw('hours_to') })
    .returning<MarksRow[]>(['hours_to', 'days_to']);
  return row!;
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
