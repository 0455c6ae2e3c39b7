import { createHash } from 'node:crypto';
import type { PortalAddress } from '../doctor/doctor-garden';
import type { ProfileProperty, RouterFile } from './setup-state';
import type { SetupStep } from './setup-step';

/** A value of a row that is not ours: what it was, and what a set-up made of it. */
export interface Replaced {
  before: string;
  after: string;
}

/** What a set-up did to one router, recorded before it is done, so that it can be undone. */
export interface SetupRecord {
  /** The address in our rule before, `null` when the rule is new; missing if it was not touched. */
  garden?: PortalAddress | null;
  /** By the profile's name. */
  profiles: Record<string, Partial<Record<ProfileProperty, Replaced>>>;
  /** Allowed addresses, by the service's name. */
  services: Record<string, Replaced>;
  /** Rules that were switched off. */
  fastTrack: { table: 'filter' | 'mangle'; id: string }[];
  pages?: { directory: string; madeDirectory: boolean; files: Record<string, Seal> };
  login?: LoginRecord;
  /** The address our row watched before, `null` when the row is new; missing if it was not touched. */
  line?: string | null;
}

export interface LoginRecord {
  account: string;
  group: string;
  madeGroup: boolean;
  /** What stood in our settings before; a password is not kept. */
  previous: { username: string; hadPassword: boolean };
}

/** Identifies our own contents of a file. */
interface Seal {
  bytes: number;
  hash: string;
}

export function emptyRecord(): SetupRecord {
  return { profiles: {}, services: {}, fastTrack: [] };
}

function sealOf(contents: string): Seal {
  const hash = createHash('sha256').update(contents, 'utf8').digest('base64url');
  return { bytes: Buffer.byteLength(contents, 'utf8'), hash };
}

/** Whether the file is as we wrote it, as far as the router shows. */
export function isSealed({ bytes, contents }: RouterFile, seal: Seal): boolean {
  if (contents !== undefined && (contents !== '' || bytes === 0)) {
    return sealOf(contents).hash === seal.hash;
  }
  return bytes === seal.bytes;
}

/**
 * The record as it has to be before a step is applied.
 * @param previous the login our settings have now
 */
export function noted(
  record: SetupRecord,
  { change, replaces }: SetupStep,
  previous: LoginRecord['previous'],
): SetupRecord {
  if (!replaces) return record;
  switch (change.kind) {
    case 'garden':
      // A rule we made stays ours, wherever it pointed in between.
      return record.garden === undefined ? { ...record, garden: replaces.garden ?? null } : record;
    case 'pages': {
      const { directory, makesDirectory, pages } = change;
      const known = record.pages?.directory === directory ? record.pages : undefined;
      const files = Object.fromEntries(
        pages.map(({ name, contents }) => [`${directory}/${name}`, sealOf(contents)]),
      );
      return {
        ...record,
        pages: {
          directory,
          madeDirectory: known?.madeDirectory ?? makesDirectory,
          files: { ...known?.files, ...files },
        },
      };
    }
    case 'profile': {
      const { name, values } = replaces.profile!;
      const profile = { ...record.profiles[name] };
      for (const [property, after] of Object.entries(change.set) as [ProfileProperty, string][]) {
        profile[property] = replacedBy(profile[property], values[property] ?? '', after);
      }
      return { ...record, profiles: { ...record.profiles, [name]: profile } };
    }
    case 'fasttrack':
      return {
        ...record,
        fastTrack: [...record.fastTrack.filter(isOther(change.rules)), ...change.rules],
      };
    case 'services': {
      const services = { ...record.services };
      for (const { id, name, addresses } of replaces.services!) {
        const after = change.set.find((each) => each.id === id)!.addresses;
        services[name] = replacedBy(services[name], addresses.join(','), after);
      }
      return { ...record, services };
    }
    case 'login': {
      const { account, group, groupIsRight } = change;
      const madeGroup = record.login?.madeGroup || !groupIsRight;
      const login = { account, group, madeGroup, previous: record.login?.previous ?? previous };
      return { ...record, login };
    }
    case 'line':
      return record.line === undefined ? { ...record, line: replaces.line ?? null } : record;
    default:
      return record;
  }
}

function isOther(rules: SetupRecord['fastTrack']) {
  return ({ table, id }: SetupRecord['fastTrack'][number]) =>
    rules.every((rule) => rule.table !== table || rule.id !== id);
}

/** What an earlier set-up put there is not the original value. */
function replacedBy(earlier: Replaced | undefined, now: string, after: string): Replaced {
  return { before: earlier && isSame(now, earlier.after) ? earlier.before : now, after };
}

/** Lists are the same in any order, addresses with and without `/32`. */
export function isSame(one: string, other: string): boolean {
  const parts = (text: string) =>
    text
      .split(',')
      .map((part) => part.replace(/\/32$/, ''))
      .sort()
      .join(',');
  return parts(one) === parts(other);
}
