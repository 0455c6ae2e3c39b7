import {
  asTarget,
  isOurs,
  queueName,
  readMac,
  type ActiveSession,
  type ActualNetwork,
  type HotspotHost,
  type HotspotUser,
  type SimpleQueue,
} from '../domain/network';
import type { NewQueue, NewUser } from '../domain/diff';
import type { Burst } from '../domain/plan';
import type { PortalAddress } from '../domain/doctor-garden';
import type { FastTrackRule, GardenRule, RouterSnapshot } from '../domain/doctor-snapshot';
import { PLAIN } from '../domain/shaping';
import type { Mac, Rates } from '../domain/units';
import { InvalidInput, RouterRefused } from '../errors';
import type { Row } from './codec';
import type { Reply, SendOptions } from './connection';
import { isTrap } from './trap';
import { readAmount, readDuration, readFlag, readPair, writeDuration, writePair } from './values';

const USER = '/ip/hotspot/user';
const PROFILE = '/ip/hotspot/user/profile';
const ACTIVE = '/ip/hotspot/active';
const HOST = '/ip/hotspot/host';
const COOKIE = '/ip/hotspot/cookie';
const QUEUE = '/queue/simple';
const GARDEN = '/ip/hotspot/walled-garden';
export const PORTAL_COMMENT = 'pisonet:portal';

// Every print names what it wants: without a list the router also works out the slow properties.
const USER_PROPS =
  '.id,name,profile,limit-uptime,limit-bytes-total,uptime,comment,disabled,default';
const ACTIVE_PROPS = '.id,user,mac-address,address,uptime';
const HOST_PROPS = '.id,mac-address,address,to-address,authorized,bypassed';
const QUEUE_PROPS = '.id,name,target,max-limit,bytes,comment,disabled,dynamic,invalid';
const SHAPED_QUEUE_PROPS = `${QUEUE_PROPS},parent,limit-at,priority,burst-limit,burst-threshold,burst-time`;

/** Who answers at the address we were given. */
export interface RouterIdentity {
  name: string;
  version: string;
  board: string;
  /** Serial number, or the software id of a CHR; `undefined` when the router tells neither. */
  serial: string | undefined;
}

export interface Cookie {
  id: string;
  user: string;
  mac: string;
}

/** What sentences are sent over. */
export interface Line {
  send<T>(words: readonly string[], options: SendOptions<T>): Promise<Reply<T>>;
}

/**
 * The router in our words: menu paths and property names stand here and nowhere else in the product.
 * Adding what is there, or removing what is gone, is a success: after a lost answer a write is repeated.
 */
export class Router {
  /**
   * @param line one connection, where a change of router in the middle must not happen; or the client,
   *   which opens another when it is lost
   * @param server hotspot server to serve; all of them when not given
   */
  constructor(
    private readonly line: Line,
    private readonly server?: string | undefined,
  ) {}

  async identity(): Promise<RouterIdentity> {
    const [identity, resource, board] = await Promise.all([
      this.one('/system/identity', 'name'),
      this.one('/system/resource', 'version,board-name'),
      this.one('/system/routerboard', 'serial-number'),
    ]);
    const license = board['serial-number']
      ? undefined
      : await this.one('/system/license', 'software-id,system-id').catch(noSuchMenu);
    return {
      name: identity.name ?? '',
      version: resource.version ?? '',
      board: resource['board-name'] ?? '',
      serial: board['serial-number'] ?? license?.['software-id'] ?? license?.['system-id'],
    };
  }

  /** Time since the router started, and how busy it is. */
  async health(): Promise<{
    uptimeMs: number;
    cpuLoad: number;
    freeMemory: number;
    version: string;
  }> {
    const row = await this.one('/system/resource', 'uptime,cpu-load,free-memory,version');
    return {
      uptimeMs: readDuration(row.uptime) ?? 0,
      cpuLoad: readAmount(row['cpu-load']) ?? 0,
      freeMemory: readAmount(row['free-memory']) ?? 0,
      version: row.version ?? '',
    };
  }

  /** The router's own idea of the time, as it prints it. */
  async clock(): Promise<string> {
    const row = await this.one('/system/clock', 'date,time');
    return `${row.date ?? ''} ${row.time ?? ''}`.trim();
  }

  async hotspotServers(): Promise<{ name: string; interface: string; disabled: boolean }[]> {
    return this.print('/ip/hotspot', 'name,interface,disabled', (row) => ({
      name: row.name ?? '',
      interface: row.interface ?? '',
      disabled: readFlag(row.disabled),
    }));
  }

