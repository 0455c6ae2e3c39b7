import { randomBytes } from 'node:crypto';
import type { Clock } from '../../clock';
import { isGenuine, type PaymentReport } from '../../domain/billing/payment-report';
import { formatMoney } from '../../domain/units';
import { AppError, BooksUnavailable, Conflict, InvalidInput, NotFound } from '../../errors';
import type { KeptReport, PaymentSource } from '../../store/billing/payment-source-store';
import type { SecretKey } from '../../store/database/secret-key';
import type { Stores } from '../../store/stores';
import type { Billing } from './billing';

/** It is a part of an address. */
const NAME = /^[a-z0-9][a-z0-9-]{0,39}$/;
const SALT_BYTES = 16;
const WAITING = 'payment waiting';

/** A report as it came in, before anything in it is believed. */
export interface SentReport {
  seconds: string;
  signature: string;
  body: Buffer;
}

/** Who sent it does not know the secret, or the report is old. */
export class NotGenuine extends AppError {}

/**
 * Payments that a gateway or a program which reads its messages reports. Each report is booked once; what cannot be
 * booked is kept, and staff decide.
 */
export class PaymentSources {
  constructor(
    private readonly stores: Stores,
    private readonly billing: Pick<Billing, 'pay'>,
    private readonly secrets: Pick<SecretKey, 'derive'>,
    private readonly clock: Clock,
  ) {}

  /**
   * @returns the secret, which is shown this once: it is made of the shop's key, and not in the books
   * @throws InvalidInput, Conflict when one in use has that name
   */
  async add(typed: string, by: string): Promise<{ id: number; name: string; secret: string }> {
    const name = typed.trim().toLowerCase();
    if (!NAME.test(name)) {
      throw new InvalidInput(
        'A name has 1 to 40 letters a to z, digits and hyphens, such as gcash',
      );
    }
    const salt = randomBytes(SALT_BYTES).toString('base64url');
    const at = this.clock.now();
    const id = await this.stores.outsideLoopState(async ({ paymentSources, journal }) => {
      const added = await paymentSources.add({ name, salt, madeBy: by, madeAt: at });
      const detail = { id: added };
      await journal.audit([{ at, who: by, what: 'payment source added', subject: name, detail }]);
      return added;
    });
    return { id, name, secret: this.secretOf({ id, salt }) };
  }

  /** Revoked ones too. */
  list(): Promise<PaymentSource[]> {
    return this.stores.paymentSources.list();
  }

  /** @throws NotFound, Conflict when it is revoked already */
  async revoke(id: number, by: string): Promise<PaymentSource> {
    const at = this.clock.now();
    return this.stores.outsideLoopState(async ({ paymentSources, journal }) => {
      const source = await paymentSources.get(id);
      if (!source) throw new NotFound(`There is no payment source ${id}`);
      if (!(await paymentSources.revoke(id, at))) {
        throw new Conflict(`Payment source ${id} is revoked already`);
      }
      const [subject, detail] = [source.name, { id }];
      await journal.audit([{ at, who: by, what: 'payment source revoked', subject, detail }]);
      return source;
    });
  }

  /**
   * Checks who sent a report. The answer is the same for a name nobody has.
   * @throws NotGenuine
   */
  async check(name: string, sent: SentReport): Promise<PaymentSource> {
    const source = await this.stores.paymentSources.named(name);
    // The time it takes tells nobody which names there are.
    const secret = this.secretOf(source ?? { id: 0, salt: '' });
    if (isGenuine(secret, sent, this.clock.now()) && source) return source;
    throw new NotGenuine('The signature is wrong, or the time it was made at is not now');
  }

  /**
   * Books a report, or keeps it for staff where that cannot be done. The same report again changes nothing.
   * @returns what became of it when it first came
   * @throws Conflict when another report with that id came before
   */
  async receive(source: PaymentSource, report: PaymentReport): Promise<KeptReport> {
    const { paymentSources } = this.stores;
    const earlier = await paymentSources.reported(source.id, report.id);
    if (earlier) return same(earlier, report);
    try {
      await this.book(source, report);
    } catch (error) {
      // The same one may have come twice at once: the other was faster.
      const other = await paymentSources.reported(source.id, report.id);
      if (other) return same(other, report);
      if (!(error instanceof AppError) || error instanceof BooksUnavailable) throw error;
      await this.keepForStaff(source, report, error.message);
    }
    return (await paymentSources.reported(source.id, report.id))!;
  }

