import type { Knex } from 'knex';
import { isoTime } from '../../clock';
import type { CheckoutSettings } from '../../domain/billing/gateways/gateway';
import type { PaymentReport } from '../../domain/billing/payment-report';
import { orConflict } from '../database/dialect';
import { say } from '../../text';

/** A gateway that may report payments. */
export interface PaymentSource {
  id: number;
  name: string;
  salt: string;
  /** Whose way of signing and wording it has; `null`: ours. */
  gateway: string | null;
  /** The secret that gateway gave, encrypted. */
  sealedSecret: string | null;
  /** The key to make pages on which customers pay, encrypted; `null`: it only reports. */
  sealedKey: string | null;
  checkout: CheckoutSettings;
  madeBy: string;
  madeAt: Date;
  revokedAt: Date | null;
}

/** A report as it came, and what became of it. */
export interface KeptReport extends PaymentReport {
  /** Ours, for staff. */
  number: number;
  sourceId: number;
  source: string;
  at: Date;
  /** `null` while it is not booked. */
  paymentId: number | null;
  /** Why it was not booked when it came. */
  problem: string | null;
  /** The code of what was sold for it. */
  voucher: string | null;
}

/** What becomes of a report at once. */
export type Outcome = { paymentId: number } | { voucher: string } | { problem: string };

interface SourceRow {
  id: number;
  name: string;
  salt: string;
  gateway: string | null;
  sealed_secret: string | null;
  sealed_key: string | null;
  checkout: string | null;
  made_by: string;
  made_at: string;
  revoked_at: string | null;
}

interface ReportRow {
  id: number;
  source_id: number;
  source: string;
  external_id: string;
  amount_minor: number | string;
  currency: string;
  invoice_number: number | null;
  login: string | null;
  order_reference: string | null;
  voucher_code: string | null;
  note: string;
  at: string;
  payment_id: number | null;
  problem: string | null;
}

/** Gateways, and the payments they reported. */
export class PaymentSourceStore {
  constructor(private readonly db: Knex) {}

  /** @throws Conflict when one in use has that name */
  async add(source: Omit<PaymentSource, 'id' | 'revokedAt'>): Promise<number> {
    const { name, salt, gateway, sealedSecret, sealedKey, madeBy, madeAt } = source;
    const row = {
      ...{ name, salt, gateway, sealed_secret: sealedSecret },
      ...{ sealed_key: sealedKey, checkout: JSON.stringify(source.checkout) },
      ...{ made_by: madeBy, made_at: madeAt.toISOString() },
    };
    const [added] = await orConflict(say`There is a payment source called ${name} already`, () =>
      this.db('payment_sources').insert(row).returning<{ id: number }[]>('id'),
    );
    return added!.id;
  }

  /** Revoked ones too. */
  async list(): Promise<PaymentSource[]> {
    const rows: SourceRow[] = await this.db('payment_sources').orderBy('id');
    return rows.map(toSource);
  }

  /** One in use. */
  async named(name: string): Promise<PaymentSource | undefined> {
    const row: SourceRow | undefined = await this.db('payment_sources')
      .where({ name, revoked_at: null })
      .first();
    return row && toSource(row);
  }

  async get(id: number): Promise<PaymentSource | undefined> {
    const row: SourceRow | undefined = await this.db('payment_sources').where({ id }).first();
    return row && toSource(row);
  }

  /** @param sealedKey `null`: no pages are made with it any more */
  async setCheckout(
    id: number,
    sealedKey: string | null,
    checkout: CheckoutSettings,
  ): Promise<void> {
    await this.db('payment_sources')
      .where({ id })
      .update({ sealed_key: sealedKey, checkout: JSON.stringify(checkout) });
  }

  /** True for one caller. */
  async revoke(id: number, at: Date): Promise<boolean> {
    const revoked = await this.db('payment_sources')
      .where({ id, revoked_at: null })
      .update({ revoked_at: at.toISOString() });
    return revoked === 1;
  }

