import { randomBytes } from 'node:crypto';
import { NEEDED_POLICIES } from '../../domain/doctor/doctor-access';
import { isOurs } from '../../domain/network/network';
import { spaceFor } from '../../domain/setup/disk-space';
import { noSpaceText } from '../../format/disk-space-text';
import { ACCOUNT_COMMENT } from '../../domain/setup/setup-plan';
import { PORTAL_ADDRESS_COMMENT } from '../../domain/setup/setup-state';
import type { SetupChange } from '../../domain/setup/setup-step';
import { AppError, Conflict, RouterRefused } from '../../errors';
import type { ApiConnection } from '../../routeros/api/connection';
import type { Router } from '../../routeros/router';
import { isTrap } from '../../routeros/api/trap';
import type { SetupRouter } from '../../routeros/setup-router';
import type { PageValues, RouterPages } from './router-pages';
import { say, type Text } from '../../text';

type PagesChange = Extract<SetupChange, { kind: 'pages' }>;
type LoginChange = Extract<SetupChange, { kind: 'login' }>;

/** A name and password for the router. */
export interface RouterLogin {
  username: string;
  password: string;
}

/** Where a router's settings are kept, by the names they have in `.env`. */
export interface SettingsKeeper {
  /** What people call that place: `.env` if not given. */
  place?: string;
  /** Saves settings where the next start reads them. */
  save(settings: Record<string, string>): void | Promise<void>;
  /** Before something that cannot be saved afterwards. @throws AppError if `save` would fail */
  checkSaving(): void;
  /** Settings that would have no effect although saved, since something else overrides them. */
  masked(names: readonly string[]): string[];
}

/** What a set-up needs from its caller. */
export interface SetupTools extends SettingsKeeper {
  /** Called with each step as it starts. */
  tell(doing: string): void;
  /** Makes sure pages are served at the portal's address. @returns how to stop that */
  serve(): Promise<() => Promise<void>>;
}

/** Applies single changes. A refusal is thrown with the router's own words. */
export class SetupApplier {
  constructor(
    private readonly router: Router,
    private readonly setupRouter: SetupRouter,
    private readonly pages: RouterPages,
    private readonly tools: SetupTools,
    private readonly open: (login?: RouterLogin) => Promise<ApiConnection>,
  ) {}

  /**
   * @param page what the pages are filled with, if the router has to load them from us
   * @throws RouterUnreachable, RouterRefused
   */
  async apply(change: SetupChange, page: PageValues): Promise<void> {
    const { setupRouter } = this;
    switch (change.kind) {
      case 'portal address':
        return this.keepAddress(change.portalUrl);
      case 'garden':
        return setupRouter.openGarden(change.portal, change.id, change.beforeId);
      case 'garden address': {
        const portal = { host: change.address, port: change.port, isAddress: true };
        const { id, beforeId } = change;
        return setupRouter.openGarden(portal, id, beforeId, PORTAL_ADDRESS_COMMENT);
      }
      case 'remove garden':
        return setupRouter.removeGardenRule(change.id);
      case 'nat':
        for (const id of change.staleIds) await setupRouter.removeNatRule(id);
        for (const { network, beforeId } of change.exceptions) {
          await setupRouter.spareFromNat(network, change.host, beforeId);
        }
        return;
      case 'remove nat':
        for (const id of change.ids) await setupRouter.removeNatRule(id);
        return;
      case 'pages':
        return this.putPages(change, page);
      case 'remove files':
        for (const id of change.ids) await setupRouter.removeFile(id);
        return;
      case 'profile':
        return setupRouter.setProfile(change.id, change.set);
      case 'fasttrack':
        for (const { table, id } of change.rules) {
          await setupRouter.setFastTrack(table, id, change.disabled);
        }
        return;
      case 'login':
        return this.makeLogin(change);
      case 'remove login':
        return this.removeLogin(change);
      case 'services':
        for (const { id, property, addresses } of change.set) {
          await setupRouter.setServiceAddresses(id, property, addresses);
        }
        return;
      case 'line':
        return setupRouter.watchUplink(change.address, change.id);
      case 'remove line':
        for (const id of change.ids) await setupRouter.removeWatched(id);
        return;
      case 'customers':
        return this.removeCustomers();
      case 'user profiles':
        for (const name of change.names) await setupRouter.removeUserProfile(name);
    }
  }

