import type { PortalAddress } from '../domain/doctor/doctor-garden';
import {
  PROFILE_PROPERTIES,
  type ProfileProperty,
  type RouterFile,
  type ServerProfile,
  type SetupState,
  type WatchedHost,
} from '../domain/setup/setup-state';
import { RouterRefused } from '../errors';
import type { Row } from './api/codec';
import { UPLINK_COMMENT } from './router-health';
import { grantedPolicies } from './router-rights';
import { GARDEN_IP_PROPS, PORTAL_COMMENT, toGardenRule } from './router-survey';
import { isApiSession, SERVICE_PROPS, serviceList } from './rows';
import { anyOf, asIs, one, print, remove, write, type ApiSender } from './api/sentences';
import { isTrap, Trap } from './api/trap';
import { readAmount, readFlag } from './api/values';
import { say } from '../text';

const SERVER_PROFILE = '/ip/hotspot/profile';
const GARDEN = '/ip/hotspot/walled-garden/ip';
const GARDEN_PROPS = `.id,${GARDEN_IP_PROPS},dynamic,comment`;
const NAT = '/ip/firewall/nat';
const NETWATCH = '/tool/netwatch';
const API_SERVICES = ['api', 'api-ssl'];

/** What a set-up reads and writes beyond the loop and the doctor. */
export class SetupRouter {
  constructor(private readonly api: ApiSender) {}

  /** @param pages files whose contents matter @throws RouterUnreachable, RouterRefused */
  async read(
    username: string,
    folders: readonly string[],
    pages: readonly string[],
  ): Promise<Omit<SetupState, 'snapshot'>> {
    const [profiles, garden, services, addresses, sessions, accounts, groups, files, watched] =
      await Promise.all([
        print(this.api, SERVER_PROFILE, `.id,name,${PROFILE_PROPERTIES.join(',')}`, asIs),
        print(this.api, GARDEN, GARDEN_PROPS, asIs),
        print(this.api, '/ip/service', `.id,${SERVICE_PROPS}`, asIs),
        print(this.api, '/ip/address', 'address,network,disabled', asIs),
        print(this.api, '/user/active', 'name,address,via', asIs),
        print(this.api, '/user', '.id,name,group,comment', asIs),
        print(this.api, '/user/group', '.id,name,policy,comment', asIs),
        print(this.api, '/file', '.id,name,type,size', asIs),
        this.watched(),
      ]);
    const contents = new Map(
      (await this.contentsOf(pages)).map((row) => [row.name, row.contents] as const),
    );
    const apiServices = services
      .filter((row) => API_SERVICES.includes(row.name ?? ''))
      .filter((row) => !readFlag(row.disabled) && !readFlag(row.dynamic));
    return {
      profiles: profiles.map(toProfile),
      garden: garden.map((row) => ({
        ...toGardenRule(row, 'ip'),
        id: row['.id'] ?? '',
        comment: row.comment ?? '',
        dynamic: readFlag(row.dynamic),
      })),
      services: apiServices.flatMap((row) => {
        const list = serviceList(row);
        return list ? [{ id: row['.id'] ?? '', name: row.name ?? '', ...list }] : [];
      }),
      hiddenServices: apiServices.filter((row) => !serviceList(row)).map((row) => row.name ?? ''),
      networks: addresses
        .filter((row) => row.network && row.address?.includes('/') && !readFlag(row.disabled))
        .map((row) => `${row.network}/${row.address!.split('/')[1]}`),
      ourAddress: onlyOne(
        sessions
          .filter((session) => session.name === username && isApiSession(session))
          .map(({ address }) => address!),
      ),
      accounts: accounts.map((row) => ({
        id: row['.id'] ?? '',
        name: row.name ?? '',
        group: row.group ?? '',
        comment: row.comment ?? '',
      })),
      groups: groups.map((row) => ({
        id: row['.id'] ?? '',
        name: row.name ?? '',
        policies: grantedPolicies(row.policy),
        comment: row.comment ?? '',
      })),
      files: files
        .filter((row) =>
          folders.some((folder) => nameOf(row) === folder || nameOf(row).startsWith(`${folder}/`)),
        )
        .map((row) => toFile(row, nameOf(row), contents.get(row.name))),
      watched,
    };
  }

  async setProfile(id: string, set: Partial<Record<ProfileProperty, string>>): Promise<void> {
    const words = Object.entries(set).map(([name, value]) => `=${name}=${value}`);
    await write(this.api, `${SERVER_PROFILE}/set`, [`=.id=${id}`, ...words]);
  }

