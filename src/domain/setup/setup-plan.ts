import { NEEDED_POLICIES } from '../doctor/doctor-access';
import {
  gardenInForce,
  portalAddress,
  portalIsOpen,
  type PortalAddress,
} from '../doctor/doctor-garden';
import { FLASH, holds, PAGE_PLACES } from '../doctor/doctor-pages';
import type { HotspotServerRow } from '../doctor/doctor-snapshot';
import { fastTrackReach } from '../doctor/doctor-fasttrack';
import { hidingRules } from '../doctor/doctor-nat';
import { isOurs } from '../network/network';
import { apiAccess } from './setup-access';
import { isOurNamedRule, PORTAL_ADDRESS_COMMENT } from './setup-state';
import type {
  Account,
  AccountGroup,
  OwnedGardenRule,
  RouterFile,
  ServerProfile,
  SetupState,
} from './setup-state';
import type { Page, SetupPlan, SetupStep } from './setup-step';

/** What a working shop needs of its router. */
export interface Wanted {
  portalUrl: string;
  pages: readonly Page[];
  /** `undefined` serves all hotspot servers. */
  hotspotServer: string | undefined;
  /** An address beyond the modem to watch; `undefined` leaves the router's as it is. */
  uplinkHost: string | undefined;
  /** The account in our settings, and whether the router lets it in. */
  username: string;
  loginWorks: boolean;
  /** Where its login is kept: `.env` if not given. */
  keptIn?: string | undefined;
}

const OWN_NAME = 'pisonet';
export const ACCOUNT_COMMENT = 'pisonet:api';
const [PAGES_FOLDER, PAGES_IN_FLASH] = PAGE_PLACES as [string, string];
/** `http-pap` for the router's own page while we are away, `mac-cookie` for phones that come back. */
const LOGIN_METHODS = ['http-pap', 'mac-cookie'];
const WRITE = ['write'];

/** What is still to be done, in the order that never leaves customers without a page. */
export function planSetup(state: SetupState, wanted: Wanted): SetupPlan {
  const servers = servedServers(state, wanted);
  const access = apiAccess(state);
  const steps = [
    garden(state, wanted, servers),
    gardenAddress(state, wanted, servers),
    nat(state, wanted),
    pages(state, wanted),
    ...profiles(state, servers),
    fastTrack(state, wanted),
    line(state, wanted),
    login(state, wanted),
    access.step,
  ];
  const wantedSteps = steps.filter((step) => step !== undefined);
  return { steps: wantedSteps.map((step) => ({ replaces: {}, ...step })), notes: access.notes };
}

/** Where the pages are: on boards with a `flash` folder only its contents survive a restart. */
function pagesDirectory(files: readonly RouterFile[]): string {
  return hasFlash(files) ? PAGES_IN_FLASH : PAGES_FOLDER;
}

export function hasFlash(files: readonly RouterFile[]): boolean {
  return files.some(({ name, isFolder }) => name === FLASH && isFolder);
}

function servedServers(
  { snapshot }: SetupState,
  { hotspotServer }: Pick<Wanted, 'hotspotServer'>,
): HotspotServerRow[] {
  return snapshot.servers.filter(
    ({ name }) => hotspotServer === undefined || name === hotspotServer,
  );
}

function garden(
  { snapshot, garden: rules }: SetupState,
  { portalUrl }: Wanted,
  servers: readonly HotspotServerRow[],
): SetupStep | undefined {
  const portal = portalAddress(portalUrl);
  const ours = rules.find(isOurNamedRule);
  const isStale =
    ours !== undefined &&
    ours.address.replace(/\/32$/, '') + ours.host + ours.port !== portal.host + String(portal.port);
  const isOpen =
    snapshot.bypassed.includes(portal.host) ||
    servers.every(({ name }) => portalIsOpen(gardenInForce(snapshot), portal, name));
  if (isOpen && !isStale) return undefined;
  const above = ours ? rules.slice(0, rules.indexOf(ours)) : rules;
  const denying = above.find(({ allows, disabled, dynamic }) => !allows && !disabled && !dynamic);
  return {
    id: 'walled garden',
    what: `Let phones that have not paid yet reach ${portalUrl}`,
    why: 'Otherwise nobody can open the portal to type a code.',
    before: isStale
      ? `our rule leads to ${ours.address || ours.host} port ${ours.port}`
      : 'not allowed',
    needs: WRITE,
    change: { kind: 'garden', portal, id: ours?.id, beforeId: denying?.id },
    ...(ours && { replaces: { garden: addressIn(ours) } }),
  };
}

