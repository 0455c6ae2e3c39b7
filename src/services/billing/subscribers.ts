import { checkSum, checkText, LONGEST } from '../../domain/billing/bounds';
import { changeMoment, type ChangeTime } from '../../domain/billing/plan-change';
import type { PlanChange, Subscriber, SubscriberDraft } from '../../domain/billing/subscriber';
import { isIPv4 } from 'node:net';
import { parseLogin } from '../../domain/billing/access';
import type { Voucher } from '../../domain/vouchers/voucher';
import { formatMoney, quoted, type Money } from '../../domain/units';
import { Conflict, InvalidInput, NotFound } from '../../errors';
import { DAY_MS, isoTime, type Clock } from '../../clock';
import type { Charge } from '../../store/billing/invoice-store';
import type { SubscriberFilter, SubscriberKey } from '../../store/billing/subscriber-store';
import type { Stores } from '../../store/stores';
import type { Billing } from './billing';
import { cycleOf, startOfDay } from './plan-cycle';
import { say, word } from '../../text';

const NEW: SubscriberDraft = {
  ...{ name: '', contact: '', address: '', notes: '' },
  ...{ loginKind: 'hotspot', login: null, password: '', staticAddress: null, discount: 0 },
};

const MOST_BACK_MS = 367 * DAY_MS;
/** The portal asks with each page. */
const LOGINS_HOLD_MS = 60_000;

export interface Assignment {
  plan: string;
  /** The subscriber's own price for a cycle, minor units. */
  price?: number | undefined;
}

/** What is to be on the next invoice. */
export interface NewCharge {
  kind?: Charge['kind'];
  text: string;
  /** Below zero: a credit note. */
  money: Money;
  /** Of the form it was typed into. */
  orderKey?: string | undefined;
}

/** What the portal offers subscribers. */
interface Logins {
  /** To log in at the hotspot. */
  hasLogins: boolean;
  /** To see their account. */
  hasAccounts: boolean;
}

/** Customers who pay by the cycle: who they are, and which plan they have. */
export class Subscribers {
  private known: (Logins & { atMs: number }) | undefined;

  constructor(
    private readonly stores: Stores,
    private readonly billing: Billing,
    private readonly clock: Clock,
  ) {}

  /** @throws InvalidInput without a name, Conflict when the login is taken */
  async add(draft: Partial<SubscriberDraft>, by: string): Promise<Subscriber> {
    const at = this.clock.now();
    const id = await this.stores.outsideLoopState(async ({ subscribers, journal, events }) => {
      const wanted = checked({ ...NEW, ...draft });
      const added = await subscribers.add(wanted, at, by);
      const subject = `subscriber ${added}`;
      const data = { subscriber: added, name: wanted.name, login: wanted.login, by };
      await events.add([{ name: 'subscriber.added', at, subject, data }]);
      await journal.audit([{ at, who: by, what: 'subscriber added', subject, detail: {} }]);
      return added;
    });
    return this.find(id);
  }

  /**
   * @param check told what is about to be changed; it throws to keep that
   * @throws NotFound, InvalidInput, Conflict as `add`
   */
  async edit(
    id: number,
    changes: Partial<SubscriberDraft>,
    by: string,
    check: (present: Subscriber) => void = () => undefined,
  ): Promise<Subscriber> {
    await this.billing.with(id, by, async (book, { subscribers, journal }, { now: at }) => {
      const present = await book.subscriber();
      check(present);
      const { name, contact, address, notes, loginKind, ...rest } = present;
      const { login, password, staticAddress, discount } = rest;
      const known = { name, contact, address, notes, loginKind, login, password, staticAddress };
      const edited = checked({ ...known, discount, ...changes });
      await subscribers.edit(id, edited);
      // Also where it is the former one again later: what was signed in with it stays out.
      if (edited.password !== password) await subscribers.signOutEverywhere(id);
      const detail = { changed: Object.keys(changes) };
      const subject = `subscriber ${id}`;
      await journal.audit([{ at, who: by, what: 'subscriber edited', subject, detail }]);
    });
    return this.find(id);
  }

  /** @throws NotFound */
  async find(id: number): Promise<Subscriber> {
    const found = await this.stores.subscribers.find(id);
    if (!found) throw new NotFound(say`There is no subscriber ${id}`);
    return found;
  }

  /** What the loop works from, with what was used; `undefined` while they cannot come online. */
  async entitledTo(id: number): Promise<Voucher | undefined> {
    const access = await this.stores.vouchers.accessOf(id);
    return access && this.stores.vouchers.find(access.code);
  }

  names(ids: readonly number[]): Promise<Map<number, string>> {
    return this.stores.subscribers.names(ids);
  }

  /** Whether anybody logs in at the portal with a password, and whether anybody has one; a minute old at most. */
  async logins(): Promise<Logins> {
    const nowMs = this.clock.elapsedMs();
    if (!this.known || nowMs - this.known.atMs >= LOGINS_HOLD_MS) {
      const hasLogins = await this.stores.subscribers.anyLogin('hotspot');
      const hasAccounts = hasLogins || (await this.stores.subscribers.anyLogin('pppoe'));
      this.known = { hasLogins, hasAccounts, atMs: nowMs };
    }
    return this.known;
  }

