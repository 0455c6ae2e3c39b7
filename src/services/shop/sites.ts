import type { Clock } from '../../clock';
import { WHOLE_SHOP, type Scope } from '../../domain/shop/scope';
import type { Site, SiteOffer } from '../../domain/shop/site';
import { isOneLine, quoted } from '../../domain/units';
import { Conflict, InvalidInput, NotFound } from '../../errors';
import type { Stores } from '../../store/stores';
import { say } from '../../text';

const LONGEST_NAME = 40;

/** What may be said of a site; what is left out stays as it is. */
export interface SiteChanges {
  name?: string | undefined;
  /** Whether the router of `.env` stands there. */
  hasFirstRouter?: boolean | undefined;
  /** Plans it sells otherwise than the shop, or no longer does. */
  offers?: readonly SiteOffer[] | undefined;
}

/** Where the shop's routers stand, and what is sold there. */
export class Sites {
  constructor(
    private readonly stores: Stores,
    private readonly clock: Clock,
  ) {}

  list(): Promise<Site[]> {
    return this.stores.sites.list();
  }

  /** @throws NotFound */
  async find(name: string): Promise<Site> {
    return findSite(await this.list(), name);
  }

  /** Ids of the routers that stand at these sites. */
  async routersOf(siteIds: readonly number[]): Promise<number[]> {
    const own = (await this.list()).filter(({ id }) => siteIds.includes(id));
    return own.flatMap(({ routers }) => routers);
  }

  /** Whether a router, by its id, is there for the reader. */
  async routersWithin(scope: Scope): Promise<(router: number) => boolean> {
    if (scope === WHOLE_SHOP) return () => true;
    const own = await this.routersOf(scope);
    return (router) => own.includes(router);
  }

  /** @throws InvalidInput, Conflict when the name is taken */
  async add(typed: string, by: string): Promise<Site> {
    const name = readName(typed);
    const at = this.clock.now();
    await this.stores.transaction(async ({ sites, journal }) => {
      await sites.add(name);
      await journal.audit([{ at, who: by, what: 'site added', subject: name, detail: {} }]);
    });
    return this.find(name);
  }

  /** @throws NotFound, InvalidInput, Conflict when the new name is taken */
  async edit(present: string, changes: SiteChanges, by: string): Promise<Site> {
    const at = this.clock.now();
    const name = changes.name === undefined ? undefined : readName(changes.name);
    const id = await this.stores.transaction(async ({ sites, journal }) => {
      const site = findSite(await sites.list(), present);
      if (name !== undefined && name !== site.name) await sites.rename(site.id, name);
      const { hasFirstRouter, offers = [] } = changes;
      if (hasFirstRouter !== undefined) await sites.placeFirstRouter(site.id, hasFirstRouter);
      for (const offer of offers) {
        if (offer.price !== null && offer.price < 0) throw new InvalidInput('A price is below 0');
        await sites.setOffer(site.id, offer);
      }
      const detail = { before: { name: site.name, offers: site.offers }, after: changes };
      const subject = name ?? site.name;
      await journal.audit([{ at, who: by, what: 'site changed', subject, detail }]);
      return site.id;
    });
    return (await this.list()).find((site) => site.id === id)!;
  }

  /** @throws NotFound, Conflict while a router stands there */
  async remove(typed: string, by: string): Promise<Site> {
    const at = this.clock.now();
    return this.stores.transaction(async ({ sites, journal }) => {
      const site = findSite(await sites.list(), typed);
      if (site.routers.length > 0) {
        throw new Conflict(say`Routers stand at ${site.name}: move them to another site first`);
      }
      await sites.remove(site.id);
      const subject = site.name;
      await journal.audit([{ at, who: by, what: 'site removed', subject, detail: {} }]);
      return site;
    });
  }
}

/** By name, ignoring case. @throws NotFound */
export function findSite(sites: readonly Site[], typed: string): Site {
  const name = typed.trim().toLowerCase();
  const found = sites.find((site) => site.name.toLowerCase() === name);
  if (found) return found;
  throw new NotFound(say`There is no site called ${quoted(typed)}; see: sites list`);
}

function readName(typed: string): string {
  const name = typed.trim();
  if (name === '') throw new InvalidInput('Give the site a name');
  if (!isOneLine(name)) throw new InvalidInput('The name has a control character');
  if (name.length <= LONGEST_NAME) return name;
  throw new InvalidInput(say`The name is longer than ${LONGEST_NAME} characters`);
}
