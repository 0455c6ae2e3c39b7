/**
 * Reading and writing what people type. Readers take text or a number (forms and JSON hand over
 * either) and throw `InvalidInput` whose message begins with what was typed, so that a caller can put
 * the name of the field in front. Writers are exact: reading their text gives the same value again. What
 * is only to be read stands in `src/format`.
 */
import { InvalidInput } from '../errors';
import { say } from '../text';

/** Bits a second, seen from the customer. */
export interface Rates {
  up: number;
  down: number;
}

/** Both directions together. */
export function total(rates: Rates): number {
  return rates.up + rates.down;
}

/** An integer number of minor units (centavos), never a float, with its ISO 4217 code. */
export interface Money {
  amount: number;
  currency: string;
}

declare const macBrand: unique symbol;
/** A hardware address, upper case with colons: `AA:BB:CC:DD:EE:FF`. Made by `parseMac` only. */
export type Mac = string & { readonly [macBrand]: true };

type Unit = readonly [name: string, exponent: number];
const RATE_UNITS: readonly Unit[] = [['G', 9], ['M', 6], ['K', 3], ['', 0]]; // prettier-ignore
const SIZE_UNITS: readonly Unit[] = [['TB', 12], ['GB', 9], ['MB', 6], ['KB', 3], ['B', 0]]; // prettier-ignore
const SLOWEST_RATE = 1_000;
export const FASTEST_RATE = 100_000_000_000;
const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const WEEK = 7 * DAY;
const DURATION_UNITS = [['day', DAY], ['hour', HOUR], ['minute', MINUTE], ['second', 1]] as const; // prettier-ignore
const LONGEST_DURATION = 36_525 * DAY; // 100 years
const LONGEST_TEXT = 60; // nothing people type here is longer; keeps the patterns below cheap
/** Of a speed only the capital of its byte tells `2 MBps` from `2 Mbps`, eight times less; `2 MBPS` is all capitals. */
const BYTE_RATE = /^[\d.]+ ?[KMGTkmgt]?(?:B(?:ps|s|\/[sS])?|[Bb]ytes?(?:\/s)?)$/;

/**
 * bit/s of `512K`, `1.5M`, `1G` or a plain number of bit/s, and as pages and routers write it: `2 Mbps`, `512 kbit/s`;
 * decimal, 1 kbit/s to 100 Gbit/s. Never bytes: `2 MB/s` and `2 MBps` are refused.
 */
export function parseRate(typed: unknown): number {
  const text = withPoint(evenly(typed));
  if (BYTE_RATE.test(text)) {
    refuse(typed, 'is in bytes, and a speed is in bits; write it like 512K or 2M');
  }
  const match = /^(\d+(?:\.\d+)?) ?([kmg]?)(?:bps|bits?(?:\/s)?)?$/i.exec(text);
  const rate = match ? scaled(match[1]!, exponentOf(RATE_UNITS, match[2]!)) : undefined;
  if (rate === undefined) refuse(typed, 'is not a speed; write it like 512K or 2M');
  if (rate < SLOWEST_RATE) {
    refuse(typed, 'is below the slowest rate of 1K (1,000 bit/s); write it like 512K or 2M');
  }
  if (rate > FASTEST_RATE)
    refuse(typed, 'is above the fastest rate of 100G; write it like 512K or 2M');
  return rate;
}

/** `UP/DOWN` as in `10M/20M`, each as `parseRate` reads it; a single rate means both directions. */
export function parseRates(typed: unknown): Rates {
  const halves = textOf(typed).split(/\/(?!s)/i); // but not `bit/s`
  if (halves.length > 2) refuse(typed, 'is not a pair of rates; write it like 10M/20M (up/down)');
  const up = parseRate(halves[0]);
  return { up, down: halves[1] === undefined ? up : parseRate(halves[1]) };
}

/** `512K`, `1.5M`; `0` and small measured rates come out as plain bit/s. */
export function formatRate(bitsPerSecond: number): string {
  return withUnit(bitsPerSecond, RATE_UNITS, '');
}