  /** Whether there is one at all. */
  any(): Promise<boolean> {
    return this.stores.subscribers.any();
  }

  list(status?: Subscriber['status']): Promise<Subscriber[]> {
    return this.stores.subscribers.list(status);
  }

  /** Those who match, in that order. @param after name and id of the one before */
  page(filter: SubscriberFilter, limit: number, after?: SubscriberKey): Promise<Subscriber[]> {
    return this.stores.subscribers.page(filter, limit, after);
  }

  /** With the plan in force, what is to change, what is owed, and the invoices. @throws NotFound */
  async show(id: number) {
    const account = await this.billing.account(id);
    const plans = await this.stores.subscribers.plansOf(id);
    const now = this.clock.now();
    const plan = plans.findLast(({ from }) => from <= now) ?? plans.at(-1);
    return {
      subscriber: await this.find(id),
      plan: plan && { ...plan, name: plan.planId && (await this.planName(plan.planId)) },
      pending: await this.stores.subscribers.pending(id),
      ...account,
    };
  }

  /**
   * Gives a subscriber the first plan, whose cycles begin at midnight of that day; also to one who had cancelled, and
   * comes back. They keep their number, their login and what they owe.
   * @throws NotFound, InvalidInput for a plan without cycles, in another currency or more than a year back, Conflict
   *   when there is a plan already, or the plan is not on sale
   */
  async assign(id: number, to: Assignment, from: Date | undefined, by: string) {
    await this.billing.with(id, by, async (book, stores, { now, zone }) => {
      const { subscribers } = stores;
      const { planId, cycle, name } = await this.planFor(to, stores);
      const { status } = await book.subscriber();
      const last = (await subscribers.plansOf(id)).at(-1);
      if (last && status !== 'cancelled') {
        throw new Conflict(say`Subscriber ${id} has a plan already; change it with change-plan`);
      }
      const day = startOfDay(from ?? now, zone);
      if (last && from && day < startOfDay(last.from, zone)) {
        throw new InvalidInput('Their former subscription lasted longer than that');
      }
      // Who comes back on the day they left begins where the former subscription ended.
      const start = last && day <= last.from ? await book.anchorAt(now) : day;
      // Each cycle since then gets its invoice at once.
      if (now.getTime() - start.getTime() > MOST_BACK_MS) {
        throw new InvalidInput('A plan can begin a year ago at most');
      }
      const since = last && last.from > start ? last.from : start;
      await subscribers.addPlan(id, {
        ...{
          planId,
          kind: 'assigned',
          cycle,
          anchor: start,
          price: to.price ?? null,
          from: since,
          by,
        },
      });
      await subscribers.setBilledTo(id, since);
      if (last) await book.comeBack(now);
      await book.tellPlan('subscription.started', now, { plan: name, from: isoTime(since) });
      await book.audit('plan assigned', {
        plan: name,
        price: to.price ?? null,
        from: isoTime(start),
      });
      await book.advance(now);
    });
  }

  /**
   * Changes the plan now, when the cycle ends, or at a time to come; `null` cancels.
   * @returns the change, which is done already if it is for now
   * @throws NotFound, InvalidInput for a time that is over, Conflict without a plan
   */
  async changePlan(
    id: number,
    to: Assignment | null,
    when: ChangeTime,
    by: string,
  ): Promise<PlanChange> {
    return this.billing.with(id, by, async (book, stores, { now, zone }) => {
      const { subscribers } = stores;
      const { status } = await book.subscriber();
      const last = (await subscribers.plansOf(id)).at(-1);
      if (!last || status === 'cancelled')
        throw new Conflict(say`Subscriber ${id} has no plan to change`);
      const planId = to && (await this.planFor(to, stores, last.planId)).planId;
      const at = changeMoment(when, now, last, zone);
      if (at < now || at < last.from)
        throw new InvalidInput('That time is past, or before the plan begins');
      const change = { subscriberId: id, planId, price: to?.price ?? null, at, by };
      const added = await subscribers.addChange(change, now);
      const detail = {
        change: added,
        plan: to?.plan ?? null,
        price: change.price,
        at: isoTime(at),
      };
      await book.audit('plan change planned', detail);
      await book.advance(now);
      return { id: added, ...change };
    });
  }

  /** @throws Conflict when it was done or cancelled before */
  async dropChange(changeId: number, by: string): Promise<void> {
    const at = this.clock.now();
    await this.stores.transaction(async ({ subscribers, journal }) => {
      if (!(await subscribers.endChange(changeId, 'cancelled'))) {
        throw new Conflict(say`Change ${changeId} is not pending`);
      }
      const { subscriberId } = (await subscribers.change(changeId))!;
      const subject = `subscriber ${subscriberId}`;
      const what = 'plan change cancelled';
      await journal.audit([{ at, who: by, what, subject, detail: { change: changeId } }]);
    });
  }