/** Beside a rule by name: that one waits until the router saw a phone look the name up. */
function gardenAddress(
  { snapshot, garden: rules, ourAddress }: SetupState,
  { portalUrl }: Wanted,
  servers: readonly HotspotServerRow[],
): SetupStep | undefined {
  const portal = portalAddress(portalUrl);
  if (portal.isAddress || ourAddress === undefined) return undefined;
  const ours = rules.find(({ comment }) => comment === PORTAL_ADDRESS_COMMENT);
  const isStale =
    ours !== undefined &&
    ours.address.replace(/\/32$/, '') + ours.port !== ourAddress + String(portal.port);
  const isOpen =
    snapshot.bypassed.includes(ourAddress) ||
    servers.every(({ name }) => portalIsOpen(rules, { ...portal, host: ourAddress }, name));
  if (isOpen && !isStale) return undefined;
  const denying = rules.find(({ allows, disabled, dynamic }) => !allows && !disabled && !dynamic);
  const { port } = portal;
  return {
    id: 'walled garden address',
    what: `Let phones that have not paid yet reach this computer by its address ${ourAddress} too, port ${port}`,
    why: 'A rule by name alone opens the portal once the router saw a phone look the name up.',
    before: ours
      ? `our rule leads to ${ours.address} port ${ours.port}`
      : 'no rule by address leads there',
    needs: WRITE,
    change: {
      ...{ kind: 'garden address', address: ourAddress, port },
      ...{ id: ours?.id, beforeId: denying?.id },
    },
  };
}

/** Hotspot Setup translates what phones send to any other network of the router, this computer's too. */
function nat(
  { snapshot }: SetupState,
  { portalUrl, hotspotServer }: Wanted,
): SetupStep | undefined {
  const portal = portalAddress(portalUrl);
  const hiding = hidingRules(snapshot, portal, hotspotServer).filter(({ isSure }) => isSure);
  if (hiding.length === 0) return undefined;
  const stale = snapshot.nat.filter(
    ({ comment, matchers }) =>
      isOurs({ comment }) && matchers['dst-address']?.replace(/\/32$/, '') !== portal.host,
  );
  return {
    id: 'nat',
    what: `Let phones come to ${portal.host} by their own addresses (IP > Firewall > NAT)`,
    why: "A rule gives them all the router's address on the way: they could not be told apart.",
    before: `the rule "${hiding[0]!.rule.comment || hiding[0]!.rule.action}" is the first that applies`,
    needs: WRITE,
    change: {
      kind: 'nat',
      host: portal.host,
      exceptions: hiding.map(({ network, rule }) => ({ network, beforeId: rule.id })),
      staleIds: stale.map(({ id }) => id),
    },
  };
}

function addressIn({ address, host, port }: OwnedGardenRule): PortalAddress {
  const isAddress = address !== '';
  return { host: isAddress ? address.replace(/\/32$/, '') : host, port: Number(port), isAddress };
}

function pages({ files }: SetupState, wanted: Wanted): SetupStep | undefined {
  const directory = pagesDirectory(files);
  const there = new Map(files.map((file) => [file.name, file]));
  const stale = wanted.pages
    .map((page) => ({ ...page, file: there.get(`${directory}/${page.name}`) }))
    .filter(({ contents, file }) => !file || !holds(file, contents));
  if (stale.length === 0) return undefined;
  const isNew = stale.every(({ file }) => !file);
  return {
    id: 'pages',
    what: isNew
      ? `Put the ${stale.length} pages of the portal into the folder ${directory} of the router`
      : `Renew ${stale.map(({ name }) => name).join(', ')} in the folder ${directory} of the router`,
    why: 'They lead phones to the portal, and take a running code while this computer is off.',
    before: isNew ? 'none of them is there' : 'other contents',
    needs: ['write', 'ftp', 'test'],
    change: {
      kind: 'pages',
      directory,
      makesDirectory: !there.has(directory),
      pages: stale.map(({ name, contents, file }) => ({ name, contents, id: file?.id })),
    },
  };
}

