import { z } from 'zod';
import type { Clock } from '../../clock';
import { isHostName, parsePortalUrl } from '../../domain/shop/web-address';
import { deed, type AuditEntry } from '../../domain/shop/audit-entry';
import { isOneLine, parseRates, quoted } from '../../domain/units';
import { Conflict, InvalidInput, NotFound } from '../../errors';
import type { AddedRouter, AddedSettings } from '../../store/router/added-router-store';
import type { PasswordVault } from '../../store/router/password-vault';
import type { Stores } from '../../store/stores';
import type { SettingsKeeper } from '../setup/setup-applier';
import { joined, say, Text } from '../../text';

const line = z.string().trim().refine(isOneLine, 'holds a control character or a second line');

const SETTINGS = z.object({
  title: line.min(1, 'is empty').max(40, 'is longer than 40 characters'),
  site: line.max(40, 'is longer than 40 characters'),
  host: z.string().trim().refine(isHostName, 'is not a host name or address'),
  port: z.int('is not a port number').min(1).max(65_535),
  tls: z.enum(['off', 'on', 'anonymous']),
  username: line.min(1, 'is empty'),
  hotspotServer: line.nullable(),
  wanInterface: line.nullable(),
  uplinkHost: z.ipv4('is not an address like 8.8.8.8').nullable(),
  uplinkRate: z
    .string()
    .trim()
    .refine(isRates, 'is not a speed up/down; write it like 20M/100M')
    .nullable(),
  pollSeconds: z
    .int('is not a number of seconds (1 to 3600)')
    .min(1, 'is not a number of seconds (1 to 3600)')
    .max(3600, 'is not a number of seconds (1 to 3600)')
    .nullable(),
  portalUrl: z
    .string()
    .trim()
    .transform((text, context) => {
      const url = parsePortalUrl(text);
      if (url !== undefined) return url;
      context.addIssue('is not a plain web address; write it like http://192.168.88.2:5000');
      return z.NEVER;
    })
    .nullable(),
});

/** What to call each of them in a message. */
const LABELS: Readonly<Record<string, string>> = {
  title: 'The name',
  site: 'The site',
  host: 'The address',
  port: 'The port',
  tls: 'TLS',
  username: 'The account',
  hotspotServer: 'The hotspot server',
  wanInterface: 'The interface to the internet',
  uplinkHost: 'The address beyond the modem',
  uplinkRate: 'The speed of the internet line',
  pollSeconds: 'The time between rounds',
  portalUrl: "The portal's address",
};

/** The usual ones of a router that has just been bought. */
export const USUAL_SETTINGS = {
  ...{ site: '', tls: 'off' as const, hotspotServer: null, wanInterface: null },
  ...{ uplinkHost: '8.8.8.8', uplinkRate: null, pollSeconds: null, portalUrl: null },
};

/** Of RouterOS's API, plain or encrypted. */
export function usualPort(tls: AddedSettings['tls']): number {
  return tls === 'off' ? 8728 : 8729;
}

/** Routers besides that of `.env`. A server that runs takes them up, see `RouterSides`. */
export class AddedRouters {
  private changed: () => Promise<void> = () => Promise.resolve();

  constructor(
    private readonly stores: Stores,
    private readonly vault: PasswordVault,
    private readonly clock: Clock,
    private readonly first: { host: string; port: number } | undefined,
  ) {}

  /** @param changed takes up in this process what was changed here */
  onChange(changed: () => Promise<void>): void {
    this.changed = changed;
  }

  list(): Promise<AddedRouter[]> {
    return this.stores.addedRouters.list();
  }

  /** @throws NotFound */
  async find(title: string): Promise<AddedRouter> {
    const found = (await this.list()).find((one) => one.title === title.trim());
    if (found) return found;
    throw new NotFound(say`There is no router called ${quoted(title)}; see routers list`);
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
    await this.changed();
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
    await this.changed();
    return this.find(title);
  }

  /**
   * Where a set-up of this router keeps what the first router has in `.env`.
   * @param id of its row
   */
  keeper(id: number): SettingsKeeper {
    return {
      place: 'the books',
      save: async ({ PORTAL_URL, MIKROTIK_USERNAME, MIKROTIK_PASSWORD }) => {
        const router = (await this.list()).find((one) => one.id === id);
        if (!router) throw new NotFound('This router has just been removed');
        const changes = {
          ...(PORTAL_URL !== undefined && { portalUrl: PORTAL_URL }),
          ...(MIKROTIK_USERNAME !== undefined && { username: MIKROTIK_USERNAME }),
        };
        await this.edit(router.title, changes, MIKROTIK_PASSWORD, 'setup');
      },
      checkSaving: () => undefined,
      masked: () => [],
    };
  }

  async remove(title: string, by: string): Promise<AddedRouter> {
    const router = await this.find(title);
    await this.stores.transaction(async (stores) => {
      await stores.addedRouters.remove(router.id, this.clock.now());
      await stores.journal.audit([this.entry(by, 'router removed', router)]);
    });
    await this.changed();
    return router;
  }

  private async refuseDouble(stores: Stores, settings: AddedSettings, id?: number): Promise<void> {
    const { title, host, port } = settings;
    const others = (await stores.addedRouters.list()).filter((one) => one.id !== id);
    if (others.some((one) => one.title === title)) {
      throw new Conflict(say`There is a router called ${quoted(title)} already`);
    }
    const taken = [...others, ...(this.first ? [this.first] : [])];
    if (taken.some((one) => one.host === host && one.port === port)) {
      throw new Conflict(say`The router at ${host}:${port} is connected already`);
    }
  }

  private entry(
    who: string,
    what: 'router added' | 'router changed' | 'router removed',
    { title, host, port, username }: AddedSettings,
  ): AuditEntry {
    return { at: this.clock.now(), who, ...deed(what, title, { host, port, username }) };
  }
}

function read(typed: AddedSettings): AddedSettings {
  const checked = SETTINGS.safeParse(typed);
  if (checked.success) return checked.data;
  const lines = checked.error.issues.map(
    ({ path, message }) => say`${new Text(LABELS[String(path[0])]!)} ${new Text(message)}`,
  );
  throw new InvalidInput(joined(lines));
}

function isRates(text: string): boolean {
  try {
    parseRates(text);
    return true;
  } catch {
    return false;
  }
}
