import type { ActiveSession, HotspotHost, SimpleQueue } from '../network';

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
  services: { name: string; addresses: string[]; disabled: boolean }[];
  /** What our account may do; `undefined` when the router does not tell. */
  policies: string[] | undefined;
  /** The router refused to show something for want of rights. */
  refused: boolean;
  pools: { name: string; ranges: string[] }[];
  /** Addresses that are given out now. */
  leased: string[];
  hosts: HotspotHost[];
  active: ActiveSession[];
  /** In the router's order. */
  queues: SimpleQueue[];
}

export interface HotspotServerRow {
  name: string;
  profile: string;
  pool: string;
  disabled: boolean;
}

export interface ServerProfileRow {
  name: string;
  rateLimit: string;
  loginBy: string[];
}

export interface UserProfileRow {
  name: string;
  rateLimit: string;
}

export interface FastTrackRule {
  id: string;
  table: 'filter' | 'mangle';
  disabled: boolean;
}

export interface GardenRule {
  /** `ip` rules hold for every connection, `web` rules only for plain HTTP. */
  kind: 'ip' | 'web';
  allows: boolean;
  disabled: boolean;
  server: string;
  sourceAddress: string;
  address: string;
  host: string;
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
}
