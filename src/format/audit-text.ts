/** The details of an audit entry, besides who, what and whom, as people read them. */
import { formatMoney, parseRates, type Money } from '../domain/units';
import { ENGLISH, type TextOf } from './catalog';
import { ratesText, sizeText, timeText } from './figures';

const INSTANT = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/;
/** As the router has it; `0` is no limit there. */
const RATES = /^[1-9][\d.]*[KMG]?\/[1-9][\d.]*[KMG]?$/;
/** The keys that hold a queue's speed, now and before; an address with its `/32` looks much the same. */
const SPEEDS: Readonly<Record<string, string>> = { maxLimit: 'speed', before: 'before' };

type Detail = Record<string, unknown>;

/** Where the reader's clock is, and their language. */
interface Reader {
  zone: string;
  t: TextOf;
}

/**
 * `speed: ↑ 1M ↓ 2M, until: 2026-11-21 18:30, developer`. Empty and false values are left out, and so is
 * what a change left as it was: `price: 10 → 12`.
 * @param zone the shop's IANA time zone
 */
export function detailText(detail: Detail, zone: string, t: TextOf = ENGLISH): string {
  const to = { zone, t };
  const { before, after, ...others } = detail;
  if (!isDetail(before) && !isDetail(after)) return plainText(detail, to);
  const change = changeText(isDetail(before) && before, isDetail(after) && after, to);
  return [change, plainText(others, to)].filter(Boolean).join(', ');
}

function plainText(detail: Detail, to: Reader, lead = ''): string {
  if (isMoney(detail)) {
    const { amount, currency, ...rest } = detail;
    return plainText({ amount: formatMoney({ amount, currency }), ...rest }, to, lead);
  }
  return Object.entries(withSpeed(detail))
    .filter(([, value]) => value !== null && value !== undefined && value !== false)
    .map(([name, value]) => lead + partText(name, value, to))
    .join(', ');
}

/** A new thing shows its values alone, a removed one with "was". */
function changeText(before: Detail | false, after: Detail | false, to: Reader): string {
  if (!before) return after ? plainText(after, to) : '';
  const was = withSpeed(before);
  const is = after && withSpeed(after);
  if (!is) return plainText(was, to, `${to.t('was')} `);
  return [...new Set([...Object.keys(was), ...Object.keys(is)])]
    .map((name) => ({
      title: to.t(titleOf(name)),
      old: sideText(was[name], is[name], to),
      now: sideText(is[name], was[name], to),
    }))
    .filter(({ old, now }) => old !== now)
    .map(({ title, old, now }) => `${title}: ${old} → ${now}`)
    .join(', ');
}

/** @param other the other side: if one is yes or no, a missing one is the opposite */
function sideText(value: unknown, other: unknown, to: Reader): string {
  const isMissing = value === null || value === undefined || value === '';
  const side = isMissing && typeof other === 'boolean' ? !other : value;
  if (typeof side === 'boolean') return to.t(side ? 'yes' : 'no');
  return isMissing ? to.t('none') : valueText(value, to);
}

/** Both directions in one. */
function withSpeed(detail: Detail): Detail {
  const { up, down, ...others } = detail;
  const isRate = typeof up === 'number' && typeof down === 'number';
  return isRate ? { speed: ratesText({ up, down }), ...others } : detail;
}

/** `usedBytes` 4305000000 as `used: 4.31 GB`. */
function partText(name: string, value: unknown, to: Reader): string {
  const speed = SPEEDS[name];
  if (speed && typeof value === 'string') {
    return `${to.t(speed)}: ${RATES.test(value) ? ratesText(parseRates(value)) : value}`;
  }
  const title = titleOf(name);
  if (value === true) return to.t(title);
  if (name === 'percent') return `${String(value)} %`;
  if (typeof value === 'number' && title.endsWith(' bytes')) {
    return `${to.t(title.slice(0, -' bytes'.length))}: ${sizeText(value)}`;
  }
  return `${to.t(title)}: ${valueText(value, to)}`;
}

/** `rateUp` and `rate_up` as `rate up`. */
function titleOf(name: string): string {
  return name.replaceAll('_', ' ').replaceAll(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
}

function valueText(value: unknown, to: Reader): string {
  if (Array.isArray(value)) return value.map((one) => valueText(one, to)).join(', ');
  if (isMoney(value)) return formatMoney(value);
  if (isDetail(value)) return `(${plainText(value, to)})`;
  if (typeof value !== 'string') return JSON.stringify(value);
  if (INSTANT.test(value)) return timeText(new Date(value), to.zone);
  return value;
}

function isMoney<T>(value: T): value is T & Money {
  const money = value as Partial<Money> | null;
  return typeof money?.amount === 'number' && typeof money.currency === 'string';
}

function isDetail(value: unknown): value is Detail {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
