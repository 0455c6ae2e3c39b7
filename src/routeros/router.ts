import type { Login, NewQueue, NewUser } from '../domain/network/diff';
import type { IpBinding } from '../domain/network/ip-bindings';
import type { NewSecret } from '../domain/network/line-diff';
import {
  asTarget,
  isOurs,
  queueName,
  speakers,
  type ActiveSession,
  type ActualNetwork,
  type HotspotHost,
  type PppSecret,
  type SimpleQueue,
} from '../domain/network/network';
import type { Rates } from '../domain/units';
import { RouterRefused } from '../errors';
import type { Row } from './api/codec';
import type { SendOptions } from './api/connection';
import { HotspotLogin } from './hotspot-login';
import { readHostNames } from './router-health';
import { toMoment } from './router-survey';
import {
  ACTIVE_PROPS,
  CALL_PROPS,
  HOST_PROPS,
  NOTHING,
  QUEUE_PROPS,
  SECRET_PROPS,
  secretWords,
  serialOf,
  queueWords,
  SHAPED_QUEUE_PROPS,
  toActive,
  toBinding,
  toCall,
  toHost,
  toQueue,
  toSecret,
  toUser,
  USER_PROPS,
  userWords,
  withoutDefaults,
} from './rows';
import { anyOf, asIs, one, print, remove, write, type ApiSender } from './api/sentences';
import { isAbsentMenu, isTrap } from './api/trap';
import { readAmount, readDuration, readFlag, readPair } from './api/values';

const USER = '/ip/hotspot/user';
const PROFILE = '/ip/hotspot/user/profile';
const ACTIVE = '/ip/hotspot/active';
const HOST = '/ip/hotspot/host';
const BINDING = '/ip/hotspot/ip-binding';
const COOKIE = '/ip/hotspot/cookie';
const QUEUE = '/queue/simple';
const SECRET = '/ppp/secret';
const CALL = '/ppp/active';

/** Who answers at the address we were given. */
export interface RouterIdentity {
  name: string;
  version: string;
  board: string;
  /** Of the board, or the number of the license where there is none; `undefined` when the router tells neither. */
  serial: string | undefined;
}

export interface Cookie {
  id: string;
  user: string;
  mac: string;
}

/**
 * The router in our terms, as far as the loop and the customers need it: menu paths and property names
 * are used in this folder and nowhere else.
 * Adding what exists, or removing what is gone, is a success: after a lost answer a write is repeated.
 */
export class Router {
  private readonly logins: HotspotLogin;

  /**
   * @param api one connection, if the router must not change in the middle; or the client, which opens
   *   another when it is lost
   * @param server hotspot server to serve; all of them when not given
   */
  constructor(
    private readonly api: ApiSender,
    private readonly server?: string | undefined,
  ) {
    this.logins = new HotspotLogin(api);
  }

  async identity(): Promise<RouterIdentity> {
    const [identity, resource, board] = await Promise.all([
      one(this.api, '/system/identity', 'name'),
      one(this.api, '/system/resource', 'version,board-name'),
      one(this.api, '/system/routerboard', 'serial-number').catch(absentMenu),
    ]);
    const license = board?.['serial-number']
      ? undefined
      : await one(this.api, '/system/license', 'software-id,system-id').catch(refusedMenu);
    return {
      name: identity.name ?? '',
      version: resource.version ?? '',
      board: resource['board-name'] ?? '',
      serial: serialOf(board, license),
    };
  }

  /** Time since the router started, and its load. */
  async health(): Promise<{
    uptimeMs: number;
    cpuLoad: number;
    freeMemory: number;
    version: string;
  }> {
    const row = await one(this.api, '/system/resource', 'uptime,cpu-load,free-memory,version');
    return {
      uptimeMs: readDuration(row.uptime) ?? 0,
      cpuLoad: readAmount(row['cpu-load']) ?? 0,
      freeMemory: readAmount(row['free-memory']) ?? 0,
      version: row.version ?? '',
    };
  }

  /**
   * The router's time as it prints it, its time zone or offset from UTC; and as a moment, if it can be
   * read.
   */
  async clock(): Promise<{ time: string; zone: string; at: Date | undefined }> {
    const row = await one(this.api, '/system/clock', 'date,time,time-zone-name,gmt-offset');
    const name = row['time-zone-name'] ?? 'manual';
    const zone = name === 'manual' ? `UTC${row['gmt-offset'] ?? ''}` : name;
    return { time: `${row.date ?? ''} ${row.time ?? ''}`.trim(), zone, at: toMoment(row) };
  }

  async hotspotServers(): Promise<{ name: string; interface: string; disabled: boolean }[]> {
    return print(this.api, '/ip/hotspot', 'name,interface,disabled', (row) => ({
      name: row.name ?? '',
      interface: row.interface ?? '',
      disabled: readFlag(row.disabled),
    }));
  }