/** `1M/2M`: up, then down. */
export function formatRates(rates: Rates): string {
  return `${formatRate(rates.up)}/${formatRate(rates.down)}`;
}

/** Bytes of `500MB`, `2 GB`, `1.5TB`, `750KB`, `500M` or plain bytes; decimal: 1 MB is 1,000,000. Zero is allowed. */
export function parseSize(typed: unknown): number {
  const match = /^(\d+(?:\.\d+)?) ?([kmgt]?)b?$/i.exec(withPoint(evenly(typed)));
  const bytes = match ? scaled(match[1]!, exponentOf(SIZE_UNITS, `${match[2]!}B`)) : undefined;
  if (bytes === undefined) {
    refuse(typed, 'is not a size; write it like 500MB or 2GB (1 MB is 1,000,000 bytes)');
  }
  if (bytes > Number.MAX_SAFE_INTEGER) refuse(typed, 'is above the largest size of 9007 TB');
  return bytes;
}

/** `15.234567 MB`, decimal; exact. For a counter, use `sizeText`. */
export function formatSize(bytes: number): string {
  return withUnit(bytes, SIZE_UNITS, ' ');
}

/**
 * Whole seconds of `30s`, `15m`, `1h`, `2d`, `1w` or a sum, largest unit first: `1d12h`; in words too, as pages write
 * it: `1 day 12 hours`. Up to 100 years.
 */
export function parseDuration(typed: unknown): number {
  const match =
    /^(?:(\d+) ?w(?:eeks?)?)? ?(?:(\d+) ?d(?:ays?)?)? ?(?:(\d+) ?h(?:ours?|rs?)?)? ?(?:(\d+) ?m(?:in(?:ute)?s?)?)? ?(?:(\d+) ?s(?:ec(?:ond)?s?)?)?$/i.exec(
      evenly(typed) || '?',
    );
  if (!match) refuse(typed, 'is not a length of time; write it like 30s, 15m, 1h, 2d or 1d12h');
  const part = (index: number, size: number) => Number(match[index] ?? 0) * size;
  const seconds = part(1, WEEK) + part(2, DAY) + part(3, HOUR) + part(4, MINUTE) + part(5, 1);
  if (seconds === 0) refuse(typed, 'is no time at all; write it like 30s, 15m, 1h, 2d or 1d12h');
  if (seconds > LONGEST_DURATION) refuse(typed, 'is longer than 100 years');
  return seconds;
}

/** `1h30m`, `30d`; weeks only when nothing else is left, since people say 30 days, not 4 weeks and 2. */
export function formatDuration(seconds: number): string {
  if (seconds === 0) return '0s';
  if (seconds % WEEK === 0) return `${seconds / WEEK}w`;
  return durationParts(seconds)
    .map(([count, unit]) => `${count}${unit[0]}`)
    .join('');
}

/** `[[1, 'hour'], [30, 'minute']]`: largest first, without those that are zero. */
export function durationParts(
  seconds: number,
): [count: number, unit: 'day' | 'hour' | 'minute' | 'second'][] {
  let rest = seconds;
  return DURATION_UNITS.flatMap(([unit, size]) => {
    const count = Math.floor(rest / size);
    rest -= count * size;
    return count > 0 ? [[count, unit]] : [];
  });
}

/** The ISO 4217 code in capitals; refused unless this Node's `Intl` knows it. */
export function parseCurrency(typed: unknown): string {
  const code = textOf(typed).toUpperCase();
  if (!CURRENCIES.has(code)) refuse(typed, 'is not a currency; write its three letters, like PHP');
  return code;
}

/** Minor units. More than a shop ever sees, and its sums stay exact. */
export const MOST_MONEY = 1_000_000_000_000;

/**
 * Money of `5`, `5.50`, `5,50`, `1,500.00`, `1.500,00`, also with the sign or code of the currency before or behind it: `₱5`, `P5`,
 * `5 PHP`; not negative, no more decimals than the currency has.
 */
