import { isDeepStrictEqual } from 'node:util';
import type { Knex } from 'knex';
import type { Plan, PlanDraft, Terms } from '../../domain/plans/plan';
import { DEFAULT_TERMS } from '../../domain/plans/plan-fields';
import { orConflict } from '../database/dialect';
import { say } from '../../text';

interface PlanRow {
  id: number;
  name: string;
  position: number;
  public: number;
  status: string;
  type: string | null;
  promo_from: string | null;
  promo_until: string | null;
  created_at: string;
  version_id: number;
  version: number;
  terms: string;
}

/** A plan as it was at some time. */
export interface PlanVersion {
  versionId: number;
  name: string;
  terms: Terms;
}

export class PlanStore {
  constructor(private readonly db: Knex) {}

  async isEmpty(): Promise<boolean> {
    return (await this.db('plans').first('id')) === undefined;
  }

  /** Current versions, in the order of the price list. */
  async list(): Promise<Plan[]> {
    const rows: PlanRow[] = await this.current().orderBy(['plans.position', 'plans.id']);
    return rows.map(toPlan);
  }

  /** By name, upper and lower case alike. */
  async find(name: string): Promise<Plan | undefined> {
    const row: PlanRow | undefined = await this.current()
      .whereRaw('lower(plans.name) = ?', [name.trim().toLowerCase()])
      .first();
    return row && toPlan(row);
  }

  /** @throws Conflict when the name is taken */
  async add(draft: PlanDraft, position: number, by: string, now: Date): Promise<Plan> {
    const at = now.toISOString();
    const [plan] = await orConflict(say`There is a plan called ${draft.name} already`, () =>
      this.db('plans')
        .insert({
          ...saleColumns(draft),
          position,
          created_at: at,
        })
        .returning<{ id: number }[]>('id'),
    );
    const id = plan!.id;
    const versionId = await this.addVersion(id, 1, draft, by, now);
    return { ...draft, id, position, version: 1, versionId, createdAt: now };
  }

  /**
   * Changes what is sold from now on: a new version, beside those that vouchers were sold under.
   * @throws Conflict when the name is taken
   */
  async edit(plan: Plan, draft: PlanDraft, by: string, now: Date): Promise<void> {
    await orConflict(say`There is a plan called ${draft.name} already`, () =>
      this.db('plans').where({ id: plan.id }).update(saleColumns(draft)),
    );
    const isSame = draft.name === plan.name && isDeepStrictEqual(draft.terms, plan.terms);
    if (!isSame) await this.addVersion(plan.id, plan.version + 1, draft, by, now);
  }

  /** The order of the price list. */
  async setOrder(ids: readonly number[]): Promise<void> {
    for (const [position, id] of ids.entries()) {
      await this.db('plans').where({ id }).update({ position });
    }
  }

  /** One by its own id, with that of its plan. */
  async version(versionId: number): Promise<(PlanVersion & { planId: number }) | undefined> {
    type Version = { plan_id: number; plan_name: string; terms: string } | undefined;
    const row = (await this.db('plan_versions').where({ id: versionId }).first()) as Version;
    return (
      row && { versionId, planId: row.plan_id, name: row.plan_name, terms: readTerms(row.terms) }
    );
  }

  /** The plan as it was at that time; as it first was, for a time before it. */
  async termsAt(id: number, at: Date): Promise<PlanVersion | undefined> {
    const versions = () => this.db('plan_versions').where({ plan_id: id });
    type Version = { id: number; plan_name: string; terms: string } | undefined;
    const then = versions().where('created_at', '<=', at.toISOString());
    const row =
      ((await then.orderBy('version', 'desc').first()) as Version) ??
      ((await versions().orderBy('version').first()) as Version);
    return row && { versionId: row.id, name: row.plan_name, terms: readTerms(row.terms) };
  }

  private async addVersion(
    planId: number,
    version: number,
    draft: PlanDraft,
    by: string,
    now: Date,
  ): Promise<number> {
    const [row] = await this.db('plan_versions')
      .insert({
        plan_id: planId,
        version,
        plan_name: draft.name,
        terms: JSON.stringify(draft.terms),
        created_at: now.toISOString(),
        created_by: by,
      })
      .returning<{ id: number }[]>('id');
    return row!.id;
  }

  private current() {
    return this.db('plans')
      .join('plan_versions', 'plan_versions.plan_id', 'plans.id')
      .where(
        'plan_versions.version',
        this.db('plan_versions as newest')
          .max('newest.version')
          .whereRaw('newest.plan_id = plans.id'),
      )
      .select('plans.*', {
        version_id: 'plan_versions.id',
        version: 'plan_versions.version',
        terms: 'plan_versions.terms',
      });
  }
}

/** How a plan is sold; its terms are in its versions. */
function saleColumns({ name, public: isPublic, status, type, promo }: PlanDraft) {
  return {
    name,
    public: isPublic ? 1 : 0,
    status,
    type,
    promo_from: promo.from,
    promo_until: promo.until,
  };
}

function toPlan(row: PlanRow): Plan {
  return {
    id: row.id,
    name: row.name,
    position: row.position,
    public: row.public === 1,
    status: row.status as Plan['status'],
    type: row.type,
    promo: { from: row.promo_from, until: row.promo_until },
    version: row.version,
    versionId: row.version_id,
    terms: readTerms(row.terms),
    createdAt: new Date(row.created_at),
  };
}

/** Terms that were stored before a field existed lack it. */
export function readTerms(json: string): Terms {
  return { ...DEFAULT_TERMS, ...(JSON.parse(json) as Terms) };
}
