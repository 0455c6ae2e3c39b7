import { DAY_MS } from '../../clock';
import { cycleAt } from '../../domain/billing/billing-cycle';
import {
  changeLines,
  invoiceLines,
  planLine,
  type ChangeInTime,
  type ChargedLine,
  type ChargeTerms,
  type InvoiceLine,
  type PricedPlan,
} from '../../domain/billing/invoice-lines';
import { changesSince, nextCycleAt } from '../../domain/billing/plan-timeline';
import {
  graceEnd,
  settleEach,
  standingAt,
  type SettledInvoice,
} from '../../domain/billing/standing';
import { changeKind } from '../../domain/billing/plan-change';
import type {
  BillingRules,
  PlanChange,
  Subscriber,
  SubscriberPlan,
} from '../../domain/billing/subscriber';
import type { Terms } from '../../domain/plans/plan';
import { deed, type AuditKind, type AuditValues } from '../../domain/shop/audit-entry';
import type { Span } from '../../domain/shop/shop-calendar';
import type { Money } from '../../domain/units';
import { Conflict, NotFound } from '../../errors';
import type { Invoice } from '../../store/billing/invoice-store';
import type { Stores } from '../../store/stores';
import { cycleOf, offerOf, startOfDay } from './plan-cycle';
import { resetUsage } from './subscriber-access';
import { say } from '../../text';

/** Under which circumstances books are brought up to date. */
export interface BillingContext {
  now: Date;
  rules: BillingRules;
  zone: string;
  /** The shop's. */
  currency: string;
  by: string;
  /** Invoices wait to be issued by hand. */
  drafts?: boolean;
}

/** What was done for one subscriber. */
export interface BillingCounts {
  invoices: number;
  changes: number;
  suspended: number;
}

interface DueEvent {
  at: Date;
  what: keyof BillingCounts;
  /** It acts on today's access, so it cannot be done ahead of its time, nor anything after it. */
  mustWait?: boolean;
  /** @returns whether there is something to count */
  act(): Promise<boolean>;
}

/** A plan as it is at some time, for this subscriber. */
interface PlanThen extends PricedPlan {
  terms: Terms;
}

/**
 * The books of one subscriber. All of it in one transaction of the caller: whatever stops the program, an
 * invoice is there with its number, lines and journal row, or not at all.
 */
export class SubscriberBook {
  constructor(
    private readonly stores: Stores,
    private readonly id: number,
    private readonly context: BillingContext,
  ) {}

  /** @throws NotFound */
  async subscriber(): Promise<Subscriber> {
    const found = await this.stores.subscribers.find(this.id);
    if (!found) throw new NotFound(say`There is no subscriber ${this.id}`);
    return found;
  }

  /**
   * Does what was due up to this moment, in the order in which it was due. Of a time to come it makes invoices and
   * changes of plan, but suspends and cancels nobody.
   */
  async advance(until: Date): Promise<BillingCounts> {
    const counts = { invoices: 0, changes: 0, suspended: 0 };
    for (;;) {
      const next = await this.nextEvent();
      if (!next || next.at > until || next.mustWait) return counts;
      if (await next.act()) counts[next.what] += 1;
    }
  }

  /** Marks invoices paid by the money that is there, oldest first; an invoice may be open again after a refund. */
  async settle(): Promise<{
    invoices: (SettledInvoice & { currency: string })[];
    credits: Money[];
  }> {
    const { invoices, payments } = this.stores;
    const issued = (await invoices.list({ subscriberId: this.id }))
      .filter(({ status }) => status === 'issued' || status === 'paid')
      .sort((a, b) => a.number! - b.number!)
      .map((one) => ({ ...one, dueAt: one.dueAt! }));
    const received = (await payments.list(this.id)).map(({ money, invoiceId }) => ({
      ...{ ...money, invoiceId },
    }));
    const settled = settleEach(issued, received);
    for (const one of settled.invoices) {
      if (one.isPaid === (one.status === 'paid')) continue;
      await invoices.setPaid(one.id, one.isPaid ? this.context.now : null);
      if (one.isPaid) await this.tell('invoice.paid', one);
    }
    return settled;
  }

  /** Resumes somebody who was suspended for not paying, and owes nothing any more whose grace is over. */
  async resumeIfPaid(): Promise<void> {
    const { invoices } = await this.settle();
    if ((await this.subscriber()).suspendedFor !== 'unpaid') return;
    if (!this.isPastGrace(invoices)) await this.resume('paid');
  }

  isPastGrace(invoices: readonly SettledInvoice[]): boolean {
    const { now, rules } = this.context;
    return standingAt(invoices, now, rules.graceDays * DAY_MS) === 'past-grace';
  }

