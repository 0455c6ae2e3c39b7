import type { PortalAddress } from '../domain/doctor/doctor-garden';
import { isForeign } from '../domain/network/diff';
import { FLASH, pageNames } from '../domain/doctor/doctor-pages';
import {
  FASTTRACK_MATCHERS,
  NAT_MATCHERS,
  RAW_MATCHERS,
  type DeviceMode,
  type FastTrackRule,
  type GardenRule,
  type HotspotServerRow,
  type NatRule,
  type PageFile,
  type RawRule,
  type Part,
  type RouterSnapshot,
  type ServerProfileRow,
  type UnreadPart,
  type UserProfileRow,
} from '../domain/doctor/doctor-snapshot';
import { isOurs, readMac } from '../domain/network/network';
import type { Row } from './api/codec';
import { CommandTimeout } from './api/connection';
import {
  ACTIVE_PROPS,
  HOST_PROPS,
  isApiSession,
  QUEUE_PROPS,
  serialOf,
  SERVICE_PROPS,
  serviceList,
  toActive,
  toHost,
  toQueue,
} from './rows';
import { policiesOf } from './router-rights';
import { anyOf, asIs, print, write, type ApiSender } from './api/sentences';
import { isAbsentMenu, isTrap, missingPackage, Trap } from './api/trap';
import { readAmount, readDuration, readFlag } from './api/values';

const GARDEN = '/ip/hotspot/walled-garden';
export const PORTAL_COMMENT = 'pisonet:portal';
export const GARDEN_IP_PROPS =
  'action,server,src-address,src-address-list,dst-address,dst-address-list,dst-host,protocol,dst-port,disabled';
/** RouterOS prints this for no MAC. */
const ANY_MAC = '00:00:00:00:00:00';

/** A menu, which properties of its rows are read, and how a row is parsed; `undefined` skips a row. */
interface Menu<T> {
  menu: string;
  properties: string;
  query?: readonly string[];
  read: (row: Row) => T | undefined;
}

function menu<T>(path: string, properties: string, read: Menu<T>['read']): Menu<T> {
  return { menu: path, properties, read };
}

function fastTrackIn(table: FastTrackRule['table']): Menu<FastTrackRule> {
  const properties = `.id,disabled,chain,${FASTTRACK_MATCHERS.join(',')}`;
  const query = ['?action=fasttrack-connection'];
  const path = `/ip/firewall/${table}`;
  return { menu: path, properties, query, read: (row) => toFastTrack(row, table) };
}

/** What one snapshot reads; of the parts, the serial number, pages and rights are read after these. */
const MENUS = {
  resource: menu('/system/resource', 'version,bad-blocks', asIs),
  clock: menu('/system/clock', 'date,time,gmt-offset', toMoment),
  mode: menu('/system/device-mode', 'mode,hotspot,proxy,flagged,attempt-count', toDeviceMode),
  board: menu('/system/routerboard', 'serial-number', asIs),
  license: menu('/system/license', 'software-id,system-id,level,nlevel', asIs),
  servers: menu(
    '/ip/hotspot',
    'name,interface,profile,address-pool,addresses-per-mac,disabled,invalid,comment,.about',
    toServer,
  ),
  serverProfiles: menu(
    '/ip/hotspot/profile',
    'name,rate-limit,login-by,html-directory,html-directory-override,dns-name',
    toServerProfile,
  ),
  userProfiles: menu('/ip/hotspot/user/profile', 'name,rate-limit', toUserProfile),
  pppProfiles: menu('/ppp/profile', 'name,rate-limit', toUserProfile),
  pppSecrets: menu('/ppp/secret', 'profile,comment', asIs),
  users: menu('/ip/hotspot/user', 'name,profile,comment,default', asIs),
  filter: fastTrackIn('filter'),
  mangle: fastTrackIn('mangle'),
  nat: menu(
    '/ip/firewall/nat',
    `.id,chain,action,disabled,comment,${NAT_MATCHERS.join(',')}`,
    toNat,
  ),
  raw: {
    ...menu('/ip/firewall/raw', `chain,disabled,${RAW_MATCHERS.join(',')}`, toRaw),
    query: ['?action=notrack'],
  },
  bridges: menu('/interface/bridge', 'name,arp', toReplyOnly),
  ipGarden: menu(`${GARDEN}/ip`, GARDEN_IP_PROPS, (row) => toGardenRule(row, 'ip')),
  webGarden: menu(GARDEN, 'action,server,src-address,dst-host,dst-port,path,disabled', (row) =>
    toGardenRule(row, 'web'),
  ),
  bindings: menu(
    '/ip/hotspot/ip-binding',
    'mac-address,address,to-address,type,disabled',
    toBypass,
  ),
  services: menu('/ip/service', `${SERVICE_PROPS},max-sessions`, toService),
  pools: menu('/ip/pool', 'name,ranges', toPool),
  leases: menu('/ip/dhcp-server/lease', 'address,status,rate-limit,disabled', asIs),
  hosts: menu('/ip/hotspot/host', HOST_PROPS, toHost),
  active: menu('/ip/hotspot/active', ACTIVE_PROPS, toActive),
  queues: menu('/queue/simple', QUEUE_PROPS, toQueue),
  networks: menu('/ip/address', 'address,network,interface,disabled', toNetwork),
  interfaceLists: menu('/interface/list/member', 'list,interface,disabled', toListMember),
  dhcpServers: menu(
    '/ip/dhcp-server',
    'name,interface,address-pool,lease-time,add-arp,disabled',
    toDhcpServer,
  ),
  ipv6Addresses: menu('/ipv6/address', 'address,interface,advertise,disabled', toIpv6Address),
  ipv6Announcements: menu('/ipv6/nd', 'interface,disabled', toAnnouncement),
  ipv6Settings: menu('/ipv6/settings', 'disable-ipv6', asIs),
  apiSessions: menu('/user/active', 'via,address', toApiSession),
};
const PACKAGES = menu('/system/package', 'name,disabled', asIs);