  /** Pending changes of one subscriber, or of all. */
  changes(id?: number): Promise<PlanChange[]> {
    return this.stores.subscribers.pending(id);
  }

  /** Until staff resume it; cycles that begin meanwhile are not charged. @throws Conflict unless active */
  async suspend(id: number, reason: string, by: string): Promise<Subscriber> {
    await this.billing.with(id, by, async (book, _stores, { now }) => {
      const { status } = await book.subscriber();
      if (status !== 'active') throw new Conflict(say`Subscriber ${id} is ${word(status)} already`);
      checkText('The reason', reason, LONGEST.text);
      await book.suspend('by hand', reason, now);
    });
    return this.find(id);
  }

  /** @throws Conflict unless suspended, and while an invoice is unpaid whose grace is over */
  async resume(id: number, by: string): Promise<Subscriber> {
    await this.billing.with(id, by, async (book) => {
      const { status } = await book.subscriber();
      if (status !== 'suspended')
        throw new Conflict(say`Subscriber ${id} is ${word(status)}, not suspended`);
      const { invoices } = await book.settle();
      if (book.isPastGrace(invoices)) {
        throw new Conflict(say`Subscriber ${id} has not paid; a payment ends the suspension`);
      }
      await book.resume('by hand');
    });
    return this.find(id);
  }

  /**
   * Ends the present cycle early: the next one begins now, with its usage at zero, and what is left of the old
   * one is credited.
   * @throws NotFound, Conflict without a plan in force
   */
  async resetCycle(id: number, by: string): Promise<Subscriber> {
    await this.billing.with(id, by, async (book, { journal }, { now: at }) => {
      await book.resetCycle();
      const subject = `subscriber ${id}`;
      await journal.audit([{ at, who: by, what: 'cycle reset', subject, detail: {} }]);
    });
    return this.find(id);
  }

  /**
   * Something for the next invoice; below zero it is a credit note. The same form sent twice adds it once.
   * @throws InvalidInput without a text or an amount, or where it is too long or too much
   */
  async charge(id: number, charge: NewCharge, by: string): Promise<void> {
    const { text, money, kind = 'other', orderKey } = charge;
    if (text.trim() === '') throw new InvalidInput('Enter what it is for');
    checkText('The text', text, LONGEST.text);
    checkSum(money);
    await this.billing.with(id, by, async (book, { invoices }, { now: at }) => {
      const added = { subscriberId: id, kind, text, ...money, at, by, orderKey };
      if (!(await invoices.addCharge(added))) return;
      const what = money.amount > 0 ? 'charge added' : 'credit note added';
      await book.audit(what, { for: text, money: formatMoney(money) });
    });
  }

  private async planName(planId: number): Promise<string> {
    const found = await this.stores.plans.termsAt(planId, this.clock.now());
    return found?.name ?? '';
  }

  /** @param present the plan they have, which they may keep at another price though it is not sold any more */
  private async planFor(
    { plan: asked, price }: Assignment,
    { plans }: Stores,
    present?: number | null,
  ) {
    const plan = await plans.find(asked);
    if (!plan) throw new NotFound(say`There is no plan called "${asked}"`);
    const { id: planId, name, status, terms } = plan;
    const cycle = cycleOf(terms, name);
    if (status !== 'active' && planId !== present) {
      throw new Conflict(say`${name} is not on sale (${word(status)})`);
    }
    const { currency } = terms.price;
    if (currency !== this.billing.currency) {
      throw new InvalidInput(say`${name} is priced in ${currency}; subscribers pay in ${this.billing.currency}`); // prettier-ignore
    }
    if (price !== undefined && price !== 0) checkSum({ amount: price, currency });
    if (price !== undefined && price < 0) throw new InvalidInput('A price is 0 or more');
    return { planId, cycle, name };
  }
}

function checked(draft: SubscriberDraft): SubscriberDraft {
  const name = draft.name.trim();
  if (name === '') throw new InvalidInput('A subscriber needs a name');
  if (!Number.isInteger(draft.discount) || draft.discount < 0 || draft.discount > 10_000) {
    throw new InvalidInput('A discount is from 0 to 100 percent');
  }
  const login = draft.login?.trim() ? parseLogin(draft.login) : null;
  checkText('A name', name, LONGEST.name);
  checkText('The contact', draft.contact, LONGEST.contact);
  checkText('The address', draft.address, LONGEST.address);
  checkText('The notes', draft.notes, LONGEST.notes);
  checkText('A password', draft.password, LONGEST.password);
  const staticAddress = draft.staticAddress?.trim() || null;
  if (staticAddress !== null && !isIPv4(staticAddress)) {
    throw new InvalidInput(say`${quoted(staticAddress)} is not an address like 10.9.0.7`);
  }
  return { ...draft, name, login, staticAddress };
}
