import type { PortalAddress } from '../domain/doctor/doctor-garden';
import { pageNames } from '../domain/doctor/doctor-pages';
import {
  FASTTRACK_MATCHERS,
  type FastTrackRule,
  type GardenRule,
  type PageFile,
  type RouterSnapshot,
} from '../domain/doctor/doctor-snapshot';
import { isOurs, readMac } from '../domain/network';
import { RouterRefused } from '../errors';
import type { Row } from './codec';
import { CommandTimeout } from './connection';
import { ACTIVE_PROPS, HOST_PROPS, QUEUE_PROPS, toActive, toHost, toQueue } from './rows';
import { readPolicies } from './router-rights';
import { anyOf, asIs, print, write, type Line } from './sentences';
import { isTrap } from './trap';
import { readAmount, readDuration, readFlag } from './values';

const GARDEN = '/ip/hotspot/walled-garden';
export const PORTAL_COMMENT = 'pisonet:portal';
export const GARDEN_IP_PROPS =
  'action,server,src-address,src-address-list,dst-address,dst-address-list,dst-host,protocol,dst-port,disabled';
/** RouterOS prints it for none. */
const ANY_MAC = '00:00:00:00:00:00';

/** What the doctor and the set-up look at beyond the loop's tables, and mend there. */
export class RouterSurvey {
  constructor(private readonly line: Line) {}

