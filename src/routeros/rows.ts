/** Rows of the menus the loop works with, parsed and written. */
import type { IpBinding } from '../domain/network/ip-bindings';
import type { NewQueue, NewUser } from '../domain/network/diff';
import type { NewSecret } from '../domain/network/line-diff';
import {
  readMac,
  type ActiveSession,
  type HotspotHost,
  type HotspotUser,
  type PppSecret,
  type SimpleQueue,
} from '../domain/network/network';
import type { Burst } from '../domain/plans/plan';
import { PLAIN } from '../domain/policy/shaping';
import type { Mac, Rates } from '../domain/units';
import type { Row } from './api/codec';
import {
  readAmount,
  readDuration,
  readFlag,
  readPair,
  writeDuration,
  writePair,
} from './api/values';

// Every print names its properties: without a list the router also computes the slow ones.
export const USER_PROPS =
  '.id,name,profile,mac-address,limit-uptime,limit-bytes-total,uptime,comment,disabled,default';
export const ACTIVE_PROPS = '.id,user,mac-address,address,uptime,bytes-in,bytes-out';
export const SECRET_PROPS = '.id,name,service,profile,remote-address,comment,disabled';
export const CALL_PROPS = '.id,name,service,address,uptime';
export const HOST_PROPS =
  '.id,mac-address,address,to-address,authorized,bypassed,uptime,idle-time,host-dead-time';
export const QUEUE_PROPS = '.id,name,target,max-limit,bytes,comment,disabled,dynamic,invalid';
export const SHAPED_QUEUE_PROPS = `${QUEUE_PROPS},parent,limit-at,priority,burst-limit,burst-threshold,burst-time`;

/** A user row with this MAC, or with none, lets any device in. */
const ANY_MAC = '00:00:00:00:00:00';

export function userWords(user: Partial<NewUser> & { disabled?: false }): string[] {
  const words: string[] = [];
  if (user.profile !== undefined) words.push(`=profile=${user.profile}`);
  if (user.limitUptimeMs !== undefined) {
    words.push(`=limit-uptime=${writeDuration(user.limitUptimeMs ?? 0)}`);
  }
  if (user.limitBytes !== undefined) words.push(`=limit-bytes-total=${user.limitBytes ?? 0}`);
  if (user.comment !== undefined) words.push(`=comment=${user.comment}`);
  if (user.mac !== undefined) words.push(`=mac-address=${user.mac ?? ANY_MAC}`);
  if (user.password !== undefined) words.push(`=password=${user.password}`);
  if (user.disabled !== undefined) words.push('=disabled=no');
  return words;
}

export function queueWords(queue: Partial<NewQueue> & { disabled?: false }): string[] {
  const words: string[] = [];
  if (queue.name !== undefined) words.push(`=name=${queue.name}`);
  if (queue.target !== undefined) words.push(`=target=${queue.target}`);
  if (queue.parent !== undefined) words.push(`=parent=${queue.parent ?? NO_PARENT}`);
  if (queue.maxLimit !== undefined) words.push(`=max-limit=${writePair(queue.maxLimit)}`);
  if (queue.limitAt !== undefined) words.push(`=limit-at=${writePair(queue.limitAt)}`);
  if (queue.priority !== undefined) words.push(`=priority=${queue.priority}/${queue.priority}`);
  if (queue.burst !== undefined) words.push(...burstWords(queue.burst));
  if (queue.comment !== undefined) words.push(`=comment=${queue.comment}`);
  if (queue.disabled !== undefined) words.push('=disabled=no');
  return words;
}

/** What RouterOS sets by default is not sent. */
export function withoutDefaults(queue: NewQueue): Partial<NewQueue> {
  const { parent, limitAt, priority, burst, ...rest } = queue;
  return {
    ...rest,
    ...(parent !== null && { parent }),
    ...(limitAt.up + limitAt.down > 0 && { limitAt }),
    ...(priority !== PLAIN.priority && { priority }),
    ...(burst && { burst }),
  };
}

function burstWords(burst: Burst | null): string[] {
  if (!burst) return ['=burst-limit=0/0', '=burst-threshold=0/0', '=burst-time=0s/0s'];
  return [
    `=burst-limit=${writePair(burst.rate)}`,
    `=burst-threshold=${writePair(burst.threshold)}`,
    `=burst-time=${burst.seconds}s/${burst.seconds}s`,
  ];
}

export function toUser(row: Row): HotspotUser | undefined {
  if (readFlag(row.default)) return undefined; // the built-in trial user
  return {
    id: row['.id'] ?? '',
    name: row.name ?? '',
    profile: row.profile ?? '',
    mac: row['mac-address'] === ANY_MAC ? null : (readMac(row['mac-address']) ?? null),
    limitUptimeMs: readDuration(row['limit-uptime']) || null, // 0 is RouterOS' "no limit"
    limitBytes: readAmount(row['limit-bytes-total']) || null,
    comment: row.comment ?? '',
    disabled: readFlag(row.disabled),
    uptimeMs: readDuration(row.uptime) ?? 0,
  };
}

export function toActive(row: Row): ActiveSession | undefined {
  const mac = readMac(row['mac-address']);
  if (!mac || !row.address) return undefined;
  return {
    id: row['.id'] ?? '',
    user: row.user ?? '',
    mac,
    address: row.address,
    uptimeMs: readDuration(row.uptime) ?? 0,
    // As the router sees it: what comes in is the customer's upload.
    bytes: { up: readAmount(row['bytes-in']) ?? 0, down: readAmount(row['bytes-out']) ?? 0 },
  };
}

