import { isOurs, PROFILE_PREFIX, type ActualNetwork } from '../network/network';
import { isSameFolder, withoutFlash } from '../doctor/doctor-pages';
import { peopleOnline } from './setup-plan';
import { isSame, isSealed, type Replaced, type SetupRecord } from './setup-record';
import {
  isOurNamedRule,
  PORTAL_ADDRESS_COMMENT,
  type ProfileProperty,
  type SetupState,
} from './setup-state';
import type { SetupPlan, SetupStep } from './setup-step';

const WRITE = ['write'];
const TAKEN_BACK = 'The set-up by this program made it so.';

type Part = { step?: SetupStep | undefined; notes?: string[] };

/** The login that our settings have, and what people call the place where they are. */
interface OwnLogin {
  username: string;
  keptIn: string;
}

/**
 * The steps that restore the router to its state before the set-up: what we made is removed, what we
 * changed gets its old value, and what was changed since stays and is reported.
 * @param username of our settings
 * @param keptIn what people call the place where those are
 */
export function planUndo(
  state: SetupState,
  record: SetupRecord,
  network: Pick<ActualNetwork, 'users' | 'queues'>,
  username: string,
  keptIn = '.env',
): SetupPlan {
  const parts = [
    customers(network),
    ...profiles(state, record),
    files(state, record),
    garden(state, record),
    gardenAddress(state),
    nat(state),
    fastTrack(state, record),
    line(state, record),
    ...services(state, record),
    userProfiles(state),
    login(state, record, { username, keptIn }),
  ];
  return {
    steps: parts.flatMap(({ step }) => step ?? []),
    notes: parts.flatMap(({ notes }) => notes ?? []),
  };
}

function customers({ users, queues }: Pick<ActualNetwork, 'users' | 'queues'>): Part {
  const codes = users.filter(isOurs).length;
  const shaped = queues.filter(isOurs).length;
  if (codes + shaped === 0) return {};
  return {
    step: {
      id: 'customers',
      what: `Log the customers out and take their ${codes} codes and ${shaped} queues off the router`,
      why: 'Nothing on the router would end or slow them down any more.',
      before: 'vouchers stay in the books',
      needs: WRITE,
      change: { kind: 'customers', codes },
    },
  };
}

function profiles(state: SetupState, { profiles: replaced }: SetupRecord): Part[] {
  return Object.entries(replaced).map(([name, properties]) => {
    const profile = state.profiles.find((each) => each.name === name);
    if (!profile)
      return { notes: [`The hotspot server's profile "${name}" is not there any more.`] };
    const back: Partial<Record<ProfileProperty, string>> = {};
    const notes: string[] = [];
    for (const [key, { before, after }] of Object.entries(properties) as [
      ProfileProperty,
      Replaced,
    ][]) {
      const now = profile.values[key] ?? '';
      const isLike = key === 'html-directory' ? isSameFolder : isSame;
      if (isLike(now, before)) continue;
      if (isLike(now, after)) back[key] = now === after ? before : asWritten(key, before);
      else notes.push(changedSince(`${key} of the profile "${name}"`, now));
    }
    const set = Object.entries(back);
    if (set.length === 0) return { notes };
    const step: SetupStep = {
      id: `profile ${name}`,
      what:
        `In the hotspot server's profile "${name}" set ` +
        set.map(([key, value]) => `${key} back to ${value || 'nothing'}`).join(', ') +
        peopleOnline(state.snapshot.active.length),
      why: TAKEN_BACK,
      before: set.map(([key]) => `${key} ${profile.values[key as ProfileProperty]}`).join(', '),
      needs: WRITE,
      change: { kind: 'profile', id: profile.id, set: back },
    };
    return { step, notes };
  });
}

/** Where the router shows a `flash/` that nobody wrote, the one before was no more than that. */
function asWritten(key: ProfileProperty, shown: string): string {
  return key === 'html-directory' ? withoutFlash(shown) : shown;
}

