import ipaddr from 'ipaddr.js';
import {
  asTarget,
  catcher,
  ceilings,
  isAt,
  isOneAddress,
  isOurs,
  isPool,
  POOL_COMMENT,
  POOL_NAME,
  presences,
  PROFILE_PREFIX,
  profileName,
  queueComment,
  queueName,
  queueOwner,
  queueTargets,
  readUserComment,
  userComment,
  type ActiveSession,
  type ActualNetwork,
  type DesiredDevice,
  type DesiredNetwork,
  type DesiredPool,
  type DesiredUser,
  type HotspotHost,
  type HotspotUser,
  type Presence,
  type SimpleQueue,
} from './network';
import { compareLines, type LineChanges } from './line-diff';
import { sameRates, type Burst } from '../plans/plan';
import type { RowPasswords } from './row-passwords';
import { PLAIN } from '../policy/shaping';
import type { Mac, Rates } from '../units';
import { leftBehind, sessionsThatCount, type AskedFrom } from './changed-addresses';

/** A device that must not stay on the router under this code; its cookies are removed too. */
export interface Departure {
  mac: Mac;
  code: string;
}

export interface NewUser {
  name: string;
  profile: string;
  limitUptimeMs: number | null;
  limitBytes: number | null;
  comment: string;
  mac: Mac | null;
  password: string;
}

export interface NewQueue {
  name: string;
  target: string;
  parent: string | null;
  maxLimit: Rates;
  limitAt: Rates;
  priority: number;
  burst: Burst | null;
  comment: string;
}

/** A device to log in under its code. */
export interface Login {
  mac: Mac;
  /** The one it uses itself. */
  address: string;
  /** What the hotspot translates it to, where it does. */
  toAddress?: string;
  code: string;
  password: string;
}

/** Differences between desired and actual, grouped by the step in which they are applied. */
export interface Difference extends LineChanges {
  removeUsers: HotspotUser[];
  removeActive: ActiveSession[];
  /** MACs and codes whose cookies must go, so that the router does not log them in again by itself. */
  forget: Departure[];
  removeHosts: HotspotHost[];
  removeQueues: SimpleQueue[];
  addUsers: NewUser[];
  setUsers: { user: HotspotUser; set: Partial<NewUser> & { disabled?: false } }[];
  /** `address` is where the hotspot sees the device. */
  addQueues: { queue: NewQueue; mac: Mac; address: string; beforeId: string | undefined }[];
  /** `address` only where the queue follows its device there. */
  setQueues: {
    queue: SimpleQueue;
    mac: Mac;
    address?: string;
    set: Partial<NewQueue> & { disabled?: false };
  }[];
  moveQueues: { queue: SimpleQueue; beforeId: string }[];
  /** The queue above the devices' queues: made and changed before them, removed after them. */
  addPool: { queue: NewQueue; beforeId: string | undefined }[];
  setPool: { queue: SimpleQueue; set: Partial<NewQueue> & { disabled?: false } }[];
  removePools: SimpleQueue[];
  logins: Login[];
  /** Names we need that rows of others have; reported to the operator, never touched. */
  conflicts: string[];
}

/**
 * The fewest writes that make the router as desired; empty when it already is.
 * @param passwords of the user rows
 * @param askedFrom see `leftBehind`
 * @param leaving devices whose customers give up what they are online as, for a code of ours
 */