  /** @throws Conflict when the source reported it before */
  async keep(sourceId: number, report: PaymentReport, at: Date, outcome: Outcome): Promise<number> {
    const row = {
      ...{ source_id: sourceId, external_id: report.id, note: report.note, at: isoTime(at) },
      ...{ amount_minor: report.money.amount, currency: report.money.currency },
      ...{ invoice_number: report.invoice ?? null, login: report.login ?? null },
      order_reference: report.order ?? null,
      ...('paymentId' in outcome ? { payment_id: outcome.paymentId } : {}),
      ...('voucher' in outcome ? soldCells(outcome.voucher, at) : {}),
      ...('problem' in outcome ? outcome : {}),
    };
    const [kept] = await orConflict(say`Payment ${report.id} was reported before`, () =>
      this.db('payment_reports').insert(row).returning<{ id: number }[]>('id'),
    );
    return kept!.id;
  }

  async reported(sourceId: number, externalId: string): Promise<KeptReport | undefined> {
    const where = { source_id: sourceId, external_id: externalId };
    const row = (await this.reports().where(where).first()) as ReportRow | undefined;
    return row && toReport(row);
  }

  /** One that is neither booked nor put aside. */
  async open(number: number): Promise<KeptReport | undefined> {
    const row = (await this.waiting().where('payment_reports.id', number).first()) as
      ReportRow | undefined;
    return row && toReport(row);
  }

  /** Those that are neither booked nor put aside, the oldest first. */
  async listOpen(): Promise<KeptReport[]> {
    const rows = (await this.waiting().orderBy('payment_reports.id')) as ReportRow[];
    return rows.map(toReport);
  }

  /** @param outcome what it was booked as; `null` puts it aside */
  async settle(
    number: number,
    outcome: Exclude<Outcome, { problem: string }> | null,
    at: Date,
    by: string,
  ): Promise<void> {
    await this.db('payment_reports')
      .where({ id: number })
      .update({
        payment_id: outcome && 'paymentId' in outcome ? outcome.paymentId : null,
        voucher_code: outcome && 'voucher' in outcome ? outcome.voucher : null,
        ...{ settled_at: isoTime(at), settled_by: by },
      });
  }

  /** What is known only now of one that waits. */
  async nameOrder(number: number, order: string): Promise<void> {
    await this.db('payment_reports').where({ id: number }).update({ order_reference: order });
  }

  /** Whose invoice or login it is. */
  async subscriberOf({ invoice, login }: PaymentReport): Promise<number | undefined> {
    if (invoice !== undefined) {
      const row: { subscriber_id: number } | undefined = await this.db('invoices')
        .where({ number: invoice })
        .first('subscriber_id');
      return row?.subscriber_id;
    }
    if (login === undefined) return undefined;
    const row: { id: number } | undefined = await this.db('subscribers')
      .where({ login })
      .first('id');
    return row?.id;
  }

  private waiting() {
    return this.reports().whereNull('payment_id').whereNull('settled_at');
  }

  private reports() {
    return this.db('payment_reports')
      .join('payment_sources', 'payment_sources.id', 'source_id')
      .select('payment_reports.*', 'payment_sources.name as source');
  }
}

/** Nothing is left to be done with it. */
function soldCells(code: string, at: Date) {
  return { voucher_code: code, settled_at: isoTime(at), settled_by: 'pisonet' };
}

function toSource(row: SourceRow): PaymentSource {
  return {
    ...{ id: row.id, name: row.name, salt: row.salt, madeBy: row.made_by },
    ...{ gateway: row.gateway, sealedSecret: row.sealed_secret, sealedKey: row.sealed_key },
    checkout: JSON.parse(row.checkout ?? '{}') as CheckoutSettings,
    madeAt: new Date(row.made_at),
    revokedAt: row.revoked_at === null ? null : new Date(row.revoked_at),
  };
}

function toReport(row: ReportRow): KeptReport {
  return {
    ...{ number: row.id, sourceId: row.source_id, source: row.source, id: row.external_id },
    money: { amount: Number(row.amount_minor), currency: row.currency },
    ...{ invoice: row.invoice_number ?? undefined, login: row.login ?? undefined },
    ...{ order: row.order_reference ?? undefined, voucher: row.voucher_code },
    ...{ note: row.note, at: new Date(row.at), paymentId: row.payment_id, problem: row.problem },
  };
}
