/** How figures are shown to people in tables; a dash is "none". */
import { DateTime } from 'luxon';
import {
  arrowRates,
  formatDuration,
  formatSize,
  rounded,
  type Rates,
} from '../../src/domain/units';

const NONE = '-';

/** `2026-11-21 18:30`, by the shop's clock. */
export function timeWords(at: Date | null, timeZone: string): string {
  return at ? DateTime.fromJSDate(at, { zone: timeZone }).toFormat('yyyy-MM-dd HH:mm') : NONE;
}

export function durationWords(seconds: number | null): string {
  return seconds === null ? NONE : formatDuration(seconds);
}

export function sizeWords(bytes: number | null): string {
  return bytes === null ? NONE : formatSize(rounded(bytes));
}

/** `↑ 1M ↓ 2M`, seen from the customer. */
export function rateWords(rates: Rates | null): string {
  return rates ? arrowRates(rates) : NONE;
}