export function difference(
  desired: DesiredNetwork,
  actual: ActualNetwork,
  departures: readonly Departure[],
  passwords: RowPasswords,
  askedFrom?: AskedFrom,
  leaving: ReadonlySet<Mac> = new Set(),
): Difference {
  const users = compareUsers(desired.users, actual.users, passwords);
  const devices = new Map(desired.devices.map((device) => [device.mac, device]));
  const codes = ourCodes(desired, actual, departures);
  const stale = new Set(users.setUsers.filter(changesLimits).map(({ user }) => user.name));
  // Nobody gives up a session for a code that somebody else's user keeps from being tried.
  const isLeft = ({ mac }: ActiveSession) =>
    leaving.has(mac) && codes.has(devices.get(mac)?.code ?? '');
  const ours = actual.active.filter((active) => codes.has(active.user) || isLeft(active));
  const left = leftBehind({ hosts: actual.hosts, active: ours }, askedFrom);
  const removeActive = ours.filter(
    (active) =>
      devices.get(active.mac)?.code !== active.user ||
      // Limits are fixed at login: a session that began under older ones logs in again.
      stale.has(active.user) ||
      left.sessions.has(active),
  );
  // Where devices are once these are logged out: by their host entries, whatever their address was before.
  const ended = new Set(removeActive);
  const staying = sessionsThatCount(actual, (user) => codes.has(user), askedFrom).filter(
    (active) => !ended.has(active),
  );
  const hosts = actual.hosts.filter((host) => !left.hosts.has(host));
  const present = presences({ hosts, active: staying });
  const queues = compareQueues(desired, actual.queues, present);
  const lines = compareLines(desired.lines ?? [], actual.secrets, passwords);
  return {
    ...users,
    ...queues,
    ...lines,
    removeActive,
    forget: distinct([
      ...departures,
      ...removeActive.map((active) => ({ mac: active.mac, code: active.user })),
    ]),
    removeHosts: departingHosts(departures, devices, actual, codes),
    logins: neededLogins(
      desired.devices.filter(({ code }) => codes.has(code)),
      present,
      new Map(desired.users.map((user) => [user.code, user])),
      passwords,
    ),
    conflicts: [...users.conflicts, ...queues.conflicts, ...lines.conflicts],
  };
}

/**
 * Finds, for one of our queues by its id, the first of somebody else's that stands above it, or above its
 * parent, and takes its packets.
 * @param queues all of the router's, in its order
 */
export function rivalsIn(queues: readonly SimpleQueue[]): (id: string) => SimpleQueue | undefined {
  const places = new Map(queues.map((row, index) => [row.id, { row, index }]));
  const byName = new Map(queues.map((row, index) => [row.name, { row, index }]));
  const rivals = new Rivals(sortOut(queues, new Set(), true).foreign);
  return (id) => {
    const own = places.get(id);
    if (!own) return undefined;
    const { index } = byName.get(own.row.parent ?? '') ?? own;
    return rivals.firstOf(own.row.targets.map(addressOf), index)?.row;
  };
}

export function isEmpty(diff: Difference): boolean {
  return Object.values(diff).every((list: unknown[]) => list.length === 0);
}

/** A session under such a user goes on under the limits it began with. */
export function changesLimits({ set }: Difference['setUsers'][number]): boolean {
  return set.limitUptimeMs !== undefined || set.limitBytes !== undefined;
}

/**
 * Codes under which an active session would be ours: sessions have no comment. Not if a user of somebody
 * else has that name: those sessions are not ours to end, and our devices must not join them.
 */
function ourCodes(
  desired: DesiredNetwork,
  actual: ActualNetwork,
  departures: readonly Departure[],
): Set<string> {
  const codes = new Set([
    ...desired.users.map((user) => user.code),
    ...actual.users.filter(isOurs).map((user) => user.name),
    ...(desired.lines ?? []).map(({ login }) => login),
    ...(actual.secrets ?? []).filter(isOurs).map(({ name }) => name),
    ...departures.map((departure) => departure.code),
  ]);
  for (const user of actual.users) if (isForeign(user)) codes.delete(user.name);
  return codes;
}

/** A row that lost its comment is still ours by its profile. */
export function isForeign(user: Pick<HotspotUser, 'comment' | 'profile'>): boolean {
  return !isOurs(user) && !user.profile.startsWith(PROFILE_PREFIX);
}

function distinct(departures: readonly Departure[]): Departure[] {
  return [...new Map(departures.map((one) => [`${one.mac} ${one.code}`, one])).values()];
}

function departingHosts(
  departures: readonly Departure[],
  devices: ReadonlyMap<Mac, DesiredDevice>,
  { hosts, active }: ActualNetwork,
  codes: ReadonlySet<string>,
): HotspotHost[] {
  const leaving = new Set(departures.map((departure) => departure.mac));
  const leaves = hosts.filter(
    (host) => host.authorized && !host.bypassed && leaving.has(host.mac) && !devices.has(host.mac),
  );
  if (leaves.length === 0) return [];
  // At its other address it may be online as somebody else's hotspot user, which is not ours to end.
  const foreign = active.filter(({ user, mac }) => leaving.has(mac) && !codes.has(user));
  return leaves.filter(
    (host) => !foreign.some(({ mac, address }) => mac === host.mac && isAt(host, address)),
  );
}