  /**
   * One look at everything the loop compares: five sentences, however many devices are online.
   * @param shaping whether to ask for bursts, priorities and parents too, which makes the answer half as
   *   long again; without, queues are taken for plain ones
   */
  async observe(shaping = false): Promise<ActualNetwork> {
    const [resource, users, active, hosts, queues] = await Promise.all([
      this.one('/system/resource', 'uptime'),
      this.print(USER, USER_PROPS, toUser),
      this.print(ACTIVE, ACTIVE_PROPS, toActive, this.ofServer()),
      this.print(HOST, HOST_PROPS, toHost, this.ofServer()),
      this.print(QUEUE, shaping ? SHAPED_QUEUE_PROPS : QUEUE_PROPS, toQueue),
    ]);
    return { uptimeMs: readDuration(resource.uptime) ?? 0, users, active, hosts, queues };
  }

  /** Who has this address now, by the hotspot's own table: the one answer that a customer cannot forge. */
  async hostAt(address: string): Promise<HotspotHost | undefined> {
    const found = await this.print(HOST, HOST_PROPS, toHost, [
      `?address=${address}`,
      `?to-address=${address}`,
      ...anyOf(2),
      ...this.ofServer(),
    ]);
    // With address translation a device that gave itself this address is not the one that speaks from it.
    const speaking = found.filter(({ queueAddress }) => queueAddress === address);
    return speaking.length === 1 ? speaking[0] : undefined;
  }

  /**
   * The part of the network that concerns one device, in three sentences; the host was looked up before.
   * `uptimeMs` is not looked at and stays 0.
   * @param codes vouchers whose user rows matter
   */
  async observeDevice(host: HotspotHost, codes: readonly string[]): Promise<ActualNetwork> {
    const [users, active, queues] = await Promise.all([
      this.print(USER, USER_PROPS, toUser, [
        ...codes.map((code) => `?name=${code}`),
        ...anyOf(codes.length),
      ]),
      this.print(ACTIVE, ACTIVE_PROPS, toActive, [`?mac-address=${host.mac}`]),
      this.print(QUEUE, SHAPED_QUEUE_PROPS, toQueue, [
        `?name=${queueName(host.mac)}`,
        `?target=${asTarget(host.queueAddress)}`,
        ...anyOf(2),
      ]),
    ]);
    return { uptimeMs: 0, users, active, hosts: [host], queues };
  }

  /** All queues of the router, ours or not, in its order. */
  async queues(): Promise<SimpleQueue[]> {
    return this.print(QUEUE, QUEUE_PROPS, toQueue);
  }

  /** Present speed through each queue, bit/s by queue id. */
  async rates(): Promise<Map<string, Rates>> {
    const read = (row: Row) => [row['.id'] ?? '', readPair(row.rate) ?? NOTHING] as const;
    return new Map(await this.print(QUEUE, '.id,rate', read));
  }

  /** Counters of these queues as they are now; queues that are gone are left out. */
  async counters(queues: readonly SimpleQueue[]): Promise<SimpleQueue[]> {
    if (queues.length === 0) return [];
    const wanted = new Set(queues.map((queue) => queue.id));
    // One query word a queue; past some number, reading all of them is the smaller sentence.
    const few = queues.length <= 100;
    const query = few ? queues.map((queue) => `?.id=${queue.id}`) : [];
    const found = await this.print(QUEUE, QUEUE_PROPS, toQueue, [...query, ...anyOf(query.length)]);
    return found.filter((queue) => wanted.has(queue.id));
  }

  async cookies(): Promise<Cookie[]> {
    return this.print(COOKIE, '.id,user,mac-address', (row) => ({
      id: row['.id'] ?? '',
      user: row.user ?? '',
      mac: (row['mac-address'] ?? '').toUpperCase(),
    }));
  }

  /** @throws RouterRefused when a row of that name, made by somebody else, is in the way */
  async addUser(user: NewUser): Promise<void> {
    const words = ['=name=' + user.name, '=password=' + user.name, ...userWords(user)];
    try {
      await this.write(`${USER}/add`, words);
    } catch (error) {
      if (!isTrap(error, 'exists')) throw error;
      const [found] = await this.print(USER, USER_PROPS, toUser, [`?name=${user.name}`]);
      if (!found || !isOurs(found)) throw error;
      await this.setUser(found.id, user);
    }
  }

  async setUser(id: string, set: Partial<NewUser> & { disabled?: false }): Promise<void> {
    await this.write(`${USER}/set`, [`=.id=${id}`, ...userWords(set)]);
  }

  async removeUser(id: string): Promise<void> {
    await this.remove(USER, id);
  }

