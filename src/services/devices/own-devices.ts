import { WHOLE_SHOP, type Scope } from '../../domain/shop/scope';
import type { Mac } from '../../domain/units';
import { NotFound } from '../../errors';
import type { Stores } from '../../store/stores';
import type { Sites } from '../shop/sites';
import { say } from '../../text';

/**
 * Which devices are there for a reader. A device belongs to the site of the router at which it was let in last,
 * and moves with its customer; one that was never let in belongs to the whole shop alone.
 */
export class OwnDevices {
  constructor(
    private readonly stores: Stores,
    private readonly sites: Pick<Sites, 'routersWithin'>,
  ) {}

  /** Whether each of these is there for the reader. */
  async among(scope: Scope, macs: readonly Mac[]): Promise<(mac: Mac) => boolean> {
    if (scope === WHOLE_SHOP) return () => true;
    const isOwn = await this.sites.routersWithin(scope);
    const last = await this.stores.sessions.lastRouters(macs);
    return (mac) => {
      const router = last.get(mac);
      return router !== undefined && isOwn(router);
    };
  }

  /** @throws NotFound when that device is not there for the reader */
  async require(scope: Scope, mac: Mac): Promise<void> {
    const isOwn = await this.among(scope, [mac]);
    if (!isOwn(mac)) throw new NotFound(say`No device ${mac} was let in at your site`);
  }
}
