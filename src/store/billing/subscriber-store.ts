import type { Knex } from 'knex';
import { isoTime } from '../../clock';
import type { Cycle } from '../../domain/billing/billing-cycle';
import type {
  PlanChange,
  Subscriber,
  SubscriberDraft,
  SubscriberPlan,
} from '../../domain/billing/subscriber';
import { orConflict } from '../database/dialect';
import { partOf } from '../database/like';
import { say } from '../../text';

interface SubscriberRow extends Record<'name' | 'contact' | 'address' | 'notes', string> {
  id: number;
  login_kind: Subscriber['loginKind'];
  login: string | null;
  password: string;
  static_address: string | null;
  status: Subscriber['status'];
  suspended_for: Subscriber['suspendedFor'];
  discount: number;
  billed_to: string | null;
  created_at: string;
  created_by: string;
}

interface PlanRow {
  id: number;
  plan_id: number | null;
  kind: SubscriberPlan['kind'];
  cycle: Cycle;
  anchor_at: string;
  price_minor: number | string | null;
  from_at: string;
  created_by: string;
}

interface ChangeRow {
  id: number;
  subscriber_id: number;
  plan_id: number | null;
  price_minor: number | string | null;
  at: string;
  created_by: string;
}

/** All that is given has to hold. */
export interface SubscriberFilter {
  id?: number | undefined;
  status?: Subscriber['status'] | undefined;
  /** Part of the name, the contact or the login. */
  text?: string | undefined;
  /** In any capitals. */
  login?: string | undefined;
  /** Digits that are in the contact, however it is written. */
  phone?: string | undefined;
}

/** What their list is sorted by. */
export type SubscriberKey = readonly [name: string, id: number];

/** What is new about how a subscriber stands. */
export type SubscriberState = Pick<Subscriber, 'status' | 'suspendedFor'> & {
  reason: string;
  at: Date;
  by: string;
};

/** Subscribers, which plan they had when, and what is to change. */
export class SubscriberStore {
  constructor(private readonly db: Knex) {}

  /** @throws Conflict when the login is another subscriber's */
  async add(draft: SubscriberDraft, at: Date, by: string): Promise<number> {
    const [added] = await this.unlessTaken(draft, () =>
      this.db('subscribers')
        .insert({
          ...{ ...cellsOf(draft), status: 'active' },
          ...{ created_at: at.toISOString(), created_by: by },
        })
        .returning<{ id: number }[]>('id'),
    );
    return added!.id;
  }

  /** @throws Conflict when the login is another subscriber's */
  async edit(id: number, draft: SubscriberDraft): Promise<void> {
    await this.unlessTaken(draft, () =>
      this.db('subscribers').where({ id }).update(cellsOf(draft)),
    );
  }

  /** How often they logged out on all devices. */
  async signOuts(id: number): Promise<number> {
    const row = await this.db<{ id: number; sign_outs: number }>('subscribers')
      .where({ id })
      .first('sign_outs');
    return row?.sign_outs ?? 0;
  }

  async signOutEverywhere(id: number): Promise<void> {
    await this.db('subscribers').where({ id }).increment('sign_outs');
  }

  /** Whether there is one at all. */
  async any(): Promise<boolean> {
    return (await this.db('subscribers').first('id')) !== undefined;
  }

  async find(id: number): Promise<Subscriber | undefined> {
    const row = await this.db<SubscriberRow>('subscribers').where({ id }).first();
    return row && toSubscriber(row);
  }

  /** As it was typed, or else the only one that differs from it in capitals alone. */
  async withLogin(login: string): Promise<Subscriber | undefined> {
    const subscribers = () => this.db<SubscriberRow>('subscribers');
    const exact = await subscribers().where({ login }).first();
    if (exact) return toSubscriber(exact);
    const alike = await subscribers().whereRaw('lower(login) = ?', [login.toLowerCase()]).limit(2);
    return alike.length === 1 ? toSubscriber(alike[0]!) : undefined;
  }

  async names(ids: readonly number[]): Promise<Map<number, string>> {
    const rows: { id: number; name: string }[] = await this.db('subscribers')
      .whereIn('id', [...new Set(ids)])
      .select('id', 'name');
    return new Map(rows.map(({ id, name }) => [id, name]));
  }

  async anyLogin(kind: Subscriber['loginKind']): Promise<boolean> {
    const found: unknown = await this.db('subscribers')
      .where({ login_kind: kind })
      .whereNotNull('login')
      .whereNot({ password: '' })
      .first('id');
    return found !== undefined;
  }

  /** In the order of their names. */
  async list(status?: Subscriber['status']): Promise<Subscriber[]> {
    const query = this.db<SubscriberRow>('subscribers').orderBy(['name', 'id']);
    if (status) void query.where({ status });
    return (await query).map(toSubscriber);
  }

  /** Those who match, in the order of their names. @param after the last one before */
  async page(
    filter: SubscriberFilter,
    limit: number,
    after?: SubscriberKey,
  ): Promise<Subscriber[]> {
    const { id, status, text, login, phone } = filter;
    const query = this.db<SubscriberRow>('subscribers').orderBy(['name', 'id']).limit(limit);
    if (id !== undefined) void query.where({ id });
    if (status) void query.where({ status });
    if (login !== undefined) void query.whereRaw('lower(login) = lower(?)', [login]);
    if (phone !== undefined) void query.whereRaw(...partOf('contact', phone));
    if (text !== undefined) {
      void query.where((any) => {
        for (const column of ['name', 'contact', 'login']) {
          void any.orWhereRaw(...partOf(column, text));
        }
      });
    }
    if (after) void query.whereRaw('(name, id) > (?, ?)', [...after]);
    return (await query).map(toSubscriber);
  }

