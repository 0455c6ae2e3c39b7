import { DateTime } from 'luxon';
import { InvalidInput } from '../../errors';

/** Hours without notices to people, `HH:MM` by the shop's clock; `to` before `from` crosses midnight. */
export interface QuietHours {
  from: string;
  to: string;
}

const HOURS = /^(([01]?\d|2[0-3]):[0-5]\d)\s*-\s*(([01]?\d|2[0-3]):[0-5]\d)$/;

/** @throws InvalidInput for anything but two times of day that differ */
export function parseQuietHours(typed: string): QuietHours {
  const [, from, , to] = HOURS.exec(typed.trim()) ?? [];
  if (from && to && from !== to) return { from: from.padStart(5, '0'), to: to.padStart(5, '0') };
  throw new InvalidInput('is not a range of hours; write it like 22:00-07:00, or off for none');
}

/**
 * When the quiet hours around this moment end; `null` outside of them.
 * @param zone the shop's IANA time zone; days on which clocks change have their own length
 */
export function quietUntil(quiet: QuietHours | null, now: Date, zone: string): Date | null {
  if (!quiet) return null;
  const local = DateTime.fromJSDate(now, { zone });
  for (const daysAgo of [1, 0]) {
    const day = local.minus({ days: daysAgo });
    const from = at(day, quiet.from);
    const to = at(quiet.to > quiet.from ? day : day.plus({ days: 1 }), quiet.to);
    if (local >= from && local < to) return to.toJSDate();
  }
  return null;
}

function at(day: DateTime, time: string): DateTime {
  const [hour, minute] = time.split(':').map(Number);
  return day.set({ hour: hour!, minute: minute!, second: 0, millisecond: 0 });
}