  async removeActive(id: string): Promise<void> {
    await this.remove(ACTIVE, id);
  }

  async removeCookie(id: string): Promise<void> {
    await this.remove(COOKIE, id);
  }

  async removeHost(id: string): Promise<void> {
    await this.remove(HOST, id);
  }

  async removeQueue(id: string): Promise<void> {
    await this.remove(QUEUE, id);
  }

  /** Logs a device in under its voucher's code; it must be in the host table. */
  async login(device: { mac: Mac; address: string; code: string }): Promise<void> {
    await this.write(`${ACTIVE}/login`, [
      `=ip=${device.address}`,
      `=mac-address=${device.mac}`,
      `=user=${device.code}`,
      `=password=${device.code}`,
    ]);
  }

  /**
   * Adds a queue, above the one that would otherwise take its packets.
   * @returns the new queue's id
   */
  async addQueue(queue: NewQueue, beforeId: string | undefined): Promise<string | undefined> {
    const words = queueWords(withoutDefaults(queue));
    if (beforeId) words.push(`=place-before=${beforeId}`);
    return (await this.write(`${QUEUE}/add`, words)).ret;
  }

  /** Changes a queue in place, which keeps its counters. */
  async setQueue(id: string, set: Partial<NewQueue> & { disabled?: false }): Promise<void> {
    await this.write(`${QUEUE}/set`, [`=.id=${id}`, ...queueWords(set)]);
  }

  async moveQueue(id: string, beforeId: string): Promise<void> {
    await this.write(`${QUEUE}/move`, [`=numbers=${id}`, `=destination=${beforeId}`]);
  }

  /**
   * Makes sure the profile for this many devices is there and does not shape: a rate-limit in it would
   * make a queue of its own above ours. Read first, since RouterOS takes a name's beginning for the name.
   */
  async ensureProfile(name: string, devices: number): Promise<void> {
    const properties = '.id,name,rate-limit,shared-users';
    const [found] = await this.print(PROFILE, properties, asIs, [`?name=${name}`]);
    const shared = `=shared-users=${devices}`;
    if (!found) await this.write(`${PROFILE}/add`, [`=name=${name}`, shared]);
    else if (found['rate-limit'] || found['shared-users'] !== String(devices)) {
      await this.write(`${PROFILE}/set`, [`=.id=${found['.id']}`, shared, '=rate-limit=']);
    }
  }