  /**
   * One read of everything the loop compares: five sentences, however many devices are online.
   * @param shaping whether to read bursts, priorities and parents too, which makes the answer half as
   *   long again; without it, queues count as plain ones
   * @param lines whether to read who may call by PPPoE and who does: two more sentences
   */
  async observe(shaping = false, lines = false): Promise<ActualNetwork> {
    const [called, resource, users, active, hosts, queues] = await Promise.all([
      lines ? this.lines() : undefined,
      one(this.api, '/system/resource', 'uptime'),
      print(this.api, USER, USER_PROPS, toUser),
      print(this.api, ACTIVE, ACTIVE_PROPS, toActive, this.ofServer()),
      print(this.api, HOST, HOST_PROPS, toHost, this.ofServer()),
      print(this.api, QUEUE, shaping ? SHAPED_QUEUE_PROPS : QUEUE_PROPS, toQueue),
    ]);
    const seen = { uptimeMs: readDuration(resource.uptime) ?? 0, users, active, hosts, queues };
    if (!called) return seen;
    return { ...seen, active: [...active, ...called.calls], secrets: called.secrets };
  }

  /** `undefined` on a router without PPP. */
  private async lines(): Promise<{ secrets: PppSecret[]; calls: ActiveSession[] } | undefined> {
    const read = Promise.all([
      print(this.api, SECRET, SECRET_PROPS, toSecret),
      print(this.api, CALL, CALL_PROPS, toCall),
    ]);
    const found = await read.catch(absentMenu);
    return found && { secrets: found[0], calls: found[1] };
  }

  /**
   * Who has these addresses now, by the hotspot's own table: the one answer that a customer cannot forge.
   * @param lane who asks
   */
  async hostsAt(
    addresses: readonly string[],
    lane?: SendOptions<unknown>['lane'],
  ): Promise<Map<string, HotspotHost | undefined>> {
    // For many addresses, reading the whole table is the smaller sentence.
    const few = addresses.length <= 25;
    const query = (few ? addresses : []).flatMap((address) => [
      `?address=${address}`,
      `?to-address=${address}`,
    ]);
    const words = [...query, ...anyOf(query.length), ...this.ofServer()];
    const speaking = speakers(await print(this.api, HOST, HOST_PROPS, toHost, words, lane));
    return new Map(addresses.map((address) => [address, speaking.get(address)]));
  }

  /** Whether a device is on the hotspot's network now, with a voucher or without. */
  async hasHost(mac: string): Promise<boolean> {
    return (await print(this.api, HOST, HOST_PROPS, toHost, [`?mac-address=${mac}`])).length > 0;
  }

  /**
   * The part of the network that concerns these devices, in three sentences; the hosts were looked up before.
   * `uptimeMs` is not read and stays 0.
   * @param codes vouchers whose user rows matter
   */
  async observeDevices(
    hosts: readonly HotspotHost[],
    codes: readonly string[],
  ): Promise<ActualNetwork> {
    const [users, active, queues] = await Promise.all([
      print(this.api, USER, USER_PROPS, toUser, [
        ...codes.map((code) => `?name=${code}`),
        ...anyOf(codes.length),
      ]),
      print(this.api, ACTIVE, ACTIVE_PROPS, toActive, [
        ...hosts.map(({ mac }) => `?mac-address=${mac}`),
        ...anyOf(hosts.length),
      ]),
      print(this.api, QUEUE, SHAPED_QUEUE_PROPS, toQueue, [
        ...hosts.flatMap(({ mac, queueAddress }) => [
          `?name=${queueName(mac)}`,
          `?target=${asTarget(queueAddress)}`,
        ]),
        ...anyOf(2 * hosts.length),
      ]),
    ]);
    return { uptimeMs: 0, users, active, hosts: [...hosts], queues };
  }

  /** All queues of the router, ours or not, in its order. */
  async queues(): Promise<SimpleQueue[]> {
    return print(this.api, QUEUE, QUEUE_PROPS, toQueue);
  }

  /** Present speed through each queue, bit/s by queue id. */
  async rates(): Promise<Map<string, Rates>> {
    const read = (row: Row) => [row['.id'] ?? '', readPair(row.rate) ?? NOTHING] as const;
    return new Map(await print(this.api, QUEUE, '.id,rate', read));
  }

  /** See {@link readHostNames}. @throws RouterRefused when the program may not read leases */
  async hostNames(): Promise<Map<string, string>> {
    return readHostNames(this.api);
  }

  /** Counters of these queues now; queues that are gone are left out. */
  async counters(queues: readonly SimpleQueue[]): Promise<SimpleQueue[]> {
    if (queues.length === 0) return [];
    const wanted = new Set(queues.map((queue) => queue.id));
    // One query word for each queue; past some number, reading all of them is the smaller sentence.
    const few = queues.length <= 100;
    const query = few ? queues.map((queue) => `?.id=${queue.id}`) : [];
    const found = await print(this.api, QUEUE, QUEUE_PROPS, toQueue, [
      ...query,
      ...anyOf(query.length),
    ]);
    return found.filter((queue) => wanted.has(queue.id));
  }

  async cookies(): Promise<Cookie[]> {
    return print(this.api, COOKIE, '.id,user,mac-address', (row) => ({
      id: row['.id'] ?? '',
      user: row.user ?? '',
      mac: (row['mac-address'] ?? '').toUpperCase(),
    }));
  }

