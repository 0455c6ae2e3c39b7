import { DAY_MS, type Clock } from '../../clock';
import { checkRules, checkSum, checkText, isUnusual, LONGEST } from '../../domain/billing/bounds';
import { cycleAt } from '../../domain/billing/billing-cycle';
import type { InvoiceLine } from '../../domain/billing/invoice-lines';
import { USUAL_RULES, type BillingRules } from '../../domain/billing/subscriber';
import { formatMoney, type Money } from '../../domain/units';
import { Conflict, InvalidInput, NotFound } from '../../errors';
import type { Invoice, InvoiceFilter } from '../../store/billing/invoice-store';
import type {
  NewPayment,
  Payment as PaymentMade,
  PaymentFilter,
} from '../../store/billing/payment-store';
import type { Stores } from '../../store/stores';
import type { LiveShop } from '../shop/shop-settings';
import type { LoopAccess } from '../loop/no-router';
import { keepAccess } from './subscriber-access';
import { SubscriberBook, type BillingContext, type BillingCounts } from './subscriber-book';
import { say, word } from '../../text';

const SETTING = 'billing.rules';
/** Who the books say did what the server did by itself. */
const ITSELF = 'pisonet';

export interface Payment {
  subscriberId: number;
  money: Money;
  method?: string | undefined;
  note?: string | undefined;
  /** The id of the invoice it pays; without one the oldest first. */
  invoice?: number | undefined;
  /** Of the form it was typed into: sent twice, it is one payment. */
  orderKey?: string | undefined;
}

/** Invoices and payments: the billing run, and what staff do. */
export class Billing {
  constructor(
    private readonly stores: Stores,
    private readonly clock: Clock,
    private readonly shop: Pick<LiveShop, 'timeZone' | 'currency'>,
    private readonly loop: Pick<LoopAccess, 'nudge'>,
  ) {}

  /** Reads from these stores: inside a transaction its own. */
  async rules({ settings } = this.stores): Promise<BillingRules> {
    const stored = (await settings.all())[SETTING];
    return { ...USUAL_RULES, ...(stored && (JSON.parse(stored) as Partial<BillingRules>)) };
  }

  /** @throws InvalidInput naming the rule */
  async setRules(rules: Partial<BillingRules>, by: string): Promise<BillingRules> {
    const at = this.clock.now();
    return this.stores.transaction(async (stores) => {
      const before = await this.rules(stores);
      const after = { ...before, ...rules };
      checkRules(after);
      await stores.settings.set(SETTING, JSON.stringify(after));
      const what = 'billing rules changed';
      const detail = { before, after };
      await stores.journal.audit([{ at, who: by, what, subject: 'billing', detail }]);
      return after;
    });
  }

  /** In which subscribers pay. */
  get currency(): string {
    return this.shop.currency;
  }

  /**
   * Does all that is due: changes of plans, an invoice for each cycle that began, suspensions. Safe to
   * repeat, and to stop at any point; one transaction for each subscriber.
   * @param until up to when there are invoices and changes of plan; those made for a later time are issued now all
   *   the same. Nobody is suspended or cancelled before it is due.
   */
  async run(until = this.clock.now(), drafts = false, by = ITSELF): Promise<BillingCounts> {
    const { graceDays } = await this.rules();
    const unpaidSince = new Date(this.clock.now().getTime() - graceDays * DAY_MS);
    const sum = { invoices: 0, changes: 0, suspended: 0 };
    const failures: unknown[] = [];
    for (const id of await this.stores.subscribers.dueBy(until, unpaidSince)) {
      try {
        const counts = await this.inBook(id, by, (book) => book.advance(until), drafts);
        for (const what of Object.keys(sum) as (keyof BillingCounts)[]) sum[what] += counts[what];
      } catch (error) {
        failures.push(error); // what is wrong with one must not keep the others from their invoices
      }
    }
    if (failures.length > 0) throw failures[0];
    return sum;
  }

  /** For how many cycles to come a run until then would make somebody's invoices, at most, those it has included. */
  async cyclesAhead(until: Date): Promise<number> {
    const now = this.clock.now();
    const { timeZone } = this.shop;
    let most = 0;
    for (const { id, billedTo } of await this.stores.subscribers.list('active')) {
      if (!billedTo || billedTo > until) continue;
      const { anchor, cycle } = (await this.stores.subscribers.plansOf(id)).at(-1)!;
      const begun = (at: Date) =>
        at < anchor ? 0 : cycleAt(anchor, cycle, at, timeZone).index + 1;
      most = Math.max(most, begun(until) - begun(now));
    }
    return most;
  }

  /**
   * Works on the books of one subscriber in one transaction, after bringing them up to date.
   * @throws NotFound
   */
  with<T>(
    id: number,
    by: string,
    work: (book: SubscriberBook, stores: Stores, context: BillingContext) => Promise<T>,
  ): Promise<T> {
    return this.inBook(id, by, async (book, stores, context) => {
      await book.advance(context.now);
      return work(book, stores, context);
    });
  }

