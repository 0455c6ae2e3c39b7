import type { Knex } from 'knex';
import { isoTime } from '../../clock';
import type { Mac, Money } from '../../domain/units';

/** What somebody orders and pays on a page of a gateway: a voucher, or what a subscriber owes. */
export interface NewPayOrder {
  /** The report of its payment has it. */
  reference: string;
  sourceId: number;
  /** Who pays what they owe. */
  subscriberId: number | null;
  /** Which phone ordered a voucher. */
  mac: Mac | null;
  /** What was ordered, as it was sold at that moment. */
  versionId: number | null;
  siteId: number | null;
  money: Money;
  description: string;
  returnUrl: string;
  at: Date;
}

export interface PayOrder extends NewPayOrder {
  id: number;
  /** The address at the gateway; `null` while it has none. */
  page: string | null;
  paidAt: Date | null;
  /** What was sold for it. */
  voucher: string | null;
}

interface OrderRow {
  id: number;
  reference: string;
  source_id: number;
  subscriber_id: number | null;
  device_mac: string | null;
  plan_version_id: number | null;
  site_id: number | null;
  amount_minor: number | string;
  currency: string;
  description: string;
  return_url: string;
  at: string;
  page: string | null;
  paid_at: string | null;
  voucher_code: string | null;
}

/** Orders that are paid on pages of gateways. */
export class PayOrderStore {
  constructor(private readonly db: Knex) {}

  async add(order: NewPayOrder): Promise<number> {
    const { money, at } = order;
    const [row] = await this.db('pay_orders')
      .insert({
        ...{ reference: order.reference, source_id: order.sourceId },
        ...{ subscriber_id: order.subscriberId, device_mac: order.mac },
        ...{ plan_version_id: order.versionId, site_id: order.siteId },
        ...{ amount_minor: money.amount, currency: money.currency },
        ...{ description: order.description, return_url: order.returnUrl, at: isoTime(at) },
      })
      .returning<{ id: number }[]>('id');
    return row!.id;
  }

  async find(reference: string): Promise<PayOrder | undefined> {
    const row = await this.db<OrderRow>('pay_orders').where({ reference }).first();
    return row && toOrder(row);
  }

  async get(id: number): Promise<PayOrder | undefined> {
    const row = await this.db<OrderRow>('pay_orders').where({ id }).first();
    return row && toOrder(row);
  }

  /** The same order, made since then and not paid yet. */
  async same(order: NewPayOrder, since: Date): Promise<PayOrder | undefined> {
    const { sourceId, subscriberId, mac, versionId, siteId, money } = order;
    const row = await this.db<OrderRow>('pay_orders')
      .where({
        ...{ source_id: sourceId, subscriber_id: subscriberId, device_mac: mac },
        ...{ plan_version_id: versionId, site_id: siteId },
        ...{ amount_minor: money.amount, currency: money.currency, paid_at: null },
      })
      .where('at', '>=', isoTime(since))
      .orderBy('id', 'desc')
      .first();
    return row && toOrder(row);
  }

  /** @returns which try to make its page this is, from 1 */
  async beginAttempt(id: number): Promise<number> {
    await this.db('pay_orders').where({ id }).increment('attempts', 1);
    const row: { attempts: number } | undefined = await this.db('pay_orders')
      .where({ id })
      .first('attempts');
    return row!.attempts;
  }

  /** The first one stays: two pages for one order could both be paid. */
  async keepPage(id: number, page: string): Promise<void> {
    await this.db('pay_orders').where({ id, page: null }).update({ page });
  }

  /** True for one caller: a second payment is not for this order. */
  async pay(id: number, at: Date, voucher: string | null): Promise<boolean> {
    const paid = await this.db('pay_orders')
      .where({ id, paid_at: null })
      .update({ paid_at: isoTime(at), voucher_code: voucher });
    return paid === 1;
  }

  /**
   * Vouchers that were bought and that nobody used yet, the oldest first.
   * @param mac of the phone that ordered them. @param references that a browser knows
   */
  async unused(
    mac: Mac | undefined,
    references: readonly string[],
  ): Promise<(PayOrder & { voucher: string })[]> {
    const rows: OrderRow[] = await this.db('pay_orders')
      .join('vouchers', 'vouchers.code', 'pay_orders.voucher_code')
      .where({ 'vouchers.status': 'unused' })
      .where((ours) => {
        void ours.whereIn('reference', references);
        if (mac !== undefined) void ours.orWhere({ device_mac: mac });
      })
      .orderBy('pay_orders.id')
      .select('pay_orders.*');
    return rows.map((row) => ({ ...toOrder(row), voucher: row.voucher_code! }));
  }

  /** Whether this voucher was paid online: its money came before its first use. */
  async hasSold(code: string): Promise<boolean> {
    return (await this.db('pay_orders').where({ voucher_code: code }).first('id')) !== undefined;
  }

  /** The newest vouchers that were bought. */
  async sold(limit: number): Promise<PayOrder[]> {
    const rows: OrderRow[] = await this.db('pay_orders')
      .whereNotNull('voucher_code')
      .orderBy('id', 'desc')
      .limit(limit);
    return rows.map(toOrder);
  }

  /** Those that nobody paid, from before that time. */
  async forgetUnpaid(before: Date): Promise<void> {
    await this.db('pay_orders').where({ paid_at: null }).where('at', '<', isoTime(before)).delete();
  }
}

function toOrder(row: OrderRow): PayOrder {
  return {
    ...{ id: row.id, reference: row.reference, sourceId: row.source_id },
    ...{ subscriberId: row.subscriber_id, mac: row.device_mac as Mac | null },
    ...{ versionId: row.plan_version_id, siteId: row.site_id },
    money: { amount: Number(row.amount_minor), currency: row.currency },
    ...{ description: row.description, returnUrl: row.return_url, at: new Date(row.at) },
    ...{ page: row.page, voucher: row.voucher_code },
    paidAt: row.paid_at === null ? null : new Date(row.paid_at),
  };
}
