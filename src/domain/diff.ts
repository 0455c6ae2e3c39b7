import ipaddr from 'ipaddr.js';
import {
  asTarget,
  catcher,
  ceilings,
  isOneAddress,
  isOurs,
  presences,
  PROFILE_PREFIX,
  profileName,
  queueComment,
  queueName,
  queueOwner,
  readUserComment,
  userComment,
  type ActiveSession,
  type ActualNetwork,
  type DesiredDevice,
  type DesiredNetwork,
  type DesiredUser,
  type HotspotHost,
  type HotspotUser,
  type Presence,
  type SimpleQueue,
} from './network';
import type { Mac, Rates } from './units';

/** A device that must not be on the router any more under this code; its cookies are looked up and taken too. */
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
}

export interface NewQueue {
  name: string;
  target: string;
  maxLimit: Rates;
  comment: string;
}

/** Differences between desired and actual, grouped by the step in which they are applied. */
export interface Difference {
  removeUsers: HotspotUser[];
  removeActive: ActiveSession[];
  /** MACs and codes whose cookies must go, so that nobody is let in again by the router itself. */
  forget: Departure[];
  removeHosts: HotspotHost[];
  removeQueues: SimpleQueue[];
  addUsers: NewUser[];
  setUsers: { user: HotspotUser; set: Partial<NewUser> & { disabled?: false } }[];
  addQueues: { queue: NewQueue; mac: Mac; beforeId: string | undefined }[];
  setQueues: { queue: SimpleQueue; mac: Mac; set: Partial<NewQueue> & { disabled?: false } }[];
  moveQueues: { queue: SimpleQueue; beforeId: string }[];
  logins: { mac: Mac; address: string; code: string }[];
  /** Names we need that somebody else's rows have; said to the operator, never touched. */
  conflicts: string[];
}

/** The fewest writes that make the router as desired; empty when it already is. */
export function difference(
  desired: DesiredNetwork,
  actual: ActualNetwork,
  departures: readonly Departure[],
): Difference {
  const users = compareUsers(desired.users, actual.users);
  const devices = new Map(desired.devices.map((device) => [device.mac, device]));
  const codes = ourCodes(desired, actual, departures);
  const stale = new Set(users.setUsers.filter(changesLimits).map(({ user }) => user.name));
  const removeActive = actual.active.filter(
    (active) =>
      codes.has(active.user) &&
      // Limits are fixed at log-in: a session that began under older ones logs in again.
      (devices.get(active.mac)?.code !== active.user || stale.has(active.user)),
  );
  // Where devices are once these are logged out: by their host entries, whatever address they had before.
  const leaving = new Set(removeActive);
  const staying = actual.active.filter((active) => !leaving.has(active));
  const present = presences({ hosts: actual.hosts, active: staying });
  const queues = compareQueues(desired.devices, actual.queues, present);
  return {
    ...users,
    ...queues,
    removeActive,
    forget: distinct([
      ...departures,
      ...removeActive.map((active) => ({ mac: active.mac, code: active.user })),
    ]),
    removeHosts: departingHosts(departures, devices, actual.hosts),
    logins: neededLogins(
      desired.devices.filter(({ code }) => codes.has(code)),
      present,
    ),
    conflicts: [...users.conflicts, ...queues.conflicts],
  };
}

export function isEmpty(diff: Difference): boolean {
  return Object.values(diff).every((list: unknown[]) => list.length === 0);
}

function changesLimits({ set }: Difference['setUsers'][number]): boolean {
  return set.limitUptimeMs !== undefined || set.limitBytes !== undefined;
}

/**
 * Codes under which an active session would be ours: sessions carry no comment to tell. Not where
 * somebody else's user has that name: its sessions are not ours to end, nor may our devices join them.
 */
