import { randomInt } from 'node:crypto';
import { DAY_MS, type Clock } from '../../clock';
import type { PaymentReport } from '../../domain/billing/payment-report';
import type { HotspotHost } from '../../domain/network/network';
import { isForSubscribersOnly, type Plan } from '../../domain/plans/plan';
import { formatMoney, type Mac } from '../../domain/units';
import { Conflict, DeviceBlocked, GatewayRefused, NotFound } from '../../errors';
import type { NewPayOrder, PayOrder } from '../../store/billing/pay-order-store';
import type { Outcome } from '../../store/billing/payment-source-store';
import type { Stores } from '../../store/stores';
import type { PlanService } from '../shop/plan-service';
import type { Batches } from '../vouchers/batches';
import type { Billing } from './billing';
import type { PaymentPages, PayOffer } from './payment-pages';
import { say } from '../../text';

/** Where phones reach our pages; an order's own page is below it. */
const PATH = '/portal/pay/';
/** So long the same order leads to the same page of the gateway. */
const SAME_MS = 30 * 60_000;
/** So long a page may be paid, where the gateway keeps to it. Stripe wants half an hour at least. */
const OPEN_MS = 90 * 60_000;
/** A payment may be told late; the order of one that nobody made is of no use. */
const KEEP_UNPAID_MS = 90 * DAY_MS;
const LETTERS = 'abcdefghijklmnopqrstuvwxyz0123456789';

/** What a report says was paid, and who tells it. */
export interface Paid {
  report: PaymentReport;
  /** As staff call the gateway. */
  source: string;
  /** In the books, in the same transaction. */
  record: (stores: Stores, outcome: Exclude<Outcome, { problem: string }>) => Promise<void>;
}

/** What is ordered and paid on pages of gateways: vouchers by phones at the portal, and what subscribers owe. */
export class PayOrders {
  /** Two taps at once ask the gateway once. */
  private readonly asking = new Map<number, Promise<void>>();

  constructor(
    private readonly stores: Stores,
    private readonly pages: PaymentPages,
    private readonly billing: Pick<Billing, 'account' | 'pay' | 'currency'>,
    private readonly plans: Pick<PlanService, 'priceList'>,
    private readonly batches: Pick<Batches, 'freshCode' | 'addPaid'>,
    private readonly clock: Clock,
  ) {}

  /** Where customers can pay; `undefined` where nothing is set up. */
  offer(): Promise<PayOffer | undefined> {
    return this.pages.offer(this.billing.currency);
  }

  /** Of these plans, those that a phone can buy. */
  async forSale(plans: readonly Plan[]): Promise<ReadonlySet<string>> {
    const found = await this.offer();
    const { currency } = this.billing;
    const sold = found ? plans.filter((plan) => isSoldOnline(plan, currency)) : [];
    return new Set(sold.map(({ name }) => name));
  }

  /**
   * Orders a voucher for a phone, at the price it sees, and has a page made on which it is paid. The same again is the
   * same order.
   * @param base our address, as the phone reaches it
   * @throws Conflict when the plan is not sold there, DeviceBlocked, GatewayAway, GatewayRefused
   */
  async buy(host: HotspotHost, name: string, base: string): Promise<PayOrder> {
    const { mac, router } = host;
    const plans = await this.plans.priceList(router);
    const plan = plans.find((one) => one.name === name);
    if (!plan || !(await this.forSale(plans)).has(name)) {
      throw new Conflict(say`Plan ${name} cannot be bought online`);
    }
    if ((await this.stores.blocks.macs({ mac })).has(mac)) {
      throw new DeviceBlocked(say`The device ${mac} is blocked`);
    }
    const { sites } = this.stores;
    const siteId = router === undefined ? undefined : await sites.ofRouter(router);
    return this.order(base, {
      ...{ subscriberId: null, mac, versionId: plan.versionId, siteId: siteId ?? null },
      ...{ money: plan.terms.price, description: `Wi-Fi: ${plan.name}` },
    });
  }

  /**
   * Has a page made on which a subscriber pays all they owe in the shop's currency.
   * @returns `undefined` when they owe nothing
   * @throws GatewayAway; GatewayRefused, also where no gateway takes payments
   */
  async payOwed(subscriberId: number, base: string): Promise<PayOrder | undefined> {
    const { owed } = await this.billing.account(subscriberId);
    if (owed <= 0) return undefined;
    return this.order(base, {
      ...{ subscriberId, mac: null, versionId: null, siteId: null },
      ...{ money: { amount: owed, currency: this.billing.currency }, description: 'Internet' },
    });
  }

  /** As its own page shows it. */
  find(reference: string): Promise<PayOrder | undefined> {
    return this.stores.payOrders.find(reference);
  }

  get(id: number): Promise<PayOrder | undefined> {
    return this.stores.payOrders.get(id);
  }