  /** The rest of the present cycle is charged, unless all of it was. */
  async resume(reason: string): Promise<void> {
    const { now, by, zone } = this.context;
    const { subscribers } = this.stores;
    const active = { status: 'active', suspendedFor: null } as const;
    await subscribers.setState(this.id, { ...active, reason, at: now, by });
    await this.audit('subscriber resumed', { reason });
    await this.tellState('subscriber.resumed', now, reason);
    const plans = await subscribers.plansOf(this.id);
    const plan = planAt(plans, now);
    if (!plan?.planId) return;
    const cycle = cycleAt(plan.anchor, plan.cycle, now, zone);
    if (!(await this.isBilled(plan, cycle, plans))) await this.makeInvoice(plan, cycle, now);
    await subscribers.setBilledTo(this.id, cycle.endsAt);
  }

  async suspend(suspendedFor: 'unpaid' | 'by hand', reason: string, at: Date): Promise<void> {
    const { by } = this.context;
    const state = { status: 'suspended', suspendedFor, reason, at, by } as const;
    await this.stores.subscribers.setState(this.id, state);
    await this.audit('subscriber suspended', { reason }, at);
    await this.tellState('subscriber.suspended', at, reason);
  }

  /** Somebody who had cancelled is a subscriber again. */
  async comeBack(at: Date): Promise<void> {
    const { by } = this.context;
    const reason = 'came back';
    const active = { status: 'active', suspendedFor: null, reason, at, by } as const;
    await this.stores.subscribers.setState(this.id, active);
    await this.tellState('subscriber.resumed', at, reason);
  }

  /** What became of their subscription. */
  async tellPlan(
    name: 'subscription.started' | 'subscription.changed' | 'subscription.ended',
    at: Date,
    what: Record<string, unknown>,
  ): Promise<void> {
    const { name: called, login } = await this.subscriber();
    const data = { subscriber: this.id, name: called, login, ...what, by: this.context.by };
    await this.stores.events.add([{ name, at, subject: `subscriber ${this.id}`, data }]);
  }

  /** Who did what with this subscriber. */
  async audit<K extends AuditKind>(
    what: K,
    detail: AuditValues[K],
    at = this.context.now,
  ): Promise<void> {
    const done = deed(what, `subscriber ${this.id}`, detail);
    await this.stores.journal.audit([{ at, who: this.context.by, ...done }]);
  }

  /** Gives a draft its number, and enters it in the journal of money. */
  async issue({ id, total, currency, planName, periodFrom }: Invoice): Promise<number> {
    const { now, rules, by } = this.context;
    const { invoices, money } = this.stores;
    // What is made ahead is due when it would be had it been made in time.
    const dueSince = Math.max(now.getTime(), periodFrom.getTime());
    const number = await invoices.issue(id, now, new Date(dueSince + rules.dueDays * DAY_MS));
    const detail = { subscriber: this.id, plan: planName };
    const subject = `invoice ${number}`;
    const asked = { amount: total, currency };
    await money.append([
      { at: now, kind: 'invoice', subject, money: asked, seller: '', by, detail },
    ]);
    await this.tell('invoice.issued', (await invoices.find(id))!);
    await this.settle();
    return number;
  }

  /** @throws Conflict where a later invoice gives a part of this one back: void, it would be given back twice */
  async mustNotBeGivenBack({ id }: Invoice): Promise<void> {
    const [later] = await this.stores.invoices.correctionsOf(id);
    if (!later) return;
    const called = later.number === null ? `draft ${later.id}` : `invoice ${later.number}`;
    throw new Conflict(
      say`Void ${called} first: it already gives back part of this one, and nothing is given back twice`,
    );
  }

  /** @throws Conflict where this draft gives back a part of another one, which nobody owes yet */
  async mustFollowItsCharge({ id }: Invoice): Promise<void> {
    const corrected = await this.stores.invoices.correctedBy(id);
    const draft = corrected.find(({ status }) => status === 'draft');
    if (draft)
      throw new Conflict(say`Issue draft ${draft.id} first: this one gives back part of it`);
  }

  /**
   * Charges the cycle of a void invoice anew, as it would be charged today: at once, or when it begins.
   * @throws Conflict for one that charged no cycle, and without a subscription
   */
  async chargeAgain({ subscriberPlanId, cycle, periodFrom, planPrice }: Invoice): Promise<void> {
    const { subscribers } = this.stores;
    const { status, billedTo } = await this.subscriber();
    if (planPrice === null) throw new Conflict('This invoice charged no cycle');
    if (status === 'cancelled') {
      throw new Conflict(say`Subscriber ${this.id} is cancelled: no cycle can be charged again`);
    }
    if (periodFrom > this.context.now) {
      if (!billedTo || periodFrom < billedTo) await subscribers.setBilledTo(this.id, periodFrom);
      return;
    }
    const plan = (await subscribers.plansOf(this.id)).find(({ id }) => id === subscriberPlanId)!;
    await this.makeInvoice(plan, cycle, periodFrom);
  }

