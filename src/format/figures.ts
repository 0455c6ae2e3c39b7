/**
 * Figures as people read them: measured ones with three digits, times by the shop's clock. The exact
 * writers, whose text can be read back, are in `domain/units.ts`.
 */
import { DateTime } from 'luxon';
import { durationParts, formatDuration, formatRate, formatSize, type Rates } from '../domain/units';

const COUNTS = new Intl.NumberFormat('en');

/** `2026-11-21 18:30`. @param zone the shop's IANA time zone */
export function timeText(at: Date, zone: string): string {
  return DateTime.fromJSDate(at, { zone }).toFormat('yyyy-MM-dd HH:mm');
}

/** The same, without the day if that is today's. */
export function recentTimeText(at: Date, now: Date, zone: string): string {
  const text = timeText(at, zone);
  const [day, time] = text.split(' ');
  return timeText(now, zone).startsWith(day!) ? time! : text;
}

/** `12,345`. */
export function countText(count: number): string {
  return COUNTS.format(count);
}

/** `8 seconds ago`, in its largest unit. */
export function agoText(ms: number): string {
  const [count, unit] = durationParts(Math.max(0, Math.round(ms / 1000)))[0] ?? [0, 'second'];
  return `${count} ${unit}${count === 1 ? '' : 's'} ago`;
}

/** `15.2 MB` for 15,234,567. */
export function sizeText(bytes: number): string {
  return formatSize(rounded(bytes));
}

/** `512K`, `546 bit/s`: never a number alone. */
export function rateText(bitsPerSecond: number): string {
  const text = formatRate(rounded(bitsPerSecond));
  return /^0$|\D$/.test(text) ? text : `${text} bit/s`;
}

/** `↑ 1M ↓ 2M`, seen from the customer. */
export function ratesText(rates: Rates): string {
  return `↑ ${rateText(rates.up)} ↓ ${rateText(rates.down)}`;
}

/** `2 Mbps`, as plans are sold. */
export function speedText(bitsPerSecond: number): string {
  const [, amount, unit] = /^([\d.]+)([KMG]?)$/.exec(formatRate(rounded(bitsPerSecond)))!;
  return `${amount} ${unit}bps`;
}

/** `↑ 1 Mbps ↓ 3 Mbps`, seen from the customer. */
export function speedsText({ up, down }: Rates): string {
  return `↑ ${speedText(up)} ↓ ${speedText(down)}`;
}

/** `Very hard to guess (1 in 28 billion)`: how often a guess hits a code that works, which the length of codes keeps rare. */
export function oddsText(oneIn: number): string {
  const amount = new Intl.NumberFormat('en', {
    notation: 'compact',
    compactDisplay: 'long',
    maximumSignificantDigits: 2,
  }).format(oneIn);
  return `Very hard to guess (1 in ${amount})`;
}

/** Time that is left, in its two largest parts: seconds do not matter when a day is left. */
export function leftText(seconds: number | null): string {
  if (seconds === null) return 'no end';
  const step = seconds >= 86_400 ? 3_600 : seconds >= 3_600 ? 60 : 1;
  return formatDuration(seconds - (seconds % step));
}

/** The same figures for values that may be missing. @param none what stands for a missing one */
export function figuresOr(none: string) {
  return {
    timeText: (at: Date | null, zone: string) => (at ? timeText(at, zone) : none),
    sizeText: (bytes: number | null) => (bytes === null ? none : sizeText(bytes)),
    durationText: (seconds: number | null) => (seconds === null ? none : formatDuration(seconds)),
    ratesText: (rates: Rates | null) => (rates ? ratesText(rates) : none),
  };
}

function rounded(amount: number): number {
  return Number(amount.toPrecision(3));
}