/** What the doctor and the set-up read and repair beyond the loop's tables. */
export class RouterSurvey {
  constructor(private readonly api: ApiSender) {}

  /**
   * One read of everything the doctor judges: some thirty sentences, nearly all of them sent together. Each
   * menu is read on its own. One that this router may be without, see `absent-menus.ts`, counts as one without
   * rows; one that it does not show is empty too, and named in `unread`.
   * @param username the account we log in with
   * @param pages names of login pages to read, which is slow; none if left out
   * @throws RouterUnreachable
   */
  async snapshot(username: string, pages: readonly string[] = []): Promise<RouterSnapshot> {
    const unread: UnreadPart[] = [];
    let packageName: string | undefined;
    const isUnread = (part: Part) => unread.some((one) => one.part === part);
    const see = <T>(part: Part, path: string, reading: Promise<T[]>) =>
      reading.catch((error: unknown): T[] => {
        if (!isAbsentMenu(error)) unread.push({ part, ...refusalOf(error, path) });
        packageName ??= missingPackage(error);
        return [];
      });
    const rowsOf = async <T>(part: Part, { menu: path, properties, query, read }: Menu<T>) =>
      see(part, path, print(this.api, path, properties, read, query));
    const parts = Object.keys(MENUS) as (keyof typeof MENUS)[];
    const tables = await Promise.all(
      parts.map(async (part) => [part, await rowsOf(part, MENUS[part] as Menu<unknown>)]),
    );
    const seen = Object.fromEntries(tables) as Seen;
    const [resource = {}] = seen.resource;
    const [board] = seen.board;
    const [license] = seen.license;
    // A board that was not shown has a number of its own, and is not known by its license.
    const numbered = isUnread('board') ? undefined : license;
    const packages = packageName === undefined ? [] : await rowsOf('packages', PACKAGES);
    const names = namesOf(seen.serverProfiles, pages);
    const files = names.length === 0 ? undefined : await see('pages', '/file', this.filesOf(names));
    const rights = await see(
      'rights',
      '/user',
      policiesOf(this.api, username).then((policies) => (policies ? [policies] : [])),
    );
    return {
      version: resource.version ?? '',
      badBlocks: Number.parseFloat(resource['bad-blocks'] ?? '0') || 0,
      clock: seen.clock[0],
      deviceMode: seen.mode[0],
      serial: serialOf(board, numbered),
      licenseLevel: license?.level ?? license?.nlevel,
      missingPackage: packageNamed(packageName, packages),
      servers: seen.servers,
      serverProfiles: seen.serverProfiles,
      userProfiles: seen.userProfiles,
      profileUses: profileUses(seen.users),
      foreignUsers: seen.users.flatMap(toForeignUser),
      limitedCalls: seen.pppProfiles.filter(
        ({ name, rateLimit }) =>
          rateLimit !== '' &&
          profileUses(seen.pppSecrets).some((use) => use.ours && use.profile === name),
      ),
      fastTrack: [...seen.filter, ...seen.mangle],
      nat: seen.nat,
      untracked: seen.raw,
      replyOnly: seen.bridges,
      garden: [...seen.ipGarden, ...seen.webGarden],
      bypassed: seen.bindings
        .flatMap(({ address, toAddress }) => [address, toAddress])
        .filter((one) => one !== undefined),
      bindings: seen.bindings.map(({ mac, address = '' }) => ({ mac, address })),
      services: seen.services,
      policies: rights[0],
      pools: seen.pools,
      leased: seen.leases.flatMap((row) =>
        row.status === 'bound' && row.address ? [row.address] : [],
      ),
      limitedLeases: seen.leases.flatMap(toLimitedLease),
      hosts: seen.hosts,
      active: seen.active,
      queues: seen.queues,
      networks: seen.networks,
      interfaceLists: seen.interfaceLists,
      dhcpServers: seen.dhcpServers,
      ipv6: {
        addresses: seen.ipv6Addresses,
        announcedOn: readFlag(seen.ipv6Settings[0]?.['disable-ipv6']) ? [] : seen.ipv6Announcements,
      },
      apiSessions: { used: seen.apiSessions.length, limit: sessionLimit(seen.services) },
      pages: isUnread('pages') ? undefined : files?.map(toPage),
      unread,
    };
  }

