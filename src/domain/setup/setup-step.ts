import type { PortalAddress } from '../doctor/doctor-garden';
import type { ApiService, ProfileProperty, ServerProfile, SetupState } from './setup-state';

/** A page that has to be on the router. */
export interface Page {
  name: string;
  contents: string;
}

/** One thing to do on the router. */
export type SetupChange =
  | { kind: 'portal address'; portalUrl: string }
  /** A new rule, or the one with this id; it has to stand before that other one. */
  | { kind: 'garden'; portal: PortalAddress; id: string | undefined; beforeId: string | undefined }
  /** A rule for the address that the portal's name stands for, beside the one for the name. */
  | {
      kind: 'garden address';
      address: string;
      port: number;
      id: string | undefined;
      beforeId: string | undefined;
    }
  | { kind: 'remove garden'; id: string }
  /** Connections from these networks to the portal keep their addresses; our rules that led elsewhere go. */
  | {
      kind: 'nat';
      host: string;
      exceptions: { network: string; beforeId: string }[];
      staleIds: string[];
    }
  | { kind: 'remove nat'; ids: string[] }
  | {
      kind: 'pages';
      directory: string;
      makesDirectory: boolean;
      /** With the id of the file that is there already. */
      pages: (Page & { id: string | undefined })[];
    }
  /** In this order: a folder after what is in it. */
  | { kind: 'remove files'; ids: string[] }
  | { kind: 'profile'; id: string; set: Partial<Record<ProfileProperty, string>> }
  | { kind: 'fasttrack'; rules: { table: 'filter' | 'mangle'; id: string }[]; disabled: boolean }
  | {
      kind: 'login';
      account: string;
      accountId: string | undefined;
      /** It is the one of our settings, whose password may be right. */
      isOfSettings: boolean;
      group: string;
      groupId: string | undefined;
      /** The group exists and is right as it is. */
      groupIsRight: boolean;
    }
  | {
      kind: 'remove login';
      accountId: string | undefined;
      groupId: string | undefined;
      /** For the settings; `undefined` leaves them as they are. */
      previousUsername: string | undefined;
    }
  | { kind: 'services'; set: { id: string; property: string; addresses: string }[] }
  /** Watches this address, by a new row or the one with this id. */
  | { kind: 'line'; address: string; id: string | undefined }
  | { kind: 'remove line'; ids: string[] }
  | { kind: 'customers'; codes: number }
  | { kind: 'user profiles'; names: string[] };

/** One step of a plan, explained for the owner. */
export interface SetupStep {
  /** Stays the same from run to run, for as long as there is something to do. */
  id: string;
  what: string;
  why: string;
  /** What is there now. */
  before: string;
  /** Policies of the router's user that it takes. */
  needs: readonly string[];
  change: SetupChange;
  /** The old values to be recorded; missing if things are restored. */
  replaces?: {
    garden?: PortalAddress;
    profile?: ServerProfile;
    services?: ApiService[];
    /** The address that was watched. */
    line?: string;
  };
}

export interface SetupPlan {
  steps: SetupStep[];
  /** What is left alone, or has to be done by hand, and why. */
  notes: string[];
}

/** If our settings do not say how phones reach us, or give an address that only works on this computer. */
export function addressStep(
  portalUrl: string,
  before: string | undefined,
  keptIn = '.env',
): SetupStep {
  return {
    id: 'portal address',
    what: `Write ${portalUrl} into ${keptIn} as PORTAL_URL`,
    why: 'The router reaches this computer there, and so will phones.',
    before: before === undefined ? 'not set' : `${before}, which no phone can open`,
    needs: [],
    change: { kind: 'portal address', portalUrl },
  };
}

/** Rights that the steps need and this account lacks; none if the router does not tell. */
export function missingRights(
  { accounts, groups }: SetupState,
  username: string,
  steps: readonly SetupStep[],
): string[] {
  const account = accounts.find(({ name }) => name === username);
  const group = groups.find(({ name }) => name === account?.group);
  if (!group) return [];
  const needed = new Set(steps.flatMap(({ needs }) => needs));
  return [...needed].filter((policy) => !group.policies.includes(policy));
}
