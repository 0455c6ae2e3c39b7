import { DateTime } from 'luxon';
import {
  statusByDates,
  USUAL_RATE,
  withoutDoubles,
  type ImportedVoucher,
  type ReadRow,
} from '../../domain/vouchers/imported-voucher';
import { isOurs, PROFILE_PREFIX, readMac } from '../../domain/network/network';
import { parseMoney, quoted, type Money } from '../../domain/units';
import { InvalidInput } from '../../errors';
import type { SoldProfile, SoldUser, SoldUsers } from '../../routeros/mikhmon-users';
import { readDuration } from '../../routeros/api/values';
import { readForeignCode } from './old-vouchers';
import { say } from '../../text';

/**
 * What Mikhmon v3 keeps on the router (its own files, read for the format): a profile's on-login script
 * begins with a line that prints `,MODE,PRICE,VALIDITY,SELLING PRICE,,LOCK,`, where MODE is rem, remc, ntf or
 * ntfc; without an end it is `,,PRICE,,,noexp,LOCK,`. A user's comment is its batch, `vc-123-11.21.26-note`
 * or `up-…`, until the first login; after that it is when it ends by the router's clock: `nov/21/2026
 * 10:00:00`, or `2026-11-21 10:00:00` since RouterOS 7.10. Modes ntf and ntfc end a user by limit-uptime=1s
 * and keep it; rem and remc delete it.
 */

export interface MikhmonSettings {
  now: Date;
  /** The shop's zone, for a router that does not report its own. */
  zone: string;
  currency: string;
}

interface Sold {
  mode: string;
  price: Money;
  validitySeconds: number | null;
}

const BATCH = /^(vc|up)-/i;
const HEADER = /:put\s*\(\s*"([^"]*)"/;
/** Many people write 5,000; read as five it would be in the books a thousand times too low. */
const THOUSANDS = /^\d{1,3}(\.\d{3})+$/;
const ENDED_MS = 1000;
const MANY_DEVICES = 10;
const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];

export interface MikhmonRow extends ReadRow {
  user: SoldUser;
}

/** What a Mikhmon profile sells, in its own words. */
export interface MikhmonProfile {
  name: string;
  /** What happens at the end, as in Mikhmon's form. */
  mode: string;
  price: Money;
  validitySeconds: number | null;
  users: number;
}

const MODES: Record<string, string> = {
  rem: 'Remove',
  ntf: 'Notice',
  remc: 'Remove & Record',
  ntfc: 'Notice & Record',
};

/** Mikhmon's users in our terms; `others` are users it did not make, which we leave alone. */
export function readMikhmon(
  found: SoldUsers,
  settings: MikhmonSettings,
): { rows: MikhmonRow[]; profiles: MikhmonProfile[]; others: number } {
  const profiles = new Map(found.profiles.map((profile) => [profile.name, profile]));
  const users = found.users.filter((user) => {
    if (isOurs(user) || user.profile.startsWith(PROFILE_PREFIX)) return false;
    return BATCH.test(user.comment) || HEADER.test(profiles.get(user.profile)?.onLogin ?? '');
  });
  const online = new Map(found.active.map(({ user, mac }) => [user, readMac(mac)]));
  const rows = users.map((user): ReadRow => {
    const where = `user ${quoted(user.name)}`;
    try {
      const profile = profiles.get(user.profile);
      const { voucher, remark } = readUser(user, profile, found.offset, settings);
      const mac = voucher.mac ?? online.get(user.name) ?? null;
      return { where, voucher: { ...voucher, mac }, ...(remark !== '' && { remark }) };
    } catch (error) {
      if (!(error instanceof InvalidInput)) throw error;
      return { where, why: error.message };
    }
  });
  const mine = withoutDoubles(rows).map((row, index) => ({ ...row, user: users[index]! }));
  return {
    rows: mine,
    profiles: soldProfiles(found.profiles, users, settings.currency),
    others: found.users.length - users.length,
  };
}

function soldProfiles(
  profiles: readonly SoldProfile[],
  users: readonly SoldUser[],
  currency: string,
): MikhmonProfile[] {
  return profiles.flatMap((profile) => {
    const count = users.filter((user) => user.profile === profile.name).length;
    if (count === 0) return [];
    try {
      const { mode, price, validitySeconds } = readHeader(profile, currency);
      const modeText = MODES[mode] ?? 'None';
      return [{ name: profile.name, mode: modeText, price, validitySeconds, users: count }];
    } catch (error) {
      if (!(error instanceof InvalidInput)) throw error;
      return []; // each of its users says what is wrong with it
    }
  });
}