function files(state: SetupState, { pages, profiles: replaced }: SetupRecord): Part {
  if (!pages) return {};
  const { directory, madeDirectory, files: seals } = pages;
  const user = state.profiles.find(({ name, values }) => {
    const set = replaced[name]?.['html-directory'];
    return isSameFolder(values['html-directory'] ?? '', directory) && set?.after !== directory;
  });
  if (user) {
    const note = `The profile "${user.name}" uses the pages in ${directory}, so they stay.`;
    return { notes: [note] };
  }
  const inside = state.files.filter(({ name }) => name.startsWith(`${directory}/`));
  const ours = inside.filter((file) => file.name in seals && isSealed(file, seals[file.name]!));
  const others = inside.filter((file) => !ours.includes(file));
  const folder = state.files.find(({ name }) => name === directory);
  const ids = ours.map(({ id }) => id);
  if (folder && madeDirectory && others.length === 0) ids.push(folder.id); // last: it has to be empty
  const notes = others.map(({ name }) => `${name} is not as we put it there, so it stays.`);
  if (ids.length === 0) return { notes };
  const step: SetupStep = {
    id: 'pages',
    what: `Take the pages of the portal off the router (${ours.length} files in ${directory})`,
    why: TAKEN_BACK,
    before: `${inside.length} files`,
    needs: ['write', 'ftp'],
    change: { kind: 'remove files', ids },
  };
  return { step, notes };
}

function garden({ garden: rules }: SetupState, record: SetupRecord): Part {
  const rule = rules.find(isOurNamedRule);
  const { garden: before } = record;
  if (!rule || before === undefined) return {};
  const common = { id: 'walled garden', why: TAKEN_BACK, needs: WRITE };
  const leads = `it leads to ${rule.address || rule.host} port ${rule.port}`;
  if (before === null) {
    const change = { kind: 'remove garden' as const, id: rule.id };
    const what = 'Take our rule out of the walled garden';
    return { step: { ...common, what, before: leads, change } };
  }
  const isBack = rule.address.replace(/\/32$/, '') + rule.host === before.host;
  if (isBack && rule.port === String(before.port)) return {};
  const change = { kind: 'garden' as const, portal: before, id: rule.id, beforeId: undefined };
  const what = `Let our rule of the walled garden lead to ${before.host} port ${before.port} again`;
  return { step: { ...common, what, before: leads, change } };
}

/** Nobody else writes rules with our comment. */
function gardenAddress({ garden: rules }: SetupState): Part {
  const rule = rules.find(({ comment }) => comment === PORTAL_ADDRESS_COMMENT);
  if (!rule) return {};
  const step: SetupStep = {
    id: 'walled garden address',
    what: "Take our rule for this computer's address out of the walled garden",
    why: TAKEN_BACK,
    before: `it leads to ${rule.address} port ${rule.port}`,
    needs: WRITE,
    change: { kind: 'remove garden', id: rule.id },
  };
  return { step };
}

/** Nobody else writes rules with our comment. */
function nat({ snapshot }: SetupState): Part {
  const ids = snapshot.nat.filter(({ comment }) => isOurs({ comment })).map(({ id }) => id);
  if (ids.length === 0) return {};
  const step: SetupStep = {
    id: 'nat',
    what: 'Take our exception out of IP > Firewall > NAT',
    why: TAKEN_BACK,
    before: 'phones come to this computer by their own addresses',
    needs: WRITE,
    change: { kind: 'remove nat', ids },
  };
  return { step };
}

function fastTrack({ snapshot }: SetupState, { fastTrack: ours }: SetupRecord): Part {
  const there = ours.map(({ table, id }) =>
    snapshot.fastTrack.find((rule) => rule.table === table && rule.id === id),
  );
  const notes = there
    .filter((rule) => rule === undefined)
    .map(() => 'A FastTrack rule that was switched off is not there any more.');
  const rules = there.flatMap((rule) => (rule?.disabled ? [rule] : []));
  if (rules.length === 0) return { notes };
  const step: SetupStep = {
    id: 'fasttrack',
    what: `Switch FastTrack on again (${rules.length} firewall rule${rules.length > 1 ? 's' : ''})`,
    why: TAKEN_BACK,
    before: 'off',
    needs: WRITE,
    change: {
      kind: 'fasttrack',
      rules: rules.map(({ table, id }) => ({ table, id })),
      disabled: false,
    },
  };
  return { step, notes };
}

function line({ watched = [] }: SetupState, { line: before }: SetupRecord): Part {
  if (watched.length === 0 || before === undefined || before === watched[0]!.address) return {};
  const { id, address } = watched[0]!;
  const step = {
    id: 'internet line',
    why: TAKEN_BACK,
    before: `it asks ${address}`,
    needs: WRITE,
  };
  if (before === null) {
    const change = { kind: 'remove line' as const, ids: watched.map((each) => each.id) };
    return { step: { ...step, what: `Stop the router from asking ${address}`, change } };
  }
  const change = { kind: 'line' as const, address: before, id };
  return { step: { ...step, what: `Let the router ask ${before} again`, change } };
}

