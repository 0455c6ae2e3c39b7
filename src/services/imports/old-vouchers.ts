import { DateTime } from 'luxon';
import {
  statusByDates,
  USUAL_RATE,
  withoutDoubles,
  type ImportedVoucher,
  type ReadRow,
} from '../../domain/vouchers/imported-voucher';
import { normalizeCode, parseCode } from '../../domain/vouchers/voucher-code';
import { parseMac, parseMoney, parseRate, quoted, textOf, type Mac } from '../../domain/units';
import { InvalidInput } from '../../errors';
import type { OldRow } from '../../store/database/old-database';
import { say } from '../../text';

/** How to interpret the figures of the old database. */
export interface OldSettings {
  now: Date;
  /** IANA zone for times that name none. */
  zone: string;
  currency: string;
}

const LONGEST_SECONDS = 36_525 * 86_400;
/** A clock can be ahead by a time zone; more than that makes no sense. */
const AHEAD_MS = 86_400_000;

/** Vouchers of the earlier PisoNet program in our terms; an unreadable row says why. */
export function readOldRows(rows: readonly OldRow[], settings: OldSettings): ReadRow[] {
  return withoutDoubles(
    rows.map((row, index) => {
      const where = `row ${index + 1} (${quoted(row['code'])})`;
      try {
        return { where, ...readRow(row, settings) };
      } catch (error) {
        if (!(error instanceof InvalidInput)) throw error;
        return { where, why: error.message };
      }
    }),
  );
}

function readRow(row: OldRow, settings: OldSettings): Omit<ReadRow, 'where'> {
  const { now, currency } = settings;
  const { code, remark: codeRemark } = readForeignCode(row['code']);
  const developer = readFlag('is_developer', row['is_developer']);
  const duration = row['duration'] ?? row['duration_seconds'];
  // The earlier program writes 0 for no end.
  const isEndless = developer && /^0*$/.test(textOf(duration));
  const seconds = isEndless ? null : readSeconds(duration);
  const activated = readTime('activated_at', row['activated_at'], settings);
  const expires = readTime('expires_at', row['expires_at'], settings);
  if (activated && activated.getTime() > now.getTime() + AHEAD_MS) {
    throw new InvalidInput(say`activated_at ${quoted(row['activated_at'])} lies in the future`);
  }
  const times = developer
    ? { activatedAt: activated, expiresAt: null, validitySeconds: seconds }
    : lifeOf(seconds, activated, expires);
  const { mac, remark: macRemark } = readDevice(row['user_mac_address']);
  const rate = {
    up: readAs('rate_limit_up', row['rate_limit_up'], parseRate) ?? USUAL_RATE.up,
    down: readAs('rate_limit_down', row['rate_limit_down'], parseRate) ?? USUAL_RATE.down,
  };
  const price = readAs('price', row['price'], (typed) => parseMoney(typed, currency));
  const voucher: ImportedVoucher = {
    code,
    developer,
    ...statusByDates(times.activatedAt, times.expiresAt, now),
    ...times,
    createdAt: readTime('created_at', row['created_at'], settings),
    rate,
    price: price ?? { amount: 0, currency },
    uptimeSeconds: null,
    capBytes: null,
    devices: 1,
    used: { up: 0, down: 0 },
    usedUptimeMs: 0,
    mac,
  };
  const remark = [codeRemark, macRemark].filter((one) => one !== undefined).join('; ');
  return { voucher, ...(remark !== '' && { remark }) };
}

/** Works out a missing date from the known ones. */
function lifeOf(seconds: number | null, activated: Date | null, expires: Date | null) {
  if (activated && expires) {
    if (expires < activated) throw new InvalidInput('it expires before it was activated');
    const validitySeconds = Math.round((expires.getTime() - activated.getTime()) / 1000);
    // It may have been given more time than was sold; its actual end is what counts.
    return { activatedAt: activated, expiresAt: expires, validitySeconds };
  }
  if (seconds === null) throw new InvalidInput('duration is missing');
  const ms = seconds * 1000;
  if (activated) {
    const expiresAt = new Date(activated.getTime() + ms);
    return { activatedAt: activated, expiresAt, validitySeconds: seconds };
  }
  if (expires) {
    const activatedAt = new Date(expires.getTime() - ms);
    return { activatedAt, expiresAt: expires, validitySeconds: seconds };
  }
  return { activatedAt: null, expiresAt: null, validitySeconds: seconds };
}

/** A code from elsewhere in our form: capitals and digits, everything else removed. */
export function plainCode(typed: unknown): string {
  return normalizeCode(textOf(typed)).replaceAll(/[^A-Z0-9]/g, '');
}

/** The same, and whether characters were removed. @throws InvalidInput when nothing is left */
export function readForeignCode(typed: unknown): { code: string; remark?: string } {
  const text = normalizeCode(textOf(typed));
  if (text === '') throw new InvalidInput('the code is missing');
  const plain = plainCode(typed);
  if (plain === '') throw new InvalidInput(say`the code ${quoted(typed)} has no letters or digits`);
  const code = parseCode(plain);
  return plain === text ? { code } : { code, remark: `its code is ${code} from now on` };
}

/** An unreadable device is no loss: its customer types the code once more. */
function readDevice(typed: unknown): { mac: Mac | null; remark?: string } {
  if (textOf(typed) === '') return { mac: null };
  try {
    return { mac: parseMac(typed) };
  } catch (error) {
    if (!(error instanceof InvalidInput)) throw error;
    const remark = `its device ${quoted(typed)} cannot be read: the customer types the code again`;
    return { mac: null, remark };
  }
}

function readSeconds(value: unknown): number | null {
  const text = textOf(value);
  if (text === '') return null;
  const seconds = Number(text);
  if (Number.isFinite(seconds) && seconds >= 1 && seconds <= LONGEST_SECONDS) {
    return Math.round(seconds);
  }
  throw new InvalidInput(say`duration ${quoted(value)} is not a number of seconds`);
}

/** ISO text, `2026-11-21 10:00:00`, or seconds, milliseconds or microseconds since 1970. */
function readTime(name: string, value: unknown, { zone }: OldSettings): Date | null {
  const text = textOf(value);
  if (text === '' || /^(0|null|none)$/i.test(text)) return null;
  if (/^\d+(\.\d+)?$/.test(text)) {
    const number = Number(text);
    const ms = number < 1e11 ? number * 1000 : number < 1e14 ? number : number / 1000;
    const date = new Date(Math.round(ms));
    if (!Number.isNaN(date.getTime())) return date;
  }
  const iso = text.replace(' ', 'T').replaceAll(' ', '');
  const at = DateTime.fromISO(iso, { zone });
  if (at.isValid && /^\d{4}-\d/.test(text)) return at.toJSDate();
  throw new InvalidInput(say`${name} ${quoted(value)} is not a time`);
}

function readFlag(name: string, value: unknown): boolean {
  if (typeof value === 'boolean') return value;
  const text = textOf(value).toLowerCase();
  if (['', '0', 'false', 'no', 'n', 'f'].includes(text)) return false;
  if (['1', 'true', 'yes', 'y', 't'].includes(text)) return true;
  throw new InvalidInput(say`${name} ${quoted(value)} is neither yes nor no`);
}

function readAs<T>(name: string, value: unknown, read: (typed: unknown) => T): T | undefined {
  if (textOf(value) === '') return undefined;
  try {
    return read(value);
  } catch (error) {
    if (!(error instanceof InvalidInput)) throw error;
    throw new InvalidInput(say`${name} ${error.text}`, { cause: error });
  }
}