function ourCodes(
  desired: DesiredNetwork,
  actual: ActualNetwork,
  departures: readonly Departure[],
): Set<string> {
  const codes = new Set([
    ...desired.users.map((user) => user.code),
    ...actual.users.filter(isOurs).map((user) => user.name),
    ...departures.map((departure) => departure.code),
  ]);
  for (const user of actual.users) if (isForeign(user)) codes.delete(user.name);
  return codes;
}

/** A row that lost its comment is still ours by its profile. */
function isForeign(user: HotspotUser): boolean {
  return !isOurs(user) && !user.profile.startsWith(PROFILE_PREFIX);
}

function distinct(departures: readonly Departure[]): Departure[] {
  return [...new Map(departures.map((one) => [`${one.mac} ${one.code}`, one])).values()];
}

function departingHosts(
  departures: readonly Departure[],
  devices: ReadonlyMap<Mac, DesiredDevice>,
  hosts: readonly HotspotHost[],
): HotspotHost[] {
  const leaving = new Set(departures.map((departure) => departure.mac));
  return hosts.filter(
    (host) => host.authorized && !host.bypassed && leaving.has(host.mac) && !devices.has(host.mac),
  );
}

function compareUsers(desired: readonly DesiredUser[], actual: readonly HotspotUser[]) {
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
    if (!found) result.addUsers.push(newUser(user));
    else if (isForeign(found)) result.conflicts.push(`hotspot user "${found.name}"`);
    else {
      const set = userChanges(user, found);
      if (Object.keys(set).length > 0) result.setUsers.push({ user: found, set });
    }
  }
  return result;
}

function newUser(user: DesiredUser): NewUser {
  const comment = userComment(user.code, user.used);
  return {
    name: user.code,
    profile: profileName(user.devices),
    // From the figures as they will be read back, in whole seconds: others would differ at the next look.
    ...ceilings(user, readUserComment(comment).base),
    comment,
  };
}

const NOTHING_USED = readUserComment('').base;

function userChanges(
  user: DesiredUser,
  found: HotspotUser,
): Partial<NewUser> & { disabled?: false } {
  const limits = ceilings(user, readUserComment(found.comment).base);
  const profile = profileName(user.devices);
  return {
    ...(found.profile === profile ? {} : { profile }),
    ...(found.limitUptimeMs === limits.limitUptimeMs
      ? {}
      : { limitUptimeMs: limits.limitUptimeMs }),
    ...(found.limitBytes === limits.limitBytes ? {} : { limitBytes: limits.limitBytes }),
    // A code of ours on a profile of ours whose comment somebody wiped: marked again. The row goes on
    // counting, and where it began is lost, so the figures are zero as in the ceilings above.
    ...(isOurs(found) ? {} : { comment: userComment(user.code, NOTHING_USED) }),
    ...(found.disabled ? { disabled: false as const } : {}),
  };
}

function neededLogins(
  devices: readonly DesiredDevice[],
  present: ReadonlyMap<Mac, Presence>,
): Difference['logins'] {
  return devices.flatMap(({ mac, code }) => {
    const here = present.get(mac);
    if (!here?.host || here.host.bypassed) return [];
    // In already, or as somebody else's hotspot user: that is not ours to end.
    if (here.active) return [];
    return [{ mac, address: here.host.address, code }];
  });
}

