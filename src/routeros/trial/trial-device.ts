import type { Row } from '../api/codec';
import { isTrap } from '../api/trap';
import { readFlag } from '../api/values';
import { RouterRefused } from '../../errors';
import { TRIAL_NAME, type Workbench } from './workbench';

export const ACTIVE = '/ip/hotspot/active';
export const USERS = '/ip/hotspot/user';
export const USER_PROFILES = '/ip/hotspot/user/profile';
export const SERVER_PROFILES = '/ip/hotspot/profile';
/** Of the trial's user; it is gone with it. */
const PASSWORD = 'trial-5kq2';
const SESSION_PROPS =
  '.id,user,address,mac-address,uptime,session-time-left,bytes-in,bytes-out,limit-bytes-total';

/** A device on the hotspot that nobody is logged in on. */
export interface TrialDevice {
  bench: Workbench;
  mac: string;
  /** The one it gave itself, and the one the hotspot made of it; the same on most. */
  address: string;
  toAddress: string;
  /** The one of them that logs it in, as far as that was seen. */
  loginIp: string;
  /** The profile of the server it is at. */
  profileId: string;
  loginBy: string;
}

/**
 * The device for the questions about sessions.
 * @param wanted its address or MAC; without, the only one there is
 * @returns why there is none in place of it
 */
export async function findDevice(
  bench: Workbench,
  wanted: string | undefined,
): Promise<TrialDevice | string> {
  const rows = await bench.rows(
    '/ip/hotspot/host',
    'mac-address,address,to-address,server,authorized,bypassed,blocked',
  );
  const free = rows.filter(
    (row) => ![row.authorized, row.bypassed, row.blocked].some((flag) => readFlag(flag)),
  );
  const fits = (row: Row) =>
    [row['mac-address'], row.address, row['to-address']].includes(wanted?.toUpperCase());
  const found = wanted === undefined ? free : free.filter(fits);
  if (found.length === 0) return 'no device is on the hotspot';
  if (found.length > 1) return 'several devices are on the hotspot: name one with --device';
  return deviceOf(bench, found[0]!);
}

async function deviceOf(bench: Workbench, host: Row): Promise<TrialDevice | string> {
  const servers = await bench.rows('/ip/hotspot', 'name,profile');
  const server = servers.find(({ name }) => name === host.server) ?? servers[0];
  const profiles = await bench.rows(SERVER_PROFILES, '.id,name,login-by');
  const profile = profiles.find(({ name }) => name === server?.profile);
  if (profile?.['.id'] === undefined) return 'the profile of its hotspot server is not shown';
  return {
    bench,
    mac: host['mac-address'] ?? '',
    address: host.address ?? '',
    toAddress: host['to-address'] ?? host.address ?? '',
    loginIp: host['to-address'] ?? host.address ?? '',
    profileId: profile['.id'],
    loginBy: profile['login-by'] ?? '',
  };
}

interface Words {
  user?: readonly string[];
  profile?: readonly string[];
}

/** A hotspot user of the trial. @returns the ids of it and of its profile */
export async function addUser(
  bench: Workbench,
  { user = [], profile = [] }: Words = {},
): Promise<{ userId: string; profileId: string }> {
  const plain = [`=name=${TRIAL_NAME}`, '=add-mac-cookie=no', '=shared-users=1'];
  const profileId = await bench.add(USER_PROFILES, ...plain, ...profile);
  const named = [`=name=${TRIAL_NAME}`, `=password=${PASSWORD}`, `=profile=${TRIAL_NAME}`];
  const userId = await bench.add(USERS, ...named, ...user);
  return { userId, profileId };
}

/** The words that log the device in; any of them may be another one. */
export function loginWords(
  { mac, loginIp }: TrialDevice,
  other: Partial<Record<'ip' | 'mac-address' | 'user' | 'password', string>> = {},
): string[] {
  const words = {
    ...{ ip: loginIp, 'mac-address': mac, user: TRIAL_NAME, password: PASSWORD },
    ...other,
  };
  return Object.entries(words).map(([name, value]) => `=${name}=${value}`);
}

/** Logs the device in, by either of its addresses; it is logged out at the end. */
export async function letIn(device: TrialDevice): Promise<void> {
  const { bench, address, toAddress } = device;
  bench.later('the session of the device', () => kick(device));
  try {
    await bench.write(`${ACTIVE}/login`, ...loginWords(device));
  } catch (error) {
    if (!isTrap(error, 'unknown-host') || address === toAddress) throw error;
    device.loginIp = device.loginIp === address ? toAddress : address;
    await bench.write(`${ACTIVE}/login`, ...loginWords(device));
  }
}

/** For a queue on it, whichever of its addresses queues see. */
export function targetOf({ address, toAddress }: TrialDevice): string {
  return [...new Set([toAddress, address])].map((one) => `${one}/32`).join(',');
}

const FIREWALLS = ['/ip/firewall/filter', '/ip/firewall/mangle'];

/**
 * What FastTrack takes past the queues none of them counts. A rule that matches by the hotspot keeps as it is:
 * before 7.21 it lost that when it was switched.
 */
export async function pauseFastTrack(bench: Workbench): Promise<void> {
  for (const menu of FIREWALLS) {
    const rules = await bench.rows(menu, '.id,action,disabled,dynamic,hotspot');
    for (const rule of rules) {
      const isOn = rule.action === 'fasttrack-connection' && !readFlag(rule.disabled);
      if (!isOn || readFlag(rule.dynamic) || rule.hotspot) continue;
      await bench.change(menu, rule['.id'] ?? '', 'disabled', 'yes');
    }
  }
}

export async function sessionOf({ bench, mac }: TrialDevice): Promise<Row | undefined> {
  const rows = await bench.rows(ACTIVE, SESSION_PROPS);
  return rows.find((row) => row['mac-address'] === mac && row.user === TRIAL_NAME);
}

/** @throws RouterRefused where it is not logged in */
export async function needSession(device: TrialDevice): Promise<Row> {
  const session = await sessionOf(device);
  if (session) return session;
  throw new RouterRefused('The device is not logged in although its login was taken');
}

/** As a user of its own. @throws RouterRefused where it is not logged in then */
export async function putOnline(
  device: TrialDevice,
  words?: Words,
): Promise<{ userId: string; profileId: string }> {
  const made = await addUser(device.bench, words);
  await letIn(device);
  await needSession(device);
  return made;
}

export async function kick(device: TrialDevice): Promise<void> {
  const session = await sessionOf(device);
  if (session) await device.bench.write(`${ACTIVE}/remove`, `=.id=${session['.id']}`);
}