  /** Who is let through or kept out whatever the code, in the router's order. */
  async bindings(): Promise<IpBinding[]> {
    return print(this.api, BINDING, 'mac-address,address,type,disabled', toBinding);
  }

  /** @throws RouterRefused when a row of that name, made by somebody else, is in the way */
  async addUser(user: NewUser): Promise<void> {
    const words = ['=name=' + user.name, ...userWords(user)];
    try {
      await write(this.api, `${USER}/add`, words);
    } catch (error) {
      if (!isTrap(error, 'exists')) throw error;
      const [found] = await print(this.api, USER, USER_PROPS, toUser, [`?name=${user.name}`]);
      if (!found || !isOurs(found)) throw error;
      await this.setUser(found.id, user);
    }
  }

  async setUser(id: string, set: Partial<NewUser> & { disabled?: false }): Promise<void> {
    await write(this.api, `${USER}/set`, [`=.id=${id}`, ...userWords(set)]);
  }

  async removeUser(id: string): Promise<void> {
    await remove(this.api, USER, id);
  }

  async removeActive(id: string): Promise<void> {
    await remove(this.api, ACTIVE, id);
  }

  /** Ends a call; the modem calls again at once, if it may. */
  async removeCall(id: string): Promise<void> {
    await remove(this.api, CALL, id);
  }

  /** @throws RouterRefused when a secret of that name, made by somebody else, is in the way */
  async addSecret(secret: NewSecret): Promise<void> {
    const words = [`=name=${secret.name}`, '=service=pppoe', ...secretWords(secret)];
    try {
      await write(this.api, `${SECRET}/add`, words);
    } catch (error) {
      if (!isTrap(error, 'exists')) throw error;
      const [found] = await print(this.api, SECRET, SECRET_PROPS, toSecret, [
        `?name=${secret.name}`,
      ]);
      if (!found || !isOurs(found)) throw error;
      await this.setSecret(found.id, secret);
    }
  }

  async setSecret(id: string, set: Partial<NewSecret> & { disabled?: false }): Promise<void> {
    await write(this.api, `${SECRET}/set`, [`=.id=${id}`, ...secretWords(set)]);
  }

  async removeSecret(id: string): Promise<void> {
    await remove(this.api, SECRET, id);
  }

  async removeCookie(id: string): Promise<void> {
    await remove(this.api, COOKIE, id);
  }

  async removeHost(id: string): Promise<void> {
    await remove(this.api, HOST, id);
  }

  async removeQueue(id: string): Promise<void> {
    await remove(this.api, QUEUE, id);
  }

  /** See `HotspotLogin.logIn`. @returns the address it was logged in at */
  async login(device: Login): Promise<string> {
    return this.logins.logIn(device);
  }

  /**
   * Adds a queue, above the one that would otherwise take its packets.
   * @returns the new queue's id
   */
  async addQueue(queue: NewQueue, beforeId: string | undefined): Promise<string | undefined> {
    const words = queueWords(withoutDefaults(queue));
    if (beforeId) words.push(`=place-before=${beforeId}`);
    return (await write(this.api, `${QUEUE}/add`, words)).ret;
  }

  /** Changes a queue in place, which keeps its counters. */
  async setQueue(id: string, set: Partial<NewQueue> & { disabled?: false }): Promise<void> {
    await write(this.api, `${QUEUE}/set`, [`=.id=${id}`, ...queueWords(set)]);
  }

  async moveQueue(id: string, beforeId: string): Promise<void> {
    await this.moveQueues([id], beforeId);
  }

  async moveQueues(ids: readonly string[], beforeId: string): Promise<void> {
    const numbers = `=numbers=${ids.join(',')}`;
    await write(this.api, `${QUEUE}/move`, [numbers, `=destination=${beforeId}`]);
  }

  /**
   * Makes sure the profile for this many devices exists and does not shape: a rate-limit in it would make
   * a queue of its own above ours. Read first, since RouterOS accepts a prefix for the whole name.
   */
  async ensureProfile(name: string, devices: number): Promise<void> {
    const properties = '.id,name,rate-limit,shared-users';
    const [found] = await print(this.api, PROFILE, properties, asIs, [`?name=${name}`]);
    const shared = `=shared-users=${devices}`;
    if (!found) await write(this.api, `${PROFILE}/add`, [`=name=${name}`, shared]);
    else if (found['rate-limit'] || found['shared-users'] !== String(devices)) {
      await write(this.api, `${PROFILE}/set`, [`=.id=${found['.id']}`, shared, '=rate-limit=']);
    }
  }

  private ofServer(): string[] {
    return this.server ? [`?server=${this.server}`] : [];
  }
}

function absentMenu(error: unknown): undefined {
  if (!isAbsentMenu(error)) throw error;
  return undefined;
}

/** The loop works without it; the doctor reports that it could not be read. */
function refusedMenu(error: unknown): undefined {
  if (!(error instanceof RouterRefused)) throw error;
  return undefined;
}