function profiles(state: SetupState, servers: readonly HotspotServerRow[]): SetupStep[] {
  const used = new Set(servers.map(({ profile }) => profile));
  const directory = pagesDirectory(state.files);
  const others = state.snapshot.servers.filter((server) => !servers.includes(server));
  return state.profiles
    .filter(({ name }) => used.has(name))
    .map((profile) =>
      profileStep(profile, directory, usersOf(profile, others), state.snapshot.active.length),
    )
    .filter((step) => step !== undefined);
}

function usersOf({ name }: ServerProfile, servers: readonly HotspotServerRow[]): string[] {
  return servers.filter(({ profile }) => profile === name).map((server) => server.name);
}

/**
 * @param others hotspot servers with this profile that are not ours to serve
 * @param online customers who are logged in
 */
function profileStep(
  profile: ServerProfile,
  directory: string,
  others: readonly string[],
  online: number,
): SetupStep | undefined {
  const { id, name, values } = profile;
  const loginBy = values['login-by']?.split(',').filter((method) => method !== '') ?? [];
  const kept = loginBy.filter((method) => method !== 'trial');
  const methods = [...kept, ...LOGIN_METHODS.filter((method) => !kept.includes(method))];
  const wanted = {
    'login-by': sameSet(methods, loginBy) ? values['login-by']! : methods.join(','),
    'rate-limit': '',
    'html-directory': showsAs(directory, values['html-directory'])
      ? values['html-directory']!
      : directory,
    // It would go before the directory.
    'html-directory-override': '',
  };
  const set = Object.fromEntries(
    Object.entries(wanted).filter(
      ([property, value]) => (values[property as keyof typeof wanted] ?? '') !== value,
    ),
  ) as Partial<typeof wanted>;
  const changed = Object.keys(set) as (keyof typeof wanted)[];
  if (changed.length === 0) return undefined;
  const reasons = {
    'login-by':
      'running codes and phones that come back are let in while this computer is off' +
      (loginBy.includes('trial') ? ', and nobody gets free minutes' : ''),
    'rate-limit': "the router's own queue would take the traffic before the customer's",
    'html-directory': 'phones are led to the portal',
    'html-directory-override': "the router shows this program's login pages",
  };
  return {
    id: `profile ${name}`,
    what:
      `In the hotspot server's profile "${name}" set ` +
      changed.map((property) => `${property} to ${set[property] || 'nothing'}`).join(', ') +
      (others.length > 0 ? sharedWith(others) : '') +
      peopleOnline(online),
    why: `So that ${changed.map((property) => reasons[property]).join('; ')}.`,
    before: changed.map((property) => `${property} ${values[property] || 'empty'}`).join(', '),
    needs: WRITE,
    change: { kind: 'profile', id, set },
    replaces: { profile },
  };
}

/** Since 7.17 some versions show `flash/` in front of whatever was written. */
function showsAs(directory: string, shown: string | undefined): boolean {
  return shown === directory || shown === `${FLASH}/${directory}`;
}

/** Nobody has written down whether a hotspot starts over when its profile is changed, so it is said first. */
export function peopleOnline(online: number): string {
  if (online === 0) return '';
  return (
    `. ${online === 1 ? 'One device is' : `${online} devices are`} online: some routers may log them out with ` +
    'this, and they come back by themselves or by their codes, so choose a quiet hour'
  );
}

function sharedWith(servers: readonly string[]): string {
  return (
    `. It is the profile of ${servers.join(' and ')} too, which we do not serve, and changes there as ` +
    'well: to keep that as it is, give it a profile of its own first'
  );
}