  /** Whether the account in our settings can log in, with these or the kept credentials. */
  async tryLogin(login?: RouterLogin): Promise<void> {
    const connection = await this.open(login);
    try {
      await connection.send(['/system/identity/print'], { read: () => undefined });
    } finally {
      connection.close();
    }
  }

  /** An overridden setting would send customers to the wrong address, and be reported each time. */
  private async keepAddress(portalUrl: string): Promise<void> {
    this.needSettings(['PORTAL_URL'], `the address ${portalUrl}`);
    await this.tools.save({ PORTAL_URL: portalUrl });
  }

  /** All of them or none: half of the pages would send customers nowhere. */
  private async putPages(change: PagesChange, page: PageValues): Promise<void> {
    await this.needSpace(change);
    try {
      await this.writePages(change, page);
    } catch (error) {
      if (error instanceof RouterRefused) await tried(this.removeNew(change));
      throw error;
    }
  }

  private async needSpace({ directory, pages }: PagesChange): Promise<void> {
    const free = await this.setupRouter.freeBytes();
    if (free === undefined) return;
    const files = await this.setupRouter.files();
    const needed = spaceFor(pages, files);
    if (needed > free) throw new RouterRefused(noSpaceText(needed, free, directory, files));
  }

  private async writePages(
    { directory, makesDirectory, pages }: PagesChange,
    page: PageValues,
  ): Promise<void> {
    if (makesDirectory) await this.setupRouter.addFolder(directory);
    const toFetch: string[] = [];
    for (const { name, id, contents } of pages) {
      this.tools.tell(`  ${name}`);
      const isThere = await this.setupRouter.writeFile(`${directory}/${name}`, id, contents);
      if (!isThere) toFetch.push(name);
    }
    if (toFetch.length > 0) await this.letFetch(directory, toFetch, page);
  }

  /** The folder last: it has to be empty. */
  private async removeNew({ directory, makesDirectory, pages }: PagesChange): Promise<void> {
    const made = pages
      .filter(({ id }) => id === undefined)
      .map(({ name }) => `${directory}/${name}`);
    const files = await this.setupRouter.files();
    for (const name of [...made, ...(makesDirectory ? [directory] : [])]) {
      const file = files.find((each) => each.name === name);
      if (file) await this.setupRouter.removeFile(file.id);
    }
  }

  private async letFetch(directory: string, names: readonly string[], page: PageValues) {
    const path = await this.pages.open(page);
    const stop = await this.tools.serve();
    try {
      for (const name of names) {
        const url = `${page.portalUrl}${path}/${encodeURIComponent(name)}`;
        await this.setupRouter.fetchFile(`${directory}/${name}`, url);
      }
    } catch (error) {
      if (!(error instanceof RouterRefused)) throw error;
      const text = say`${error.text} (it was to load its pages from ${page.portalUrl}: can the router reach this computer there, and does a firewall here let it?)`;
      throw new RouterRefused(text, { cause: error });
    } finally {
      await stop();
      await this.pages.close(page);
    }
  }

