import { RouterRefused } from '../errors';
import { toMoment } from './router-survey';
import type { Row } from './api/codec';
import { asIs, print, type ApiSender } from './api/sentences';
import { noneIfAbsent } from './api/trap';
import { readFlag } from './api/values';

/** How an interface stands; `missing` when the router has none of that name. */
export type LinkState = 'up' | 'down' | 'missing';

/** One sentence. `running` is false without a cable or carrier; see /interface in the manual. */
export async function readLinkState(line: ApiSender, name: string): Promise<LinkState> {
  const [row] = await print(line, '/interface', 'name,running,disabled', asIs, [`?name=${name}`]);
  if (!row) return 'missing';
  return readFlag(row.running) && !readFlag(row.disabled) ? 'up' : 'down';
}

export const UPLINK_COMMENT = 'pisonet:line';

/** An address beyond the modem, and whether it answers the router; `unknown` until it was asked. */
export interface UplinkHost {
  address: string;
  status: 'up' | 'down' | 'unknown';
}

/**
 * One sentence: our row of /tool/netwatch, if the set-up made one and it is enabled. A router that does
 * not let us read it counts as one that has none.
 */
export async function readUplinkHost(line: ApiSender): Promise<UplinkHost | undefined> {
  try {
    const properties = 'host,status,disabled,comment';
    const rows = await print(line, '/tool/netwatch', properties, asIs, [
      `?comment=${UPLINK_COMMENT}`,
    ]);
    const row = rows.find(({ disabled }) => !readFlag(disabled));
    if (!row?.host) return undefined;
    const { host: address, status } = row;
    return { address, status: status === 'up' || status === 'down' ? status : 'unknown' };
  } catch (error) {
    if (error instanceof RouterRefused) return undefined;
    throw error;
  }
}

/**
 * What phones called themselves when they asked for an address, by MAC. Their owners choose these names,
 * so nothing may depend on them; many phones give none.
 */
export async function readHostNames(line: ApiSender): Promise<Map<string, string>> {
  const rows = await noneIfAbsent(
    print(line, '/ip/dhcp-server/lease', 'mac-address,host-name', asIs),
  );
  return new Map(
    rows.flatMap(({ 'mac-address': mac, 'host-name': name }) => (mac && name ? [[mac, name]] : [])),
  );
}

/** What is read now and then: address pools, addresses given out, and the router's clock. */
export interface RouterStores {
  pools: { name: string; ranges: string[] }[];
  leased: string[];
  /** The router's own. */
  addresses: string[];
  /** Addresses of hotspot hosts. */
  hosts: string[];
  /** `undefined` when it cannot be read. */
  clock: Date | undefined;
}

/**
 * Two sentences: the router's clock, and the servers that tell it the time, as it writes them. What its user may
 * not read is left out.
 */
export async function readTime(
  line: ApiSender,
): Promise<{ clock: Date | undefined; toldBy: string }> {
  const [clock, client] = await Promise.all([
    rowOrRefused(print(line, '/system/clock', 'date,time,gmt-offset', asIs)),
    rowOrRefused(
      print(line, '/system/ntp/client', 'enabled,servers,primary-ntp,secondary-ntp', asIs),
    ),
  ]);
  const { enabled, servers, 'primary-ntp': first, 'secondary-ntp': second } = client ?? {};
  const toldBy = readFlag(enabled) ? [servers, first, second].join(',') : '';
  return { clock: clock && toMoment(clock), toldBy };
}

async function rowOrRefused(reading: Promise<Row[]>): Promise<Row | undefined> {
  try {
    return (await reading)[0];
  } catch (error) {
    if (error instanceof RouterRefused) return undefined;
    throw error;
  }
}

/** Five sentences, sent together. */
export async function readRouterStores(line: ApiSender): Promise<RouterStores> {
  const [pools, leases, hosts, clock, addresses] = await Promise.all([
    print(line, '/ip/pool', 'name,ranges', asIs),
    noneIfAbsent(print(line, '/ip/dhcp-server/lease', 'address,status', asIs, ['?status=bound'])),
    noneIfAbsent(print(line, '/ip/hotspot/host', 'address,to-address', asIs)),
    print(line, '/system/clock', 'date,time,gmt-offset', asIs),
    print(line, '/ip/address', 'address,disabled', asIs),
  ]);
  return {
    pools: pools.map(({ name = '', ranges }) => ({ name, ranges: ranges?.split(',') ?? [] })),
    leased: leases.flatMap(({ address }) => address ?? []),
    hosts: hosts.flatMap((row) => row['to-address'] || row.address || []),
    clock: clock[0] && toMoment(clock[0]),
    addresses: addresses.flatMap((row) =>
      readFlag(row.disabled) ? [] : (row.address?.split('/')[0] ?? []),
    ),
  };
}