function compareQueues(
  devices: readonly DesiredDevice[],
  queues: readonly SimpleQueue[],
  present: ReadonlyMap<Mac, Presence>,
) {
  const result: Pick<
    Difference,
    'removeQueues' | 'addQueues' | 'setQueues' | 'moveQueues' | 'conflicts'
  > = { removeQueues: [], addQueues: [], setQueues: [], moveQueues: [], conflicts: [] };
  const wanted = new Set(devices.map((device) => device.mac));
  const { owned, surplus, foreign } = sortOut(queues, wanted);
  const rivals = new Rivals(foreign);
  result.removeQueues.push(...surplus);
  for (const [mac, queue] of owned) if (!wanted.has(mac)) result.removeQueues.push(queue.row);

  // An address belongs to whoever is there now, customer or not. The queue of a device that went away must
  // not stay on an address somebody else was given: it would take, and bill, the other one's bytes.
  const taken = new Set([...present.values()].map(({ address }) => asTarget(address)));
  for (const device of devices) {
    const here = present.get(device.mac);
    const found = owned.get(device.mac);
    if (!here) {
      if (found && mayWait(found.row, taken)) adjust(device, found.row.targets, found);
      else if (found) result.removeQueues.push(found.row);
    } else if (found) adjust(device, [asTarget(here.address)], found);
    else add(device, here.address);
  }
  return result;

  function adjust(device: DesiredDevice, targets: string[], found: Placed): void {
    const set = queueChanges(device, targets, found.row);
    if (Object.keys(set).length > 0)
      result.setQueues.push({ queue: found.row, mac: device.mac, set });
    const address = targets[0]?.replace(/\/\d+$/, '');
    const rival = address && rivals.first(address, found.index);
    if (rival) result.moveQueues.push({ queue: found.row, beforeId: rival.row.id });
  }

  function add(device: DesiredDevice, address: string): void {
    const name = queueName(device.mac);
    const rival = rivals.first(address);
    result.addQueues.push({
      queue: {
        name,
        target: asTarget(address),
        maxLimit: device.rate,
        comment: queueComment(device.mac),
      },
      mac: device.mac,
      beforeId: rival?.row.id,
    });
  }
}

/** Whether the queue of a device that is away harms nobody, and can wait for it with its counters. */
function mayWait({ targets }: SimpleQueue, taken: ReadonlySet<string>): boolean {
  return targets.length === 1 && targets.every((one) => isOneAddress(one) && !taken.has(one));
}

interface Placed {
  row: SimpleQueue;
  index: number;
}

/** Everybody else's queues, to find the first that takes a device's packets without trying each of them. */
class Rivals {
  private readonly byAddress = new Map<string, Placed>();
  private readonly wide: { rival: Placed; catches: ReturnType<typeof catcher> }[] = [];

  constructor(foreign: readonly Placed[]) {
    for (const rival of foreign) {
      const { disabled, invalid, targets } = rival.row;
      if (disabled || invalid) continue;
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
    // In the router's order, so those that stand lower need no look; mostly all of them do.
    if (this.wide[0] && this.wide[0].rival.index < end) {
      const parsed = ipaddr.parse(address);
      const wide = this.wide.find(({ rival, catches }) => rival.index >= end || catches(parsed));
      if (wide && wide.rival.index < end) return wide.rival;
    }
    return same && same.index < index ? same : undefined;
  }
}

/**
 * Our queues by device, doubles of ours, and everybody else's, each with its place in the list. A row
 * that has only a name of ours is ours when that device is wanted, and else somebody else's.
 */
function sortOut(queues: readonly SimpleQueue[], wanted: ReadonlySet<Mac>) {
  const owned = new Map<Mac, Placed>();
  const surplus: SimpleQueue[] = [];
  const foreign: Placed[] = [];
  queues.forEach((row, index) => {
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
  return { owned, surplus: surplus.filter(isOurs), foreign };
}

function queueChanges(
  device: DesiredDevice,
  targets: readonly string[],
  found: SimpleQueue,
): Partial<NewQueue> & { disabled?: false } {
  const name = queueName(device.mac);
  const comment = queueComment(device.mac);
  const target = targets.join(',');
  const { maxLimit } = found;
  return {
    ...(found.name === name ? {} : { name }),
    ...(found.targets.join(',') === target ? {} : { target }),
    ...(maxLimit.up === device.rate.up && maxLimit.down === device.rate.down
      ? {}
      : { maxLimit: device.rate }),
    ...(found.comment === comment ? {} : { comment }),
    ...(found.disabled ? { disabled: false as const } : {}),
  };
}