function compareUsers(
  desired: readonly DesiredUser[],
  actual: readonly HotspotUser[],
  passwords: RowPasswords,
) {
  const byName = new Map(actual.map((user) => [user.name, user]));
  const wanted = new Set(desired.map((user) => user.code));
  const result: Pick<Difference, 'removeUsers' | 'addUsers' | 'setUsers' | 'conflicts'> = {
    removeUsers: actual.filter((user) => isOurs(user) && !wanted.has(user.name)),
    addUsers: [],
    setUsers: [],
    conflicts: [],
  };
  for (const user of desired) {
    const found = byName.get(user.code);
    if (!found) result.addUsers.push(newUser(user, passwords));
    else if (isForeign(found)) result.conflicts.push(`hotspot user "${found.name}"`);
    else {
      const set = userChanges(user, found, passwords);
      if (Object.keys(set).length > 0) result.setUsers.push({ user: found, set });
    }
  }
  return result;
}

function newUser(user: DesiredUser, passwords: RowPasswords): NewUser {
  const comment = userComment(user.code, user.used, passwords.markOf(user));
  return {
    name: user.code,
    mac: user.mac,
    password: passwords.of(user),
    profile: profileName(user.devices),
    // From the figures as they will be read back, in whole seconds: others would differ at the next round.
    ...ceilings(user, readUserComment(comment).base),
    comment,
  };
}

function userChanges(
  user: DesiredUser,
  found: HotspotUser,
  passwords: RowPasswords,
): Partial<NewUser> & { disabled?: false } {
  const { base, key } = readUserComment(found.comment);
  const limits = ceilings(user, base);
  const profile = profileName(user.devices);
  const mark = passwords.markOf(user);
  // The password cannot be read back, so the comment records which one the row was given.
  const isMarked = isOurs(found) && key === mark;
  return {
    ...(found.mac === user.mac ? {} : { mac: user.mac }),
    ...(found.profile === profile ? {} : { profile }),
    ...(found.limitUptimeMs === limits.limitUptimeMs
      ? {}
      : { limitUptimeMs: limits.limitUptimeMs }),
    ...(found.limitBytes === limits.limitBytes ? {} : { limitBytes: limits.limitBytes }),
    // Also a code of ours on a profile of ours whose comment was wiped. The row keeps counting but its
    // start is lost, so the figures are zero, as in the ceilings above.
    ...(isMarked
      ? {}
      : { comment: userComment(user.code, base, mark), password: passwords.of(user) }),
    ...(found.disabled ? { disabled: false as const } : {}),
  };
}

function neededLogins(
  devices: readonly DesiredDevice[],
  present: ReadonlyMap<Mac, Presence>,
  users: ReadonlyMap<string, DesiredUser>,
  passwords: RowPasswords,
): Difference['logins'] {
  return devices.flatMap(({ mac, code }) => {
    const here = present.get(mac);
    if (!here?.host || here.host.bypassed) return [];
    // Already logged in, or as somebody else's hotspot user, which is not ours to end.
    if (here.active) return [];
    const user = users.get(code);
    return user ? [{ mac, ...addressesOf(here.host), code, password: passwords.of(user) }] : [];
  });
}

function addressesOf({ address, queueAddress }: HotspotHost): Pick<Login, 'address' | 'toAddress'> {
  return queueAddress === address ? { address } : { address, toAddress: queueAddress };
}

type QueueChanges = Pick<
  Difference,
  | 'removeQueues'
  | 'addQueues'
  | 'setQueues'
  | 'moveQueues'
  | 'addPool'
  | 'setPool'
  | 'removePools'
  | 'conflicts'
>;

