import { DateTime } from 'luxon';

/** Usage is counted by five minutes. A slot is the number of such intervals since 1970, UTC. */
export const SLOT_MS = 300_000;
export const SLOTS_AN_HOUR = 12;

export function slotAt(at: Date): number {
  return Math.floor(at.getTime() / SLOT_MS);
}

export function slotStart(slot: number): Date {
  return new Date(slot * SLOT_MS);
}

/** For how many days usage is kept by five minutes, by hours and by days. */
export interface KeepUsage {
  readonly rawDays: number;
  readonly hourlyDays: number;
  readonly dailyDays: number;
}

/** A stretch of slots; `to` is not part of it. */
export interface SlotInterval {
  from: number;
  to: number;
}

/** The shop's day in which a slot lies; 23 or 25 hours where clocks change. */
export function dayOf(slot: number, zone: string): SlotInterval {
  const day = DateTime.fromMillis(slot * SLOT_MS, { zone }).startOf('day');
  const next = day.plus({ days: 1 }).startOf('day');
  return { from: slotAt(day.toJSDate()), to: slotAt(next.toJSDate()) };
}

/** The hour of the shop's day in which a slot lies, also in zones offset by half hours. */
export function hourOf(slot: number, zone: string): SlotInterval {
  return hourIn(dayOf(slot, zone), slot);
}

/** The same, if the day is known already. */
export function hourIn(day: SlotInterval, slot: number): SlotInterval {
  const from = slot - ((slot - day.from) % SLOTS_AN_HOUR);
  return { from, to: Math.min(from + SLOTS_AN_HOUR, day.to) };
}

/** The shop's year in which a slot lies. */
export function yearOf(slot: number, zone: string): SlotInterval {
  const year = DateTime.fromMillis(slot * SLOT_MS, { zone }).startOf('year');
  const next = year.plus({ years: 1 }).startOf('year');
  return { from: slotAt(year.toJSDate()), to: slotAt(next.toJSDate()) };
}