  /** Reading contents takes its time, like a long table. */
  private async filesOf(names: readonly string[]): Promise<Row[]> {
    const query = [...names.map((name) => `?name=${name}`), ...anyOf(names.length)];
    const words = ['/file/print', '=.proplist=name,size,contents', ...query];
    return (await this.api.send(words, { read: asIs, isLong: true })).rows;
  }

  async disableFastTrack(table: FastTrackRule['table'], id: string): Promise<void> {
    await write(this.api, `/ip/firewall/${table}/set`, [`=.id=${id}`, '=disabled=yes']);
  }

  /** Lets customers who are not logged in reach the portal. */
  async openWalledGarden({ host, port, isAddress }: PortalAddress): Promise<void> {
    await write(this.api, `${GARDEN}/ip/add`, [
      '=action=accept',
      `=${isAddress ? 'dst-address' : 'dst-host'}=${host}`,
      '=protocol=tcp',
      `=dst-port=${port}`,
      `=comment=${PORTAL_COMMENT}`,
    ]);
  }
}

/** What was read, by the names of the menus. */
type Seen = {
  [Name in keyof typeof MENUS]: Exclude<ReturnType<(typeof MENUS)[Name]['read']>, undefined>[];
};

/** Why a menu was not shown. @throws anything but a refusal of that menu, or its silence alone */
function refusalOf(error: unknown, path: string): Omit<UnreadPart, 'part'> {
  if (error instanceof CommandTimeout) {
    return { menu: path, said: 'nothing in time', isForbidden: false };
  }
  // A refused login is not the refusal of a menu.
  if (!(error instanceof Trap) || error.command === '/login') throw error;
  const { command, routerSaid: said } = error;
  return {
    menu: command.replace(/\/print$/, ''),
    said,
    isForbidden: isTrap(error, 'permission'),
  };
}

function packageNamed(
  name: string | undefined,
  installed: readonly Row[],
): RouterSnapshot['missingPackage'] {
  if (name === undefined) return undefined;
  const isDisabled = installed.some((row) => row.name === name && readFlag(row.disabled));
  return { name, isDisabled };
}

/** Names of the pages in every folder that a profile has, and of the folder that small boards keep theirs in. */
function namesOf(profiles: readonly ServerProfileRow[], pages: readonly string[]): string[] {
  if (pages.length === 0) return [];
  return [FLASH, ...new Set(profiles.flatMap(({ folder }) => pageNames(folder, pages)))];
}

/** By its features: a board was seen in the mode `home` with a hotspot that is allowed. */
function toDeviceMode(row: Row): DeviceMode {
  return {
    hotspot: row.hotspot === undefined ? undefined : readFlag(row.hotspot),
    proxy: row.proxy === undefined ? undefined : readFlag(row.proxy),
    flagged: readFlag(row.flagged),
    attempts: readAmount(row['attempt-count']) ?? 0,
  };
}

function toServer(row: Row): HotspotServerRow {
  return {
    name: row.name ?? '',
    interface: row.interface ?? '',
    profile: row.profile ?? '',
    pool: row['address-pool'] ?? '',
    addressesPerMac: row['addresses-per-mac'] ?? '',
    disabled: readFlag(row.disabled),
    invalid: readFlag(row.invalid),
    // Some versions put it in the place of the comment.
    remark: row['.about'] ?? (readFlag(row.invalid) ? (row.comment ?? '') : ''),
  };
}