  /**
   * One look at everything the doctor judges: some twenty sentences, sent together.
   * @param username the account we log in with
   */
  async snapshot(username: string): Promise<RouterSnapshot> {
    let refused = false;
    /** A menu this version has not, or would not show us, is empty. */
    const rows = async (menu: string, properties: string, query: readonly string[] = []) => {
      try {
        return await this.print(menu, properties, asIs, query);
      } catch (error) {
        if (!(error instanceof RouterRefused)) throw error;
        if (isTrap(error, 'permission')) refused = true;
        return [];
      }
    };
    const fastTrack = async (table: FastTrackRule['table']) =>
      (await rows(`/ip/firewall/${table}`, '.id,disabled', ['?action=fasttrack-connection'])).map(
        (row) => ({ id: row['.id'] ?? '', table, disabled: readFlag(row.disabled) }),
      );
    const [
      [resource = {}],
      [clock = {}],
      [mode],
      servers,
      serverProfiles,
      userProfiles,
      users,
      filterRules,
      mangleRules,
      ipGarden,
      webGarden,
      bindings,
      services,
      pools,
      leases,
      hosts,
      active,
      queues,
    ] = await Promise.all([
      rows('/system/resource', 'version'),
      rows('/system/clock', 'date,time,gmt-offset'),
      rows('/system/device-mode', 'mode,hotspot'),
      rows('/ip/hotspot', 'name,profile,address-pool,disabled'),
      rows('/ip/hotspot/profile', 'name,rate-limit,login-by'),
      rows(PROFILE, 'name,rate-limit'),
      rows(USER, 'profile,comment,default'),
      fastTrack('filter'),
      fastTrack('mangle'),
      rows(
        `${GARDEN}/ip`,
        'action,server,src-address,dst-address,dst-host,protocol,dst-port,disabled',
      ),
      rows(GARDEN, 'action,server,src-address,dst-host,dst-port,disabled'),
      rows('/ip/hotspot/ip-binding', 'address,to-address,type,disabled'),
      rows('/ip/service', 'name,address,disabled,dynamic'),
      rows('/ip/pool', 'name,ranges'),
      rows('/ip/dhcp-server/lease', 'address,status'),
      rows(HOST, HOST_PROPS),
      rows(ACTIVE, ACTIVE_PROPS),
      rows(QUEUE, QUEUE_PROPS),
    ]);
    const wasRefused = refused; // not seeing accounts is no lack that matters
    const [account] = await rows('/user', 'group', [`?name=${username}`]);
    const [group] = account ? await rows('/user/group', 'policy', [`?name=${account.group}`]) : [];
    return {
      version: resource.version ?? '',
      clock: toMoment(clock),
      hotspotAllowed: mode?.hotspot === undefined ? undefined : readFlag(mode.hotspot),
      servers: servers.map((row) => ({
        name: row.name ?? '',
        profile: row.profile ?? '',
        pool: row['address-pool'] ?? '',
        disabled: readFlag(row.disabled),
      })),
      serverProfiles: serverProfiles.map((row) => ({
        name: row.name ?? '',
        rateLimit: row['rate-limit'] ?? '',
        loginBy: row['login-by']?.split(',') ?? [],
      })),
      userProfiles: userProfiles.map((row) => ({
        name: row.name ?? '',
        rateLimit: row['rate-limit'] ?? '',
      })),
      profileUses: profileUses(users),
      fastTrack: [...filterRules, ...mangleRules],
      garden: [
        ...ipGarden.map((row) => toGardenRule(row, 'ip')),
        ...webGarden.map((row) => toGardenRule(row, 'web')),
      ],
      bypassed: bindings
        .filter((row) => row.type === 'bypassed' && !readFlag(row.disabled))
        .flatMap((row) =>
          [row.address, row['to-address']].filter((address) => address !== undefined),
        ),
      services: services
        .filter((row) => !readFlag(row.dynamic))
        .map((row) => ({
          name: row.name ?? '',
          addresses: row.address ? row.address.split(',') : [],
          disabled: readFlag(row.disabled),
        })),
      policies: group?.policy === undefined ? undefined : grantedPolicies(group.policy),
      refused: wasRefused,
      pools: pools.map((row) => ({ name: row.name ?? '', ranges: row.ranges?.split(',') ?? [] })),
      leased: leases.flatMap((row) => (row.status === 'bound' && row.address ? [row.address] : [])),
      hosts: hosts.map(toHost).filter((host) => host !== undefined),
      active: active.map(toActive).filter((session) => session !== undefined),
      queues: queues.map(toQueue),
    };
  }

  async disableFastTrack(table: FastTrackRule['table'], id: string): Promise<void> {
    await this.write(`/ip/firewall/${table}/set`, [`=.id=${id}`, '=disabled=yes']);
  }

  /** Lets customers who are not logged in reach the portal. */
  async openWalledGarden({ host, port, isAddress }: PortalAddress): Promise<void> {
    await this.write(`${GARDEN}/ip/add`, [
      '=action=accept',
      `=${isAddress ? 'dst-address' : 'dst-host'}=${host}`,
      '=protocol=tcp',
      `=dst-port=${port}`,
      `=comment=${PORTAL_COMMENT}`,
    ]);
  }

  private ofServer(): string[] {
    return this.server ? [`?server=${this.server}`] : [];
  }

  private async print<T>(
    menu: string,
    properties: string,
    read: (row: Row) => T | undefined,
    query: readonly string[] = [],
  ): Promise<T[]> {
    const words = [`${menu}/print`, `=.proplist=${properties}`, ...query];
    // A question about few rows is answered at once; a whole table may take its time.
    const isTable = query.every((word) => word.startsWith('?server='));
    return (await this.line.send(words, { read, isTable })).rows;
  }

  private async one(menu: string, properties: string): Promise<Row> {
    return (await this.print(menu, properties, asIs))[0] ?? {};
  }

  private async remove(menu: string, id: string): Promise<void> {
    try {
      await this.write(`${menu}/remove`, [`=.id=${id}`]);
    } catch (error) {
      if (!isTrap(error, 'not-found')) throw error;
    }
  }

  private write(command: string, words: readonly string[]): Promise<Reply<undefined>> {
    for (const word of words) {
      // The API has no quoting: a control character in a name would be stored as it is.
      if (/\p{Cc}/u.test(word)) {
        throw new InvalidInput(`${command}: "${word.split('=')[1]}" holds a control character`);
      }
    }
    return this.line.send([command, ...words], { read: () => undefined });
  }
}

/** A group prints every policy, those it has not with an exclamation mark. */
export function grantedPolicies(text = ''): string[] {
  return text.split(',').filter((policy) => policy !== '' && !policy.startsWith('!'));
}

/** Tells "this router has no such menu" from a real failure. */
function noSuchMenu(error: unknown): undefined {
  if (!(error instanceof RouterRefused)) throw error;
  return undefined;
}

