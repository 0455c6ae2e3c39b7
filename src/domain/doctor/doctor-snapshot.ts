import type { ActiveSession, HotspotHost, SimpleQueue } from '../network/network';
import type { Mac } from '../units';
import type { StaffDoor } from './doctor-staff';

/**
 * The router as the doctor sees it. A part the router would not show us is empty, and named in `unread`.
 */
export interface RouterSnapshot {
  /** As the router prints it: `7.19.4 (stable)`. */
  version: string;
  /** The router's clock as a moment; `undefined` when it cannot be read. */
  clock: Date | undefined;
  /** What the board allows; `undefined` on versions without modes. */
  deviceMode: DeviceMode | undefined;
  servers: HotspotServerRow[];
  serverProfiles: ServerProfileRow[];
  userProfiles: UserProfileRow[];
  /** Profiles that hotspot users have, and whether a user of ours is among them. */
  profileUses: { profile: string; ours: boolean }[];
  /** Names of hotspot users that are not ours. */
  foreignUsers: string[];
  /** PPP profiles with a rate limit that subscribers of ours call with. */
  limitedCalls: UserProfileRow[];
  fastTrack: FastTrackRule[];
  /** Rules of the chain srcnat, in the router's order. */
  nat: NatRule[];
  /** Rules that keep packets from being tracked, before everything else. */
  untracked: RawRule[];
  /** Rules of both walled gardens, each in the router's order. */
  garden: GardenRule[];
  /** Addresses that ip-bindings let through without login. */
  bypassed: string[];
  /** The same bindings in full; an empty address, or no MAC, matches any. */
  bindings: { mac: Mac | undefined; address: string }[];
  /** With who may use them: an empty list is everybody, none is one that this version does not show. */
  services: { name: string; addresses: string[] | undefined; disabled: boolean }[];
  /** What our account may do; `undefined` when the router does not tell. */
  policies: string[] | undefined;
  pools: { name: string; ranges: string[] }[];
  /** Addresses that are given out now. */
  leased: string[];
  /** Leases with a rate limit, for which the router makes a queue. */
  limitedLeases: { address: string; rateLimit: string }[];
  hosts: HotspotHost[];
  active: ActiveSession[];
  /** In the router's order. */
  queues: SimpleQueue[];
  /** Networks the router has an address in, `192.168.88.0/24`. */
  networks: { interface: string; network: string }[];
  interfaceLists: { list: string; interface: string }[];
  dhcpServers: {
    name: string;
    interface: string;
    pool: string;
    leaseMs: number;
    /** It adds the devices it lends an address to the router's ARP table. */
    addsArp: boolean;
  }[];
  /** Bridges on which the router learns of no device by itself (`arp=reply-only`). */
  replyOnly: string[];
  ipv6: {
    addresses: { interface: string; address: string }[];
    /** Interfaces on which phones are told of the addresses above; `all` is every one. */
    announcedOn: string[];
  };
  /** Programs that are logged in, and how many may be; `undefined` if the version does not tell. */
  apiSessions: { used: number; limit: number | undefined };
  /** Worn-out parts of the flash, in percent. */
  badBlocks: number;
  /** Login pages that were found; `undefined` if they were not asked for, or the router refused. */
  pages: PageFile[] | undefined;
  /** The serial number; `undefined` when the router does not tell. */
  serial: string | undefined;
  /** `free` has its price on a CHR; of other routers the number, `4`, which says how many it lets in. */
  licenseLevel: string | undefined;
  /** What is not there, or switched off, although there is nothing to sell without it. */
  missingPackage: { name: string; isDisabled: boolean } | undefined;
  /** What the router has and would not show. */
  unread: UnreadPart[];
}

/** Features of the board, each of which may be on in any mode. */
export interface DeviceMode {
  /** `undefined` where the version does not tell. */
  hotspot: boolean | undefined;
  /** What the walled garden by names of pages works with. */
  proxy: boolean | undefined;
  /** RouterOS found traces of a break-in, and refuses things until somebody looked. */
  flagged: boolean;
  /** Updates of the mode that nobody confirmed at the board. */
  attempts: number;
}

/** The parts of a snapshot, and what is not known without each. */
export const PARTS = {
  resource: 'which version the router has, and whether its flash is worn',
  clock: "whether the router's clock is right",
  mode: "whether the board's mode lets a hotspot work",
  board: 'whether this is the router that the books are of',
  license:
    'how many customers the license lets in, and, of a router that is no board, which one it is',
  packages: 'whether a package is only disabled',
  servers: 'whether there is a hotspot, and whether it is on',
  serverProfiles: 'how customers log in, by which pages, and whether a rate limit is in the way',
  userProfiles: 'whether a profile of customers has a rate limit',
  users: 'which profiles customers have',
  pppProfiles: 'whether a profile of subscribers has a rate limit',
  pppSecrets: 'whether a profile of subscribers has a rate limit',
  filter: 'whether FastTrack takes customers past their queues',
  mangle: 'whether FastTrack takes customers past their queues',
  nat: 'whether phones come to the portal by their own addresses',
  raw: 'whether the login page opens by itself',
  bridges: 'whether customers are logged out every few minutes',
  ipGarden: 'whether customers reach the portal, and nothing else without a code',
  webGarden: 'whether customers reach the portal, and nothing else without a code',
  bindings: 'who gets in without a code',
  services: "whether customers can reach the router's logins",
  pools: 'whether addresses run out, and which ones customers have',
  leases: 'whether addresses run out, and whether one has a rate limit',
  hosts: 'which devices are there',
  active: 'whether all who are online are counted',
  queues: 'whether every customer has his own queue, and it comes first',
  networks: "which addresses the router's networks have",
  interfaceLists: 'whether FastTrack takes customers past their queues',
  dhcpServers: 'for how long addresses are lent, and where',
  ipv6Addresses: 'whether phones get past the hotspot by IPv6',
  ipv6Announcements: 'whether phones get past the hotspot by IPv6',
  ipv6Settings: 'whether phones get past the hotspot by IPv6',
  apiSessions: 'how many programs are logged in',
  pages: 'whether the login page leads to the portal',
  rights: 'what our user may do on the router',
} as const;
export type Part = keyof typeof PARTS;

