import type { Row } from '../api/codec';
import { remove, type ApiSender } from '../api/sentences';
import { readFlag } from '../api/values';
import { isApiSession } from '../rows';
import { TRIAL_NAME, type Workbench } from './workbench';

/** More devices than somebody who tries a router brings along. */
const MOST_HOSTS = 3;
/** How rows of a shop begin that this program set up. */
const OURS = 'pisonet:';
/** The hotspot's wizard asks for a user, who is mostly called so. */
const OF_WIZARD = 'admin';

/** Menus in which a trial adds rows, and by which property they are named. */
const ADDED = {
  '/queue/simple': 'name',
  '/ip/hotspot/user': 'name',
  '/ip/hotspot/user/profile': 'name',
  '/ip/hotspot/profile': 'name',
  '/user/group': 'name',
  '/file': 'name',
} as const;

/**
 * Signs that a router is in use, in words; none means that a trial may write to it. What a trial left that was
 * cut short does not count.
 * @throws RouterUnreachable, RouterRefused for a menu that decides this and is not shown
 */
export async function othersOn(bench: Workbench, username: string): Promise<string[]> {
  const users = others(await bench.rows('/ip/hotspot/user', 'name,comment,default'), OF_WIZARD);
  const active = others(await bench.rows('/ip/hotspot/active', 'user'));
  const queues = others(await bench.rows('/queue/simple', 'name,dynamic,comment'));
  const hosts = await bench.rows('/ip/hotspot/host', 'mac-address');
  const sessions = await bench.rows('/user/active', 'name,address,via');
  const strangers = sessions.filter((row) => row.name !== username && row.address);
  const accounts = await bench.rows('/user', 'name,comment');
  const dialIn = [
    ...(await bench.rowsIfAny('/ppp/secret', 'name')),
    ...(await bench.rowsIfAny('/ppp/active', 'name')),
  ];
  return [
    count(users, 'hotspot user'),
    count(active, 'hotspot session'),
    count(queues, 'queue'),
    count(dialIn, 'PPP user or session'),
    count(strangers, 'session of another account of the router'),
    hosts.length > MOST_HOSTS ? count(hosts, 'device on its hotspot') : undefined,
    [...accounts, ...users, ...queues].some(({ comment }) => comment?.startsWith(OURS))
      ? 'it was set up for a shop by this program'
      : undefined,
  ].filter((sign) => sign !== undefined);
}

/** The address the router sees us at, where it is sure. */
export async function onlyAddressOf(
  bench: Workbench,
  username: string,
): Promise<string | undefined> {
  const rows = await bench.rows('/user/active', 'name,address,via');
  const own = rows.filter((row) => row.name === username && row.address && isApiSession(row));
  const addresses = new Set(own.map(({ address }) => address));
  return addresses.size === 1 ? own[0]!.address : undefined;
}

/** Takes away what a trial left that was cut short. @returns how many rows */
export async function removeLeftovers(bench: Workbench, api: ApiSender): Promise<number> {
  let count = 0;
  for (const [menu, property] of Object.entries(ADDED)) {
    const rows = await bench.rowsIfAny(menu, `.id,dynamic,${property}`);
    // Users before their profile: the order of the menus sees to that.
    for (const row of rows.filter((each) => isOfTrial(each) && !readFlag(each.dynamic))) {
      await remove(api, menu, row['.id'] ?? '');
      count += 1;
    }
  }
  return count;
}

function isOfTrial({ name = '' }: Row): boolean {
  return name === TRIAL_NAME || name.startsWith(`${TRIAL_NAME}-`) || name === `${TRIAL_NAME}.txt`;
}

function others(rows: readonly Row[], spared = ''): Row[] {
  const isSpared = (row: Row) => isOfTrial(row) || (spared !== '' && row.name === spared);
  return rows.filter((row) => !readFlag(row.default) && !readFlag(row.dynamic) && !isSpared(row));
}

function count({ length }: readonly Row[], what: string): string | undefined {
  return length === 0 ? undefined : `${length} ${what}${length === 1 ? '' : 's'}`;
}
