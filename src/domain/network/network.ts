import ipaddr from 'ipaddr.js';
import type { Burst } from '../plans/plan';
import type { Shaping } from '../policy/shaping';
import type { Mac, Rates } from '../units';

/**
 * The hotspot as the router has it (actual) and as our database wants it (desired), in parsed values:
 * both sides of a comparison are numbers and addresses, never the router's text.
 */

/** A hotspot user: the right to be online under a voucher's code, with the router's own ceilings. */
export interface HotspotUser {
  id: string;
  name: string;
  profile: string;
  /** The only device that may log in under it; `null` is any. */
  mac: Mac | null;
  /** Total online time after which the router itself refuses; `null` is no limit. */
  limitUptimeMs: number | null;
  /** Total bytes, up and down together, after which the router itself refuses; `null` is no limit. */
  limitBytes: number | null;
  comment: string;
  disabled: boolean;
  /** Online time of its sessions that have ended, as the router stored it. */
  uptimeMs: number;
}

/** A device that is logged in now. */
export interface ActiveSession {
  id: string;
  user: string;
  mac: Mac;
  address: string;
  uptimeMs: number;
  /** Counted since it began. */
  bytes: Rates;
  /** A call by PPPoE: `mac` is the login, see `lineOf`. */
  isCall?: true;
}

/** How many devices of each voucher are logged in. */
export function devicesByVoucher(
  active: readonly Pick<ActiveSession, 'user'>[],
): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const { user } of active) counts.set(user, (counts.get(user) ?? 0) + 1);
  return counts;
}

/** A device the hotspot has seen, logged in or not. */
export interface HotspotHost {
  id: string;
  mac: Mac;
  /** The address the device uses itself. */
  address: string;
  /** The address queues and firewall see; differs where the hotspot translates a fixed address. */
  queueAddress: string;
  authorized: boolean;
  /** Let through without login by an ip-binding. */
  bypassed: boolean;
  /** Since the router first saw it at this address; `null`, here and below, if it does not tell. */
  uptimeMs: number | null;
  /** Since it was last heard from there. */
  idleMs: number | null;
  /** For how long it has not answered the router's probes; 0 when it does. */
  deadMs: number | null;
  /** At which router, where the shop has several; 0 is the first one. */
  router?: number;
}

/**
 * Which device speaks from each address. With address translation a device that gave itself an address is
 * not the one that speaks from it; if two devices could be, it is left out.
 */
export function speakers(hosts: readonly HotspotHost[]): Map<string, HotspotHost> {
  const found = new Map<string, HotspotHost>();
  const shared = new Set<string>();
  for (const host of hosts) {
    if (found.has(host.queueAddress)) shared.add(host.queueAddress);
    found.set(host.queueAddress, host);
  }
  for (const address of shared) found.delete(address);
  return found;
}

export interface SimpleQueue {
  id: string;
  name: string;
  /** Addresses with prefix length, or interface names, as the router normalizes them. */
  targets: string[];
  /** The parent queue whose speed it shares with others; `null` at the top. */
  parent: string | null;
  /** bit/s; 0 is unlimited. */
  maxLimit: Rates;
  /** bit/s that it gets before others get more than theirs; 0 guarantees nothing. */
  limitAt: Rates;
  /** 1 goes first, 8 last; 0 when the directions differ. */
  priority: number;
  burst: Burst | null;
  /** Bytes counted since the queue was made or its counters were reset. */
  bytes: Rates;
  comment: string;
  disabled: boolean;
  dynamic: boolean;
  invalid: boolean;
}

/** One observation of the router. */
export interface ActualNetwork {
  /** Time since the router started. */
  uptimeMs: number;
  users: HotspotUser[];
  active: ActiveSession[];
  hosts: HotspotHost[];
  /** In the router's order: the first that matches a packet counts and shapes it. */
  queues: SimpleQueue[];
  /** Who may call by PPPoE; unset where nobody asked. */
  secrets?: PppSecret[];
}

/** The right to call by PPPoE. */
export interface PppSecret {
  id: string;
  name: string;
  profile: string;
  /** The one it always gets; `null` is one of the pool. */
  address: string | null;
  comment: string;
  disabled: boolean;
}

/** What a voucher grants in all and what of it is gone; the router's ceilings follow from both. */
interface Allowance {
  /** From first use to expiry on the wall clock; `null` never expires. */
  wallMs: number | null;
  /** Online time; `null` is no budget. */
  uptimeMs: number | null;
  /** Bytes after which the policy blocks; `null` where it does not block. */
  bytes: number | null;
}

export interface DesiredUser {
  code: string;
  devices: number;
  /** The one device it is for; `null` where it is for several. */
  mac: Mac | null;
  /** A subscriber's own; without one it is made from the code. */
  password?: string;
  granted: Allowance;
  /** How much of each was used at this moment; never `null`, so that a limit added later still fits. */
  used: { wallMs: number; uptimeMs: number; bytes: number };
}

