import { presentFigures } from '../../domain/loop/speeds';
import { WHOLE_SHOP, type Scope } from '../../domain/shop/scope';
import type { Mac } from '../../domain/units';
import type { PastSpeed } from '../../store/router/speed-store';
import type { Stores } from '../../store/stores';
import type { Sites } from '../shop/sites';

/** As many changes as people will read. */
const SHOWN = 40;

/** "Why is my speed this": each interval at one speed, and the reason with its figures. */
export class SpeedHistory {
  constructor(
    private readonly stores: Stores,
    private readonly sites: Pick<Sites, 'routersOf'>,
  ) {}

  /**
   * Newest first; the first is still in force unless it has an `until`.
   * @param scope only what was so at routers of these sites
   */
  async ofDevice(mac: Mac, scope: Scope = WHOLE_SHOP): Promise<PastSpeed[]> {
    const routers = scope === WHOLE_SHOP ? undefined : await this.sites.routersOf(scope);
    return this.withPresentFigures(await this.stores.speeds.history({ mac }, SHOWN, routers));
  }

  /** On all devices that used the voucher, newest first. */
  async ofVoucher(code: string): Promise<PastSpeed[]> {
    return this.withPresentFigures(await this.stores.speeds.history({ code }, SHOWN));
  }

  /** The current speed is shown with what was used until now. */
  private async withPresentFigures(speeds: PastSpeed[]): Promise<PastSpeed[]> {
    const open = speeds.filter(({ until }) => until === null);
    const vouchers = await this.stores.vouchers.findAll(open.map(({ code }) => code));
    const byCode = new Map(vouchers.map((voucher) => [voucher.code, voucher]));
    return speeds.map((speed) => {
      const voucher = speed.until === null ? byCode.get(speed.code) : undefined;
      return voucher ? { ...speed, because: presentFigures(speed, voucher) } : speed;
    });
  }
}