export function parseMoney(typed: unknown, currency: string): Money {
  const match = /^(\d+|\d{1,3}(?:,\d{3})+)(\.\d+)?$/.exec(
    withPoint(withoutMark(evenly(typed), currency)),
  );
  const digits = minorDigits(currency);
  const amount =
    match &&
    !isThousand(match[2], digits) &&
    scaled(match[1]!.replaceAll(',', '') + (match[2] ?? ''), digits);
  if (typeof amount !== 'number' || amount > Number.MAX_SAFE_INTEGER) {
    const example = writeMoney({ amount: 5.5 * 10 ** Math.max(digits, 1), currency });
    refuse(typed, `is not an amount of ${currency}; write it like 5 or ${example}`);
  }
  return { amount, currency };
}

/** Behind a point: `1.000` is a thousand to half of the world. */
function isThousand(fraction: string | undefined, digits: number): boolean {
  return fraction?.length === 4 && digits < 3;
}

/** Without the currency's own sign, of which pesos have two on a keyboard, or its code; of others, as it is. */
function withoutMark(text: string, currency: string): string {
  const marks = [currency, moneyFormat(currency).sign, ...(currency === 'PHP' ? ['P'] : [])];
  const typed = text.toUpperCase();
  const before = marks.find((mark) => typed.startsWith(mark));
  if (before !== undefined) return text.slice(before.length).trim();
  const behind = marks.find((mark) => typed.endsWith(mark));
  return behind === undefined ? text : text.slice(0, -behind.length).trim();
}

/** The bare amount for exports and form fields: `5`, `5.50`. `parseMoney` reads it back. */
export function writeMoney(money: Money): string {
  const digits = minorDigits(money.currency);
  const sign = money.amount < 0 ? '-' : '';
  const [whole, fraction] = shifted(Math.abs(money.amount), digits).split('.');
  return sign + whole + (fraction === undefined ? '' : `.${fraction.padEnd(digits, '0')}`);
}

/** For people, with the currency's sign: `₱5.50`. */
export function formatMoney(money: Money): string {
  const { write, digits } = moneyFormat(money.currency);
  return write.format(money.amount / 10 ** digits);
}

/** The same without a fraction of zero, for big prices: `₱5`, and still `₱5.50`. */
export function formatShortMoney(money: Money): string {
  const text = formatMoney(money);
  return money.amount % 10 ** moneyFormat(money.currency).digits === 0
    ? text.replace(/[.,]0+(?=\D*$)/, '')
    : text;
}

/** `aa-bb-cc-dd-ee-ff`, `aabb.ccdd.eeff`, `aabbccddeeff` or with colons, any case. All zero and broadcast are refused. */
export function parseMac(typed: unknown): Mac {
  const text = textOf(typed);
  const shape =
    /^(?:[\da-f]{2}([:-])(?:[\da-f]{2}\1){4}[\da-f]{2}|[\da-f]{4}(?:\.[\da-f]{4}){2}|[\da-f]{12})$/i;
  if (!shape.test(text)) refuse(typed, 'is not a MAC address; write it like AA:BB:CC:DD:EE:FF');
  const digits = text.replaceAll(/[^\da-f]/gi, '').toUpperCase();
  if (/^(?:0{12}|F{12})$/.test(digits)) {
    refuse(typed, 'belongs to no single device; use the MAC address of one device');
  }
  return digits.match(/../g)!.join(':') as Mac;
}

/** No control character in it: it would break out of a header, a log line or a word to the router. */
export function isOneLine(text: string): boolean {
  return !/\p{Cc}/u.test(text);
}

/** How a typed value is shown in messages: in quotes, one line, cut when long. */
export function quoted(typed: unknown): string {
  const text = JSON.stringify(typed) ?? String(typed);
  return text.length > LONGEST_TEXT ? `${text.slice(0, LONGEST_TEXT)}…` : text;
}