/** A menu that the router did not show. */
export interface UnreadPart {
  part: Part;
  /** By its path on the router. */
  menu: string;
  /** The router's message; empty when it gave none. */
  said: string;
  /** For lack of rights. */
  isForbidden: boolean;
}

/** Whether all of these were shown: what is missing in one that was not shown may well exist. */
export function isKnown({ unread }: Pick<RouterSnapshot, 'unread'>, ...parts: Part[]): boolean {
  return !unread.some(({ part }) => parts.includes(part));
}

/** A file of the router, as far as it shows it: large ones only tell their size. */
export interface PageFile {
  name: string;
  bytes: number | undefined;
  contents: string | undefined;
}

export interface HotspotServerRow {
  name: string;
  interface: string;
  profile: string;
  pool: string;
  /** A number, or `unlimited`. */
  addressesPerMac: string;
  disabled: boolean;
  /** It does not run, although it is on. */
  invalid: boolean;
  /** The router's own remark on it; empty for none. */
  remark: string;
}

export interface ServerProfileRow {
  name: string;
  rateLimit: string;
  loginBy: string[];
  /** Where its login pages stand. */
  folder: string;
  /** The name of the hotspot's own pages; empty for none. */
  dnsName: string;
}

export interface UserProfileRow {
  name: string;
  rateLimit: string;
}

export interface FastTrackRule {
  id: string;
  table: 'filter' | 'mangle';
  disabled: boolean;
  chain: string;
  /** What it matches in a packet, by RouterOS' names; an exclamation mark negates. */
  matchers: Partial<Record<FastTrackMatcher, string>>;
}

/** Matchers that can keep customers out of a rule. */
export const FASTTRACK_MATCHERS = [
  ...(['src-address', 'dst-address', 'src-address-list', 'dst-address-list'] as const),
  ...(['in-interface', 'out-interface', 'in-interface-list', 'out-interface-list'] as const),
  ...(['connection-mark', 'packet-mark', 'routing-mark', 'hotspot'] as const),
];
export type FastTrackMatcher = (typeof FASTTRACK_MATCHERS)[number];

export interface NatRule {
  id: string;
  action: string;
  disabled: boolean;
  comment: string;
  /** What it matches in a packet, by RouterOS' names; an exclamation mark negates. */
  matchers: Partial<Record<NatMatcher, string>>;
}

/** Matchers that can keep phones on their way to the portal out of a rule. */
export const NAT_MATCHERS = [
  ...(['src-address', 'dst-address', 'src-address-list', 'dst-address-list'] as const),
  ...(['out-interface', 'out-interface-list', 'protocol', 'dst-port'] as const),
  ...(['connection-mark', 'packet-mark', 'routing-mark', 'hotspot'] as const),
];
export type NatMatcher = (typeof NAT_MATCHERS)[number];

export interface RawRule {
  disabled: boolean;
  chain: string;
  matchers: Partial<Record<RawMatcher, string>>;
}

export const RAW_MATCHERS = [
  ...(['src-address', 'dst-address', 'src-address-list', 'dst-address-list'] as const),
  ...(['in-interface', 'in-interface-list', 'protocol', 'dst-port', 'hotspot'] as const),
];
export type RawMatcher = (typeof RAW_MATCHERS)[number];

export interface GardenRule {
  /** `ip` rules hold for every connection, `web` rules only for plain HTTP. */
  kind: 'ip' | 'web';
  allows: boolean;
  disabled: boolean;
  server: string;
  sourceAddress: string;
  /** Lists of addresses, whose contents are not looked at. */
  sourceList: string;
  addressList: string;
  address: string;
  host: string;
  path: string;
  protocol: string;
  port: string;
}

/** What the doctor has to know of us to judge a router. */
export interface Shop {
  now: Date;
  username: string;
  /** `undefined` serves all hotspot servers. */
  hotspotServer: string | undefined;
  portalUrl: string | undefined;
  /** Without it, how staff reach us is not checked. */
  staffDoor?: StaffDoor | undefined;
  /** Where people send the report of a router, where this program says. */
  reportTo?: string | undefined;
  /** What our database says; without it, nothing is compared with it. */
  books?: ShopBooks;
}

export interface ShopBooks {
  /** The pages that belong on the router. */
  pages: readonly { name: string; contents: string }[];
  /** Serial number of the router this database belongs to, if known. */
  recordedSerial: string | undefined;
  /** Devices of the ip-bindings that once logged in with a code. */
  customers: ReadonlySet<Mac>;
  /** Codes with time on them whose names hotspot users of somebody else have. */
  takenCodes: readonly string[];
}