  /** Vouchers that this phone, or this browser, bought and that nobody used yet. */
  unused(mac: Mac | undefined, references: readonly string[]) {
    return this.stores.payOrders.unused(mac, references);
  }

  /** The newest vouchers that were bought. */
  sold(limit: number): Promise<PayOrder[]> {
    return this.stores.payOrders.sold(limit);
  }

  async forgetUnpaid(now: Date): Promise<void> {
    const before = new Date(now.getTime() - KEEP_UNPAID_MS);
    await this.stores.outsideLoopState(({ payOrders }) => payOrders.forgetUnpaid(before));
  }

  /**
   * Books what was paid for an order: a subscriber's payment, or a voucher that is made and sold.
   * @throws NotFound, and Conflict when it is not what was ordered, or was paid before: then nothing is booked
   */
  async book({ report, source, record }: Paid): Promise<void> {
    const order = await this.stores.payOrders.find(report.order ?? '');
    if (!order) throw new NotFound(say`There is no order ${report.order}`);
    const by = `payments ${source}`;
    const at = this.clock.now();
    if (order.subscriberId !== null) {
      const { money, id: note } = report;
      const payment = { subscriberId: order.subscriberId, money, method: source, note };
      await this.billing.pay(payment, by, async (stores, paymentId) => {
        // Whatever was paid is on their account, a second time too.
        await stores.payOrders.pay(order.id, at, null);
        await record(stores, { paymentId });
      });
      return;
    }
    mustBeAsOrdered(order, report);
    const code = await this.batches.freshCode();
    await this.stores.transaction(async (stores) => {
      if (!(await stores.payOrders.pay(order.id, at, code))) {
        throw new Conflict(say`Order ${order.id} (${order.description}) was paid before`);
      }
      await this.sell(stores, order, { code, by, at, source });
      await record(stores, { voucher: code });
    });
  }

  /** The money is here, so the sale is in the journal now, and not again when the code is first used. */
  private async sell(
    stores: Stores,
    order: PayOrder,
    { code, by, at, source }: { code: string; by: string; at: Date; source: string },
  ): Promise<void> {
    const version = await stores.plans.version(order.versionId!);
    const { money, siteId } = order;
    await this.batches.addPaid(stores, version!, { code, money, siteId, by, at });
    const detail = { plan: version!.name, method: source, order: order.id };
    await stores.money.append([{ at, kind: 'sale', subject: code, money, seller: by, by, detail }]);
  }

  private async order(
    base: string,
    what: Omit<NewPayOrder, 'reference' | 'sourceId' | 'at' | 'returnUrl'>,
  ): Promise<PayOrder> {
    const offer = await this.offer();
    if (!offer) throw new GatewayRefused('No gateway takes payments of customers');
    const at = this.clock.now();
    const reference = `order-${randomText(20)}`;
    const returnUrl = `${base}${PATH}${reference}`;
    const wanted = { ...what, sourceId: offer.source.id, at, reference, returnUrl };
    const order = await this.stores.outsideLoopState(async ({ payOrders }) => {
      const same = await payOrders.same(wanted, new Date(at.getTime() - SAME_MS));
      return same ?? (await payOrders.get(await payOrders.add(wanted)))!;
    });
    if (order.page === null) await this.askOnce(order);
    return (await this.stores.payOrders.get(order.id))!;
  }

  private askOnce(order: PayOrder): Promise<void> {
    const asked = this.asking.get(order.id);
    if (asked) return asked;
    const asking = this.ask(order).finally(() => this.asking.delete(order.id));
    this.asking.set(order.id, asking);
    return asking;
  }

  private async ask(order: PayOrder): Promise<void> {
    const { id, reference, money, description, returnUrl, at } = order;
    const attempt = await this.stores.outsideLoopState(({ payOrders }) =>
      payOrders.beginAttempt(id),
    );
    const until = new Date(at.getTime() + OPEN_MS);
    const checkout = { reference, attempt, money, description, returnUrl, at, until };
    const page = await this.pages.make(order.sourceId, checkout);
    await this.stores.outsideLoopState(({ payOrders }) => payOrders.keepPage(id, page));
  }
}

/** Plans with a cycle are for subscribers. */
function isSoldOnline({ terms }: Plan, currency: string): boolean {
  const { price, billingCycle } = terms;
  if (billingCycle !== 'none' || isForSubscribersOnly(terms)) return false;
  return price.amount > 0 && price.currency === currency;
}

/** @throws Conflict */
function mustBeAsOrdered({ id, money, description }: PayOrder, report: PaymentReport): void {
  const { amount, currency } = report.money;
  if (amount === money.amount && currency === money.currency) return;
  throw new Conflict(say`Order ${id} (${description}) costs ${formatMoney(money)}`);
}

function randomText(length: number): string {
  return Array.from({ length }, () => LETTERS[randomInt(LETTERS.length)]).join('');
}
