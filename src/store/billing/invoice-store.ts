import type { Knex } from 'knex';
import { isoTime } from '../../clock';
import { sumOf, type InvoiceLine } from '../../domain/billing/invoice-lines';
import type { Span } from '../../domain/shop/shop-calendar';

export type InvoiceStatus = 'draft' | 'issued' | 'paid' | 'void';

export interface NewInvoice {
  subscriberId: number;
  subscriberPlanId: number;
  cycle: Span;
  /** The part of the cycle that is charged ends with it. */
  periodFrom: Date;
  planName: string;
  /** Of the whole cycle; `null`: no plan is charged. */
  planPrice: number | null;
  currency: string;
  lines: readonly InvoiceLine[];
}

export interface Invoice extends Omit<NewInvoice, 'lines'> {
  id: number;
  /** `null` while a draft. */
  number: number | null;
  status: InvoiceStatus;
  total: number;
  issuedAt: Date | null;
  dueAt: Date | null;
  paidAt: Date | null;
  voidedAt: Date | null;
  voidReason: string | null;
}

/** What the next invoice has beside the plan. */
export interface Charge {
  id: number;
  kind: 'overage' | 'other';
  text: string;
  amount: number;
}

interface InvoiceRow {
  id: number;
  subscriber_id: number;
  subscriber_plan_id: number;
  number: number | null;
  status: InvoiceStatus;
  cycle_from: string;
  cycle_to: string;
  period_from: string;
  plan_name: string;
  plan_price: number | string | null;
  total_minor: number | string;
  currency: string;
  issued_at: string | null;
  due_at: string | null;
  paid_at: string | null;
  voided_at: string | null;
  void_reason: string | null;
}

/** All that is given has to hold. */
export interface InvoiceFilter {
  status?: InvoiceStatus | undefined;
  subscriberId?: number | undefined;
  /** Only those with an id below. */
  before?: number | undefined;
  /** Issued from then on; a draft is not. */
  from?: Date | undefined;
  /** Issued before then. */
  to?: Date | undefined;
}

/** Invoices with their lines. A subscriber has one for a cycle: the database sees to it. */
export class InvoiceStore {
  constructor(private readonly db: Knex) {}

  /** As a draft; its total is the sum of its lines. */
  async add(invoice: NewInvoice): Promise<Invoice> {
    const { subscriberId, subscriberPlanId, cycle, periodFrom, lines } = invoice;
    const [row] = await this.db('invoices')
      .insert({
        ...{ subscriber_id: subscriberId, subscriber_plan_id: subscriberPlanId, status: 'draft' },
        ...{ cycle_from: isoTime(cycle.startedAt), cycle_to: isoTime(cycle.endsAt) },
        ...{ period_from: isoTime(periodFrom), plan_name: invoice.planName },
        ...{ plan_price: invoice.planPrice, total_minor: sumOf(lines) },
        currency: invoice.currency,
      })
      .returning<InvoiceRow[]>('*');
    const cells = lines.map(({ kind, text, amount, period }) => ({
      ...{ invoice_id: row!.id, kind, text, amount_minor: amount },
      ...{ from_at: period && isoTime(period.startedAt), to_at: period && isoTime(period.endsAt) },
    }));
    if (cells.length > 0) await this.db('invoice_lines').insert(cells);
    return toInvoice(row!);
  }

  /** Gives it the next number; only in a transaction, whose turn to write leaves no gap. */
  async issue(id: number, issuedAt: Date, dueAt: Date): Promise<number> {
    const [last]: { number: number | null }[] = await this.db('invoices').max('number as number');
    const number = (last?.number ?? 0) + 1;
    await this.db('invoices')
      .where({ id, status: 'draft' })
      .update({ status: 'issued', number, issued_at: isoTime(issuedAt), due_at: isoTime(dueAt) });
    return number;
  }

  async setPaid(id: number, at: Date | null): Promise<void> {
    const status = at ? 'paid' : 'issued';
    await this.db('invoices')
      .where({ id })
      .update({ status, paid_at: isoTime(at) });
  }

