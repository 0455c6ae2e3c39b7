import { z } from 'zod';
import { PLAN_KEYS, type PlanKey } from '../../../domain/plans/plan-fields';
import { CAP_PERIODS, CAP_POLICIES, PLAN_STATUSES, type Plan } from '../../../domain/plans/plan';
import { writeProfile } from '../../../domain/plans/profiles';
import { WHOLE_SHOP, type Scope } from '../../../domain/shop/scope';
import { soldAt } from '../../../domain/shop/site';
import { planJson } from '../../../services/json-shapes';
import type { Services } from '../../../services/services';
import type { PlanOutcome } from '../../../services/shop/plan-service';
import type { Sites } from '../../../services/shop/sites';
import { ownSites } from '../../staff/own-sites';
import { operation } from '../operation';
import {
  externalAnswer,
  externalBody,
  externalFilter,
  numberOf,
  oneCalled,
  withExternal,
} from './external';
import { InvalidRequest, pointerOf } from '../problems';
import { count, day, money, pageOf, paging, rate, pageOfRows, word } from '../schemas';

const PATH = '/plans';
const params = z.object({ name: word(80).describe('The name, in any capitals') });

const planAnswer = z
  .object({
    name: z.string(),
    status: z.enum(PLAN_STATUSES),
    type: z.string().nullable(),
    promoFrom: day.nullable(),
    promoUntil: day.nullable(),
    public: z.boolean(),
    version: count.describe('Vouchers keep the version they were made under'),
    price: money,
    rateUp: rate,
    rateDown: rate,
    validitySeconds: count.nullable(),
    uptimeSeconds: count.nullable(),
    devices: count,
    capBytes: count.nullable(),
    capPeriod: z.enum([...CAP_PERIODS, 'quarterly', 'annual']),
    throttlePolicy: z.enum(CAP_POLICIES),
    throttleRateUp: rate.nullable(),
    throttleRateDown: rate.nullable(),
    fairUseBytes: count.nullable(),
    fairUseRateUp: rate.nullable(),
    fairUseRateDown: rate.nullable(),
    keys: z.record(z.string(), z.unknown()).describe('All of it, as it would be sent to change it'),
    ...externalAnswer,
  })
  .meta({ id: 'Plan' });

/** The keys of profiles.json, as people write them; the plan's own rules check the values. */
const planBody = z
  .strictObject({
    ...(Object.fromEntries(PLAN_KEYS.map((one) => [one.key, valueOf(one)])) as Record<
      string,
      z.ZodType
    >),
    ...externalBody,
  })
  .meta({ id: 'PlanKeys' });

const listQuery = z.strictObject({
  ...paging,
  ...externalFilter,
  status: z.enum(PLAN_STATUSES).optional(),
  onSale: z
    .enum(['true', 'false'])
    .optional()
    .describe('true: those that vouchers can be made from today'),
});
type ListQuery = z.output<typeof listQuery>;

export const planOperations = [
  operation({
    id: 'listPlans',
    method: 'get',
    path: PATH,
    tag: 'Plans',
    summary: 'Plans, in the order of the price list',
    scope: 'read',
    isOfSites: true,
    query: listQuery,
    answer: pageOf(planAnswer),
    isKept: true,
    run: async ({ services }, { query, within }) => {
      const { plans, sites } = services;
      const all = query.onSale === 'true' ? await plans.forVouchers() : await plans.recent();
      if (within !== WHOLE_SHOP) {
        return planPage(services, await soldWithin(sites, within, all), query);
      }
      const kept = pages.get(all) ?? new Map<string, ReturnType<typeof planPage>>();
      pages.set(all, kept);
      const asked = JSON.stringify(query);
      const page = kept.get(asked) ?? planPage(services, all, query);
      kept.set(asked, page);
      return page;
    },
  }),
  operation({
    id: 'addPlan',
    method: 'post',
    path: PATH,
    tag: 'Plans',
    summary: 'Add a plan',
    description: 'Keys and values are those of profiles.json: "rate_down": "2M", "validity": "1h".',
    scope: 'admin',
    body: planBody,
    answer: planAnswer,
    status: 201,
    location: ({ name }) => `${PATH}/${encodeURIComponent(name)}`,
    etag: true,
    run: ({ services }, { body, by }) =>
      saved(services, body, by, (keys) => services.plans.add(keys, by)),
  }),
  operation({
    id: 'getPlan',
    method: 'get',
    path: `${PATH}/{name}`,
    tag: 'Plans',
    summary: 'One plan',
    scope: 'read',
    params,
    answer: planAnswer,
    etag: true,
    run: async ({ services }, { params: { name } }) =>
      wholePlan(services, await services.plans.find(name)),
  }),
  operation({
    id: 'replacePlan',
    method: 'put',
    path: `${PATH}/{name}`,
    tag: 'Plans',
    summary: 'Replace a plan; vouchers made before keep their terms',
    scope: 'admin',
    params,
    body: planBody,
    answer: planAnswer,
    etag: true,
    ifMatch: true,
    run: async ({ services }, { params: { name }, body, by, ...given }) => {
      const { plans } = services;
      const before = await wholePlan(services, await plans.find(name));
      const check = (present: Plan) => given.unchanged({ ...before, ...planShape(present) });
      return saved(services, body, by, (keys) => plans.edit(name, keys, by, check));
    },
  }),
  operation({
    id: 'archivePlan',
    method: 'post',
    path: `${PATH}/{name}/archive`,
    tag: 'Plans',
    summary: 'Sell a plan no more; its vouchers go on',
    scope: 'admin',
    params,
    answer: planAnswer,
    run: async ({ services }, { params: { name }, by }) => {
      await services.plans.set(name, { status: 'archived' }, by);
      return wholePlan(services, await services.plans.find(name));
    },
  }),
];

