/** What an entry of the audit holds beside who, what and whom, as people read it. */
import { DateTime } from 'luxon';
import { arrowRates, formatMoney, formatSize, parseRates, rounded, type Money } from './units';

const INSTANT = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/;
/** As the router has it; `0` is no limit there. */
const RATES = /^[1-9][\d.]*[KMG]?\/[1-9][\d.]*[KMG]?$/;
/** Where a queue's speed stands, now and before; an address with its `/32` looks much the same. */
const SPEEDS: Readonly<Record<string, string>> = { maxLimit: 'speed', before: 'before' };

/**
 * `speed: ↑ 1M ↓ 2M, until: 2026-11-21 18:30, developer`. What is not there or not so is left out.
 * @param zone the shop's IANA time zone
 */
export function detailWords(detail: Record<string, unknown>, zone: string): string {
  if (isMoney(detail)) {
    const { currency, ...rest } = detail;
    return detailWords({ ...rest, amount: formatMoney({ amount: detail.amount, currency }) }, zone);
  }
  const { up, down, ...others } = detail;
  const isRate = typeof up === 'number' && typeof down === 'number';
  return Object.entries(isRate ? { speed: arrowRates({ up, down }), ...others } : detail)
    .filter(([, value]) => value !== null && value !== undefined && value !== false)
    .map(([name, value]) => partWords(name, value, zone))
    .join(', ');
}

/** `usedBytes` 4305000000 as `used: 4.31 GB`. */
function partWords(name: string, value: unknown, zone: string): string {
  const speed = SPEEDS[name];
  if (speed && typeof value === 'string') {
    return `${speed}: ${RATES.test(value) ? arrowRates(parseRates(value)) : value}`;
  }
  const words = name.replaceAll(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
  if (value === true) return words;
  if (name === 'percent') return `${String(value)} %`;
  if (typeof value === 'number' && words.endsWith(' bytes')) {
    return `${words.slice(0, -' bytes'.length)}: ${formatSize(rounded(value))}`;
  }
  return `${words}: ${valueWords(value, zone)}`;
}

function valueWords(value: unknown, zone: string): string {
  if (Array.isArray(value)) return value.map((one) => valueWords(one, zone)).join(', ');
  if (isMoney(value)) return formatMoney(value);
  if (typeof value !== 'string') return JSON.stringify(value);
  if (INSTANT.test(value)) return DateTime.fromISO(value, { zone }).toFormat('yyyy-MM-dd HH:mm');
  return value;
}

function isMoney<T>(value: T): value is T & Money {
  const money = value as Partial<Money> | null;
  return typeof money?.amount === 'number' && typeof money.currency === 'string';
}