  /**
   * One look at everything the doctor judges: some thirty sentences, nearly all of them sent together.
   * @param username the account we log in with
   * @param pages names of log-in pages to look at, which is slow; none without
   */
  async snapshot(username: string, pages: readonly string[] = []): Promise<RouterSnapshot> {
    let refused = false;
    const unread: string[] = [];
    /** A menu this version has not, or would not show us, is empty. */
    const rows = async (menu: string, properties: string, query: readonly string[] = []) => {
      try {
        return await print(this.line, menu, properties, asIs, query);
      } catch (error) {
        if (!(error instanceof RouterRefused)) throw error;
        if (isTrap(error, 'permission')) refused = true;
        else if (!isTrap(error, 'bad-command')) unread.push(menu);
        return [];
      }
    };
    /** What nothing else depends on may be refused or stay without an answer: then it is `undefined`. */
    const unlessRefused = async (menu: string, reading: Promise<Row[]>) => {
      try {
        return await reading;
      } catch (error) {
        if (isTrap(error, 'bad-command')) return [];
        if (!(error instanceof RouterRefused || error instanceof CommandTimeout)) throw error;
        unread.push(menu);
        return undefined;
      }
    };
    const more = (menu: string, properties: string) =>
      unlessRefused(menu, print(this.line, menu, properties, asIs));
    const fastTrack = async (table: FastTrackRule['table']) => {
      const properties = `.id,disabled,chain,${FASTTRACK_MATCHERS.join(',')}`;
      const query = ['?action=fasttrack-connection'];
      return (await rows(`/ip/firewall/${table}`, properties, query)).map((row) => ({
        ...{ id: row['.id'] ?? '', table, chain: row.chain ?? '' },
        disabled: readFlag(row.disabled),
        matchers: matchersOf(row),
      }));
    };
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
      addresses = [],
      interfaceLists = [],
      dhcpServers = [],
      ipv6Addresses = [],
      announcements = [],
      [ipv6Settings] = [],
      sessions = [],
    ] = await Promise.all([
      rows('/system/resource', 'version,bad-blocks'),
      rows('/system/clock', 'date,time,gmt-offset'),
      rows('/system/device-mode', 'mode,hotspot'),
      rows('/ip/hotspot', 'name,interface,profile,address-pool,addresses-per-mac,disabled'),
      rows(
        '/ip/hotspot/profile',
        'name,rate-limit,login-by,html-directory,html-directory-override',
      ),
      rows('/ip/hotspot/user/profile', 'name,rate-limit'),
      rows('/ip/hotspot/user', 'profile,comment,default'),
      fastTrack('filter'),
      fastTrack('mangle'),
      rows(`${GARDEN}/ip`, GARDEN_IP_PROPS),
      rows(GARDEN, 'action,server,src-address,dst-host,dst-port,path,disabled'),
      rows('/ip/hotspot/ip-binding', 'mac-address,address,to-address,type,disabled'),
      rows('/ip/service', 'name,address,max-sessions,disabled,dynamic'),
      rows('/ip/pool', 'name,ranges'),
      rows('/ip/dhcp-server/lease', 'address,status,rate-limit,disabled'),
      rows('/ip/hotspot/host', HOST_PROPS),
      rows('/ip/hotspot/active', ACTIVE_PROPS),
      rows('/queue/simple', QUEUE_PROPS),
      more('/ip/address', 'address,network,interface,disabled'),
      more('/interface/list/member', 'list,interface,disabled'),
      more('/ip/dhcp-server', 'name,interface,address-pool,lease-time,disabled'),
      more('/ipv6/address', 'address,interface,advertise,disabled'),
      more('/ipv6/nd', 'interface,disabled'),
      more('/ipv6/settings', 'disable-ipv6'),
      more('/user/active', 'via'),
    ]);
    const folders = serverProfiles.map(folderOf);
    const names = [...new Set(folders.flatMap((folder) => pageNames(folder, pages)))];
    const files =
      names.length === 0 ? undefined : await unlessRefused('/file', this.filesOf(names));
    const policies = await readPolicies(this.line, username);
    return {
      version: resource.version ?? '',
      clock: toMoment(clock),
      hotspotAllowed: mode?.hotspot === undefined ? undefined : readFlag(mode.hotspot),
      servers: servers.map((row) => ({
        name: row.name ?? '',
        interface: row.interface ?? '',
        profile: row.profile ?? '',
        pool: row['address-pool'] ?? '',
        addressesPerMac: row['addresses-per-mac'] ?? '',
        disabled: readFlag(row.disabled),
      })),
      serverProfiles: serverProfiles.map((row) => ({
        name: row.name ?? '',
        rateLimit: row['rate-limit'] ?? '',
        loginBy: row['login-by']?.split(',') ?? [],
        folder: folderOf(row),
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
      bindings: bindings
        .filter((row) => row.type === 'bypassed' && !readFlag(row.disabled))
        .map((row) => ({
          mac: row['mac-address'] === ANY_MAC ? undefined : readMac(row['mac-address']),
          address: row.address ?? '',
        })),
      services: services
        .filter((row) => !readFlag(row.dynamic))
        .map((row) => ({
          name: row.name ?? '',
          addresses: row.address ? row.address.split(',') : [],
          disabled: readFlag(row.disabled),
        })),
      policies,
      refused,
      pools: pools.map((row) => ({ name: row.name ?? '', ranges: row.ranges?.split(',') ?? [] })),
      leased: leases.flatMap((row) => (row.status === 'bound' && row.address ? [row.address] : [])),
      limitedLeases: leases
        .filter((row) => row['rate-limit'] && !readFlag(row.disabled))
        .map((row) => ({ address: row.address ?? '', rateLimit: row['rate-limit']! })),
      hosts: hosts.map(toHost).filter((host) => host !== undefined),
      active: active.map(toActive).filter((session) => session !== undefined),
      queues: queues.map(toQueue),
      networks: addresses
        .filter((row) => row.network && row.address?.includes('/') && !readFlag(row.disabled))
        .map((row) => ({
          interface: row.interface ?? '',
          network: `${row.network}/${row.address!.split('/')[1]}`,
        })),
      interfaceLists: interfaceLists
        .filter((row) => !readFlag(row.disabled))
        .map((row) => ({ list: row.list ?? '', interface: row.interface ?? '' })),
      dhcpServers: dhcpServers
        .filter((row) => !readFlag(row.disabled))
        .map((row) => ({
          ...{ name: row.name ?? '', interface: row.interface ?? '' },
          pool: row['address-pool'] ?? '',
          leaseMs: readDuration(row['lease-time']) ?? 0,
        })),
      ipv6: {
        addresses: ipv6Addresses
          .filter((row) => readFlag(row.advertise) && !readFlag(row.disabled))
          .map((row) => ({ interface: row.interface ?? '', address: row.address ?? '' })),
        announcedOn: readFlag(ipv6Settings?.['disable-ipv6'])
          ? []
          : announcements
              .filter((row) => !readFlag(row.disabled))
              .map((row) => row.interface ?? ''),
      },
      apiSessions: {
        used: sessions.filter(({ via }) => via?.startsWith('api')).length,
        limit: sessionLimit(services),
      },
      badBlocks: Number.parseFloat(resource['bad-blocks'] ?? '0') || 0,
      pages: files?.map(toPage),
      unread,
    };
  }

  /** Contents take their time, like a long table. */
  private async filesOf(names: readonly string[]): Promise<Row[]> {
    const query = [...names.map((name) => `?name=${name}`), ...anyOf(names.length)];
    const words = ['/file/print', '=.proplist=name,size,contents', ...query];
    return (await this.line.send(words, { read: asIs, isTable: true })).rows;
  }

  async disableFastTrack(table: FastTrackRule['table'], id: string): Promise<void> {
    await write(this.line, `/ip/firewall/${table}/set`, [`=.id=${id}`, '=disabled=yes']);
  }

  /** Lets customers who are not logged in reach the portal. */
  async openWalledGarden({ host, port, isAddress }: PortalAddress): Promise<void> {
    await write(this.line, `${GARDEN}/ip/add`, [
      '=action=accept',
      `=${isAddress ? 'dst-address' : 'dst-host'}=${host}`,
      '=protocol=tcp',
      `=dst-port=${port}`,
      `=comment=${PORTAL_COMMENT}`,
    ]);
  }
}

/** The override goes first, where there is one. */
function folderOf(profile: Row): string {
  const folder = profile['html-directory-override'] || profile['html-directory'] || 'hotspot';
  return folder.replace(/^\//, '');
}

function toPage(row: Row): PageFile {
  return {
    name: (row.name ?? '').replace(/^\//, ''),
    bytes: /^\d+$/.test(row.size ?? '') ? Number(row.size) : undefined,
    contents: row.contents,
  };
}

function matchersOf(row: Row): FastTrackRule['matchers'] {
  const matchers: FastTrackRule['matchers'] = {};
  for (const name of FASTTRACK_MATCHERS) {
    if (row[name]) matchers[name] = row[name];
  }
  return matchers;
}

/** The most that any of the services for programs takes; versions before 7 do not tell. */
function sessionLimit(services: readonly Row[]): number | undefined {
  const limits = services
    .filter(({ name, disabled, dynamic }) => {
      const isOn = !readFlag(disabled) && !readFlag(dynamic);
      return isOn && (name === 'api' || name === 'api-ssl');
    })
    .flatMap((row) => readAmount(row['max-sessions']) ?? []);
  return limits.length === 0 ? undefined : Math.max(...limits);
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
    sourceList: row['src-address-list'] ?? '',
    addressList: row['dst-address-list'] ?? '',
    address: row['dst-address'] ?? '',
    host: row['dst-host'] ?? '',
    path: row.path ?? '',
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
