import { randomBytes } from 'node:crypto';
import type { Stores } from '../../store/stores';
import { hotspotPages, type HotspotPage } from '../router/hotspot-pages';

const SETTING = 'router pages';

/** What the pages are filled with. */
export interface PageValues {
  portalUrl: string;
  shopName: string;
}

/**
 * The router's pages while a router loads them from us. Their path is random, known only to the router, and
 * ends with the set-up; it is stored in the books, since the server that serves them and the command that
 * wants them loaded may be two processes.
 */
export class RouterPages {
  constructor(private readonly stores: Stores) {}

  /** Opens the path. @returns the path below our address */
  async open(values: PageValues): Promise<string> {
    const ticket = randomBytes(18).toString('base64url');
    await this.stores.settings.set(SETTING, JSON.stringify({ ticket, ...values }));
    return `/portal/router-pages/${ticket}`;
  }

  async close(): Promise<void> {
    await this.stores.settings.set(SETTING, '');
  }

  async find(ticket: string, name: string): Promise<HotspotPage | undefined> {
    const kept = (await this.stores.settings.all())[SETTING];
    if (kept === undefined) return undefined;
    const open = JSON.parse(kept) as PageValues & { ticket: string };
    if (open.ticket !== ticket) return undefined;
    return hotspotPages(open.portalUrl, open.shopName).find((page) => page.name === name);
  }
}