export function secretWords(secret: Partial<NewSecret> & { disabled?: false }): string[] {
  const words: string[] = [];
  if (secret.password !== undefined) words.push(`=password=${secret.password}`);
  if (secret.profile) words.push(`=profile=${secret.profile}`);
  if (secret.address !== undefined) words.push(`=remote-address=${secret.address ?? ''}`);
  if (secret.comment !== undefined) words.push(`=comment=${secret.comment}`);
  if (secret.disabled !== undefined) words.push('=disabled=no');
  return words;
}

export function toSecret(row: Row): PppSecret {
  return {
    id: row['.id'] ?? '',
    name: row.name ?? '',
    profile: row.profile ?? '',
    address: row['remote-address'] || null,
    comment: row.comment ?? '',
    disabled: readFlag(row.disabled),
  };
}

/** A PPPoE call as a session of its line; it has no counters of its own. */
export function toCall(row: Row): ActiveSession | undefined {
  if (row.service !== 'pppoe' || !row.name || !row.address) return undefined;
  return {
    id: row['.id'] ?? '',
    user: row.name,
    mac: row.name as Mac,
    address: row.address,
    uptimeMs: readDuration(row.uptime) ?? 0,
    bytes: NOTHING,
    isCall: true,
  };
}

export function toHost(row: Row): HotspotHost | undefined {
  const mac = readMac(row['mac-address']);
  if (!mac || !row.address) return undefined;
  return {
    id: row['.id'] ?? '',
    mac,
    address: row.address,
    queueAddress: row['to-address'] || row.address,
    authorized: readFlag(row.authorized),
    bypassed: readFlag(row.bypassed),
    uptimeMs: readDuration(row.uptime) ?? null,
    idleMs: readDuration(row['idle-time']) ?? null,
    deadMs: readDuration(row['host-dead-time']) ?? null,
  };
}

/** `undefined` for one that is disabled. */
export function toBinding(row: Row): IpBinding | undefined {
  if (readFlag(row.disabled)) return undefined;
  const mac = row['mac-address'] === ANY_MAC ? undefined : readMac(row['mac-address']);
  // Only what is not `regular` is shown by some versions.
  return { mac, address: row.address || undefined, type: row.type ?? 'regular' };
}

/** What identifies a router: its board's serial number, or that of its license if there is no board. */
export function serialOf(board: Row | undefined, license: Row | undefined): string | undefined {
  return board?.['serial-number'] ?? license?.['software-id'] ?? license?.['system-id'];
}

const NO_PARENT = 'none';
export const NOTHING: Rates = { up: 0, down: 0 };

export function toQueue(row: Row): SimpleQueue {
  return {
    id: row['.id'] ?? '',
    name: row.name ?? '',
    targets: row.target ? row.target.split(',') : [],
    parent: !row.parent || row.parent === NO_PARENT ? null : row.parent,
    maxLimit: readPair(row['max-limit']) ?? NOTHING,
    limitAt: readPair(row['limit-at']) ?? NOTHING,
    priority: readPriority(row.priority),
    burst: readBurst(row),
    bytes: readPair(row.bytes) ?? NOTHING,
    comment: row.comment ?? '',
    disabled: readFlag(row.disabled),
    dynamic: readFlag(row.dynamic),
    invalid: readFlag(row.invalid),
  };
}

/** `8/8`; if the directions differ it is not ours. */
function readPriority(text: string | undefined): number {
  const { up, down } = readPair(text) ?? { up: PLAIN.priority, down: PLAIN.priority };
  return up === down ? up : 0;
}

/** Without a burst limit the other burst values mean nothing. */
function readBurst(row: Row): Burst | null {
  const rate = readPair(row['burst-limit']) ?? NOTHING;
  if (rate.up === 0 && rate.down === 0) return null;
  const [up, down] = (row['burst-time'] ?? '').split('/').map((time) => readDuration(time) ?? 0);
  return {
    rate,
    threshold: readPair(row['burst-threshold']) ?? NOTHING,
    seconds: up === down ? (up ?? 0) / 1000 : 0,
  };
}

/** Who may use a service: `available-from` since 7.24, which shows that name only; `address` before. */
export const SERVICE_LISTS = ['available-from', 'address'] as const;
export const SERVICE_PROPS = `name,${SERVICE_LISTS.join(',')},disabled,dynamic`;

/**
 * The list of a service, and the property it stands in. `undefined` where the router shows neither: that says
 * nothing of what is in it, and least of all that it is empty.
 */
export function serviceList(
  row: Row,
): { property: (typeof SERVICE_LISTS)[number]; addresses: string[] } | undefined {
  const property = SERVICE_LISTS.find((name) => row[name] !== undefined);
  if (property === undefined) return undefined;
  return { property, addresses: row[property] === '' ? [] : row[property]!.split(',') };
}

/**
 * Whether a row of `/user/active` is a program that is logged in now. REST leaves rows without an address
 * behind for weeks, some of them said to be the API's.
 */
export function isApiSession({ via, address }: Row): boolean {
  return via?.startsWith('api') === true && (address ?? '') !== '';
}