/** As the sites of the reader sell them. */
async function soldWithin(sites: Sites, scope: Scope, plans: readonly Plan[]): Promise<Plan[]> {
  const own = await ownSites(sites, { scope });
  return own.flatMap((site) => plans.flatMap((plan) => soldAt(plan, site) ?? []));
}

/** As the shop has put them. */
const byPosition = {
  key: z.tuple([z.int(), z.int()]),
  of: ({ position, id }: Plan): [number, number] => [position, id],
};

/** Of lists of plans that are kept for a while: what was asked of each. */
const pages = new WeakMap<readonly Plan[], Map<string, ReturnType<typeof planPage>>>();

async function planPage(
  services: Services,
  plans: readonly Plan[],
  { status, external_id: theirs, ...page }: ListQuery,
) {
  const only = numberOf((await oneCalled(services, 'plan', theirs)) ?? undefined);
  const found = plans.filter(
    (plan) =>
      (status === undefined || plan.status === status) &&
      (theirs === undefined || plan.id === only),
  );
  const { items, next } = await pageOfRows(page, byPosition, found);
  return { items: await withExternal(services, 'plan', items, ({ id }) => id, planShape), next };
}

async function wholePlan(services: Services, plan: Plan) {
  const [whole] = await withExternal(services, 'plan', [plan], ({ id }) => id, planShape);
  return whole!;
}

/** Saves a plan, and what other programs keep beside it, or neither. */
async function saved(
  services: Services,
  { external_id: externalId, metadata, ...keys }: z.output<typeof planBody>,
  by: string,
  save: (keys: Record<string, unknown>) => Promise<PlanOutcome>,
) {
  const work = async () => services.plans.find(savedName(await save(keys)));
  const changes = { externalId, metadata };
  const plan = await services.externalFields.beside('plan', changes, by, work, ({ id }) => id);
  return wholePlan(services, plan);
}

function planShape(plan: Plan) {
  const known = shapes.get(plan) ?? { ...planJson(plan), keys: writeProfile(plan) };
  shapes.set(plan, known);
  return known;
}

type PlanShape = ReturnType<typeof planJson> & { keys: Record<string, unknown> };
/** Of plans that are kept for a while: writing all keys costs more than the rest of a request. */
const shapes = new WeakMap<Plan, PlanShape>();

/** @throws InvalidRequest naming each key that is wrong */
function savedName(outcome: PlanOutcome): string {
  if (outcome.saved) return outcome.saved.name;
  const errors = outcome.problems.filter(({ level }) => level === 'error');
  throw new InvalidRequest(
    errors.map(({ field, message }) => ({
      pointer: pointerOf(field.split('.')),
      detail: `${field} ${message}`,
    })),
  );
}

function valueOf({ label, hint, kind, parts }: PlanKey): z.ZodType {
  const value = z.union([z.string().max(200), z.number(), z.boolean(), z.null()]);
  const described = [label, hint].filter((one) => one !== '').join(': ');
  if (kind === 'percents') {
    return z
      .union([value, z.array(z.number()).max(20)])
      .optional()
      .describe(described);
  }
  if (!parts) return value.optional().describe(described);
  const inside = Object.fromEntries(
    parts.map((part) => [part.key.split('.').at(-1)!, value.optional().describe(part.hint)]),
  );
  return z.strictObject(inside).nullable().optional().describe(described);
}