function compareQueues(
  { devices, pool }: DesiredNetwork,
  queues: readonly SimpleQueue[],
  present: ReadonlyMap<Mac, Presence>,
): QueueChanges {
  const wanted = new Set(devices.map((device) => device.mac));
  const { owned, pools, surplus, foreign } = sortOut(queues, wanted, pool !== null);
  const rivals = new Rivals(foreign);
  const addresses = devices.flatMap(({ mac }) => present.get(mac)?.address ?? []);
  const result: QueueChanges = {
    removeQueues: surplus,
    addQueues: [],
    setQueues: [],
    moveQueues: [],
    conflicts: [],
    ...comparePool(pool, pools, addresses, rivals),
  };
  for (const [mac, queue] of owned) if (!wanted.has(mac)) result.removeQueues.push(queue.row);

  // An address belongs to the device that is there now, customer or not. The queue of a device that left
  // must not stay on an address another device was given: it would take, and bill, that device's bytes.
  const taken = new Set([...present.values()].map(({ address }) => asTarget(address)));
  for (const device of devices) {
    const here = present.get(device.mac);
    const found = owned.get(device.mac);
    if (!here) {
      if (found && mayWait(found.row, taken)) adjust(device, found.row.targets, found);
      else if (found) result.removeQueues.push(found.row);
    } else if (found) adjust(device, queueTargets(here, taken), found, here.address);
    else add(device, queueTargets(here, taken), here.address);
  }
  return result;

  function adjust(device: DesiredDevice, targets: string[], found: Placed, address?: string): void {
    const set = queueChanges(newQueue(device, targets, pool), found.row);
    if (Object.keys(set).length > 0)
      result.setQueues.push({
        ...{ queue: found.row, mac: device.mac, set },
        ...(set.target !== undefined && address !== undefined && { address }),
      });
    const rival = topRival(targets, found.index);
    if (rival) result.moveQueues.push({ queue: found.row, beforeId: rival.row.id });
  }

  function add(device: DesiredDevice, targets: string[], address: string): void {
    result.addQueues.push({
      queue: newQueue(device, targets, pool),
      mac: device.mac,
      address,
      beforeId: topRival(targets)?.row.id,
    });
  }

  /** Below a pool a queue has no rivals: the pool stands above them for all of its queues. */
  function topRival(targets: readonly string[], index?: number): Placed | undefined {
    return pool ? undefined : rivals.firstOf(targets.map(addressOf), index);
  }
}

function newQueue(
  { mac, rate, shaping }: DesiredDevice,
  targets: readonly string[],
  pool: DesiredPool | null,
): NewQueue {
  return {
    name: queueName(mac),
    target: targets.join(','),
    parent: pool ? POOL_NAME : null,
    maxLimit: rate,
    ...shaping,
    comment: queueComment(mac),
  };
}

/**
 * The pool's queue takes what comes by the customers' interfaces, and stands right above the first queue
 * of others that would take a customer's packets; what is above that keeps its place.
 */
function comparePool(
  pool: DesiredPool | null,
  pools: readonly Placed[],
  addresses: readonly string[],
  rivals: Rivals,
): Pick<Difference, 'addPool' | 'setPool' | 'removePools'> &
  Partial<Pick<Difference, 'moveQueues'>> {
  const found = pools.find(({ row }) => row.name === POOL_NAME) ?? pools[0];
  const doubles = pools.filter((one) => one !== found).map(({ row }) => row);
  const removePools = doubles.filter(isOurs);
  if (!pool || pool.interfaces.length === 0) {
    return { addPool: [], setPool: [], removePools: found ? [found.row, ...removePools] : [] };
  }
  const queue: NewQueue = {
    ...PLAIN,
    name: POOL_NAME,
    target: pool.interfaces.join(','),
    parent: null,
    maxLimit: pool.rate,
    comment: POOL_COMMENT,
  };
  const rival = rivals.firstOf(addresses, found?.index);
  if (!found) {
    return { addPool: [{ queue, beforeId: rival?.row.id }], setPool: [], removePools };
  }
  const set = queueChanges(queue, found.row);
  return {
    addPool: [],
    setPool: Object.keys(set).length > 0 ? [{ queue: found.row, set }] : [],
    removePools,
    moveQueues: rival ? [{ queue: found.row, beforeId: rival.row.id }] : [],
  };
}

function addressOf(target: string): string {
  return target.replace(/\/\d+$/, '');
}

/** Whether the queue of an absent device harms nobody, and can wait for it with its counters. */
function mayWait({ targets }: SimpleQueue, taken: ReadonlySet<string>): boolean {
  return targets.length === 1 && targets.every((one) => isOneAddress(one) && !taken.has(one));
}

