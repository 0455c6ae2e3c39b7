import type { Knex } from 'knex';
import { deleteSome } from '../database/bulk';
import {
  dayOf,
  hourOf,
  SLOTS_AN_HOUR,
  yearOf,
  type SlotInterval,
} from '../../domain/usage/usage-slots';
import { toWatermarks, type Watermarks, type WatermarksRow } from './usage-resolutions';

/** Slots before `slots` need not be kept as such, nor hours before `hours`, nor days before `days`. */
export interface KeepFrom {
  slots: number;
  hours: number;
  days: number;
}

/** What rows of usage are summed by. */
const PAIR = { device: 'device', voucher: 'voucher' };
const PLAN_OF_NAME = { plan: 'coalesce(plan_id, 0)' };
const NAMES = 'join usage_names n on n.id = voucher';

/**
 * Writes usage into coarser tables and deletes what is old, a small step a call. Each step and its
 * watermark are one transaction, so being killed, called twice or run beside another process neither
 * loses nor doubles a byte.
 */
export class UsageRollup {
  constructor(private readonly db: Knex) {}

  /** When the clock was last trusted. */
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
      const { hoursTo: watermark } = await takeWatermarks(trx);
      const first = await firstSlot(trx, 'usage_slots', watermark);
      const over = hourOf(now, zone).from;
      if (first === null || hourOf(first, zone).to > over) {
        // Nothing was used since: the empty hours are closed with the others, so that their days can be.
        if (watermark < over) await trx('usage_marks').update({ hours_to: over });
        return false;
      }
      const hour = hourOf(first, zone);
      const span = { from: Math.max(hour.from, watermark), to: hour.to };
      const slot = { slot: span.from };
      await addSums(trx, 'usage_hours', slot, PAIR, 'usage_slots', span);
      await addSums(trx, 'usage_plan_hours', slot, PLAN_OF_NAME, `usage_slots ${NAMES}`, span);
      await addSums(trx, 'usage_totals', {}, PAIR, 'usage_slots', span);
      await trx('usage_marks').update({ hours_to: hour.to });
      return true;
    });
  }

  /** Writes the earliest of the shop's days whose hours are all closed. @returns false when there is none */
  async closeDay(zone: string): Promise<boolean> {
    return this.db.transaction(async (trx) => {
      const { hoursTo: closed, daysTo: watermark } = await takeWatermarks(trx);
      const first = await firstSlot(trx, 'usage_hours', watermark);
      const over = dayOf(closed, zone).from;
      if (first === null || dayOf(first, zone).to > closed) {
        if (watermark < over) await trx('usage_marks').update({ days_to: over });
        return false;
      }
      const day = dayOf(first, zone);
      const span = { from: Math.max(day.from, watermark), to: day.to };
      const slot = { slot: span.from };
      await addSums(trx, 'usage_days', slot, PAIR, 'usage_hours', span);
      await addSums(trx, 'usage_plan_days', slot, { plan: 'plan' }, 'usage_plan_hours', span);
      await trx('usage_marks').update({ days_to: day.to });
      return true;
    });
  }

  /**
   * Adds the earliest closed day that is not in the years yet. Another time zone cuts years elsewhere:
   * then they are summed again, and read from the days until that is done.
   * @returns false when there is none
   */
  async addToYear(zone: string): Promise<boolean> {
    return this.db.transaction(async (trx) => {
      const watermarks = await takeWatermarks(trx);
      if (watermarks.yearsZone !== zone) {
        await trx('usage_years').delete();
        await trx('usage_marks').update({ years_zone: zone, years_to: 0 });
        return true;
      }
      const first = await firstSlot(trx, 'usage_days', watermarks.yearsTo);
      if (first === null || first >= watermarks.daysTo) {
        if (watermarks.yearsTo < watermarks.daysTo) {
          await trx('usage_marks').update({ years_to: watermarks.daysTo });
        }
        return false;
      }
      const to = Math.min(dayOf(first, zone).to, watermarks.daysTo);
      const year = yearOf(first, zone).from;
      if (year >= watermarks.yearsFrom) await sumYear(trx, year, { from: first, to });
      await trx('usage_marks').update({ years_to: to });
      return true;
    });
  }

  /**
   * Deletes what is older than it need be and is in a coarser table: an hour of slots, a day of hours and
   * a day's rows a call. @returns false when nothing is left to delete
   */
  async forget(keep: KeepFrom, zone: string): Promise<boolean> {
    return this.db.transaction(async (trx) => {
      const watermarks = await takeWatermarks(trx);
      const slots = Math.min(keep.slots, watermarks.hoursTo);
      const hours = Math.min(keep.hours, watermarks.daysTo);
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
        // A year that lost days would be wrong: it is read from its remaining days instead.
        await trx('usage_years').where('slot', '<', upTo.days).delete();
        await trx('usage_marks').update({ years_from: upTo.days });
      }
      return Boolean(upTo.slots ?? upTo.hours ?? upTo.days);
    });
  }

  /** Deletes gaps that no chart reaches any more, at most this many. @returns whether there may be more */
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

/** The watermarks, and the right to move them: the write comes first, so that two roll-ups take turns. */
async function takeWatermarks(trx: Knex.Transaction): Promise<Watermarks> {
  const [row] = await trx('usage_marks')
    .where({ id: 1 })
    .update({ hours_to: trx.raw('hours_to') })
    .returning<WatermarksRow[]>('*');
  return toWatermarks(row!);
}

/** Adds days to what each device and each voucher used in their year. */
async function sumYear(trx: Knex.Transaction, year: number, span: SlotInterval): Promise<void> {
  for (const [isVoucher, who] of ['device', 'voucher'].entries()) {
    const key = { slot: year, is_voucher: isVoucher };
    await addSums(trx, 'usage_years', key, { who, ...PLAN_OF_NAME }, `usage_days ${NAMES}`, span);
  }
}

/**
 * Adds up a stretch of one usage table, and adds the sums to the rows of another.
 * @param fixed columns of the key that are the same in every row written
 * @param by the other columns of the key, and what they are in the rows that are read
 */
async function addSums(
  trx: Knex.Transaction,
  into: string,
  fixed: Record<string, number>,
  by: Record<string, string>,
  source: string,
  { from, to }: SlotInterval,
): Promise<void> {
  const key = [...Object.keys(fixed), ...Object.keys(by)].join(', ');
  const groups = Object.values(by).join(', ');
  const constants = Object.keys(fixed).map(() => 'cast(? as integer), ');
  await trx.raw(
    `insert into ${into} (${key}, bytes_up, bytes_down)
     select ${constants.join('')}${groups}, sum(bytes_up), sum(bytes_down)
     from ${source} where slot >= ? and slot < ? group by ${groups}
     on conflict (${key}) do update set
       bytes_up = ${into}.bytes_up + excluded.bytes_up,
       bytes_down = ${into}.bytes_down + excluded.bytes_down`,
    [...Object.values(fixed), from, to],
  );
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