  /** Those for whom a billing run may have something to do at this time. */
  async dueBy(now: Date, unpaidSince: Date): Promise<number[]> {
    const changing = this.db('plan_changes')
      .where({ status: 'pending' })
      .where('at', '<=', now.toISOString())
      .select('subscriber_id');
    const unpaid = this.db('invoices')
      .where({ status: 'issued' })
      .where('due_at', '<=', unpaidSince.toISOString())
      .select('subscriber_id');
    return this.db('subscribers')
      .where('billed_to', '<=', now.toISOString())
      .orWhereIn('id', changing)
      .orWhere((one) => void one.where({ status: 'active' }).whereIn('id', unpaid))
      .orderBy('id')
      .pluck('id');
  }

  async setBilledTo(id: number, at: Date | null): Promise<void> {
    await this.db('subscribers')
      .where({ id })
      .update({ billed_to: isoTime(at) });
  }

  /** Ends what is signed in, but for who is to pay: their account says how much. */
  async setState(id: number, state: SubscriberState): Promise<void> {
    const { status, suspendedFor, reason, at, by } = state;
    await this.db('subscribers').where({ id }).update({ status, suspended_for: suspendedFor });
    await this.db('subscriber_states').insert({
      ...{ subscriber_id: id, status, reason, at: at.toISOString(), changed_by: by },
    });
    if (status === 'cancelled' || suspendedFor === 'by hand') await this.signOutEverywhere(id);
  }

  /** All plans a subscriber ever had, oldest first. */
  async plansOf(id: number): Promise<SubscriberPlan[]> {
    const rows = await this.db<PlanRow>('subscriber_plans')
      .where({ subscriber_id: id } as object)
      .orderBy('id');
    return rows.map((row) => ({
      ...{ id: row.id, planId: row.plan_id, kind: row.kind, cycle: row.cycle },
      ...{ anchor: new Date(row.anchor_at), price: numberOf(row.price_minor) },
      ...{ from: new Date(row.from_at), by: row.created_by },
    }));
  }

  async addPlan(id: number, plan: Omit<SubscriberPlan, 'id'>): Promise<void> {
    await this.db('subscriber_plans').insert({
      ...{ subscriber_id: id, plan_id: plan.planId, kind: plan.kind, cycle: plan.cycle },
      ...{ anchor_at: plan.anchor.toISOString(), price_minor: plan.price },
      ...{ from_at: plan.from.toISOString(), created_by: plan.by },
    });
  }

  /** How many have this plan now, or will. */
  async countOn(planId: number): Promise<number> {
    const newest = this.db('subscriber_plans').max('id').groupBy('subscriber_id');
    const having = this.db('subscriber_plans')
      .whereIn('id', newest)
      .where({ plan_id: planId })
      .select('subscriber_id');
    const changing = this.db('plan_changes')
      .where({ status: 'pending', plan_id: planId })
      .select('subscriber_id');
    const [row]: { count: number | string }[] = await this.db('subscribers')
      .whereIn('id', having)
      .orWhereIn('id', changing)
      .count('* as count');
    return Number(row!.count);
  }

  async addChange(change: Omit<PlanChange, 'id'>, now: Date): Promise<number> {
    const { subscriberId, planId, price, at, by } = change;
    const [added] = await this.db('plan_changes')
      .insert({
        ...{ subscriber_id: subscriberId, plan_id: planId, price_minor: price },
        ...{ at: at.toISOString(), status: 'pending', created_at: now.toISOString() },
        created_by: by,
      })
      .returning<{ id: number }[]>('id');
    return added!.id;
  }

  /** What is to change, the next one first. */
  async pending(subscriberId?: number): Promise<PlanChange[]> {
    const query = this.db<ChangeRow>('plan_changes')
      .where({ status: 'pending' } as object)
      .orderBy(['at', 'id']);
    if (subscriberId !== undefined) void query.where({ subscriber_id: subscriberId });
    return (await query).map((row) => ({
      ...{ id: row.id, subscriberId: row.subscriber_id, planId: row.plan_id },
      ...{ price: numberOf(row.price_minor), at: new Date(row.at), by: row.created_by },
    }));
  }

  async change(id: number): Promise<Pick<PlanChange, 'subscriberId'> | undefined> {
    const row: { subscriber_id: number } | undefined = await this.db('plan_changes')
      .where({ id })
      .first('subscriber_id');
    return row && { subscriberId: row.subscriber_id };
  }

  /** @returns false if it was not pending any more */
  async endChange(id: number, status: 'done' | 'cancelled'): Promise<boolean> {
    const ended = await this.db('plan_changes').where({ id, status: 'pending' }).update({ status });
    return ended === 1;
  }

  private unlessTaken<T>({ login }: SubscriberDraft, work: () => Promise<T>): Promise<T> {
    return orConflict(say`There is a subscriber with the login ${login} already`, work);
  }
}

function cellsOf({ loginKind, staticAddress, ...draft }: SubscriberDraft) {
  return { ...draft, login_kind: loginKind, static_address: staticAddress };
}

function toSubscriber(row: SubscriberRow): Subscriber {
  const { id, name, contact, address, notes, login, password, status, discount } = row;
  return {
    ...{ id, name, contact, address, notes, login, password, status, discount },
    ...{ loginKind: row.login_kind, suspendedFor: row.suspended_for },
    staticAddress: row.static_address,
    billedTo: row.billed_to === null ? null : new Date(row.billed_to),
    ...{ createdAt: new Date(row.created_at), createdBy: row.created_by },
  };
}

function numberOf(cell: number | string | null): number | null {
  return cell === null ? null : Number(cell);
}
