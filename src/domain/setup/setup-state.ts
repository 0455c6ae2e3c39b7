import { isOurs } from '../network/network';
import type { GardenRule, RouterSnapshot } from '../doctor/doctor-snapshot';

/** The part of a server profile that decides how customers log in, by RouterOS' names. */
export const PROFILE_PROPERTIES = [
  'login-by',
  'rate-limit',
  'html-directory',
  'html-directory-override',
] as const;
export type ProfileProperty = (typeof PROFILE_PROPERTIES)[number];

export interface ServerProfile {
  id: string;
  name: string;
  /** A property this version does not have is missing. */
  values: Partial<Record<ProfileProperty, string>>;
}

/** Of our rule by address, beside the one by the portal's name. */
export const PORTAL_ADDRESS_COMMENT = 'pisonet:portal-address';

/** Our rule that leads to the portal as its address is written: by name, or by number. */
export function isOurNamedRule({ comment }: Pick<OwnedGardenRule, 'comment'>): boolean {
  return isOurs({ comment }) && comment !== PORTAL_ADDRESS_COMMENT;
}

export interface OwnedGardenRule extends GardenRule {
  id: string;
  comment: string;
  dynamic: boolean;
}

export interface ApiService {
  id: string;
  name: string;
  /** Who may use it, and the property in which this version of RouterOS has that. */
  addresses: string[];
  property: string;
}

export interface Account {
  id: string;
  name: string;
  group: string;
  comment: string;
}

export interface AccountGroup {
  id: string;
  name: string;
  policies: string[];
  comment: string;
}

export interface RouterFile {
  id: string;
  name: string;
  isFolder: boolean;
  /** `undefined` when the router does not say. */
  bytes: number | undefined;
  /** Only of the files that were asked for by name, and as far as the router shows them. */
  contents: string | undefined;
}

/** A row of ours that watches an address beyond the modem. */
export interface WatchedHost {
  id: string;
  address: string;
}

/** The router as a set-up looks at it: what the doctor sees, and the rows a set-up changes. */
export interface SetupState {
  snapshot: RouterSnapshot;
  profiles: ServerProfile[];
  /** The `ip` rules of the walled garden, in the router's order. */
  garden: OwnedGardenRule[];
  /** Those by which programs come in. */
  services: ApiService[];
  /** Those of them of which the router does not show who may use them. */
  hiddenServices: string[];
  /** Networks the router has an address in, `192.168.88.0/24`. */
  networks: string[];
  /** Where we come from, as the router sees us; `undefined` when that cannot be told. */
  ourAddress: string | undefined;
  accounts: Account[];
  groups: AccountGroup[];
  files: RouterFile[];
  /** `undefined` on a router that does not show what it watches. */
  watched: WatchedHost[] | undefined;
}
