import { presentFigures } from '../../domain/loop/speeds';
import type { Mac } from '../../domain/units';
import type { PastSpeed } from '../../store/router/speed-store';
import type { Stores } from '../../store/stores';

/** As many changes as people will read. */
const SHOWN = 40;

/** "Why is my speed this": each interval at one speed, and the reason with its figures. */
export class SpeedHistory {
  constructor(private readonly stores: Stores) {}

  /** Newest first; the first is still in force unless it has an `until`. */
  async ofDevice(mac: Mac): Promise<PastSpeed[]> {
    return this.withPresentFigures(await this.stores.speeds.history({ mac }, SHOWN));
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