/** A rule that cannot match customers stays, and so does one if that cannot be told. */
function fastTrack({ snapshot }: SetupState, { hotspotServer }: Wanted): SetupStep | undefined {
  const rules = snapshot.fastTrack.filter(
    (rule) => !rule.disabled && fastTrackReach(rule, snapshot, hotspotServer) === 'customers',
  );
  if (rules.length === 0) return undefined;
  return {
    id: 'fasttrack',
    what: `Switch off FastTrack (${rules.length} firewall rule${rules.length > 1 ? 's' : ''})`,
    why: 'FastTrack skips the speed limits: that traffic is neither slowed down nor counted.',
    before: 'on',
    needs: WRITE,
    change: {
      kind: 'fasttrack',
      rules: rules.map(({ table, id }) => ({ table, id })),
      disabled: true,
    },
  };
}

function line({ watched }: SetupState, { uplinkHost }: Wanted): SetupStep | undefined {
  if (uplinkHost === undefined || watched === undefined) return undefined;
  const [ours] = watched;
  if (ours?.address === uplinkHost) return undefined;
  return {
    id: 'internet line',
    what: `Let the router ask ${uplinkHost} every ten seconds whether it answers (Tools > Netwatch)`,
    why: 'Detects when the internet is down although the cable is connected.',
    before: ours ? `it asks ${ours.address}` : 'off',
    needs: WRITE,
    change: { kind: 'line', address: uplinkHost, id: ours?.id },
    ...(ours && { replaces: { line: ours.address } }),
  };
}

function login(
  state: SetupState,
  { username, loginWorks, keptIn = '.env' }: Wanted,
): SetupStep | undefined {
  const own = state.accounts.find(({ name }) => name === username);
  const group = state.groups.find(({ name }) => name === own?.group);
  if (loginWorks && group && sameSet(group.policies, NEEDED_POLICIES)) return undefined;
  const into = groupToUse(state.groups);
  const account = accountToUse(state.accounts);
  return {
    id: 'login',
    what:
      loginWorks && account.name === username
        ? `Let the router's user "${account.name}" do what this program needs, and nothing else`
        : `Make the router's user "${account.name}" with a random password for this program, and write it into ${keptIn}`,
    why:
      `It may do ${NEEDED_POLICIES.join(', ')} and nothing else, ` +
      'so this login alone does not let anyone who steals it change passwords or users of the router.',
    before: loginWorks
      ? `the program logs in as "${username}"${group ? `, who may do ${group.policies.join(', ')}` : ''}`
      : `the program cannot log in as "${username}"`,
    needs: ['write', 'policy'],
    change: {
      kind: 'login',
      account: account.name,
      accountId: account.id,
      isOfSettings: account.name === username,
      group: into.name,
      groupId: into.id,
      groupIsRight: into.isRight,
    },
  };
}

/** A group with exactly our rights, one of ours to correct, or an unused name. */
function groupToUse(groups: readonly AccountGroup[]) {
  const fitting = groups.find(
    ({ name, policies }) => isOwnName(name) && sameSet(policies, NEEDED_POLICIES),
  );
  if (fitting) return { name: fitting.name, id: fitting.id, isRight: true };
  const ours = groups.find(({ comment }) => isOurs({ comment }));
  if (ours) return { name: ours.name, id: ours.id, isRight: false };
  return { name: freeName(groups), id: undefined, isRight: false };
}

function accountToUse(accounts: readonly Account[]): { name: string; id: string | undefined } {
  const ours = accounts.find(({ comment }) => isOurs({ comment }));
  return ours ? { name: ours.name, id: ours.id } : { name: freeName(accounts), id: undefined };
}

/** Never the beginning of another name: RouterOS accepts a prefix for the whole name. */
function freeName(rows: readonly { name: string }[]): string {
  const isFree = (name: string) => rows.every((row) => row.name !== name);
  for (let number = 1; ; number += 1) {
    const name = number === 1 ? OWN_NAME : `${OWN_NAME}-${number}`;
    if (isFree(name)) return name;
  }
}

function isOwnName(name: string): boolean {
  return new RegExp(`^${OWN_NAME}(-\\d+)?$`).test(name);
}

function sameSet(one: readonly string[], other: readonly string[]): boolean {
  const set = new Set(other);
  return new Set(one).size === set.size && one.every((each) => set.has(each));
}