/** Query words that join the conditions before them with OR. */
function anyOf(conditions: number): string[] {
  return conditions > 1 ? [`?#${'|'.repeat(conditions - 1)}`] : [];
}

function userWords(user: Partial<NewUser> & { disabled?: false }): string[] {
  const words: string[] = [];
  if (user.profile !== undefined) words.push(`=profile=${user.profile}`);
  if (user.limitUptimeMs !== undefined) {
    words.push(`=limit-uptime=${writeDuration(user.limitUptimeMs ?? 0)}`);
  }
  if (user.limitBytes !== undefined) words.push(`=limit-bytes-total=${user.limitBytes ?? 0}`);
  if (user.comment !== undefined) words.push(`=comment=${user.comment}`);
  if (user.disabled !== undefined) words.push('=disabled=no');
  return words;
}

function queueWords(queue: Partial<NewQueue> & { disabled?: false }): string[] {
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

/** What RouterOS makes a queue be by itself needs no word. */
function withoutDefaults(queue: NewQueue): Partial<NewQueue> {
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

const asIs = (row: Row): Row => row;

function toUser(row: Row): HotspotUser | undefined {
  if (readFlag(row.default)) return undefined; // the built-in trial user
  return {
    id: row['.id'] ?? '',
    name: row.name ?? '',
    profile: row.profile ?? '',
    limitUptimeMs: readDuration(row['limit-uptime']) || null, // 0 is RouterOS' "no limit"
    limitBytes: readAmount(row['limit-bytes-total']) || null,
    comment: row.comment ?? '',
    disabled: readFlag(row.disabled),
    uptimeMs: readDuration(row.uptime) ?? 0,
  };
}

function toActive(row: Row): ActiveSession | undefined {
  const mac = readMac(row['mac-address']);
  if (!mac || !row.address) return undefined;
  return {
    id: row['.id'] ?? '',
    user: row.user ?? '',
    mac,
    address: row.address,
    uptimeMs: readDuration(row.uptime) ?? 0,
  };
}

function toHost(row: Row): HotspotHost | undefined {
  const mac = readMac(row['mac-address']);
  if (!mac || !row.address) return undefined;
  return {
    id: row['.id'] ?? '',
    mac,
    address: row.address,
    queueAddress: row['to-address'] || row.address,
    authorized: readFlag(row.authorized),
    bypassed: readFlag(row.bypassed),
  };
}

const NO_PARENT = 'none';
const NOTHING: Rates = { up: 0, down: 0 };

function toQueue(row: Row): SimpleQueue {
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

/** `8/8`; where the directions differ it is none of ours. */
function readPriority(text: string | undefined): number {
  const { up, down } = readPair(text) ?? { up: PLAIN.priority, down: PLAIN.priority };
  return up === down ? up : 0;
}

/** Without a burst limit the rest says nothing. */
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

function profileUses(users: readonly Row[]): RouterSnapshot['profileUses'] {
  const uses = new Map<string, boolean>();
  for (const row of users) {
    if (readFlag(row.default) || !row.profile) continue;
    const ours = isOurs({ comment: row.comment ?? '' });
    uses.set(row.profile, ours || (uses.get(row.profile) ?? false));
  }
  return [...uses].map(([profile, ours]) => ({ profile, ours }));
}

export function toGardenRule(row: Row, kind: GardenRule['kind']): GardenRule {
  return {
    kind,
    allows: row.action === undefined || row.action === 'accept' || row.action === 'allow',
    disabled: readFlag(row.disabled),
    server: row.server ?? '',
    sourceAddress: row['src-address'] ?? '',
    address: row['dst-address'] ?? '',
    host: row['dst-host'] ?? '',
    protocol: row.protocol ?? '',
    port: row['dst-port'] ?? '',
  };
}

const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];

/** `2026-11-21` since 7.10, `nov/21/2026` before; the time is local, `+08:00` ahead of UTC. */
export function toMoment(clock: Row): Date | undefined {
  const old = /^([a-z]{3})\/(\d{2})\/(\d{4})$/i.exec(clock.date ?? '');
  const month = String(MONTHS.indexOf(old?.[1]?.toLowerCase() ?? '') + 1).padStart(2, '0');
  const date = old ? `${old[3]}-${month}-${old[2]}` : clock.date;
  const offset = /^[+-]\d{2}:\d{2}$/.test(clock['gmt-offset'] ?? '') ? clock['gmt-offset'] : 'Z';
  const moment = new Date(`${date}T${clock.time}${offset}`);
  return Number.isNaN(moment.getTime()) ? undefined : moment;
}
