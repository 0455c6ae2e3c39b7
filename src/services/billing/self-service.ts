import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import type { Clock } from '../../clock';
import { isSameText, tidyLogin } from '../../domain/billing/access';
import type { InvoiceLine } from '../../domain/billing/invoice-lines';
import type { Subscriber } from '../../domain/billing/subscriber';
import type { Plan } from '../../domain/plans/plan';
import type { Money } from '../../domain/units';
import type { Voucher } from '../../domain/vouchers/voucher';
import { Conflict, InvalidInput, NotAllowed, NotFound, TooManyGuesses } from '../../errors';
import type { Invoice } from '../../store/billing/invoice-store';
import type { Payment } from '../../store/billing/payment-store';
import type { SecretKey } from '../../store/database/secret-key';
import type { Stores } from '../../store/stores';
import { Lockout, ofSubscribers } from '../staff/lockout';
import type { PlanService } from '../shop/plan-service';
import type { Billing } from './billing';
import type { Subscribers } from './subscribers';
import { say } from '../../text';

/** A subscriber signs in for so long; on a phone that others borrow it is not for ever. */
export const SIGNED_IN_MS = 12 * 3_600_000;
const SHORTEST_PASSWORD = 6;
const MOST_PAYMENTS = 24;
const PURPOSE = 'subscriber pages';

/** Who signed in, as the browser keeps it. */
export interface SignedIn {
  id: number;
  /** For the cookie. */
  mark: string;
}

/** What subscribers see of their own account. */
export interface OwnAccount {
  subscriber: Subscriber;
  /** Name of the plan in force. */
  plan: string | undefined;
  /** With what was used in this cycle; `undefined` while they cannot come online. */
  entitled: Voucher | undefined;
  /** Minor units; below zero it is credit. */
  owed: number;
  /** The same of other currencies in which there is any. */
  owedElse: Money[];
  /** Without drafts, the newest first. */
  invoices: (Invoice & { paid: number })[];
  /** The newest first. */
  payments: Payment[];
  /** The change that is to come, with the plan's name; `null` for the end. */
  pending: { id: number; at: Date; plan: string | null } | undefined;
  /** Plans they may change to; empty where the shop does not let them. */
  choices: Plan[];
}

/** The pages of subscribers themselves. No session is kept: the browser has a mark that only we can make. */
export class SelfService {
  private readonly lockout: Lockout;

  constructor(
    private readonly stores: Stores,
    private readonly subscribers: Subscribers,
    private readonly billing: Billing,
    private readonly plans: Pick<PlanService, 'onSale' | 'list'>,
    private readonly secrets: Pick<SecretKey, 'derive'>,
    private readonly clock: Clock,
  ) {
    this.lockout = new Lockout(stores, clock, ofSubscribers);
  }

  /** Whose login this is, however it was typed. */
  whose(login: string): Promise<Subscriber | undefined> {
    return this.stores.subscribers.withLogin(tidyLogin(login));
  }

  /**
   * @param address where it is typed
   * @returns `undefined` for a wrong login or password
   * @throws TooManyGuesses
   */
  async signIn(login: string, password: string, address: string): Promise<SignedIn | undefined> {
    const found = await this.whose(login);
    // However a login is written, what counts is whose it is.
    const counted = found ? actorOf(found.id) : `login ${tidyLogin(login).toLowerCase()}`;
    return this.unlessGuessed(counted, address, async () => {
      // Who has no password does not come in without one.
      const isRight = isSameText(found?.password ?? '', password) && password !== '';
      return found && isRight ? this.signed(found) : undefined;
    });
  }

  /** The login as it is in the books; as it was typed if nobody has it. */
  async loginOf(typed: string): Promise<string> {
    return (await this.whose(typed))?.login ?? typed;
  }

  /** Who has this mark; `undefined` once it is old, the password another one, or they logged out on all devices. */
  async whoHas(mark: string): Promise<Subscriber | undefined> {
    const [id, until] = mark.split('.', 2).map(Number);
    if (!Number.isSafeInteger(id) || !(until! > this.clock.now().getTime())) return undefined;
    const found = await this.stores.subscribers.find(id!);
    if (!found) return undefined;
    const [sent, ours] = [Buffer.from(mark), Buffer.from(await this.markOf(found, until!))];
    return sent.length === ours.length && timingSafeEqual(sent, ours) ? found : undefined;
  }

  async account(id: number): Promise<OwnAccount> {
    const shown = await this.subscribers.show(id);
    const { subscriber, plan, pending, owed, owedElse, invoices } = shown;
    const [next] = pending;
    const names = new Map((await this.plans.list()).map((one) => [one.id, one.name]));
    return {
      ...{ subscriber, owed, owedElse, plan: plan?.name || undefined },
      entitled: await this.subscribers.entitledTo(id),
      invoices: invoices.filter(({ status }) => status !== 'draft').toReversed(),
      payments: await this.billing.newestPayments({ subscriberId: id }, MOST_PAYMENTS),
      pending: next && {
        ...{ id: next.id, at: next.at },
        plan: next.planId === null ? null : (names.get(next.planId) ?? ''),
      },
      choices: plan?.name ? await this.choices(plan.name) : [],
    };
  }