  private async inBook<T>(
    id: number,
    by: string,
    work: (book: SubscriberBook, stores: Stores, context: BillingContext) => Promise<T>,
    drafts = false,
  ): Promise<T> {
    const { result, hasChanged } = await this.stores.transaction(async (stores) => {
      const now = this.clock.now();
      const rules = await this.rules(stores);
      const { timeZone: zone, currency } = this.shop;
      const context = { now, rules, zone, currency, by, drafts };
      const book = new SubscriberBook(stores, id, context);
      await book.subscriber();
      const result = await work(book, stores, context);
      return { result, hasChanged: await keepAccess(stores, id, context) };
    });
    // The router follows at once, not with the next round.
    if (hasChanged) this.loop.nudge();
    return result;
  }

  /**
   * @returns the amount owed in the shop's currency, below zero for credit; the same of others in which there is any;
   *   and the invoices with what was paid of each
   */
  async account(id: number) {
    return this.with(id, ITSELF, async (book, { invoices }) => {
      const settled = await book.settle();
      const owed = new Map<string, number>([[this.shop.currency, 0]]);
      const add = (currency: string, amount: number) =>
        owed.set(currency, (owed.get(currency) ?? 0) + amount);
      for (const one of settled.invoices) add(one.currency, Math.max(0, one.total) - one.paid);
      for (const { amount, currency } of settled.credits) add(currency, -amount);
      const paid = new Map(settled.invoices.map((one) => [one.id, one.paid]));
      const all = await invoices.list({ subscriberId: id });
      return {
        owed: owed.get(this.shop.currency)!,
        owedElse: [...owed]
          .map(([currency, amount]): Money => ({ amount, currency }))
          .filter(({ amount, currency }) => amount !== 0 && currency !== this.shop.currency),
        invoices: all.map((one) => ({ ...one, paid: paid.get(one.id) ?? 0 })),
      };
    });
  }

  /**
   * Money that a subscriber brought; it pays the invoice it is for, or the oldest first, and what is left is credit.
   * Below zero it is a refund.
   * @param also what belongs to the same transaction
   * @returns its id; of the earlier one where the same form was sent twice
   * @throws InvalidInput for no money or too much, or a currency that is not asked for; Conflict for a refund of more
   *   than was paid
   */
  async pay(
    { subscriberId, money, method = 'cash', note = '', invoice, orderKey }: Payment,
    by: string,
    also: (stores: Stores, id: number) => Promise<void> = () => Promise.resolve(),
  ): Promise<number> {
    checkSum(money);
    checkText('The method', method, LONGEST.method);
    checkText('The note', note, LONGEST.text);
    return this.with(subscriberId, by, async (book, stores, { now: at }) => {
      const earlier = orderKey && (await stores.payments.ordered(orderKey));
      if (earlier) return earlier;
      await this.mustBeAsked(stores, subscriberId, money.currency);
      if (invoice !== undefined) await this.mustBeOpen(stores, invoice, subscriberId, money);
      const kind = money.amount > 0 ? 'payment' : 'refund';
      const before = (await stores.payments.list(subscriberId)).filter(
        (one) => one.money.currency === money.currency,
      );
      if (before.reduce((sum, one) => sum + one.money.amount, money.amount) < 0) {
        throw new Conflict('You cannot refund more than was paid');
      }
      const payment: NewPayment = {
        subscriberId,
        money,
        at,
        by,
        method,
        note,
        orderKey,
        invoiceId: invoice ?? null,
      };
      const id = await stores.payments.add(payment);
      await also(stores, id);
      const subject = `subscriber ${subscriberId}`;
      const detail = { payment: id, method: payment.method, note: payment.note };
      await stores.money.append([{ at, kind, subject, money, seller: by, by, detail }]);
      const name = kind === 'payment' ? 'payment.received' : 'payment.refunded';
      const data = { ...detail, subscriber: subscriberId, money, by };
      await stores.events.add([{ name, at, subject, data }]);
      await book.resumeIfPaid();
      return id;
    });
  }

  /** Whether this is so much that whoever typed it is asked first. @throws NotFound */
  async isUnusual(subscriberId: number, { amount, currency }: Money): Promise<boolean> {
    const { owed, owedElse } = await this.account(subscriberId);
    const due = currency === this.shop.currency ? owed : 0;
    const other = owedElse.find((one) => one.currency === currency)?.amount ?? 0;
    const invoices = await this.stores.invoices.newest({ subscriberId }, 1);
    return isUnusual(amount, Math.abs(due + other), invoices[0]?.planPrice ?? 0);
  }

  /** @throws InvalidInput for a currency that is neither the shop's nor one the subscriber has an invoice in */
  private async mustBeAsked(
    { invoices }: Stores,
    subscriberId: number,
    currency: string,
  ): Promise<void> {
    if (currency === this.shop.currency) return;
    const all = await invoices.list({ subscriberId });
    if (all.some((one) => one.currency === currency)) return;
    throw new InvalidInput(say`Payments are only taken in ${this.shop.currency}`);
  }