/** Typed text without the spaces around it; empty for anything that is neither short text nor a number. */
export function textOf(typed: unknown): string {
  if (typeof typed === 'number') return String(typed);
  if (typeof typed !== 'string') return '';
  const text = typed.trim();
  return text.length > LONGEST_TEXT ? '' : text;
}

/** `textOf` with one plain space where there are several, or one that does not break, and plain digits. */
function evenly(typed: unknown): string {
  return inPlainDigits(textOf(typed)).replaceAll(/\s+/g, ' ');
}

/** The digits of other keyboards are the same digits: wide ones, Arabic, Persian and so on. */
export function inPlainDigits(text: string): string {
  return text.replaceAll(/(?![0-9])\p{Nd}/gu, plainDigit);
}

/** In Unicode the ten digits of a script follow each other, from zero on; ornamental ones are told by NFKC. */
function plainDigit(digit: string): string {
  const plain = digit.normalize('NFKC');
  if (/^[0-9]$/.test(plain)) return plain;
  const place = digit.codePointAt(0)!;
  let value = 0;
  while (value < 9 && /\p{Nd}/u.test(String.fromCodePoint(place - value - 1))) value += 1;
  return String(value);
}

/** `1,5` is `1.5`, and `1.500,50` is `1500.50`; with three digits behind its only comma it may be either, and stays. */
function withPoint(text: string): string {
  return text.replace(
    /^(\d{1,3}(?:\.\d{3})+|\d+),(\d{1,2})(?!\d)/,
    (_, whole: string, fraction: string) => `${whole.replaceAll('.', '')}.${fraction}`,
  );
}

function refuse(typed: unknown, why: string): never {
  throw new InvalidInput(say`${quoted(typed)} ${why}`);
}

function exponentOf(units: readonly Unit[], name: string): number {
  return units.find(([unit]) => unit === name.toUpperCase())?.[1] ?? 0;
}

/** `decimal` times ten to the `exponent`, by moving digits: 1.1 GB in floats is not a whole number of bytes. */
function scaled(decimal: string, exponent: number): number | undefined {
  const [whole = '', fraction = ''] = decimal.split('.');
  const digits = fraction.replace(/(?<!0)0+$/, '');
  if (digits.length > exponent) return undefined;
  return Number(whole + digits.padEnd(exponent, '0'));
}

/** The reverse of `scaled`, without zeros at the end: (1_500_000, 6) is `1.5`. */
function shifted(value: number, exponent: number): string {
  const digits = String(value).padStart(exponent + 1, '0');
  const point = digits.length - exponent;
  const fraction = digits.slice(point).replace(/(?<!0)0+$/, '');
  return fraction === '' ? digits.slice(0, point) : `${digits.slice(0, point)}.${fraction}`;
}

function withUnit(amount: number, units: readonly Unit[], space: string): string {
  const whole = Math.round(amount);
  const [name, exponent] = units.find(([, power]) => whole >= 10 ** power) ?? units.at(-1)!;
  return `${shifted(whole, exponent)}${space}${name}`;
}

const CURRENCIES: ReadonlySet<string> = new Set(Intl.supportedValuesOf('currency'));
interface MoneyFormat {
  digits: number;
  /** `₱`, in capitals where it has letters. */
  sign: string;
  write: Intl.NumberFormat;
}
const moneyFormats = new Map<string, MoneyFormat>(); // making one costs far more than using it

function moneyFormat(currency: string): MoneyFormat {
  const known = moneyFormats.get(currency);
  if (known) return known;
  const write = new Intl.NumberFormat('en-PH', { style: 'currency', currency });
  const sign = write
    .formatToParts(0)
    .find(({ type }) => type === 'currency')!
    .value.toUpperCase();
  const made = { write, sign, digits: write.resolvedOptions().maximumFractionDigits ?? 2 };
  moneyFormats.set(currency, made);
  return made;
}

function minorDigits(currency: string): number {
  return moneyFormat(currency).digits;
}
