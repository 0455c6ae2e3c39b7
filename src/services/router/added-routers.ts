import { z } from 'zod';
import type { Clock } from '../../clock';
import { isHostName } from '../../domain/shop/web-address';
import { isOneLine, quoted } from '../../domain/units';
import { Conflict, InvalidInput, NotFound } from '../../errors';
import type { AddedRouter, AddedSettings } from '../../store/router/added-router-store';
import type { PasswordVault } from '../../store/router/password-vault';
import type { Stores } from '../../store/stores';

const line = z.string().trim().refine(isOneLine, 'holds a control character or a second line');

const SETTINGS = z.object({
  title: line.min(1, 'is empty').max(40, 'is longer than 40 characters'),
  site: line.max(40, 'is longer than 40 characters'),
  host: z.string().trim().refine(isHostName, 'is not a host name or address'),
  port: z.int('is not a port number').min(1).max(65_535),
  tls: z.enum(['off', 'on', 'anonymous']),
  username: line.min(1, 'is empty'),
  hotspotServer: line.nullable(),
});

/** Routers besides that of `.env`. The server reads them when it starts. */
export class AddedRouters {
  constructor(
    private readonly stores: Stores,
    private readonly vault: PasswordVault,
    private readonly clock: Clock,
    private readonly first: { host: string; port: number } | undefined,
  ) {}

  list(): Promise<AddedRouter[]> {
    return this.stores.addedRouters.list();
  }

  /** @throws NotFound */
  async find(title: string): Promise<AddedRouter> {
    const found = (await this.list()).find((one) => one.title === title.trim());
    if (found) return found;
    throw new NotFound(`There is no router called ${quoted(title)}; see routers list`);
  }

  /** @throws InvalidInput, Conflict when the name or the address is another router's */
  async add(typed: AddedSettings, password: string, by: string): Promise<AddedRouter> {
    const settings = read(typed);
    await this.stores.transaction(async (stores) => {
      await this.refuseDouble(stores, settings);
      const seal = (id: number) => this.vault.seal(id, password);
      await stores.addedRouters.add(settings, seal);
      await stores.journal.audit([this.entry(by, 'router added', settings)]);
    });
    return this.find(settings.title);
  }

  /** @param password `undefined` keeps the present one */
  async edit(
    title: string,
    changes: Partial<Omit<AddedSettings, 'title'>>,
    password: string | undefined,
    by: string,
  ): Promise<AddedRouter> {
    const { id, ...present } = await this.find(title);
    const settings = read({ ...present, ...changes });
    await this.stores.transaction(async (stores) => {
      await this.refuseDouble(stores, settings, id);
      await stores.addedRouters.edit(id, settings);
      if (password !== undefined) {
        await stores.addedRouters.setPassword(id, this.vault.seal(id, password));
      }
      await stores.journal.audit([this.entry(by, 'router changed', settings)]);
    });
    return this.find(title);
  }

  async remove(title: string, by: string): Promise<AddedRouter> {
    const router = await this.find(title);
    await this.stores.transaction(async (stores) => {
      await stores.addedRouters.remove(router.id, this.clock.now());
      await stores.journal.audit([this.entry(by, 'router removed', router)]);
    });
    return router;
  }

  private async refuseDouble(stores: Stores, settings: AddedSettings, id?: number): Promise<void> {
    const { title, host, port } = settings;
    const others = (await stores.addedRouters.list()).filter((one) => one.id !== id);
    if (others.some((one) => one.title === title)) {
      throw new Conflict(`There is a router called ${quoted(title)} already`);
    }
    const taken = [...others, ...(this.first ? [this.first] : [])];
    if (taken.some((one) => one.host === host && one.port === port)) {
      throw new Conflict(`The router at ${host}:${port} is in the books already`);
    }
  }

  private entry(who: string, what: string, { title, host, port, username }: AddedSettings) {
    return { at: this.clock.now(), who, what, subject: title, detail: { host, port, username } };
  }
}

function read(typed: AddedSettings): AddedSettings {
  const checked = SETTINGS.safeParse(typed);
  if (checked.success) return checked.data;
  const lines = checked.error.issues.map(({ path, message }) => `${String(path[0])} ${message}`);
  throw new InvalidInput(lines.join('\n'));
}
