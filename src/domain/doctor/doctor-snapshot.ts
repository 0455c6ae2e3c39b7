import type { ActiveSession, HotspotHost, SimpleQueue } from '../network';
import type { Mac } from '../units';
import type { StaffDoor } from './doctor-staff';

/** The router as the doctor looks at it. A part the router would not show us is empty. */
export interface RouterSnapshot {
  /** As the router prints it: `7.19.4 (stable)`. */
  version: string;
  /** The router's clock as a moment; `undefined` when it cannot be read. */
  clock: Date | undefined;
  /** What the board's mode lets the hotspot do; `undefined` on versions without modes. */
  hotspotAllowed: boolean | undefined;
  servers: HotspotServerRow[];
  serverProfiles: ServerProfileRow[];
  userProfiles: UserProfileRow[];
  /** Profiles that hotspot users have, and whether a user of ours is among them. */
  profileUses: { profile: string; ours: boolean }[];
  fastTrack: FastTrackRule[];
  /** Rules of both walled gardens, each in the router's order. */
  garden: GardenRule[];
  /** Addresses that ip-bindings let through without log-in. */
  bypassed: string[];
  /** Those bindings whole; an empty address, or no MAC, is any. */
  bindings: { mac: Mac | undefined; address: string }[];
  services: { name: string; addresses: string[]; disabled: boolean }[];
  /** What our account may do; `undefined` when the router does not tell. */
  policies: string[] | undefined;
  /** The router refused to show something for want of rights. */
  refused: boolean;
  pools: { name: string; ranges: string[] }[];
  /** Addresses that are given out now. */
  leased: string[];
  /** Leases with a speed of their own, of which the router makes a queue. */
  limitedLeases: { address: string; rateLimit: string }[];
  hosts: HotspotHost[];
  active: ActiveSession[];
  /** In the router's order. */
  queues: SimpleQueue[];
  /** Networks the router has an address in, `192.168.88.0/24`. */
  networks: { interface: string; network: string }[];
  interfaceLists: { list: string; interface: string }[];
  dhcpServers: { name: string; interface: string; pool: string; leaseMs: number }[];
  ipv6: {
    addresses: { interface: string; address: string }[];
    /** Interfaces on which phones are told of the addresses above; `all` is every one. */
    announcedOn: string[];
  };
  /** Programs that are logged in, and how many may be; `undefined` where the version does not tell. */
  apiSessions: { used: number; limit: number | undefined };
  /** Worn-out parts of the flash, in percent. */
  badBlocks: number;
  /** Log-in pages that were found; `undefined` where they were not asked for, or the router refused. */
  pages: PageFile[] | undefined;
  /** Menus the router has and would not show, beyond those without which nothing works. */
  unread: string[];
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
}

export interface ServerProfileRow {
  name: string;
  rateLimit: string;
  loginBy: string[];
  /** Where its log-in pages stand. */
  folder: string;
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
  /** What it asks of a packet, by RouterOS' names; an exclamation mark turns one round. */
  matchers: Partial<Record<FastTrackMatcher, string>>;
}

/** Those that can keep customers out of a rule. */
export const FASTTRACK_MATCHERS = [
  ...(['src-address', 'dst-address', 'src-address-list', 'dst-address-list'] as const),
  ...(['in-interface', 'out-interface', 'in-interface-list', 'out-interface-list'] as const),
  ...(['connection-mark', 'packet-mark', 'routing-mark', 'hotspot'] as const),
];
export type FastTrackMatcher = (typeof FASTTRACK_MATCHERS)[number];

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
  /** Without, how staff reach us is not looked at. */
  staffDoor?: StaffDoor | undefined;
  /** What our books tell; without, what they are compared with is not looked at. */
  books?: ShopBooks;
}

export interface ShopBooks {
  /** The pages that belong on the router. */
  pages: readonly { name: string; contents: string }[];
  /** Of the router the books are of, and of the one that answers, where they are known. */
  recordedSerial: string | undefined;
  serial: string | undefined;
  /** Those among the devices of the ip-bindings that were let in with a code before. */
  customers: ReadonlySet<Mac>;
}