  private async tell(
    name: 'invoice.issued' | 'invoice.paid',
    { number, total, currency, planName, dueAt }: Invoice,
  ): Promise<void> {
    const data = {
      ...{ invoice: number, subscriber: this.id, plan: planName },
      ...{ total: { amount: total, currency }, dueAt },
    };
    const subject = `invoice ${number}`;
    await this.stores.events.add([{ name, at: this.context.now, subject, data }]);
  }

  private async tellState(
    name: 'subscriber.suspended' | 'subscriber.resumed',
    at: Date,
    reason: string,
  ): Promise<void> {
    const { name: called, login } = await this.subscriber();
    const data = { subscriber: this.id, name: called, login, reason };
    await this.stores.events.add([{ name, at, subject: `subscriber ${this.id}`, data }]);
  }

  /** The plan in force; `undefined` before the first one. */
  async planAt(at: Date): Promise<SubscriberPlan | undefined> {
    return planAt(await this.stores.subscribers.plansOf(this.id), at);
  }

  private async nextEvent(): Promise<DueEvent | undefined> {
    const { subscribers, invoices } = this.stores;
    const { now, rules } = this.context;
    const { status, billedTo } = await this.subscriber();
    if (status === 'cancelled') return undefined;
    const events: DueEvent[] = [];
    const [change] = await subscribers.pending(this.id);
    if (change) {
      const mustWait = change.planId === null && change.at > now;
      events.push({ at: change.at, what: 'changes', mustWait, act: () => this.apply(change) });
    }
    const open = await invoices.list({ subscriberId: this.id, status: 'issued' });
    const end = graceEnd(
      open.map(({ dueAt }) => ({ dueAt: dueAt!, isPaid: false })),
      rules.graceDays * DAY_MS,
    );
    if (end && end <= now && status === 'active') {
      const reason = `invoice ${open[0]!.number} is not paid`;
      const act = () => this.suspend('unpaid', reason, end).then(() => true);
      events.push({ at: end, what: 'suspended', act });
    }
    if (billedTo) {
      const act = () => this.beginCycle(billedTo, status);
      events.push({ at: billedTo, what: 'invoices', act });
    }
    // Of what is due at the same moment the first is done first: nobody is charged who is suspended then.
    return events.toSorted((a, b) => a.at.getTime() - b.at.getTime())[0];
  }

  private async beginCycle(at: Date, status: Subscriber['status']): Promise<boolean> {
    const plans = await this.stores.subscribers.plansOf(this.id);
    const plan = planAt(plans, at)!;
    const cycle = cycleAt(plan.anchor, plan.cycle, at, this.context.zone);
    const isCharged = status === 'active' && !(await this.isBilled(plan, cycle, plans));
    if (isCharged) await this.makeInvoice(plan, cycle, at);
    await this.stores.subscribers.setBilledTo(this.id, nextCycleAt(plan, cycle, at, plans));
    return isCharged;
  }

  /** Cycles that were billed ahead are not billed again when they begin, nor are those whose invoice is void. */
  private async isBilled(
    plan: SubscriberPlan,
    cycle: Span,
    plans: readonly SubscriberPlan[],
  ): Promise<boolean> {
    const anchors = new Map(plans.map(({ id, anchor }) => [id, anchor.getTime()]));
    return (await this.stores.invoices.list({ subscriberId: this.id })).some(
      (one) =>
        !one.chargeAgain &&
        one.planPrice !== null &&
        one.cycle.startedAt.getTime() === cycle.startedAt.getTime() &&
        anchors.get(one.subscriberPlanId) === plan.anchor.getTime(),
    );
  }

  private async apply(change: PlanChange): Promise<boolean> {
    const { subscribers, journal } = this.stores;
    await subscribers.endChange(change.id, 'done');
    const before = (await subscribers.plansOf(this.id)).at(-1)!;
    const kind =
      change.planId === null
        ? await this.cancel(before, change)
        : await this.changePlan(before, { ...change, planId: change.planId });
    const detail = { kind, plan: change.planId };
    const subject = `subscriber ${this.id}`;
    await journal.audit([{ at: change.at, who: change.by, what: 'plan changed', subject, detail }]);
    const plan = await this.planAt(change.at);
    if (!plan?.planId) await this.tellPlan('subscription.ended', change.at, {});
    else {
      const { name } = await this.planThen(plan, change.at);
      await this.tellPlan('subscription.changed', change.at, { plan: name, kind });
    }
    return true;
  }