  /** Adds our rule, or changes the existing one; above a rule that would take precedence. */
  async openGarden(
    portal: PortalAddress,
    id: string | undefined,
    beforeId: string | undefined,
    comment = PORTAL_COMMENT,
  ): Promise<void> {
    const { host, port, isAddress } = portal;
    const words = [
      '=action=accept',
      `=${isAddress ? 'dst-address' : 'dst-host'}=${host}`,
      '=protocol=tcp',
      `=dst-port=${port}`,
    ];
    if (id === undefined) {
      const place = beforeId === undefined ? [] : [`=place-before=${beforeId}`];
      await write(this.api, `${GARDEN}/add`, [...words, `=comment=${comment}`, ...place]);
    } else {
      const other = `=${isAddress ? 'dst-host' : 'dst-address'}=`;
      await write(this.api, `${GARDEN}/set`, [`=.id=${id}`, ...words, other, '=disabled=no']);
      if (beforeId === undefined) return;
      await write(this.api, `${GARDEN}/move`, [`=numbers=${id}`, `=destination=${beforeId}`]);
    }
  }

  async removeGardenRule(id: string): Promise<void> {
    await remove(this.api, GARDEN, id);
  }

  /** What phones of the network send to the host keeps their addresses; above the rule that would take them. */
  async spareFromNat(network: string, host: string, beforeId: string): Promise<void> {
    await write(this.api, `${NAT}/add`, [
      ...['=chain=srcnat', '=action=accept', `=src-address=${network}`, `=dst-address=${host}`],
      ...[`=comment=${PORTAL_COMMENT}`, `=place-before=${beforeId}`],
    ]);
  }

  async removeNatRule(id: string): Promise<void> {
    await remove(this.api, NAT, id);
  }

  async setFastTrack(table: 'filter' | 'mangle', id: string, disabled: boolean): Promise<void> {
    const words = [`=.id=${id}`, `=disabled=${disabled ? 'yes' : 'no'}`];
    await write(this.api, `/ip/firewall/${table}/set`, words);
  }

  /** Adds our row, or lets the existing one watch another address. */
  async watchUplink(address: string, id: string | undefined): Promise<void> {
    const host = `=host=${address}`;
    if (id !== undefined) await write(this.api, `${NETWATCH}/set`, [`=.id=${id}`, host]);
    else {
      // Explicit, since versions differ in their defaults.
      const words = [host, '=interval=10s', '=timeout=3s', `=comment=${UPLINK_COMMENT}`];
      await write(this.api, `${NETWATCH}/add`, words);
    }
  }

  async removeWatched(id: string): Promise<void> {
    await remove(this.api, NETWATCH, id);
  }

  /** Our rows, enabled or not; a router may lack this menu. */
  private async watched(): Promise<WatchedHost[] | undefined> {
    try {
      const rows = await print(this.api, NETWATCH, '.id,host,comment', asIs, [
        `?comment=${UPLINK_COMMENT}`,
      ]);
      return rows.map((row) => ({ id: row['.id'] ?? '', address: row.host ?? '' }));
    } catch (error) {
      if (error instanceof RouterRefused) return undefined;
      throw error;
    }
  }

  /** @param property in which the router showed them */
  async setServiceAddresses(id: string, property: string, addresses: string): Promise<void> {
    await write(this.api, '/ip/service/set', [`=.id=${id}`, `=${property}=${addresses}`]);
  }

  /**
   * Adds the group, or gives the one that is there these rights and no others.
   * @throws RouterRefused where it has other rights afterwards
   */
  async ensureGroup(
    name: string,
    id: string | undefined,
    policies: readonly string[],
    comment: string,
  ): Promise<void> {
    if (id === undefined) {
      const words = [`=name=${name}`, `=policy=${policies.join(',')}`];
      await this.addMarked('/user/group', words, comment);
    } else {
      // What is set adds to what is there on some versions: the others are taken away by name.
      const others = (await this.policiesOf(name)).filter((policy) => !policies.includes(policy));
      const words = [...policies, ...others.map((policy) => `!${policy}`)];
      await write(this.api, '/user/group/set', [`=.id=${id}`, `=policy=${words.join(',')}`]);
    }
    const has = await this.policiesOf(name);
    if (has.length === policies.length && has.every((policy) => policies.includes(policy))) return;
    throw new RouterRefused(
      say`The router's group "${name}" was to have the rights ${policies.join(', ')}, and has ${has.join(', ')}`,
    );
  }

  private async policiesOf(group: string): Promise<string[]> {
    const [row] = await print(this.api, '/user/group', 'policy', asIs, [`?name=${group}`]);
    return grantedPolicies(row?.policy);
  }

  /** @returns its id, where the router tells it */
  async addAccount(
    { name, group, password }: { name: string; group: string; password: string },
    comment: string,
  ): Promise<string | undefined> {
    const words = [`=name=${name}`, `=group=${group}`, `=password=${password}`];
    return this.addMarked('/user', words, comment);
  }

