import { randomBytes } from 'node:crypto';
import type { Stores } from '../../store/stores';
import { hotspotPages, type HotspotPage } from '../router/hotspot-pages';

const SETTING = 'router pages';

/** What the pages are filled with. */
export interface PageValues {
  portalUrl: string;
  shopName: string;
  /** Of the router, where there are several. */
  key?: string | undefined;
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
    await this.stores.settings.set(settingOf(values), JSON.stringify({ ticket, ...values }));
    return `/portal/router-pages/${ticket}`;
  }

  async close(values: Pick<PageValues, 'key'>): Promise<void> {
    await this.stores.settings.set(settingOf(values), '');
  }

  async find(ticket: string, name: string): Promise<HotspotPage | undefined> {
    const settings = Object.entries(await this.stores.settings.all());
    const open = settings
      .filter(([setting, kept]) => setting.startsWith(SETTING) && kept !== '')
      .map(([, kept]) => JSON.parse(kept) as PageValues & { ticket: string })
      .find((one) => one.ticket === ticket);
    if (!open) return undefined;
    const pages = hotspotPages(open.portalUrl, open.shopName, open.key);
    return pages.find((page) => page.name === name);
  }
}

/** Two routers may load their pages at the same time. */
function settingOf({ key }: Pick<PageValues, 'key'>): string {
  return key === undefined ? SETTING : `${SETTING} ${key}`;
}