  private async changePlan(
    before: SubscriberPlan,
    { planId, price, at, by }: PlanChange & { planId: number },
  ): Promise<string> {
    const { subscribers } = this.stores;
    const after = { ...before, planId, price, by };
    const { terms, ...offered } = await this.planThen(after, at);
    const cycle = cycleOf(terms, offered.name);
    const old = await this.planThen(before, at);
    const kind = changeKind(offerOf(old, before.cycle), offerOf({ ...offered, terms }, cycle));
    if (cycle === before.cycle) {
      await subscribers.addPlan(this.id, { ...after, kind, from: at });
      return kind;
    }
    await this.beginAnew({ ...after, kind, cycle, anchor: await this.anchorAt(at) });
    return kind;
  }

  /**
   * Begins the next cycle now; what is left of the present one is credited.
   * @throws Conflict without a plan in force, or when its cycle has only just begun
   */
  async resetCycle(): Promise<void> {
    const { now, by } = this.context;
    const plan = await this.planAt(now);
    if (!plan?.planId)
      throw new Conflict(say`Subscriber ${this.id} has no plan whose cycle could end`);
    if (plan.anchor >= now) throw new Conflict('This cycle has only just begun');
    const anchor = await this.anchorAt(now);
    await resetUsage(this.stores, this.id, anchor, this.context);
    await this.beginAnew({ ...plan, kind: 'switch', by, anchor });
    await this.advance(now);
  }

  /** Where a new cycle begins: by the day at midnight, unless that day's cycle is billed already. */
  async anchorAt(at: Date): Promise<Date> {
    const midnight = startOfDay(at, this.context.zone);
    const billed = await this.stores.invoices.list({ subscriberId: this.id });
    // Also by a void one: two cycles with the same beginning could not be told apart.
    const isTaken = billed.some(
      ({ planPrice, cycle }) => planPrice !== null && cycle.startedAt >= midnight,
    );
    return isTaken || this.context.rules.prorateBy === 'second' ? at : midnight;
  }

  private async beginAnew(plan: SubscriberPlan): Promise<void> {
    const { subscribers } = this.stores;
    await subscribers.addPlan(this.id, { ...plan, from: plan.anchor });
    await subscribers.setBilledTo(this.id, plan.anchor);
  }

  private async cancel(before: SubscriberPlan, { at, by }: PlanChange): Promise<'cancelled'> {
    const { subscribers } = this.stores;
    const gone = { ...before, planId: null, price: null, kind: 'cancelled', from: at, by } as const;
    await subscribers.addPlan(this.id, gone);
    const state = { status: 'cancelled', suspendedFor: null, reason: 'cancelled', at, by } as const;
    await subscribers.setState(this.id, state);
    await subscribers.setBilledTo(this.id, null);
    for (const { id } of await subscribers.pending(this.id)) {
      await subscribers.endChange(id, 'cancelled');
    }
    const plan = (await this.planAt(at))!;
    await this.makeInvoice(plan, { startedAt: at, endsAt: at }, at);
    return 'cancelled';
  }

  /**
   * An invoice of its own for these lines, beside those of the cycles.
   * @throws Conflict for somebody who never had a plan
   */
  async invoiceByHand(lines: readonly { text: string; amount: number }[]): Promise<Invoice> {
    const { now, rules, currency, drafts } = this.context;
    const { invoices, subscribers } = this.stores;
    const plan = (await subscribers.plansOf(this.id)).at(-1);
    if (!plan) {
      throw new Conflict(
        say`Subscriber ${this.id} never had a plan; what they owe is on the first invoice`,
      );
    }
    const others = lines.map((line) => ({ kind: 'other' as const, ...line, period: null }));
    const invoice = await invoices.add({
      ...{ subscriberId: this.id, subscriberPlanId: plan.id, periodFrom: now, currency },
      ...{ cycle: { startedAt: now, endsAt: now }, planName: '', planPrice: null },
      lines: invoiceLines(others, { discount: 0, tax: rules.tax }),
    });
    if (!drafts) await this.issue(invoice);
    return (await invoices.find(invoice.id))!;
  }

