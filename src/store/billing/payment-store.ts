import type { Knex } from 'knex';
import type { Money } from '../../domain/units';

export interface NewPayment {
  subscriberId: number;
  /** Below zero: a refund. */
  money: Money;
  method: string;
  note: string;
  at: Date;
  by: string;
  /** Which it pays; `null`: the oldest first. */
  invoiceId: number | null;
  /** Of the form it was typed into: the same one sent again is the same payment. */
  orderKey?: string | undefined;
}

export interface Payment extends Omit<NewPayment, 'orderKey'> {
  id: number;
}

export const PAYMENT_STATUSES = ['received', 'refunded'] as const;
export type PaymentStatus = (typeof PAYMENT_STATUSES)[number];

/** All that is given has to hold. */
export interface PaymentFilter {
  id?: number | undefined;
  subscriberId?: number | undefined;
  /** Only those with an id below. */
  before?: number | undefined;
  /** Money that came in, or that was given back. */
  status?: PaymentStatus | undefined;
  from?: Date | undefined;
  /** Without it. */
  to?: Date | undefined;
}

/** What subscribers paid, and what they were given back. */
export class PaymentStore {
  constructor(private readonly db: Knex) {}

  async add(payment: NewPayment): Promise<number> {
    const { subscriberId, money, method, note, at, by, invoiceId, orderKey } = payment;
    const [row] = await this.db('payments')
      .insert({
        ...{ subscriber_id: subscriberId, amount_minor: money.amount, currency: money.currency },
        ...{ method, note, at: at.toISOString(), taken_by: by, order_key: orderKey ?? null },
        invoice_id: invoiceId,
      })
      .returning<{ id: number }[]>('id');
    return row!.id;
  }

  /** The payment that this form made already. */
  async ordered(orderKey: string): Promise<number | undefined> {
    const row: { id: number } | undefined = await this.db('payments')
      .where({ order_key: orderKey })
      .first('id');
    return row?.id;
  }

  /** Oldest first. */
  async list(subscriberId?: number): Promise<Payment[]> {
    const query = this.db('payments').orderBy('id');
    if (subscriberId !== undefined) void query.where({ subscriber_id: subscriberId });
    return toPayments(await query);
  }

  async newest(filter: PaymentFilter, limit: number, offset = 0): Promise<Payment[]> {
    const { id, subscriberId, before, status, from, to } = filter;
    const query = this.db('payments').orderBy('id', 'desc').limit(limit).offset(offset);
    if (subscriberId !== undefined) void query.where({ subscriber_id: subscriberId });
    if (id !== undefined) void query.where({ id });
    if (before !== undefined) void query.where('id', '<', before);
    if (status) void query.where('amount_minor', status === 'received' ? '>' : '<', 0);
    if (from) void query.where('at', '>=', from.toISOString());
    if (to) void query.where('at', '<', to.toISOString());
    return toPayments(await query);
  }

  async find(id: number): Promise<Payment | undefined> {
    return toPayments(await this.db('payments').where({ id }))[0];
  }
}

function toPayments(rows: unknown): Payment[] {
  return (rows as Record<string, string | number | null>[]).map((row) => ({
    ...{ id: Number(row.id), subscriberId: Number(row.subscriber_id) },
    money: { amount: Number(row.amount_minor), currency: String(row.currency) },
    ...{ method: String(row.method), note: String(row.note) },
    ...{ at: new Date(row.at!), by: String(row.taken_by) },
    invoiceId: (row.invoice_id as number | null | undefined) ?? null,
  }));
}