export interface DesiredDevice {
  mac: Mac;
  code: string;
  rate: Rates;
  shaping: Shaping;
}

/** A PPPoE line that may call; what it gets is a `DesiredDevice`. */
export interface DesiredLine {
  login: string;
  password: string;
  address: string | null;
  /** `null` is the router's default. */
  profile: string | null;
}

/** The uplink that all devices share; their queues are below one queue of its speed. */
export interface DesiredPool {
  /** Interfaces the customers come in by. */
  interfaces: readonly string[];
  rate: Rates;
}

export interface DesiredNetwork {
  users: DesiredUser[];
  devices: DesiredDevice[];
  lines?: DesiredLine[];
  /** `null`: each queue stands by itself. */
  pool: DesiredPool | null;
}

/** Every row of ours carries this at the start of its comment; nothing else is ever touched. */
const MARK = 'pisonet:';

export function isOurs(row: { comment: string }): boolean {
  return row.comment.startsWith(MARK);
}

export function queueName(mac: Mac): string {
  return `pisonet-${mac}`;
}

/** The device is named in the comment too, so that a queue renamed by hand is still recognised. */
export function queueComment(mac: Mac): string {
  return readMac(mac) ? `${MARK}device ${mac}` : lineComment(mac);
}

/** Of the queue and of the secret of a PPPoE line. */
export function lineComment(login: string, key?: string): string {
  return `${MARK}line ${login}${key === undefined ? '' : ` key=${key}`}`;
}

/** The login of a PPPoE line that a row of ours is for, and the mark of its password. */
export function readLineComment(comment: string): { login: string; key: string } | undefined {
  const [, login, key = ''] = /^pisonet:line (\S+)(?: key=([\w-]+))?$/.exec(comment) ?? [];
  return login === undefined ? undefined : { login, key };
}

export const POOL_NAME = 'pisonet-pool';
export const POOL_COMMENT = `${MARK}pool`;

/** The queue above all devices' queues, by its comment, so that a renamed one is still recognised. */
export function isPool(queue: Pick<SimpleQueue, 'comment' | 'dynamic'>): boolean {
  return !queue.dynamic && queue.comment === POOL_COMMENT;
}

/** The device one of our queues belongs to. A row that lost its comment is still ours by its name. */
export function queueOwner(queue: { name: string; comment: string }): Mac | undefined {
  const line = readLineComment(queue.comment);
  if (line) return line.login as Mac;
  const text = isOurs(queue) ? queue.comment.slice(`${MARK}device `.length) : '';
  return (
    readMac(text) ?? (queue.name.startsWith('pisonet-') ? readMac(queue.name.slice(8)) : undefined)
  );
}

/**
 * A MAC the router printed; anything else in its place (an interface's row, a new kind of host) is no
 * device.
 */
export function readMac(text: string | undefined): Mac | undefined {
  if (!text || !/^[0-9A-Fa-f]{2}(:[0-9A-Fa-f]{2}){5}$/.test(text)) return undefined;
  return text.toUpperCase() as Mac;
}

export const PROFILE_PREFIX = 'pisonet-';

/**
 * Profile of users that may have this many devices online; the trailing x keeps one name from being the
 * beginning of another.
 */
export function profileName(devices: number): string {
  return `${PROFILE_PREFIX}${devices}x`;
}

/**
 * What of a voucher was used when its user row was added. The router counts from zero for a new row, so
 * its ceilings are what was left then; keeping these figures in the row keeps the ceilings constant.
 */
export interface UserBase {
  wallMs: number;
  uptimeMs: number;
  bytes: number;
}

/** @param key tells which password the row has; see `RowPasswords` */
export function userComment(code: string, base: UserBase, key?: string): string {
  const seconds = (ms: number) => Math.floor(ms / 1000);
  const figures = `age=${seconds(base.wallMs)} up=${seconds(base.uptimeMs)} bytes=${base.bytes}`;
  return `${MARK}voucher ${code} ${figures}${key === undefined ? '' : ` key=${key}`}`;
}

const USER_COMMENT =
  /^pisonet:voucher (\S+)(?: age=(\d{1,15}))?(?: up=(\d{1,15}))?(?: bytes=(\d{1,15}))?(?: key=([\w-]+))?/;

/** Reads `userComment` back; figures that were edited away count as zero, which only loosens a ceiling. */
export function readUserComment(comment: string): {
  code: string | undefined;
  key: string | undefined;
  base: UserBase;
} {
  const [, code, age, up, bytes, key] = USER_COMMENT.exec(comment) ?? [];
  return {
    code,
    key,
    base: {
      wallMs: Number(age ?? 0) * 1000,
      uptimeMs: Number(up ?? 0) * 1000,
      bytes: Number(bytes ?? 0),
    },
  };
}

