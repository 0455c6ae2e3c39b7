import type { Voucher } from '../../domain/vouchers/voucher';
import type { Stores } from '../../store/stores';
import type { ShopSettings } from '../shop/shop-settings';
import { slipOf, type Slip, type SlipTemplate } from './slip-template';

/** Slips of vouchers, as the owner wants them. */
export class Slips {
  constructor(
    private readonly stores: Pick<Stores, 'vouchers'>,
    private readonly shop: Pick<ShopSettings, 'get'>,
    private readonly portalUrl: string | undefined,
  ) {}

  async of(vouchers: readonly Voucher[]): Promise<Slip[]> {
    const batches = new Set(vouchers.flatMap(({ batchId }) => batchId ?? []));
    const serials = new Map<string, string>();
    for (const batch of batches) {
      const codes = await this.stores.vouchers.codesOfBatch(batch);
      if (codes.length === 1) continue;
      for (const [index, code] of codes.entries()) {
        serials.set(code, `${index + 1} of ${codes.length}`);
      }
    }
    const { language } = this;
    return Promise.all(
      vouchers.map((one) => slipOf(one, this.portalUrl, serials.get(one.code), language)),
    );
  }

  /** @param logo where the shop's picture is, if the page can reach it */
  template(logo?: string): SlipTemplate {
    const { name: shopName, wifiName, slipFooter: footer, slipHides: hides } = this.shop.get();
    const { language } = this;
    return { shopName, logo, wifiName, footer, hides, language };
  }

  /** Buyers are spoken to in the shop's language; paper cannot ask what theirs is. */
  get language(): string {
    return this.shop.get().language ?? 'en';
  }
}
