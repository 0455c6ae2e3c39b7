import { DateTime } from 'luxon';
import { InvalidInput } from '../../errors';
import { parseDuration, quoted } from '../units';

const LENGTH = /^\d+[wdhms]/i;
const DATE = /^\d{4}-\d{2}-\d{2}([T ]|$)/;
const TIME_OF_DAY = /^\d{2}:\d{2}/;

/**
 * When something is to end, as staff write it: a length of time from now, a date, or a time of day, which is
 * the next one. By the shop's clock, unless it names a zone of its own.
 * @param zone the shop's IANA time zone
 * @throws InvalidInput for anything else
 */
export function parseUntil(typed: string, now: Date, zone: string): Date {
  if (LENGTH.test(typed)) return new Date(now.getTime() + parseDuration(typed) * 1000);
  const isDate = DATE.test(typed);
  // Of a time of day only the hands are wanted: its date would be that of the computer's own clock.
  const at = DateTime.fromISO(typed.replace(' ', 'T'), { zone, setZone: true });
  if (at.isValid && isDate) return at.toJSDate();
  if (at.isValid && TIME_OF_DAY.test(typed)) return nextTime(typed, now, zone);
  throw new InvalidInput(
    `${quoted(typed)} is not a time; write it like 2h, 2026-12-24T18:00 or 18:00`,
  );
}

/**
 * What the clock on the wall shows next. A time that is passed over when clocks go forward is as far behind
 * the change as it would have been; one that comes twice is the one that comes first.
 */
function nextTime(typed: string, now: Date, shopZone: string): Date {
  const { zone } = DateTime.fromISO(typed, { zone: shopZone, setZone: true });
  const today = DateTime.fromJSDate(now, { zone });
  return [0, 1, 2]
    .map((days) => today.plus({ days }).toFormat('yyyy-MM-dd'))
    .map((day): DateTime => DateTime.fromISO(`${day}T${typed}`, { zone }))
    .flatMap((at) => at.getPossibleOffsets().map((one) => one.toJSDate()))
    .sort((a, b) => a.getTime() - b.getTime())
    .find((at) => at > now)!;
}
