/** The details of an audit entry, besides who, what and whom, as people read them. */
import {
  isRouterWrite,
  refusedWrite,
  type AuditEntry,
  type AuditKind,
  type AuditValues,
  type Deed,
} from '../domain/shop/audit-entry';
import { isOneAddress } from '../domain/network/network';
import { formatDuration, formatMoney, parseRates, type Money } from '../domain/units';
import { say, Text } from '../text';
import { ENGLISH, type TextOf } from './catalog';
import { ratesText, sizeText, timeText } from './figures';
import { planStatusText, statusTerm } from './state-text';

const INSTANT = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/;
/** As the router has it; `0` is no limit there. */
const RATES = /^[1-9][\d.]*[KMG]?\/[1-9][\d.]*[KMG]?$/;
/** The keys that hold a queue's speed, now and before; an address with its `/32` looks much the same. */
const SPEEDS: Readonly<Record<string, string>> = { maxLimit: 'speed', before: 'before' };

/** What the router keeps for this program, and says nothing to who reads of a write on it. */
const NOT_TOLD = new Set(
  'profile comment name parent limitAt priority target toAddress loggedInAt'.split(' '),
);
/** Values that are words of ours, and how people say them; all others are figures, or what somebody typed. */
type Words = Readonly<Record<string, (word: string) => string>>;
const asIs = (word: string) => word;
const OUR_WORDS: { readonly [K in AuditKind]?: Words } = {
  'voucher ended': { reason: asIs },
  'voucher ended by staff': { was: statusTerm },
  'end undone': { status: statusTerm },
  'voucher extended': { of: asIs },
  'extension undone': { of: asIs },
  'quota reached': { kind: asIs },
  'missing slips settled': { as: asIs },
  'plan added': { status: planStatusText },
  'plan changed': { kind: asIs },
  'account added': { role: asIs },
  'account removed': { role: asIs },
  'role changed': { was: asIs, role: asIs },
  'signed in': { by: asIs },
  'user changed': { password: asIs },
  'PPPoE user changed': { password: asIs },
};
/** What a plan is whose status is not written down. */
const USUAL_STATUS = 'active';
type Detail = Readonly<Record<string, unknown>>;

/** Where the reader's clock is, and their language. */
interface Reader {
  zone: string;
  t: TextOf;
  words: Words;
}

/**
 * The details of an entry as owners read them: those of a write on the router without what the router has for
 * itself, and of vouchers that were handed over how many went to whom.
 * @param zone the shop's IANA time zone
 */
export function entryText(
  entry: Pick<AuditEntry, 'what' | 'detail'>,
  zone: string,
  t: TextOf = ENGLISH,
): string {
  const { what, detail } = entry as Deed;
  if (what === 'batch handed over') return handedOverText(detail, zone, t);
  const isWrite = isRouterWrite(refusedWrite(what) ?? what);
  return detailText(isWrite ? writeDetail({ ...detail }) : detail, zone, t, OUR_WORDS[what]);
}

/** `20 vouchers given to Aling Nena, before: maria`. */
function handedOverText(
  { to, vouchers, slips: _slips, ...others }: AuditValues['batch handed over'],
  zone: string,
  t: TextOf,
) {
  const given =
    vouchers === 1
      ? say`${vouchers} voucher given to ${to}`
      : say`${vouchers} vouchers given to ${to}`;
  return [t(given), detailText(others, zone, t)].filter(Boolean).join(', ');
}

/** A write on the router in words: `limitUptimeMs` is what a login may be online in all. */
function writeDetail(detail: Detail): Detail {
  const { limitUptimeMs, limitBytes, target, mac, ...others } = detail;
  const isAddress = typeof target === 'string' && isOneAddress(target);
  const told = Object.entries(others).filter(([name]) => !NOT_TOLD.has(name));
  return {
    ...(isAddress && { address: target.split('/')[0] }),
    ...{ phone: mac, onlineAtMostMs: limitUptimeMs, dataAtMostBytes: limitBytes },
    ...Object.fromEntries(told),
  };
}

/**
 * `speed: ↑ 1M ↓ 2M, until: 2026-11-21 18:30, developer`. Empty and false values are left out, and so is
 * what a change left as it was: `price: 10 → 12`.
 * @param zone the shop's IANA time zone
 */
export function detailText(
  detail: object,
  zone: string,
  t: TextOf = ENGLISH,
  words: Words = {},
): string {
  const to = { zone, t, words };
  const { before, after, ...others } = detail as Detail;
  if (!isDetail(before) && !isDetail(after)) return plainText(detail as Detail, to);
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
  if (!after) return plainText(withSpeed(before), to, `${to.t('was')} `);
  return changesOf(before, after, to)
    .map(({ title, old, now }) => `${title}: ${old} → ${now}`)
    .join(', ');
}

/** Each value that is not as it was. */
function changesOf(before: Detail, after: Detail, to: Reader) {
  const was = withSpeed(before);
  const is = withSpeed(after);
  return [...new Set([...Object.keys(was), ...Object.keys(is)])]
    .map((name) => ({
      title: nameText(name, to),
      old: sideText(name, was[name], is[name], to),
      now: sideText(name, is[name], was[name], to),
    }))
    .filter(({ old, now }) => old !== now);
}

/** @param other the other side: if one is yes or no, a missing one is the opposite */
function sideText(name: string, value: unknown, other: unknown, to: Reader): string {
  if (name === 'status') return to.t(new Text(planStatusText(textOf(value) || USUAL_STATUS)));
  const isMissing = value === null || value === undefined || value === '';
  const side = isMissing && typeof other === 'boolean' ? !other : value;
  if (typeof side === 'boolean') return side ? to.t('yes') : to.t('no');
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
    return `${to.t(new Text(speed))}: ${RATES.test(value) ? ratesText(parseRates(value)) : value}`;
  }
  const title = titleOf(name);
  if (value === true) return nameText(name, to);
  if (name === 'percent') return `${String(value)} %`;
  if (typeof value === 'number' && title.endsWith(' bytes')) {
    return `${to.t(new Text(title.slice(0, -' bytes'.length)))}: ${sizeText(value)}`;
  }
  if (typeof value === 'number' && title.endsWith(' ms')) {
    const time = formatDuration(Math.round(value / 1000));
    return `${to.t(new Text(title.slice(0, -' ms'.length)))}: ${time}`;
  }
  const inWords = to.words[name];
  if (inWords && typeof value === 'string') {
    return `${nameText(name, to)}: ${to.t(new Text(inWords(value)))}`;
  }
  return `${nameText(name, to)}: ${valueText(value, to)}`;
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

function nameText(name: string, { t }: Reader): string {
  return t(new Text(titleOf(name)));
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
