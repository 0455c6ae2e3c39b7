import type { Clock } from '../../clock';
import type { CheckoutOrder, Gateway } from '../../domain/billing/gateways/gateway';
import { GATEWAYS } from '../../domain/billing/gateways/gateways';
import { GatewayRefused } from '../../errors';
import type { PaymentSource } from '../../store/billing/payment-source-store';
import type { Stores } from '../../store/stores';
import { Recent } from '../recent';
import type { GatewayClient } from './gateway-client';
import type { GatewaySecrets } from './gateway-secrets';

const REFUSED = 'payment page refused';

/** A gateway on whose pages customers can pay. */
export interface PayOffer {
  source: PaymentSource;
  gateway: Gateway;
}

/** Pages of gateways on which customers pay. */
export class PaymentPages {
  private readonly known = new Recent(() => this.stores.paymentSources.list());

  constructor(
    private readonly stores: Stores,
    private readonly secrets: GatewaySecrets,
    private readonly client: Pick<GatewayClient, 'createCheckout'>,
    private readonly clock: Clock,
  ) {}

  /** Where customers pay in this currency: the first gateway with a key that takes it. Seconds old at most. */
  async offer(currency: string): Promise<PayOffer | undefined> {
    for (const source of await this.known.value(this.clock)) {
      const gateway = GATEWAYS.get(source.gateway ?? '');
      if (source.revokedAt !== null || source.sealedKey === null) continue;
      if (gateway?.checkouts.takes(currency)) return { source, gateway };
    }
    return undefined;
  }

  /**
   * Has the gateway make a page.
   * @returns its address
   * @throws GatewayAway; GatewayRefused, of which the owner hears
   */
  async make(sourceId: number, order: CheckoutOrder): Promise<string> {
    const source = await this.stores.paymentSources.get(sourceId);
    const gateway = GATEWAYS.get(source?.gateway ?? '');
    const key = source && source.revokedAt === null ? this.secrets.ofPages(source) : undefined;
    if (!source || !gateway || key === undefined) {
      throw new GatewayRefused('The gateway takes no payments of customers any more');
    }
    try {
      const page = await this.client.createCheckout(gateway, key, source.checkout, order);
      await this.tellOver(source);
      return page;
    } catch (error) {
      if (error instanceof GatewayRefused) await this.tell(source, error.message);
      throw error;
    }
  }

  private async tell({ name }: PaymentSource, problem: string): Promise<void> {
    const text = `Customers cannot pay online at ${name}. ${problem}`;
    const at = this.clock.now();
    await this.stores.outsideLoopState(({ journal }) => journal.raise(REFUSED, name, text, at));
  }

  private async tellOver({ name }: PaymentSource): Promise<void> {
    const open = await this.stores.journal.openAlerts();
    if (!open.some(({ kind, subject }) => kind === REFUSED && subject === name)) return;
    const at = this.clock.now();
    await this.stores.outsideLoopState(({ journal }) => journal.clear(REFUSED, name, at));
  }
}