interface Placed {
  row: SimpleQueue;
  index: number;
}

/** Queues of others, indexed to find the first that takes a device's packets without trying each. */
class Rivals {
  private readonly byAddress = new Map<string, Placed>();
  private readonly wide: { rival: Placed; catches: ReturnType<typeof catcher> }[] = [];

  constructor(foreign: readonly Placed[]) {
    for (const rival of foreign) {
      const { disabled, invalid, targets, parent } = rival.row;
      // Below a parent a queue takes only what the parent took.
      if (disabled || invalid || parent !== null) continue;
      if (!targets.every(isOneAddress)) this.wide.push({ rival, catches: catcher(targets) });
      else
        for (const target of targets)
          if (!this.byAddress.has(target)) this.byAddress.set(target, rival);
    }
  }

  /** @param index only rivals above this place in the list matter */
  first(address: string, index = Number.POSITIVE_INFINITY): Placed | undefined {
    const same = this.byAddress.get(asTarget(address));
    const end = Math.min(index, same?.index ?? index);
    // In the router's order: those further down need no look, which is usually all of them.
    if (this.wide[0] && this.wide[0].rival.index < end) {
      const parsed = ipaddr.parse(address);
      const wide = this.wide.find(({ rival, catches }) => rival.index >= end || catches(parsed));
      if (wide && wide.rival.index < end) return wide.rival;
    }
    return same && same.index < index ? same : undefined;
  }

  /** The first that takes packets of any of these. */
  firstOf(addresses: readonly string[], index?: number): Placed | undefined {
    let first: Placed | undefined;
    for (const address of addresses) first = this.first(address, first?.index ?? index) ?? first;
    return first;
  }
}

/**
 * Our queues by device, duplicates of ours, and queues of others, each with its place in the list. A row
 * that has only a name of ours is ours if that device is wanted, and somebody else's otherwise.
 */
function sortOut(queues: readonly SimpleQueue[], wanted: ReadonlySet<Mac>, withPool: boolean) {
  const owned = new Map<Mac, Placed>();
  const pools: Placed[] = [];
  const surplus: SimpleQueue[] = [];
  const foreign: Placed[] = [];
  queues.forEach((row, index) => {
    if (isPool(row) || (withPool && !row.dynamic && row.name === POOL_NAME)) {
      pools.push({ row, index });
      return;
    }
    const mac = row.dynamic ? undefined : queueOwner(row);
    if (!mac || !(isOurs(row) || wanted.has(mac))) {
      if (isOurs(row) && !row.dynamic) surplus.push(row);
      else foreign.push({ row, index });
      return;
    }
    const other = owned.get(mac);
    if (!other) owned.set(mac, { row, index });
    else if (row.name === queueName(mac) && other.row.name !== row.name) {
      surplus.push(other.row);
      owned.set(mac, { row, index });
    } else surplus.push(row);
  });
  return { owned, pools, surplus: surplus.filter(isOurs), foreign };
}

function queueChanges(
  wanted: NewQueue,
  found: SimpleQueue,
): Partial<NewQueue> & { disabled?: false } {
  const { name, target, parent, maxLimit, limitAt, priority, burst, comment } = wanted;
  return {
    ...(found.name === name ? {} : { name }),
    ...(sameTargets(found.targets, target) ? {} : { target }),
    ...(found.parent === parent ? {} : { parent }),
    ...(sameRates(found.maxLimit, maxLimit) ? {} : { maxLimit }),
    ...(sameRates(found.limitAt, limitAt) ? {} : { limitAt }),
    ...(found.priority === priority ? {} : { priority }),
    ...(sameBurst(found.burst, burst) ? {} : { burst }),
    ...(found.comment === comment ? {} : { comment }),
    ...(found.disabled ? { disabled: false as const } : {}),
  };
}

/** The router may keep them in an order of its own. */
function sameTargets(found: readonly string[], wanted: string): boolean {
  if (found.length <= 1) return found.join() === wanted;
  return [...found].sort().join(',') === wanted.split(',').sort().join(',');
}

function sameBurst(a: Burst | null, b: Burst | null): boolean {
  if (!a || !b) return a === b;
  return (
    a.seconds === b.seconds && sameRates(a.rate, b.rate) && sameRates(a.threshold, b.threshold)
  );
}