  /** What it charged beside the plan comes on the next one. @returns false if it was void already */
  async void(id: number, reason: string, at: Date): Promise<boolean> {
    await this.db('subscriber_charges').where({ invoice_id: id }).update({ invoice_id: null });
    const changed = await this.db('invoices')
      .where({ id })
      .whereNot({ status: 'void' })
      .update({ status: 'void', void_reason: reason, voided_at: isoTime(at) });
    return changed === 1;
  }

  async find(id: number): Promise<Invoice | undefined> {
    const row = await this.db<InvoiceRow>('invoices').where({ id }).first();
    return row && toInvoice(row);
  }

  /** In the order in which they were made. */
  async list(filter: { subscriberId?: number; status?: InvoiceStatus } = {}): Promise<Invoice[]> {
    const query = this.db<InvoiceRow>('invoices').orderBy('id');
    if (filter.subscriberId !== undefined) void query.where('subscriber_id', filter.subscriberId);
    if (filter.status) void query.where('status', filter.status);
    return (await query).map(toInvoice);
  }

  async newest(filter: InvoiceFilter, limit: number, offset = 0): Promise<Invoice[]> {
    const { status, subscriberId, before, from, to } = filter;
    const query = this.db<InvoiceRow>('invoices').orderBy('id', 'desc').limit(limit).offset(offset);
    if (subscriberId !== undefined) void query.where('subscriber_id', subscriberId);
    if (status) void query.where('status', status);
    if (before !== undefined) void query.where('id', '<', before);
    if (from) void query.where('issued_at', '>=', isoTime(from));
    if (to) void query.where('issued_at', '<', isoTime(to));
    return (await query).map(toInvoice);
  }

  async linesOf(id: number): Promise<InvoiceLine[]> {
    const rows: {
      kind: InvoiceLine['kind'];
      text: string;
      amount_minor: number | string;
      from_at: string | null;
      to_at: string | null;
    }[] = await this.db('invoice_lines').where({ invoice_id: id }).orderBy('id');
    return rows.map(({ kind, text, amount_minor, from_at, to_at }) => ({
      ...{ kind, text, amount: Number(amount_minor) },
      period: from_at && to_at ? { startedAt: new Date(from_at), endsAt: new Date(to_at) } : null,
    }));
  }

  async addCharge(
    charge: Omit<Charge, 'id'> & { subscriberId: number; at: Date; by: string },
  ): Promise<void> {
    const { subscriberId, kind, text, amount, at, by } = charge;
    await this.db('subscriber_charges').insert({
      ...{ subscriber_id: subscriberId, kind, text, amount_minor: amount },
      ...{ at: isoTime(at), created_by: by },
    });
  }

  /** What is on no invoice yet. */
  async openCharges(subscriberId: number): Promise<Charge[]> {
    const rows: (Charge & { amount_minor: number | string })[] = await this.db('subscriber_charges')
      .where({ subscriber_id: subscriberId })
      .whereNull('invoice_id')
      .orderBy('id')
      .select('id', 'kind', 'text', 'amount_minor');
    return rows.map(({ id, kind, text, amount_minor }) => ({
      ...{ id, kind, text, amount: Number(amount_minor) },
    }));
  }

  async takeCharges(charges: readonly Charge[], invoiceId: number): Promise<void> {
    await this.db('subscriber_charges')
      .whereIn(
        'id',
        charges.map(({ id }) => id),
      ) // prettier-ignore
      .update({ invoice_id: invoiceId });
  }
}

function toInvoice(row: InvoiceRow): Invoice {
  const date = (text: string | null) => (text === null ? null : new Date(text));
  return {
    ...{ id: row.id, subscriberId: row.subscriber_id, subscriberPlanId: row.subscriber_plan_id },
    ...{ number: row.number, status: row.status, total: Number(row.total_minor) },
    cycle: { startedAt: new Date(row.cycle_from), endsAt: new Date(row.cycle_to) },
    ...{ periodFrom: new Date(row.period_from), planName: row.plan_name },
    planPrice: row.plan_price === null ? null : Number(row.plan_price),
    ...{ currency: row.currency, issuedAt: date(row.issued_at), dueAt: date(row.due_at) },
    ...{ paidAt: date(row.paid_at), voidedAt: date(row.voided_at), voidReason: row.void_reason },
  };
}
