import type { Knex } from 'knex';
import { isoTime } from '../../clock';
import {
  sumOf,
  type ChargedLine,
  type ChargeTerms,
  type InvoiceLine,
} from '../../domain/billing/invoice-lines';
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
  /** Of a void one: another one charges its cycle. Without it nobody pays for that. */
  chargeAgain: boolean;
}

/** What the next invoice has beside the plan. */
export interface Charge {
  id: number;
  kind: 'setup fee' | 'overage' | 'other';
  text: string;
  amount: number;
  /** `null` of earlier versions: that of the invoice. */
  currency: string | null;
}

export interface NewCharge extends Omit<Charge, 'id'> {
  subscriberId: number;
  at: Date;
  by: string;
  /** Of the form it was typed into. */
  orderKey?: string | undefined;
}

interface LineRow {
  id: number;
  invoice_id: number;
  kind: InvoiceLine['kind'];
  text: string;
  amount_minor: number | string;
  from_at: string | null;
  to_at: string | null;
}

interface ChargedRow extends Omit<LineRow, 'from_at' | 'to_at'> {
  from_at: string;
  to_at: string;
  cycle_from: string;
  cycle_to: string;
  subscriber_plan_id: number;
  price_minor: number | string;
  prorate_by: ChargeTerms['prorateBy'];
  discount: number;
  tax: number;
  currency: string;
  given_from: string | null;
  given_minor: number | string | null;
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
  charge_again: number;
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
    await this.addLines(row!.id, lines);
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
  async void(id: number, reason: string, at: Date, chargeAgain: boolean): Promise<boolean> {
    await this.db('subscriber_charges').where({ invoice_id: id }).update({ invoice_id: null });
    const changed = await this.db('invoices')
      .where({ id })
      .whereNot({ status: 'void' })
      .update({
        ...{ status: 'void', void_reason: reason, voided_at: isoTime(at) },
        charge_again: chargeAgain ? 1 : 0,
      });
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
    const rows: LineRow[] = await this.db('invoice_lines').where({ invoice_id: id }).orderBy('id');
    return rows.map(({ kind, text, amount_minor, from_at, to_at }) => ({
      ...{ kind, text, amount: Number(amount_minor) },
      period: from_at && to_at ? { startedAt: new Date(from_at), endsAt: new Date(to_at) } : null,
    }));
  }

  /** The time that a subscriber was charged for in advance, as far as nothing was given back of it, oldest first. */
  async chargedTime(subscriberId: number): Promise<ChargedLine[]> {
    const given = this.db('invoice_lines')
      .join('invoices', 'invoices.id', 'invoice_lines.invoice_id')
      .where('invoices.subscriber_id', subscriberId)
      .whereNot('invoices.status', 'void')
      .whereNotNull('corrects_id')
      .groupBy('corrects_id')
      .select('corrects_id')
      .min('from_at as given_from')
      .sum('amount_minor as given_minor')
      .as('given');
    const rows: ChargedRow[] = await this.db('invoice_lines')
      .join('invoices', 'invoices.id', 'invoice_lines.invoice_id')
      .leftJoin(given, 'given.corrects_id', 'invoice_lines.id')
      .where('invoices.subscriber_id', subscriberId)
      .whereNot('invoices.status', 'void')
      .whereIn('invoice_lines.kind', ['plan', 'charge'])
      .whereRaw('(given_from is null or given_from > invoice_lines.from_at)')
      .orderBy('invoice_lines.id')
      .select('invoice_lines.*', 'invoices.currency', 'given_from', 'given_minor');
    return rows.map(toChargedLine);
  }

  /** Other invoices of which a line of this one gives something back. */
  correctedBy(id: number): Promise<Invoice[]> {
    return this.acrossCorrections(id, 'credits', 'charged');
  }

  /** Other invoices that give back something of this one. */
  correctionsOf(id: number): Promise<Invoice[]> {
    return this.acrossCorrections(id, 'charged', 'credits');
  }

  /** @returns false where this form added it already */
  async addCharge(charge: NewCharge): Promise<boolean> {
    const { subscriberId, kind, text, amount, currency, at, by, orderKey = null } = charge;
    const charges = this.db('subscriber_charges');
    if (orderKey !== null && (await charges.clone().where({ order_key: orderKey }).first('id'))) {
      return false;
    }
    await this.db('subscriber_charges').insert({
      ...{ subscriber_id: subscriberId, kind, text, amount_minor: amount, currency },
      ...{ at: isoTime(at), created_by: by, order_key: orderKey },
    });
    return true;
  }

  /** What is on no invoice yet. */
  async openCharges(subscriberId: number): Promise<Charge[]> {
    const rows: (Charge & { amount_minor: number | string })[] = await this.db('subscriber_charges')
      .where({ subscriber_id: subscriberId })
      .whereNull('invoice_id')
      .orderBy('id')
      .select('id', 'kind', 'text', 'amount_minor', 'currency');
    return rows.map(({ id, kind, text, amount_minor, currency }) => ({
      ...{ id, kind, text, amount: Number(amount_minor), currency },
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

  /** One by one: a credit may be of a line before it. */
  private async addLines(invoiceId: number, lines: readonly InvoiceLine[]): Promise<void> {
    const ids = new Map<InvoiceLine, number>();
    for (const line of lines) {
      const { kind, text, amount, period, terms, corrects } = line;
      const [row] = await this.db('invoice_lines')
        .insert({
          ...{ invoice_id: invoiceId, kind, text, amount_minor: amount },
          ...(period && { from_at: isoTime(period.startedAt), to_at: isoTime(period.endsAt) }),
          ...(terms && termCells(terms)),
          ...(corrects && { corrects_id: corrects.id ?? ids.get(corrects)! }),
        })
        .returning<{ id: number }[]>('id');
      ids.set(line, row!.id);
    }
  }

  /** From an invoice with lines of one side of corrections to those with the other side, without void ones. */
  private async acrossCorrections(
    id: number,
    from: 'credits' | 'charged',
    to: 'credits' | 'charged',
  ): Promise<Invoice[]> {
    const others = this.db('invoice_lines as credits')
      .join('invoice_lines as charged', 'charged.id', 'credits.corrects_id')
      .where(`${from}.invoice_id`, id)
      .whereNot(`${to}.invoice_id`, id)
      .select(`${to}.invoice_id`);
    const rows = await this.db<InvoiceRow>('invoices')
      .whereIn('id', others)
      .whereNot({ status: 'void' })
      .orderBy('id');
    return rows.map(toInvoice);
  }
}

function termCells({ subscriberPlanId, price, cycle, prorateBy, discount, tax }: ChargeTerms) {
  return {
    ...{ subscriber_plan_id: subscriberPlanId, price_minor: price, prorate_by: prorateBy },
    ...{ cycle_from: isoTime(cycle.startedAt), cycle_to: isoTime(cycle.endsAt), discount, tax },
  };
}

function toChargedLine(row: ChargedRow): ChargedLine {
  const { id, kind, text, currency, discount, tax } = row;
  return {
    ...{ id, invoiceId: row.invoice_id, kind, text },
    amount: Number(row.amount_minor) + Number(row.given_minor ?? 0),
    period: { startedAt: new Date(row.from_at), endsAt: new Date(row.given_from ?? row.to_at) },
    terms: {
      ...{ subscriberPlanId: row.subscriber_plan_id, price: Number(row.price_minor), currency },
      cycle: { startedAt: new Date(row.cycle_from), endsAt: new Date(row.cycle_to) },
      ...{ prorateBy: row.prorate_by, discount, tax },
    },
  };
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
    chargeAgain: row.charge_again === 1,
  };
}