function toServerProfile(row: Row): ServerProfileRow {
  return {
    ...toUserProfile(row),
    loginBy: row['login-by']?.split(',') ?? [],
    folder: folderOf(row),
    dnsName: row['dns-name'] ?? '',
  };
}

function toUserProfile(row: Row): UserProfileRow {
  return { name: row.name ?? '', rateLimit: row['rate-limit'] ?? '' };
}

function toFastTrack(row: Row, table: FastTrackRule['table']): FastTrackRule {
  return {
    ...{ id: row['.id'] ?? '', table, chain: row.chain ?? '' },
    disabled: readFlag(row.disabled),
    matchers: matchersOf(FASTTRACK_MATCHERS, row),
  };
}

function toNat(row: Row): NatRule | undefined {
  if (row.chain !== 'srcnat') return undefined;
  return {
    ...{ id: row['.id'] ?? '', action: row.action ?? '', comment: row.comment ?? '' },
    disabled: readFlag(row.disabled),
    matchers: matchersOf(NAT_MATCHERS, row),
  };
}

function toRaw(row: Row): RawRule {
  return {
    ...{ disabled: readFlag(row.disabled), chain: row.chain ?? '' },
    matchers: matchersOf(RAW_MATCHERS, row),
  };
}

function toReplyOnly(row: Row): string | undefined {
  return row.arp === 'reply-only' ? (row.name ?? '') : undefined;
}

function toBypass(row: Row) {
  if (row.type !== 'bypassed' || readFlag(row.disabled)) return undefined;
  const mac = row['mac-address'] === ANY_MAC ? undefined : readMac(row['mac-address']);
  return { mac, address: row.address, toAddress: row['to-address'] };
}

/** Since 7.19 each socket and each connection has a dynamic row of the same name. */
function toService(row: Row) {
  if (readFlag(row.dynamic)) return undefined;
  return {
    name: row.name ?? '',
    addresses: serviceList(row)?.addresses,
    disabled: readFlag(row.disabled),
    maxSessions: readAmount(row['max-sessions']),
  };
}

function toPool(row: Row) {
  return { name: row.name ?? '', ranges: row.ranges?.split(',') ?? [] };
}

function toLimitedLease(row: Row): RouterSnapshot['limitedLeases'] {
  const rateLimit = row['rate-limit'];
  return rateLimit && !readFlag(row.disabled) ? [{ address: row.address ?? '', rateLimit }] : [];
}

function toNetwork(row: Row) {
  if (!row.network || !row.address?.includes('/') || readFlag(row.disabled)) return undefined;
  return {
    interface: row.interface ?? '',
    network: `${row.network}/${row.address.split('/')[1]}`,
  };
}

function toListMember(row: Row) {
  if (readFlag(row.disabled)) return undefined;
  return { list: row.list ?? '', interface: row.interface ?? '' };
}

function toDhcpServer(row: Row) {
  if (readFlag(row.disabled)) return undefined;
  return {
    ...{ name: row.name ?? '', interface: row.interface ?? '' },
    pool: row['address-pool'] ?? '',
    leaseMs: readDuration(row['lease-time']) ?? 0,
    addsArp: readFlag(row['add-arp']),
  };
}

function toIpv6Address(row: Row) {
  if (!readFlag(row.advertise) || readFlag(row.disabled)) return undefined;
  return { interface: row.interface ?? '', address: row.address ?? '' };
}

function toAnnouncement(row: Row): string | undefined {
  return readFlag(row.disabled) ? undefined : (row.interface ?? '');
}

function toApiSession(row: Row): string | undefined {
  return isApiSession(row) ? row.via : undefined;
}

/** The override takes precedence, if there is one. */
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

function matchersOf<T extends string>(names: readonly T[], row: Row): Partial<Record<T, string>> {
  const matchers: Partial<Record<T, string>> = {};
  for (const name of names) if (row[name]) matchers[name] = row[name];
  return matchers;
}

/** The most sessions any API service accepts; versions before 7 do not tell. */
function sessionLimit(services: Seen['services']): number | undefined {
  const limits = services
    .filter(({ name, disabled }) => !disabled && (name === 'api' || name === 'api-ssl'))
    .flatMap(({ maxSessions }) => maxSessions ?? []);
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

function toForeignUser({ name, profile = '', comment = '', ...row }: Row): string[] {
  if (name === undefined || readFlag(row.default)) return [];
  return isForeign({ profile, comment }) ? [name] : [];
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