  /** Puts the account into the group and lets it in from everywhere; without a password it keeps its own. */
  async setAccount(id: string, group: string, password?: string): Promise<void> {
    const words = [`=.id=${id}`, `=group=${group}`, '=address=', '=disabled=no'];
    if (password !== undefined) words.push(`=password=${password}`);
    await write(this.api, '/user/set', words);
  }

  async removeAccount(id: string): Promise<void> {
    await remove(this.api, '/user', id);
  }

  async removeGroup(id: string): Promise<void> {
    await remove(this.api, '/user/group', id);
  }

  async removeUserProfile(name: string): Promise<void> {
    const menu = '/ip/hotspot/user/profile';
    const [found] = await print(this.api, menu, '.id,name', asIs, [`?name=${name}`]);
    if (found?.['.id']) await remove(this.api, menu, found['.id']);
  }

  /** Some versions make folders by themselves, or have none: then a refusal does not matter. */
  async addFolder(name: string): Promise<void> {
    try {
      await write(this.api, '/file/add', [`=name=${name}`, '=type=directory']);
    } catch (error) {
      if (!isTrap(error, 'bad-command', 'bad-value', 'exists')) throw error;
    }
  }

  /** @returns false if files cannot be written through the API: the router has to fetch them */
  async writeFile(name: string, id: string | undefined, contents: string): Promise<boolean> {
    try {
      if (id !== undefined) {
        await write(this.api, '/file/set', [`=.id=${id}`, `=contents=${contents}`]);
      } else await write(this.api, '/file/add', [`=name=${name}`, `=contents=${contents}`]);
      return true;
    } catch (error) {
      // What an old version refuses to set (it takes 4 KB), it may still fetch.
      const mayFetch = id === undefined ? isTrap(error, 'bad-command') : error instanceof Trap;
      if (mayFetch && !isTrap(error, 'permission')) return false;
      throw error;
    }
  }

  /** Lets the router load a page from us. @throws RouterRefused with its reason */
  async fetchFile(name: string, url: string): Promise<void> {
    // Old versions need `mode`; otherwise they take the address for a host name.
    const mode = url.startsWith('https:') ? 'https' : 'http';
    const words = ['/tool/fetch', `=url=${url}`, `=mode=${mode}`, `=dst-path=${name}`];
    await this.api.send(words, { read: () => undefined, isLong: true });
  }

  /** What is free on the router's disk; `undefined` when it does not tell. */
  async freeBytes(): Promise<number | undefined> {
    return readAmount(
      (await one(this.api, '/system/resource', 'free-hdd-space'))['free-hdd-space'],
    );
  }

  /** All files and folders, without what is in them. */
  async files(): Promise<RouterFile[]> {
    const rows = await print(this.api, '/file', '.id,name,type,size', asIs);
    return rows.map((row) => toFile(row, nameOf(row), undefined));
  }

  async removeFile(id: string): Promise<void> {
    await remove(this.api, '/file', id);
  }

  /** Reading contents is slow, so only if they are needed. */
  private async contentsOf(names: readonly string[]): Promise<Row[]> {
    if (names.length === 0) return [];
    const query = [...names.map((name) => `?name=${name}`), ...anyOf(names.length)];
    const words = ['/file/print', '=.proplist=name,contents', ...query];
    return (await this.api.send(words, { read: asIs, isLong: true })).rows;
  }

  /** Whether all versions have comments in this menu is unknown; the name tells it too. */
  private async addMarked(
    menu: string,
    words: readonly string[],
    comment: string,
  ): Promise<string | undefined> {
    try {
      return (await write(this.api, `${menu}/add`, [...words, `=comment=${comment}`])).ret;
    } catch (error) {
      if (!isTrap(error, 'bad-command')) throw error;
      return (await write(this.api, `${menu}/add`, words)).ret;
    }
  }
}

function toProfile(row: Row): ServerProfile {
  const values: ServerProfile['values'] = {};
  for (const name of PROFILE_PROPERTIES) {
    if (row[name] !== undefined) values[name] = row[name];
  }
  return { id: row['.id'] ?? '', name: row.name ?? '', values };
}

function nameOf(row: Row): string {
  return (row.name ?? '').replace(/^\//, '');
}

function toFile(row: Row, name: string, contents: string | undefined): RouterFile {
  const isFolder = row.type === 'directory' || row.type === 'disk';
  const bytes = /^\d+$/.test(row.size ?? '') ? Number(row.size) : undefined;
  return { id: row['.id'] ?? '', name, isFolder, bytes, contents };
}

function onlyOne(values: readonly string[]): string | undefined {
  return new Set(values).size === 1 ? values[0] || undefined : undefined;
}
