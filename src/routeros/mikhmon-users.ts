import type { Row } from './api/codec';
import { asIs, print, write, type ApiSender } from './api/sentences';
import { readAmount, readDuration, readFlag, readPair, type UpDown } from './api/values';

/** A hotspot user's row with everything that tells what was sold with it. */
export interface SoldUser {
  id: string;
  name: string;
  profile: string;
  comment: string;
  disabled: boolean;
  /** Total online time sold; `null` is no limit. */
  limitUptimeMs: number | null;
  limitBytes: number | null;
  /** Of sessions that have ended. */
  uptimeMs: number;
  /** In the customer's direction. */
  bytes: UpDown;
  /** The device it is locked to; empty when it is not. */
  mac: string;
}

export interface SoldProfile {
  name: string;
  onLogin: string;
  rate: UpDown | undefined;
  /** Burst, priority and the like, which stand behind the speed. */
  hasMore: boolean;
  sharedUsers: string;
}

export interface SoldUsers {
  users: SoldUser[];
  profiles: SoldProfile[];
  active: { id: string; user: string; mac: string }[];
  /** `+08:00`, the offset of the router's times from UTC; `undefined` when it does not tell. */
  offset: string | undefined;
}

const USER = '/ip/hotspot/user';
const USER_PROPS =
  '.id,name,profile,comment,disabled,limit-uptime,limit-bytes-total,uptime,bytes-in,bytes-out,mac-address,default';

/** The router as programs like Mikhmon store their vouchers on it: in users, profiles and their scripts. */
export class MikhmonUsers {
  constructor(private readonly api: ApiSender) {}

  /** @throws RouterUnreachable, RouterRefused */
  async read(): Promise<SoldUsers> {
    const [users, profiles, active, clock] = await Promise.all([
      print(this.api, USER, USER_PROPS, asIs),
      print(this.api, `${USER}/profile`, 'name,on-login,rate-limit,shared-users', asIs),
      print(this.api, '/ip/hotspot/active', '.id,user,mac-address', asIs),
      print(this.api, '/system/clock', 'gmt-offset', asIs),
    ]);
    const offset = clock[0]?.['gmt-offset'];
    return {
      users: users.filter((row) => !readFlag(row.default)).map(toUser),
      profiles: profiles.map(toProfile),
      active: active.map((row) => ({
        id: row['.id'] ?? '',
        user: row.user ?? '',
        mac: row['mac-address'] ?? '',
      })),
      offset: offset && /^[+-]\d{2}:\d{2}$/.test(offset) ? offset : undefined,
    };
  }

  /**
   * Gives a row the code as name and password, and our profile; its limits, counters and comment stay.
   * Closed to logins, since only the portal may start a voucher.
   */
  async adopt(id: string, code: string, profile: string): Promise<void> {
    await write(this.api, `${USER}/set`, [
      `=.id=${id}`,
      `=name=${code}`,
      `=password=${code}`,
      `=profile=${profile}`,
      '=disabled=yes',
    ]);
  }

  /** Disables a row that exists beside one of ours, so that a voucher is not used twice. */
  async close(id: string): Promise<void> {
    await write(this.api, `${USER}/set`, [`=.id=${id}`, '=disabled=yes']);
  }
}

function toUser(row: Row): SoldUser {
  const mac = row['mac-address'] ?? '';
  return {
    id: row['.id'] ?? '',
    name: row.name ?? '',
    profile: row.profile ?? '',
    comment: row.comment ?? '',
    disabled: readFlag(row.disabled),
    limitUptimeMs: readDuration(row['limit-uptime']) || null, // 0 is RouterOS' "no limit"
    limitBytes: readAmount(row['limit-bytes-total']) || null,
    uptimeMs: readDuration(row.uptime) ?? 0,
    bytes: { up: readAmount(row['bytes-in']) ?? 0, down: readAmount(row['bytes-out']) ?? 0 },
    mac: /^(00:?)*$/.test(mac) ? '' : mac,
  };
}

function toProfile(row: Row): SoldProfile {
  const [rate, ...more] = (row['rate-limit'] ?? '').trim().split(/\s+/);
  return {
    name: row.name ?? '',
    onLogin: row['on-login'] ?? '',
    rate: readPair(rate),
    hasMore: more.length > 0,
    sharedUsers: row['shared-users'] ?? '1',
  };
}