function readUser(
  user: SoldUser,
  profile: SoldProfile | undefined,
  offset: string | undefined,
  settings: MikhmonSettings,
): { voucher: ImportedVoucher; remark: string } {
  const { now, currency } = settings;
  if (!profile) throw new InvalidInput(say`its profile ${quoted(user.profile)} is not there`);
  if (user.disabled) throw new InvalidInput('it is disabled on the router');
  const { code, remark: codeRemark } = readForeignCode(user.name);
  const sold = readHeader(profile, currency);
  const isBatch = BATCH.test(user.comment) || user.comment === '';
  const expiresAt = isBatch ? null : readEnd(user.comment, offset, settings.zone);
  // Once it has ended, Mikhmon replaces the time sold with 1s.
  const isEnded = user.limitUptimeMs === ENDED_MS;
  const uptimeSeconds = isEnded || !user.limitUptimeMs ? null : user.limitUptimeMs / 1000;
  const wasOnline = user.uptimeMs > 0 || user.bytes.up + user.bytes.down > 0;
  const activatedAt = activation(expiresAt, sold, wasOnline, now);
  const dated = statusByDates(activatedAt, expiresAt, now);
  const isUsedUp =
    (uptimeSeconds !== null && user.uptimeMs >= uptimeSeconds * 1000) ||
    (user.limitBytes !== null && user.bytes.up + user.bytes.down >= user.limitBytes);
  const devices = devicesOf(profile);
  const remark = [
    codeRemark,
    /^up-/i.test(user.comment) ? 'its password is not asked for any more: the code is enough' : '',
    profile.rate ? '' : `profile ${quoted(profile.name)} has no speed: 1M up and 2M down`,
    profile.hasMore ? `burst and priority of ${quoted(profile.name)} are left out` : '',
    profile.sharedUsers === 'unlimited' ? `for any number of devices: now for ${devices}` : '',
  ];
  return {
    voucher: {
      code,
      developer: false,
      ...dated,
      ...(isUsedUp && { status: 'exhausted' as const, endedAt: now }),
      ...(isEnded && { status: 'expired' as const, endedAt: dated.endedAt ?? now }),
      activatedAt: activatedAt ?? (isEnded || isUsedUp ? now : null),
      expiresAt,
      createdAt: null,
      rate: profile.rate ?? USUAL_RATE,
      price: sold.price,
      validitySeconds: sold.validitySeconds,
      uptimeSeconds,
      capBytes: user.limitBytes,
      devices,
      used: user.bytes,
      usedUptimeMs: user.uptimeMs,
      mac: readMac(user.mac) ?? null,
    },
    remark: remark.filter((one) => one !== undefined && one !== '').join('; '),
  };
}

/** When it was first used, as far as can be told: Mikhmon keeps only the end. */
function activation(
  expiresAt: Date | null,
  { validitySeconds }: Sold,
  wasOnline: boolean,
  now: Date,
): Date | null {
  if (expiresAt) {
    const began = expiresAt.getTime() - (validitySeconds ?? 0) * 1000;
    return new Date(Math.min(began, now.getTime()));
  }
  // Used, and sold without an end: it continues from here. Used before its end was recorded: it starts over.
  return wasOnline && validitySeconds === null ? now : null;
}

function readHeader(profile: SoldProfile, currency: string): Sold {
  const header = HEADER.exec(profile.onLogin)?.[1];
  if (header === undefined) {
    throw new InvalidInput(say`its profile ${quoted(profile.name)} has no line of Mikhmon's`);
  }
  const [, mode = '', price = '', validity = '', selling = ''] = header.split(',');
  const paid = (isZero(selling) ? price : selling).trim();
  const seconds = validity.trim() === '' ? null : durationOf(validity, profile.name);
  try {
    if (THOUSANDS.test(paid)) {
      throw new InvalidInput(
        say`${quoted(paid)} may be thousands: write it in Mikhmon without the dot`,
      );
    }
    const money = paid === '' ? { amount: 0, currency } : parseMoney(paid, currency);
    return { mode, price: money, validitySeconds: seconds };
  } catch (error) {
    if (!(error instanceof InvalidInput)) throw error;
    throw new InvalidInput(say`the price of ${quoted(profile.name)}: ${error.text}`, {
      cause: error,
    });
  }
}

function isZero(price: string): boolean {
  return /^[\s0.]*$/.test(price);
}

function durationOf(text: string, profile: string): number {
  const ms = readDuration(text.trim().replaceAll(' ', '').toLowerCase());
  if (ms) return ms / 1000;
  throw new InvalidInput(
    say`the validity ${quoted(text)} of ${quoted(profile)} is no length of time`,
  );
}

function readEnd(comment: string, offset: string | undefined, zone: string): Date {
  const text = comment.trim().toLowerCase();
  const [, name, day, year, oldTime] =
    /^([a-z]{3})\/(\d{2})\/(\d{4}) (\d{2}:\d{2}:\d{2})/.exec(text) ?? [];
  const [, date, time] = /^(\d{4}-\d{2}-\d{2}) (\d{2}:\d{2}:\d{2})/.exec(text) ?? [];
  const month = String(MONTHS.indexOf(name ?? '') + 1).padStart(2, '0');
  const iso = date ? `${date}T${time}` : `${year}-${month}-${day}T${oldTime}`;
  const at = DateTime.fromISO(iso + (offset ?? ''), { zone });
  if (at.isValid) return at.toJSDate();
  throw new InvalidInput(say`its comment ${quoted(comment)} is neither a batch nor an end`);
}

function devicesOf({ sharedUsers }: SoldProfile): number {
  const number = Number(sharedUsers);
  return Number.isInteger(number) && number >= 1 ? Math.min(number, 1000) : MANY_DEVICES;
}
