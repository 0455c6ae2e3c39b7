import type { PortalAddress } from '../domain/doctor/doctor-garden';
import type { FastTrackRule, GardenRule, RouterSnapshot } from '../domain/doctor/doctor-snapshot';
import { isOurs } from '../domain/network';
import { RouterRefused } from '../errors';
import type { Row } from './codec';
import { ACTIVE_PROPS, HOST_PROPS, QUEUE_PROPS, toActive, toHost, toQueue } from './rows';
import { asIs, print, write, type Line } from './sentences';
import { isTrap } from './trap';
import { readFlag } from './values';

const GARDEN = '/ip/hotspot/walled-garden';
export const PORTAL_COMMENT = 'pisonet:portal';

/** What the doctor and the set-up look at beyond the loop's tables, and mend there. */
export class RouterSurvey {
  constructor(private readonly line: Line) {}

  /**
   * One look at everything the doctor judges: some twenty sentences, sent together.
   * @param username the account we log in with
   */
  async snapshot(username: string): Promise<RouterSnapshot> {
    let refused = false;
    /** A menu this version has not, or would not show us, is empty. */
    const rows = async (menu: string, properties: string, query: readonly string[] = []) => {
      try {
        return await print(this.line, menu, properties, asIs, query);
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
      rows('/ip/hotspot/user/profile', 'name,rate-limit'),
      rows('/ip/hotspot/user', 'profile,comment,default'),
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
      rows('/ip/hotspot/host', HOST_PROPS),
      rows('/ip/hotspot/active', ACTIVE_PROPS),
      rows('/queue/simple', QUEUE_PROPS),
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

/** A group prints every policy, those it has not with an exclamation mark. */
export function grantedPolicies(text = ''): string[] {
  return text.split(',').filter((policy) => policy !== '' && !policy.startsWith('!'));
}