  /**
   * Only the router and the settings know the password. One that works is not replaced, and a new one is made last:
   * no failed step leaves one behind.
   */
  private async makeLogin(change: LoginChange): Promise<void> {
    const { account, accountId, group, groupId, groupIsRight } = change;
    this.needSettings(['MIKROTIK_USERNAME', 'MIKROTIK_PASSWORD'], 'a new login');
    if (!groupIsRight) {
      await this.setupRouter.ensureGroup(group, groupId, NEEDED_POLICIES, ACCOUNT_COMMENT);
    }
    if (accountId !== undefined && (await this.worksInGroup(accountId, change))) return;
    const password = randomBytes(24).toString('base64url');
    const madeId = await this.givePassword(change, password);
    try {
      await this.tryLogin({ username: account, password });
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
      const isGone = madeId !== undefined && (await tried(this.setupRouter.removeAccount(madeId)));
      const { place } = this.tools;
      throw new RouterRefused(cannotLogIn(change, error.text, isGone, place), { cause: error });
    }
    await this.tools.save({ MIKROTIK_USERNAME: account, MIKROTIK_PASSWORD: password });
  }

  /** If only the group was wrong. @throws if it cannot be told whether the password is right */
  private async worksInGroup(id: string, { group, isOfSettings }: LoginChange): Promise<boolean> {
    await this.setupRouter.setAccount(id, group);
    if (!isOfSettings) return false;
    try {
      await this.tryLogin();
      return true;
    } catch (error) {
      if (isTrap(error, 'auth')) return false;
      throw error;
    }
  }

  /** @returns the id of an account that was made for it */
  private async givePassword(
    { account, accountId, group }: LoginChange,
    password: string,
  ): Promise<string | undefined> {
    if (accountId === undefined) {
      return this.setupRouter.addAccount({ name: account, group, password }, ACCOUNT_COMMENT);
    }
    await this.setupRouter.setAccount(accountId, group, password);
    return undefined;
  }

  /** Before a password that only the settings keep: one that only the router knows locks us out. */
  private needSettings(names: readonly string[], what: string): void {
    const [masked] = this.tools.masked(names);
    if (masked !== undefined) {
      throw new Conflict(
        say`${masked} is set in the environment, which overrides .env: ${what} would have no effect. Move it into .env first`,
      );
    }
    this.tools.checkSaving();
  }

  /** The settings last: while the account exists, we can still log in with it. */
  private async removeLogin(change: Extract<SetupChange, { kind: 'remove login' }>): Promise<void> {
    const { accountId, groupId, previousUsername: username } = change;
    if (username !== undefined) this.tools.checkSaving();
    if (accountId !== undefined) await this.setupRouter.removeAccount(accountId);
    if (groupId !== undefined) await this.setupRouter.removeGroup(groupId);
    if (username === undefined) return;
    await this.tools.save({ MIKROTIK_USERNAME: username, MIKROTIK_PASSWORD: '' });
  }

  /** The right to log in goes first, so that nobody comes back in between. */
  private async removeCustomers(): Promise<void> {
    const { users, active, queues } = await this.router.observe();
    const ours = users.filter(isOurs);
    const codes = new Set(ours.map(({ name }) => name));
    for (const { id } of ours) await this.router.removeUser(id);
    for (const session of active) {
      if (codes.has(session.user)) await this.router.removeActive(session.id);
    }
    for (const cookie of await this.router.cookies()) {
      if (codes.has(cookie.user)) await this.router.removeCookie(cookie.id);
    }
    for (const queue of queues.filter(isOurs)) await this.router.removeQueue(queue.id);
  }
}

/** Whether it worked; only the failure before it is reported. @throws a bug */
async function tried(work: Promise<void>): Promise<boolean> {
  try {
    await work;
    return true;
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    return false;
  }
}

/** An existing account has lost the password that `.env` may have: that is reported too. */
function cannotLogIn(
  { account, accountId }: LoginChange,
  reason: Text,
  isGone: boolean,
  place = '.env',
): Text {
  if (accountId === undefined) {
    return isGone
      ? say`the new user cannot log in, so ${place} stays as it was: ${reason}`
      : say`the new user cannot log in, so ${place} stays as it was: ${reason}. The user "${account}" is still on the router: remove it`;
  }
  return say`"${account}" has a new password but cannot log in with it (${reason}), so ${place} stays as it was. The earlier password of "${account}" does not work any more. When the cause is fixed, an administrator of the router has to run this again, which makes another one`;
}