/**
 * The router's own ceilings for a user row, so that customers get what they paid for and no more while
 * this program is off. They never cut early: online time cannot outrun the wall clock, and the devices of
 * one voucher add up on one row, hence times `devices`.
 */
export function ceilings(
  user: DesiredUser,
  base: UserBase,
): { limitUptimeMs: number | null; limitBytes: number | null } {
  const { wallMs, uptimeMs, bytes } = user.granted;
  const times = [
    wallMs === null ? null : (wallMs - base.wallMs) * user.devices,
    uptimeMs === null ? null : uptimeMs - base.uptimeMs,
  ].filter((time) => time !== null);
  // RouterOS reads 0 as "no limit", so a ceiling never reaches it.
  return {
    limitUptimeMs:
      times.length === 0 ? null : Math.max(1000, Math.ceil(Math.min(...times) / 1000) * 1000),
    limitBytes: bytes === null ? null : Math.max(1, bytes - base.bytes),
  };
}

/** `10.5.50.7` or `10.5.50.7/32` as RouterOS stores a target. */
export function asTarget(address: string): string {
  return address.includes('/') ? address : `${address}/${address.includes(':') ? 128 : 32}`;
}

/** Whether a target is a single address, not a network or an interface. */
export function isOneAddress(target: string): boolean {
  return target.endsWith(target.includes(':') ? '/128' : '/32');
}

type Address = ReturnType<typeof ipaddr.parse>;

/**
 * Whether queues with these targets would take a device's packets; targets are parsed once for thousands
 * of devices. An interface as target may hold the device, which cannot be told from here, so it counts as
 * a match: standing above it costs nothing. Only the interface of a PPP user, `<pppoe-ann>`, has no hotspot:
 * it comes and goes with each call, and every queue of ours would be moved each time.
 */
export function catcher(targets: readonly string[]): (address: Address) => boolean {
  const holders = targets.map((target) => {
    if (!ipaddr.isValidCIDR(target)) {
      const mayHold = !ipaddr.isValid(target) && !target.startsWith('<');
      return () => mayHold;
    }
    const [network, bits] = ipaddr.parseCIDR(target);
    return (address: Address) => address.kind() === network.kind() && address.match(network, bits);
  });
  return (address) => holders.some((holds) => holds(address));
}

/** Where a device is now, as the hotspot sees it. */
export interface Presence {
  address: string;
  active: ActiveSession | undefined;
  host: HotspotHost | undefined;
}

/** The row of the address the session is at; any other of the device if there is none. */
function hostOf(
  { mac, address }: ActiveSession,
  known: HotspotHost | undefined,
  hosts: readonly HotspotHost[],
): HotspotHost | undefined {
  if (!known || isAt(known, address)) return known;
  return hosts.find((host) => host.mac === mac && isAt(host, address)) ?? known;
}

/** Whether a row with this address is of this host: of a translated one, rows may show either address. */
export function isAt(host: HotspotHost, address: string): boolean {
  return host.address === address || host.queueAddress === address;
}

/**
 * The targets of a device's queue. A device that gave itself an address is translated, and which of its two
 * addresses a router's queues see is not known: its queue takes both, unless the one it gave itself is
 * another device's.
 * @param taken targets that present devices have
 */
export function queueTargets({ address, host }: Presence, taken: ReadonlySet<string>): string[] {
  const target = asTarget(address);
  const own = host && host.queueAddress === address ? asTarget(host.address) : target;
  return own === target || taken.has(own) ? [target] : [target, own];
}

/** Present devices by MAC: logged in ones first, otherwise known hosts. */
export function presences(actual: Pick<ActualNetwork, 'active' | 'hosts'>): Map<Mac, Presence> {
  const present = new Map<Mac, Presence>();
  for (const host of actual.hosts) {
    const known = present.get(host.mac);
    // One MAC may show two addresses; the one that is let through carries the traffic.
    if (known?.host && (known.host.authorized || known.host.bypassed)) continue;
    const isHeardLater = (known?.host?.idleMs ?? Infinity) < (host.idleMs ?? 0);
    if (isHeardLater && !host.authorized && !host.bypassed) continue;
    present.set(host.mac, { address: host.queueAddress, active: undefined, host });
  }
  for (const active of actual.active) {
    const known = present.get(active.mac);
    // A cookie may have logged it in at another address while the previous session is not over yet.
    if (known?.active && known.active.uptimeMs < active.uptimeMs) continue;
    const host = hostOf(active, known?.host, actual.hosts);
    const address = host && isAt(host, active.address) ? host.queueAddress : active.address;
    present.set(active.mac, { address, active, host });
  }
  return present;
}
