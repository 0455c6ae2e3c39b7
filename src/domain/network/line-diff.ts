import { isOurs, lineComment, readLineComment, type DesiredLine, type PppSecret } from './network';
import type { RowPasswords } from './row-passwords';

export interface NewSecret {
  name: string;
  password: string;
  /** `null` is the router's default. */
  profile: string | null;
  address: string | null;
  comment: string;
}

/** What has to change for those who may call by PPPoE. */
export interface LineChanges {
  removeSecrets: PppSecret[];
  addSecrets: NewSecret[];
  setSecrets: { secret: PppSecret; set: Partial<NewSecret> & { disabled?: false } }[];
}

const NO_CHANGES: LineChanges = { removeSecrets: [], addSecrets: [], setSecrets: [] };
/** What RouterOS gives a secret for which none is named. */
const DEFAULT_PROFILE = 'default';

/** @param actual `undefined` where nobody asked the router: then nothing is to change */
export function compareLines(
  desired: readonly DesiredLine[],
  actual: readonly PppSecret[] | undefined,
  passwords: RowPasswords,
): LineChanges & { conflicts: string[] } {
  if (!actual) return { ...NO_CHANGES, conflicts: [] };
  const byName = new Map(actual.map((secret) => [secret.name, secret]));
  const wanted = new Set(desired.map(({ login }) => login));
  const changes: LineChanges & { conflicts: string[] } = {
    removeSecrets: actual.filter((secret) => isOurs(secret) && !wanted.has(secret.name)),
    ...{ addSecrets: [], setSecrets: [], conflicts: [] },
  };
  for (const line of desired) {
    const found = byName.get(line.login);
    const secret = secretFor(line, passwords);
    if (!found) changes.addSecrets.push(secret);
    else if (!isOurs(found)) changes.conflicts.push(`PPP secret "${found.name}"`);
    else {
      const set = secretChanges(secret, found);
      if (Object.keys(set).length > 0) changes.setSecrets.push({ secret: found, set });
    }
  }
  return changes;
}

function secretFor(line: DesiredLine, passwords: RowPasswords): NewSecret {
  const { login, password, profile, address } = line;
  const comment = lineComment(login, passwords.markOfOwn(login, password));
  return { name: login, password, profile, address, comment };
}

function secretChanges(
  wanted: NewSecret,
  found: PppSecret,
): LineChanges['setSecrets'][number]['set'] {
  const { comment, password, address, profile } = wanted;
  // The password cannot be read back, so the comment tells which one the row was given.
  const isMarked = readLineComment(found.comment)?.key === readLineComment(comment)?.key;
  return {
    ...(isMarked ? {} : { comment, password }),
    ...(found.profile === (profile ?? DEFAULT_PROFILE)
      ? {}
      : { profile: profile ?? DEFAULT_PROFILE }),
    ...(found.address === address ? {} : { address }),
    ...(found.disabled ? { disabled: false as const } : {}),
  };
}