  /** Reports that wait for staff, the oldest first. */
  waiting(): Promise<KeptReport[]> {
    return this.stores.paymentSources.listOpen();
  }

  /** Books a report that waits, as a payment of this subscriber. @throws NotFound, as `Billing.pay` */
  async match(number: number, subscriberId: number, by: string): Promise<number> {
    const { money, source, id } = await this.openOne(number, this.stores);
    const payment = { subscriberId, money, method: source, note: id };
    return this.billing.pay(payment, by, async (stores, paymentId) => {
      await this.openOne(number, stores); // somebody else may have been faster
      await this.settle(stores, number, paymentId, by);
    });
  }

  /** Puts a report aside that is no payment of a subscriber. @throws NotFound, InvalidInput */
  async dismiss(number: number, reason: string, by: string): Promise<void> {
    if (reason.trim() === '') throw new InvalidInput('Enter why it is set aside');
    await this.stores.transaction(async (stores) => {
      const { id } = await this.openOne(number, stores);
      await this.settle(stores, number, null, by);
      const detail = { report: id, reason: reason.trim() };
      const what = 'payment put aside';
      const subject = `payment report ${number}`;
      await stores.journal.audit([{ at: this.clock.now(), who: by, what, subject, detail }]);
    });
  }

  private async book(source: PaymentSource, report: PaymentReport): Promise<void> {
    const subscriberId = await this.stores.paymentSources.subscriberOf(report);
    if (subscriberId === undefined) throw new NotFound(`There is no ${whatFor(report)}`);
    const { money, id } = report;
    const payment = { subscriberId, money, method: source.name, note: id };
    await this.billing.pay(payment, `payments ${source.name}`, async (stores, paymentId) => {
      await stores.paymentSources.keep(source.id, report, this.clock.now(), { paymentId });
    });
  }

  private async keepForStaff(
    source: PaymentSource,
    report: PaymentReport,
    problem: string,
  ): Promise<void> {
    const at = this.clock.now();
    await this.stores.transaction(async ({ paymentSources, journal }) => {
      const number = await paymentSources.keep(source.id, report, at, { problem });
      const sum = formatMoney(report.money);
      const text = `${sum} by ${source.name} (${report.id}) could not be booked: ${problem}`;
      await journal.raise(WAITING, String(number), text, at);
    });
  }

  private async openOne(number: number, { paymentSources }: Stores): Promise<KeptReport> {
    const report = await paymentSources.open(number);
    if (report) return report;
    throw new NotFound(`There is no waiting payment ${number}`);
  }

  private async settle(
    { paymentSources, journal }: Stores,
    number: number,
    paymentId: number | null,
    by: string,
  ): Promise<void> {
    const at = this.clock.now();
    await paymentSources.settle(number, paymentId, at, by);
    await journal.clear(WAITING, String(number), at, by);
  }

  private secretOf({ id, salt }: Pick<PaymentSource, 'id' | 'salt'>): string {
    return this.secrets.derive(`payment source ${id} ${salt}`);
  }
}

/** @throws Conflict when the id stands for another payment */
function same(earlier: KeptReport, report: PaymentReport): KeptReport {
  const of = ({ money, invoice, login }: PaymentReport) =>
    JSON.stringify([money.amount, money.currency, invoice ?? null, login ?? null]);
  if (of(earlier) === of(report)) return earlier;
  throw new Conflict(`Another payment with the id ${report.id} was reported before`);
}

function whatFor({ invoice, login }: PaymentReport): string {
  if (invoice !== undefined) return `invoice ${invoice}`;
  return login === undefined ? 'invoice or login in it' : `subscriber with the login ${login}`;
}
