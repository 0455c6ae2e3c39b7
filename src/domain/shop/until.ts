import { DateTime } from 'luxon';
import { InvalidInput } from '../../errors';
import { parseDuration, quoted } from '../units';
import { say } from '../../text';

const LENGTH = /^\d+\s?[wdhms]/i;
const DATE = /^\d{4}-\d{2}-\d{2}([T ]|$)/;
const TIME_OF_DAY = /^\d{2}:\d{2}/;

/**
 * When something is to end, as staff write it: a length of time from now, a date, or a time of day,
 * meaning its next occurrence. By the shop's clock, unless it names a zone of its own.
 * @param zone the shop's IANA time zone
 * @throws InvalidInput for anything else
 */
export function parseUntil(typed: string, now: Date, zone: string): Date {
  if (LENGTH.test(typed)) return new Date(now.getTime() + parseDuration(typed) * 1000);
  const isDate = DATE.test(typed);
  // Only the time of day counts: the date parsed with it would be that of this computer's own clock.
  const at = DateTime.fromISO(typed.replace(' ', 'T'), { zone, setZone: true });
  if (at.isValid && isDate) return at.toJSDate();
  if (at.isValid && TIME_OF_DAY.test(typed)) return nextTime(typed, now, zone);
  throw new InvalidInput(
    say`${quoted(typed)} is not a time; write it like 2h, 2026-12-24T18:00 or 18:00`,
  );
}

/**
 * When the wall clock shows this time next. A time skipped when clocks go forward is moved by the change;
 * of one that comes twice the first counts.
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