  /** @throws InvalidInput for a refund, and another currency; NotFound, Conflict for one that nobody owes */
  private async mustBeOpen(
    { invoices }: Stores,
    id: number,
    subscriberId: number,
    { amount, currency }: Money,
  ): Promise<void> {
    const found = await invoices.find(id);
    if (found?.subscriberId !== subscriberId) throw new NotFound(say`There is no invoice ${id}`);
    if (found.status !== 'issued')
      throw new Conflict(say`Invoice ${id} is ${word(found.status)}, not open`);
    if (amount < 0) throw new InvalidInput('A refund is not for an invoice');
    if (found.currency !== currency)
      throw new InvalidInput(say`Invoice ${id} is in ${found.currency}`);
  }

  /**
   * An invoice by hand, beside those of the cycles, with the tax of today; issued at once unless it is to be a draft.
   * @throws NotFound, InvalidInput without lines or where one is no good, Conflict for who never had a plan
   */
  async invoiceByHand(
    subscriberId: number,
    lines: readonly { text: string; amount: number }[],
    by: string,
    isDraft = false,
  ): Promise<Invoice> {
    const { currency } = this.shop;
    if (lines.length === 0) throw new InvalidInput('An invoice needs a line');
    for (const { text, amount } of lines) {
      if (text.trim() === '') throw new InvalidInput('Enter what it is for');
      checkText('The text', text, LONGEST.text);
      checkSum({ amount, currency });
    }
    return this.inBook(
      subscriberId,
      by,
      async (book, _stores, { now }) => {
        await book.advance(now);
        const invoice = await book.invoiceByHand(lines);
        await book.audit('invoice made', {
          invoice: invoice.id,
          total: formatMoney({ amount: invoice.total, currency }),
        });
        return invoice;
      },
      isDraft,
    );
  }

  /** @throws NotFound, Conflict unless it is a draft, and what it gives back is issued */
  async issue(id: number, by: string): Promise<number> {
    const { subscriberId } = await this.invoice(id);
    return this.with(subscriberId, by, async (book, { invoices }) => {
      const invoice = (await invoices.find(id))!;
      if (invoice.status !== 'draft')
        throw new Conflict(say`Invoice ${id} is ${word(invoice.status)} already`);
      await book.mustFollowItsCharge(invoice);
      return book.issue(invoice);
    });
  }

  /**
   * Takes an invoice back. Its number stays used, and what was paid for it is credit.
   * @param chargeAgain its cycle is charged anew, as it would be charged today: at once, or when it begins. Without it
   *   nobody pays for that cycle
   * @throws NotFound, InvalidInput without a reason, Conflict when it is already void, or a later one credits it
   */
  async void(
    id: number,
    reason: string,
    by: string,
    { chargeAgain = false } = {},
  ): Promise<Invoice> {
    if (reason.trim() === '') throw new InvalidInput('Enter why the invoice is void');
    checkText('The reason', reason.trim(), LONGEST.text);
    const { subscriberId } = await this.invoice(id);
    return this.with(subscriberId, by, async (book, { invoices, money, events }, { now: at }) => {
      const invoice = (await invoices.find(id))!;
      const { number, total, currency } = invoice;
      await book.mustNotBeGivenBack(invoice);
      if (!(await invoices.void(id, reason.trim(), at, chargeAgain))) {
        throw new Conflict(say`Invoice ${id} is already void`);
      }
      if (chargeAgain) await book.chargeAgain(invoice);
      const given = { amount: -total || 0, currency };
      const entry = { at, kind: 'invoice void', money: given, seller: '', by } as const;
      const detail = { subscriber: subscriberId, reason: reason.trim() };
      if (number !== null) {
        const subject = `invoice ${number}`;
        await money.append([{ ...entry, subject, detail }]);
        const data = { invoice: number, ...detail, total: { amount: total, currency } };
        await events.add([{ name: 'invoice.void', at, subject, data }]);
      }
      await book.resumeIfPaid();
      return (await invoices.find(id))!;
    });
  }

  /** Of one subscriber, or of all, in the order in which they were made. */
  invoices(subscriberId?: number): Promise<Invoice[]> {
    return this.stores.invoices.list(subscriberId === undefined ? {} : { subscriberId });
  }

  newestInvoices(filter: InvoiceFilter, limit: number, offset = 0): Promise<Invoice[]> {
    return this.stores.invoices.newest(filter, limit, offset);
  }

  newestPayments(filter: PaymentFilter, limit: number, offset = 0): Promise<PaymentMade[]> {
    return this.stores.payments.newest(filter, limit, offset);
  }

  /** @throws NotFound */
  async payment(id: number): Promise<PaymentMade> {
    const found = await this.stores.payments.find(id);
    if (!found) throw new NotFound(say`There is no payment ${id}`);
    return found;
  }

  linesOf(invoiceId: number): Promise<InvoiceLine[]> {
    return this.stores.invoices.linesOf(invoiceId);
  }

  payments(subscriberId?: number): Promise<PaymentMade[]> {
    return this.stores.payments.list(subscriberId);
  }

  /** By its id, which a draft has too. @throws NotFound */
  async invoice(id: number): Promise<Invoice> {
    const invoice = await this.stores.invoices.find(id);
    if (!invoice) throw new NotFound(say`There is no invoice ${id}`);
    return invoice;
  }
}
