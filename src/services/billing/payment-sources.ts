import { randomBytes } from 'node:crypto';
import type { Clock } from '../../clock';
import type {
  CheckoutSettings,
  GatewayEvent,
  ReportedRefund,
  SentEvent,
} from '../../domain/billing/gateways/gateway';
import { GATEWAYS } from '../../domain/billing/gateways/gateways';
import { isGenuine, type PaymentReport } from '../../domain/billing/payment-report';
import { formatMoney } from '../../domain/units';
import { AppError, BooksUnavailable, Conflict, InvalidInput, NotFound } from '../../errors';
import type { KeptReport, Outcome, PaymentSource } from '../../store/billing/payment-source-store';
import type { Stores } from '../../store/stores';
import type { Billing } from './billing';
import { SAME, type GatewaySecrets } from './gateway-secrets';
import type { Paid, PayOrders } from './pay-orders';
import { say } from '../../text';

/** It is a part of an address. */
const NAME = /^[a-z0-9][a-z0-9-]{0,39}$/;
const SALT_BYTES = 16;
const WAITING = 'payment waiting';

const GIVEN_BACK = 'payment given back';
const LONGEST_SECRET = 500;
/** A way to pay, as gateways name it. */
const METHOD = /^[a-z][a-z0-9_]{1,39}$/;
const MOST_METHODS = 20;

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
    private readonly orders: Pick<PayOrders, 'book'>,
    private readonly secrets: GatewaySecrets,
    private readonly clock: Clock,
  ) {}

  /**
   * One that signs our way.
   * @returns the secret, which is shown this once: it is made of the shop's key, and not in the books
   * @throws InvalidInput, Conflict when one in use has that name
   */
  async add(typed: string, by: string): Promise<{ id: number; name: string; secret: string }> {
    const source = { ...NOBODY, name: nameOf(typed), salt: newSalt(), gateway: null };
    const id = await this.keepSource(source, by);
    return { id, name: source.name, secret: this.secrets.ofReports({ ...source, id }) };
  }

  /**
   * One of the companies we know, which signs its own way.
   * @param secret which that company gave to the shop; it is kept encrypted
   * @throws InvalidInput, Conflict when one in use has that name
   */
  async connect(
    typed: string,
    gateway: string,
    secret: string,
    by: string,
  ): Promise<{ id: number; name: string; gateway: string }> {
    const name = nameOf(typed);
    if (!GATEWAYS.has(gateway)) {
      throw new InvalidInput(say`The gateway is one of ${[...GATEWAYS.keys()].join(', ')}`);
    }
    const salt = newSalt();
    const sealedSecret = this.secrets.seal(salt, secretIn(secret));
    const id = await this.keepSource({ ...NOBODY, name, salt, gateway, sealedSecret }, by);
    return { id, name, gateway };
  }

  /**
   * Lets customers pay on pages of this company from now on.
   * @param key to make them with; it is kept encrypted. None where the secret of the reports is it
   * @throws NotFound, InvalidInput
   */
  async openPages(
    typed: string,
    { key, api, methods }: CheckoutSettings & { key: string },
    by: string,
  ): Promise<PaymentSource & { gateway: string }> {
    const name = nameOf(typed);
    const { source, gateway } = await this.ofCompany(name);
    const isSame = GATEWAYS.get(gateway)!.checkouts.keyIs === undefined;
    const sealedKey = isSame ? SAME : this.secrets.sealKey(source.salt, secretIn(key));
    const checkout = { api: apiIn(api), methods: methodsIn(methods) };
    const at = this.clock.now();
    await this.stores.outsideLoopState(async ({ paymentSources, journal }) => {
      await paymentSources.setCheckout(source.id, sealedKey, checkout);
      const detail = { id: source.id, ...checkout };
      const what = 'online payments opened';
      await journal.audit([{ at, who: by, what, subject: name, detail }]);
    });
    return { ...source, gateway, sealedKey, checkout };
  }

  /** Customers cannot pay there any more; what they paid is reported as before. @throws NotFound, Conflict */
  async closePages(typed: string, by: string): Promise<PaymentSource> {
    const { source } = await this.ofCompany(nameOf(typed));
    const { id, name: subject } = source;
    if (source.sealedKey === null) throw new Conflict(say`Nobody can pay online at ${subject}`);
    const at = this.clock.now();
    await this.stores.outsideLoopState(async ({ paymentSources, journal }) => {
      await paymentSources.setCheckout(id, null, {});
      const what = 'online payments closed';
      await journal.audit([{ at, who: by, what, subject, detail: { id } }]);
    });
    return source;
  }

  /** @throws NotFound, Conflict for one that signs our way */
  private async ofCompany(name: string) {
    const source = await this.stores.paymentSources.named(name);
    if (!source) throw new NotFound(say`There is no payment source called ${name}`);
    const { gateway } = source;
    if (gateway !== null) return { source, gateway };
    throw new Conflict(say`${name} only reports payments: connect a company first`);
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
      if (!source) throw new NotFound(say`There is no payment source ${id}`);
      if (!(await paymentSources.revoke(id, at))) {
        throw new Conflict(say`Payment source ${id} is revoked already`);
      }
      const [subject, detail] = [source.name, { id }];
      await journal.audit([{ at, who: by, what: 'payment source revoked', subject, detail }]);
      return source;
    });
  }

  /**
   * Checks who sent a report. The answer is the same for a name nobody has.
   * @throws NotGenuine, also when the shop's key is another one than when its secret was entered
   */
  async check(name: string, sent: SentEvent): Promise<PaymentSource> {
    const source = await this.stores.paymentSources.named(name);
    // The time it takes tells nobody which names there are.
    const secret = this.secrets.ofReports(source ?? NOBODY);
    const gateway = GATEWAYS.get(source?.gateway ?? '');
    const now = this.clock.now();
    const isKnown = gateway ? gateway.isGenuine(secret, sent, now) : isOurs(secret, sent, now);
    if (isKnown && source) return source;
    throw new NotGenuine('The signature is wrong, or the time it was made at is not now');
  }

  /**
   * Books what is in an event of a company we know. The same event again changes nothing.
   * @returns what became of its payments; a refund is no payment, and staff hear of it
   * @throws InvalidInput when it lacks something
   */
  async receiveEvent(source: PaymentSource, event: unknown): Promise<KeptReport[]> {
    const gateway = GATEWAYS.get(source.gateway ?? '');
    const found: GatewayEvent[] = gateway ? gateway.read(event) : [];
    const kept: KeptReport[] = [];
    for (const one of found) {
      if (one.kind === 'payment') kept.push(await this.receive(source, one.report));
      else await this.tellOfRefund(source, one.refund);
    }
    return kept;
  }

  /**
   * Books a report, or keeps it for staff where that cannot be done. The same report again changes nothing.
   * @returns what became of it when it first came
   * @throws Conflict when another report with that id came before
   */
  async receive(source: PaymentSource, report: PaymentReport): Promise<KeptReport> {
    const { paymentSources } = this.stores;
    const earlier = await paymentSources.reported(source.id, report.id);
    if (earlier) return this.again(earlier, report, source);
    try {
      await this.book(source, report, (stores, outcome) => this.keep(stores, source, report, outcome)); // prettier-ignore
    } catch (error) {
      // The same one may have come twice at once: the other was faster.
      const other = await paymentSources.reported(source.id, report.id);
      if (other) return this.again(other, report, source);
      if (!(error instanceof AppError) || error instanceof BooksUnavailable) throw error;
      await this.keepForStaff(source, report, error.message).catch(async (late: unknown) => {
        if (!(await paymentSources.reported(source.id, report.id))) throw late;
      });
    }
    return same((await paymentSources.reported(source.id, report.id))!, report, source);
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
      await this.settle(stores, number, { paymentId }, by);
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

  /** One event may not know what a payment is for, and wait for staff; a later one of it may. */
  private async again(
    earlier: KeptReport,
    report: PaymentReport,
    source: PaymentSource,
  ): Promise<KeptReport> {
    const kept = same(earlier, report, source);
    const { number } = kept;
    if (hasPurpose(kept) || !hasPurpose(report)) return kept;
    if (!(await this.stores.paymentSources.open(number))) return kept;
    const by = `payments ${source.name}`;
    try {
      await this.book(source, report, async (stores, outcome) => {
        await this.openOne(number, stores); // staff, or the same event, may have been faster
        await this.settle(stores, number, outcome, by);
      });
    } catch (error) {
      if (!(error instanceof AppError) || error instanceof BooksUnavailable) throw error;
      // It cannot be booked for what it was ordered for: staff see what that was.
      if (report.order !== undefined)
        await this.stores.paymentSources.nameOrder(number, report.order);
    }
    return (await this.stores.paymentSources.reported(source.id, report.id))!;
  }

  private async keep(
    { paymentSources }: Stores,
    source: PaymentSource,
    report: PaymentReport,
    outcome: Outcome,
  ): Promise<void> {
    await paymentSources.keep(source.id, report, this.clock.now(), outcome);
  }

  private async book(
    source: PaymentSource,
    report: PaymentReport,
    record: Paid['record'],
  ): Promise<void> {
    if (report.order !== undefined) {
      return this.orders.book({ report, source: source.name, record });
    }
    const subscriberId = await this.stores.paymentSources.subscriberOf(report);
    if (subscriberId === undefined) throw new NotFound(say`There is no ${whatFor(report)}`);
    const { money, id } = report;
    const payment = { subscriberId, money, method: source.name, note: id };
    await this.billing.pay(payment, `payments ${source.name}`, async (stores, paymentId) => {
      await record(stores, { paymentId });
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

  /** Who gave it back knows why, we do not: staff enter it where it belongs. Each refund is told once. */
  private async tellOfRefund(source: PaymentSource, refund: ReportedRefund): Promise<void> {
    const id = `refund ${refund.id}`;
    if (await this.stores.paymentSources.reported(source.id, id)) return;
    const at = this.clock.now();
    const by = `payments ${source.name}`;
    const paid = await this.stores.paymentSources.reported(source.id, refund.payment);
    const which = !paid?.paymentId ? refund.payment : `${refund.payment} (our ${paid.paymentId})`;
    await this.stores.transaction(async ({ paymentSources, journal }) => {
      const { money } = refund;
      const report = { id, money, note: `refund of ${refund.payment}` };
      const number = await paymentSources.keep(source.id, report, at, { problem: 'a refund' });
      await paymentSources.settle(number, null, at, by);
      const text =
        `${source.name} gave ${formatMoney(money)} of payment ${which} back to the customer. ` +
        "If it was a subscriber's, record the refund on their page";
      await journal.raise(GIVEN_BACK, String(number), text, at);
    });
  }

  private async openOne(number: number, { paymentSources }: Stores): Promise<KeptReport> {
    const report = await paymentSources.open(number);
    if (report) return report;
    throw new NotFound(say`There is no waiting payment ${number}`);
  }

  private async settle(
    { paymentSources, journal }: Stores,
    number: number,
    outcome: Parameters<Stores['paymentSources']['settle']>[1],
    by: string,
  ): Promise<void> {
    const at = this.clock.now();
    await paymentSources.settle(number, outcome, at, by);
    await journal.clear(WAITING, String(number), at, by);
  }

  private async keepSource(
    source: Omit<PaymentSource, 'id' | 'madeBy' | 'madeAt' | 'revokedAt'>,
    by: string,
  ): Promise<number> {
    const at = this.clock.now();
    const { name: subject, gateway } = source;
    return this.stores.outsideLoopState(async ({ paymentSources, journal }) => {
      const id = await paymentSources.add({ ...source, madeBy: by, madeAt: at });
      const detail = gateway === null ? { id } : { id, gateway };
      await journal.audit([{ at, who: by, what: 'payment source added', subject, detail }]);
      return id;
    });
  }
}

const NOBODY = { id: 0, salt: '', sealedSecret: null, sealedKey: null, checkout: {} };

/** @throws InvalidInput */
function nameOf(typed: string): string {
  const name = typed.trim().toLowerCase();
  if (NAME.test(name)) return name;
  throw new InvalidInput('A name has 1 to 40 letters a to z, digits and hyphens, such as gcash');
}

/** @throws InvalidInput */
function secretIn(typed: string): string {
  const secret = typed.trim();
  // In a header anything else is an error whose text has the secret.
  if (/^[\x21-\x7e]+$/.test(secret) && secret.length <= LONGEST_SECRET) return secret;
  throw new InvalidInput('Enter the secret that the gateway shows, on one line and without spaces');
}

/** @throws InvalidInput for one that is not encrypted, unless it is on this computer */
function apiIn(typed: string | undefined): string | undefined {
  if (typed === undefined || typed.trim() === '') return undefined;
  const url = URL.canParse(typed) ? new URL(typed) : undefined;
  const isHere = url?.protocol === 'http:' && ['127.0.0.1', 'localhost'].includes(url.hostname);
  if (url && (url.protocol === 'https:' || isHere)) return url.origin;
  throw new InvalidInput('The address of the API begins with https://');
}

/** @throws InvalidInput */
function methodsIn(typed: readonly string[] | undefined): readonly string[] | undefined {
  if (!typed || typed.length === 0) return undefined;
  if (typed.length <= MOST_METHODS && typed.every((one) => METHOD.test(one))) return typed;
  throw new InvalidInput(
    'Ways to pay are written as the gateway names them, such as gcash,paymaya',
  );
}

function newSalt(): string {
  return randomBytes(SALT_BYTES).toString('base64url');
}

function isOurs(secret: string, { header, body }: SentEvent, now: Date): boolean {
  const [seconds, signature] = [header('x-pisonet-timestamp'), header('x-pisonet-signature')];
  return isGenuine(secret, { seconds, signature, body }, now);
}

/**
 * A company may tell of one payment by several events, of which not all know what it is for: the money decides there.
 * @throws Conflict when the id stands for another payment
 */
function same(earlier: KeptReport, report: PaymentReport, { gateway }: PaymentSource): KeptReport {
  const of = ({ money, invoice, login }: PaymentReport) =>
    JSON.stringify([
      ...[money.amount, money.currency],
      ...(gateway === null ? [invoice ?? null, login ?? null] : []),
    ]);
  if (of(earlier) === of(report)) return earlier;
  throw new Conflict(say`Another payment with the id ${report.id} was reported before`);
}

function hasPurpose({ invoice, login, order }: PaymentReport): boolean {
  return invoice !== undefined || login !== undefined || order !== undefined;
}

function whatFor({ invoice, login }: PaymentReport): string {
  if (invoice !== undefined) return `invoice ${invoice}`;
  return login === undefined ? 'invoice or login in it' : `subscriber with the login ${login}`;
}