  /**
   * For the time from `from` to the end of the cycle; without a plan for what is left to settle, if anything is. What
   * is in another currency than the plan has an invoice of its own.
   */
  private async makeInvoice(plan: SubscriberPlan, cycle: Span, from: Date): Promise<void> {
    const { invoices } = this.stores;
    const { zone, rules } = this.context;
    const earlier = await invoices.list({ subscriberId: this.id });
    const { discount } = await this.subscriber();
    const present = { discount, tax: rules.tax, prorateBy: rules.prorateBy };
    const then = plan.planId === null ? undefined : await this.planThen(plan, from);
    if (then && earlier.length === 0) await this.chargeSetupFee(then);
    const charges = await invoices.openCharges(this.id);
    const lines = await this.linesForChanges(present);
    if (then) {
      const { name, price, currency } = then;
      const terms = { ...present, subscriberPlanId: plan.id, price, currency, cycle };
      lines.push(planLine(name, terms, { startedAt: from, endsAt: cycle.endsAt }, zone));
    }
    const currency = then?.currency ?? earlier.at(-1)?.currency ?? this.context.currency;
    lines.push(...charges.map((one) => ({ ...one, period: null })));
    const drafts = new Set<number | undefined>(
      earlier.filter(({ status }) => status === 'draft').map(({ id }) => id),
    );
    const made = { subscriberId: this.id, subscriberPlanId: plan.id, periodFrom: from };
    for (const [of, own] of byCurrency(lines, currency)) {
      const isOfPlan = then !== undefined && of === currency;
      const invoice = await invoices.add({
        ...{ ...made, currency: of, lines: invoiceLines(own, present) },
        ...(isOfPlan
          ? { cycle, planName: then.name, planPrice: then.price }
          : { cycle: { startedAt: from, endsAt: from }, planName: '', planPrice: null }),
      });
      await invoices.takeCharges(
        charges.filter((one) => (one.currency ?? currency) === of),
        invoice.id,
      );
      // What a draft charges nobody owes yet, so what gives it back waits as well.
      const isOfDraft = own.some(({ corrects }) => drafts.has(corrects?.invoiceId));
      if (!this.context.drafts && !isOfDraft) await this.issue(invoice);
    }
  }

  /** It is among the charges, so it comes again after the invoice that has it is void. */
  private async chargeSetupFee({ name, terms: { setupFee } }: PlanThen): Promise<void> {
    const { now: at, by } = this.context;
    if (!setupFee) return;
    const fee = { kind: 'setup fee', text: name, ...setupFee } as const;
    await this.stores.invoices.addCharge({ subscriberId: this.id, ...fee, at, by });
  }

  /** What changed in all the time that was charged in advance. */
  private async linesForChanges(
    present: Pick<ChargeTerms, 'discount' | 'tax' | 'prorateBy'>,
  ): Promise<InvoiceLine[]> {
    const plans = await this.stores.subscribers.plansOf(this.id);
    if (plans.length < 2) return [];
    const lines: InvoiceLine[] = [];
    for (const charged of await this.stores.invoices.chargedTime(this.id)) {
      const changes = await this.changesIn(charged, plans);
      lines.push(...changeLines(charged, changes, present, this.context.zone));
    }
    return lines;
  }

  private async changesIn(
    { terms: { subscriberPlanId }, period }: ChargedLine,
    plans: readonly SubscriberPlan[],
  ): Promise<ChangeInTime[]> {
    const { anchor } = plans.find(({ id }) => id === subscriberPlanId)!;
    const changes: ChangeInTime[] = [];
    for (const { at, plan } of changesSince(subscriberPlanId, period, plans)) {
      const isSameCycle = plan.planId !== null && plan.anchor.getTime() === anchor.getTime();
      const to = isSameCycle ? await this.planThen(plan, at) : null;
      changes.push({ at, subscriberPlanId: plan.id, to });
    }
    return changes;
  }

  private async planThen({ planId, price }: SubscriberPlan, at: Date): Promise<PlanThen> {
    const found = await this.stores.plans.termsAt(planId!, at);
    if (!found) throw new NotFound(say`There is no plan ${planId}`);
    const { name, terms } = found;
    return { name, terms, price: price ?? terms.price.amount, currency: terms.price.currency };
  }
}

function planAt(plans: readonly SubscriberPlan[], at: Date): SubscriberPlan | undefined {
  return plans.findLast(({ from }) => from <= at);
}

/** @param usual of what has none of its own */
function byCurrency(
  lines: readonly (InvoiceLine & { currency?: string | null })[],
  usual: string,
): Map<string, InvoiceLine[]> {
  const found = new Map<string, InvoiceLine[]>();
  for (const line of lines) {
    const of = (line.terms ?? line.corrects?.terms ?? line).currency ?? usual;
    found.set(of, [...(found.get(of) ?? []), line]);
  }
  return found;
}