function services(state: SetupState, { services: replaced }: SetupRecord): Part[] {
  return Object.entries(replaced).map(([name, { before, after }]) => {
    const service = state.services.find((each) => each.name === name);
    const now = service?.addresses.join(',') ?? '';
    if (!service || isSame(now, before)) return {};
    if (!isSame(now, after))
      return { notes: [changedSince(`who may use the service ${name}`, now)] };
    return {
      step: {
        id: `service ${name}`,
        what: `Let ${before || 'everybody'} use the router's service ${name} again`,
        why: TAKEN_BACK,
        before: `only ${now}`,
        needs: WRITE,
        change: {
          kind: 'services',
          set: [{ id: service.id, property: service.property, addresses: before }],
        },
      },
    };
  });
}

function userProfiles({ snapshot }: SetupState): Part {
  const isMade = new RegExp(`^${PROFILE_PREFIX}\\d+x$`);
  const made = snapshot.userProfiles.map(({ name }) => name).filter((name) => isMade.test(name));
  const useOf = (name: string) => snapshot.profileUses.find(({ profile }) => profile === name);
  const names = made.filter((name) => useOf(name)?.ours ?? true);
  const notes = made
    .filter((name) => !names.includes(name))
    .map((name) => `The profile "${name}" has users who are not ours, so it stays.`);
  if (names.length === 0) return { notes };
  const step: SetupStep = {
    id: 'user profiles',
    what: `Remove the hotspot user profile${names.length > 1 ? 's' : ''} ${names.join(', ')}`,
    why: 'The program made them for its customers.',
    before: 'there',
    needs: WRITE,
    change: { kind: 'user profiles', names },
  };
  return { step, notes };
}

/** The settings get the earlier login back if they have the one that is removed. */
function login(
  { accounts, groups }: SetupState,
  { login: made }: SetupRecord,
  { username, keptIn }: OwnLogin,
): Part {
  if (!made) return {};
  const named = accounts.find(({ name }) => name === made.account);
  const account = named && isOurs(named) ? named : undefined;
  const isUsed = accounts.some((each) => each.group === made.group && each !== account);
  const group = made.madeGroup ? groups.find(({ name }) => name === made.group) : undefined;
  const notes = group && isUsed ? [`The group "${made.group}" has other users, so it stays.`] : [];
  const removes = [
    ...(account ? [`the router's user "${made.account}"`] : []),
    ...(group && !isUsed ? [`the group "${made.group}"`] : []),
  ];
  const isInUse = username === made.account;
  const stays = named !== undefined && !account;
  if (stays) notes.push(unmarked(made.account, isInUse && keptIn));
  if (!isInUse && username !== made.previous.username) {
    notes.push(`The program logs in as "${username}" by now, so ${keptIn} stays as it is.`);
  }
  // Nobody else knows the password of an account that stays.
  const goesBack = isInUse && !stays;
  // If the earlier name is the account's own, only the account tells whether it was done.
  const isBack = !goesBack || username === made.previous.username;
  if (removes.length === 0 && isBack) return { notes };
  const { username: earlier, hadPassword } = made.previous;
  const password = hadPassword ? '; its password was not kept, so write that there yourself' : '';
  const does = [
    ...(removes.length > 0 ? [`remove ${removes.join(' and ')}`] : []),
    ...(goesBack ? [`write "${earlier}" into ${keptIn} again${password}`] : []),
  ].join(', and ');
  const step: SetupStep = {
    id: 'login',
    what: does.charAt(0).toUpperCase() + does.slice(1),
    why: TAKEN_BACK,
    before: `the program logs in as "${username}"`,
    needs: ['write', 'policy'],
    change: {
      kind: 'remove login',
      accountId: account?.id,
      groupId: isUsed ? undefined : group?.id,
      previousUsername: goesBack ? earlier : undefined,
    },
  };
  return { step, notes };
}

/** @param keptIn which settings keep its login, `false` if none do */
function unmarked(account: string, keptIn: string | false): string {
  const stays = keptIn ? `it stays, and ${keptIn} keeps its login` : 'it stays';
  return `The router's user "${account}" does not carry our comment any more, so ${stays}.`;
}

function changedSince(what: string, now: string): string {
  return `Somebody changed ${what} since (${now || 'empty'}), so it stays as it is.`;
}