  /** @throws NotFound also for an invoice of somebody else */
  async invoice(
    id: number,
    invoiceId: number,
  ): Promise<{ invoice: Invoice; lines: InvoiceLine[] }> {
    const invoice = await this.billing.invoice(invoiceId);
    if (invoice.subscriberId !== id || invoice.status === 'draft') {
      throw new NotFound(say`There is no invoice ${invoiceId}`);
    }
    return { invoice, lines: await this.billing.linesOf(invoiceId) };
  }

  /**
   * With the next cycle; a change that was planned before does not happen.
   * @throws NotAllowed where the shop does not let them, Conflict for a plan that is not available
   */
  async changePlan(id: number, plan: string): Promise<void> {
    const { choices, pending } = await this.account(id);
    if (!(await this.billing.rules()).customersChange) {
      throw new NotAllowed('Only the shop changes plans: ask there');
    }
    if (!choices.some(({ name }) => name === plan))
      throw new Conflict(say`${plan} is not available`);
    if (pending) await this.subscribers.dropChange(pending.id, actorOf(id));
    await this.subscribers.changePlan(id, { plan }, 'cycle-end', actorOf(id));
  }

  /** @throws Conflict when nothing is planned that they may call off */
  async keepPlan(id: number): Promise<void> {
    const pending = (await this.subscribers.changes(id)).find(({ by }) => by === actorOf(id));
    if (!pending) throw new Conflict('No change is planned');
    await this.subscribers.dropChange(pending.id, actorOf(id));
  }

  /**
   * The router takes it with the next round.
   * @param address where it is typed
   * @returns the mark by which they stay signed in
   * @throws NotAllowed when the present one is wrong, InvalidInput when the new one is too short, TooManyGuesses
   */
  async setPassword(id: number, present: string, next: string, address: string): Promise<SignedIn> {
    if (next.length < SHORTEST_PASSWORD) {
      throw new InvalidInput(say`A password has at least ${SHORTEST_PASSWORD} characters`);
    }
    const check = ({ password }: Subscriber) => {
      if (!isSameText(password, present)) throw new NotAllowed('The current password is wrong');
    };
    const by = actorOf(id);
    return this.unlessGuessed(by, address, async () =>
      this.signed(await this.subscribers.edit(id, { password: next }, by, check)),
    );
  }

  /** Every browser where they signed in has to ask for the password again, also one that somebody else has. */
  async signOutEverywhere(id: number): Promise<void> {
    const [at, who] = [this.clock.now(), actorOf(id)];
    await this.stores.transaction(async ({ subscribers, journal }) => {
      await subscribers.signOutEverywhere(id);
      const what = 'signed out everywhere';
      await journal.audit([{ at, who, what, subject: who, detail: {} }]);
    });
  }

  /**
   * Looks at a password, unless too many were wrong: whoever types it, here or at a program beside this one. Each
   * try is counted before it is looked at, so that many at once are no more.
   * @param whose what is counted for
   * @param look `undefined` or NotAllowed for a wrong one
   * @throws TooManyGuesses, and what `look` does
   */
  private async unlessGuessed<T>(
    whose: string,
    address: string,
    look: () => Promise<T>,
  ): Promise<T> {
    const attempt = await this.lockout.attempt(whose, { address });
    if (attempt.lockedUntil) {
      const leftMs = attempt.lockedUntil.getTime() - this.clock.now().getTime();
      throw new TooManyGuesses(Math.ceil(leftMs / 1000), 'passwords');
    }
    try {
      const found = await look();
      if (found === undefined) return found;
      await this.lockout.takeBack(attempt.counted);
      await this.lockout.forget(whose, { address });
      return found;
    } catch (error) {
      if (!(error instanceof NotAllowed)) await this.lockout.takeBack(attempt.counted);
      throw error;
    }
  }

  private async choices(present: string): Promise<Plan[]> {
    if (!(await this.billing.rules()).customersChange) return [];
    const offered = await this.plans.onSale();
    return offered.filter(
      ({ name, public: isPublic, terms }) =>
        isPublic && terms.billingCycle !== 'none' && name !== present,
    );
  }

  private async signed(subscriber: Subscriber): Promise<SignedIn> {
    const until = this.clock.now().getTime() + SIGNED_IN_MS;
    return { id: subscriber.id, mark: await this.markOf(subscriber, until) };
  }

  /**
   * Another password makes all marks void, and so does logging out on all devices. Who never did has the mark that
   * versions before that made: an upgrade signs nobody out.
   */
  private async markOf({ id, password }: Subscriber, until: number): Promise<string> {
    const secret = createHash('sha256').update(password).digest('hex');
    const signOuts = await this.stores.subscribers.signOuts(id);
    const hmac = createHmac('sha256', this.secrets.derive(PURPOSE));
    const named = [id, until, secret, ...(signOuts > 0 ? [signOuts] : [])];
    const signature = hmac.update(JSON.stringify(named)).digest('base64url');
    return `${id}.${until}.${signature}`;
  }
}

function actorOf(id: number): string {
  return `subscriber ${id}`;
}
