import { readFileSync } from 'node:fs';
import type { Clock } from '../../clock';
import type { ShopEvent } from '../../domain/notices/event';
import {
  checkOnUplink,
  isForSubscribersOnly,
  isOnSale,
  type Plan,
  type PlanDraft,
  type PlanProblem,
} from '../../domain/plans/plan';
import { readPlan, readProfiles, writeProfile } from '../../domain/plans/profiles';
import { soldAt, type Site } from '../../domain/shop/site';
import type { Rates } from '../../domain/units';
import { Conflict, InvalidInput, NotFound } from '../../errors';
import type { Stores } from '../../store/stores';
import { Recent } from '../recent';
import type { ShopSettings } from './shop-settings';
import { say, word } from '../../text';

/** A saved plan, with what is probably a mistake; or why it was not saved. */
export type PlanOutcome =
  { saved: PlanDraft; warnings: PlanProblem[] } | { saved: undefined; problems: PlanProblem[] };

const KEEP_CYCLE =
  'Its billing cycle and currency stay as they are; add another plan, and change theirs to it';

/** What customers see: those at routers of a site, and all others. */
interface PriceLists {
  shop: readonly Plan[];
  ofRouters: ReadonlyMap<number, readonly Plan[]>;
}

export class PlanService {
  private readonly known = new Recent(() => this.list());
  private readonly prices = new Recent(() => this.readPrices());

  /** @param uplink speed of the internet line, bit/s; `undefined` if unknown */
  constructor(
    private readonly stores: Stores,
    private readonly clock: Clock,
    private readonly shop: Pick<ShopSettings, 'get' | 'calendar'>,
    private readonly uplink: Rates | undefined,
  ) {}

  async list(): Promise<Plan[]> {
    return this.stores.plans.list();
  }

  /** Those vouchers can be made from today. @param site sells them at its prices; the shop if not set */
  async forVouchers(site?: Site): Promise<Plan[]> {
    return (await this.onSale(site)).filter(({ terms }) => !isForSubscribersOnly(terms));
  }

  /** Those of subscribers too. @param site sells them at its prices; the shop if not set */
  async onSale(site?: Site): Promise<Plan[]> {
    const today = this.shop.calendar().day(this.clock.now());
    const plans = (await this.list()).filter((plan) => isOnSale(plan, today));
    return site ? plans.flatMap((plan) => soldAt(plan, site) ?? []) : plans;
  }

  /**
   * What customers may choose from. Every phone that joins asks for it, so it is read only occasionally.
   * @param router the customer is at; its site may have prices of its own
   */
  async priceList(router?: number): Promise<readonly Plan[]> {
    const { shop, ofRouters } = await this.prices.value(this.clock);
    return (router === undefined ? undefined : ofRouters.get(router)) ?? shop;
  }

  /** The list as programs read it, which may ask many times a second. */
  recent(): Promise<Plan[]> {
    return this.known.value(this.clock);
  }

  /** By name, ignoring case. @throws NotFound */
  async find(name: string): Promise<Plan> {
    const plan = await this.stores.plans.find(name);
    if (!plan) throw new NotFound(say`There is no plan called "${name}"`);
    return plan;
  }

  /** @param keys as in profiles.json @throws Conflict when the name is taken */
  /** What these keys would make; `undefined` where something is missing or wrong. */
  draftOf(keys: Record<string, unknown>): PlanDraft | undefined {
    return readPlan({ name: '–', ...keys }, this.shop.get().currency).draft;
  }

  async add(keys: Record<string, unknown>, by: string): Promise<PlanOutcome> {
    return this.save(keys, undefined, async (draft, now, { plans, journal, events }) => {
      const position = (await plans.list()).length;
      await plans.add(draft, position, by, now);
      const detail = { after: writeProfile(draft) };
      await journal.audit([{ at: now, who: by, what: 'plan added', subject: draft.name, detail }]);
      await events.add([planEvent('plan.added', draft, now, by)]);
    });
  }

  /**
   * Vouchers made before keep the terms they were made under.
   * @param check told what is about to be replaced; it throws to keep that
   * @throws NotFound, Conflict when the new name is taken, and for another cycle or currency while it has subscribers
   */
  async edit(
    name: string,
    keys: Record<string, unknown>,
    by: string,
    check: (present: Plan) => void = () => undefined,
  ): Promise<PlanOutcome> {
    const known = await this.find(name);
    return this.save(keys, known, async (draft, now, { plans, subscribers, journal, events }) => {
      // Somebody else may have changed it since.
      const plan = (await plans.find(known.name)) ?? known;
      check(plan);
      if (isBilledOtherwise(plan, draft)) {
        const count = await subscribers.countOn(plan.id);
        if (count > 0)
          throw new Conflict(say`Subscribers on ${plan.name}: ${count}. ${word(KEEP_CYCLE)}`);
      }
      await plans.edit(plan, draft, by, now);
      const detail = { before: writeProfile(plan), after: writeProfile(draft) };
      await journal.audit([
        { at: now, who: by, what: 'plan changed', subject: draft.name, detail },
      ]);
      await events.add([planEvent('plan.changed', draft, now, by)]);
    });
  }

  /** Another state or place on the price list; the terms stay. @throws NotFound */
  async set(
    name: string,
    change: Partial<Pick<PlanDraft, 'status' | 'public'>>,
    by: string,
  ): Promise<void> {
    const plan = await this.find(name);
    await this.edit(name, writeProfile({ ...plan, ...change }), by);
  }

  /** One place up or down on the price list. @throws NotFound */
  async move(name: string, places: 1 | -1, by: string): Promise<void> {
    const plan = await this.find(name);
    const at = this.clock.now();
    await this.stores.transaction(async ({ plans, journal }) => {
      const ids = (await plans.list()).map(({ id }) => id);
      const from = ids.indexOf(plan.id);
      const to = Math.min(Math.max(from + places, 0), ids.length - 1);
      if (to === from) return;
      ids.splice(from, 1);
      ids.splice(to, 0, plan.id);
      await plans.setOrder(ids);
      const detail = { before: { place: from + 1 }, after: { place: to + 1 } };
      await journal.audit([{ at, who: by, what: 'plan moved', subject: plan.name, detail }]);
    });
    this.forget();
  }

  /** All plans as profiles.json has them. */
  async export(): Promise<Record<string, unknown>[]> {
    return (await this.list()).map(writeProfile);
  }

  private async readPrices(): Promise<PriceLists> {
    const shop = (await this.onSale()).filter((plan) => plan.public);
    const sites = await this.stores.sites.list();
    const ofRouters = sites.flatMap((site) => {
      const list = shop.flatMap((plan) => soldAt(plan, site) ?? []);
      return site.routers.map((router) => [router, list] as const);
    });
    return { shop, ofRouters: new Map(ofRouters) };
  }

  private async save(
    keys: Record<string, unknown>,
    edited: Plan | undefined,
    write: (draft: PlanDraft, now: Date, stores: Stores) => Promise<void>,
  ): Promise<PlanOutcome> {
    const { draft, problems } = readPlan(keys, this.shop.get().currency);
    if (!draft) return { saved: undefined, problems };
    const now = this.clock.now();
    await this.stores.transaction(async (stores) => {
      // The database is case-sensitive; people who type a plan's name are not.
      const taken = await stores.plans.find(draft.name);
      if (taken && taken.id !== edited?.id) {
        throw new Conflict(say`There is a plan called ${taken.name} already`);
      }
      await write(draft, now, stores);
    });
    this.forget();
    return { saved: draft, warnings: [...problems, ...checkOnUplink(draft, this.uplink)] };
  }

  private forget(): void {
    this.known.forget();
    this.prices.forget();
  }

  /**
   * Fills an empty database with the plans of a file; afterwards plans live in the database.
   * @throws InvalidInput naming file, entry and key; then nothing was loaded
   */
  async seed(file: string): Promise<void> {
    if (!(await this.stores.plans.isEmpty())) return;
    const drafts = readProfilesFile(file, this.shop.get().currency);
    await this.stores.transaction(async ({ plans }) => {
      if (!(await plans.isEmpty())) return; // another process was faster
      for (const [position, draft] of drafts.entries()) {
        await plans.add(draft, position, file, this.clock.now());
      }
    });
  }
}

function planEvent(
  name: 'plan.added' | 'plan.changed',
  { name: plan, status, terms: { price } }: PlanDraft,
  at: Date,
  by: string,
): ShopEvent {
  return { name, at, subject: plan, data: { plan, status, price, by } };
}

/** A subscriber keeps the cycle a plan was given with: its price for another one would be billed by the old one. */
function isBilledOtherwise({ terms }: Plan, draft: PlanDraft): boolean {
  const { billingCycle, price } = draft.terms;
  return billingCycle !== terms.billingCycle || price.currency !== terms.price.currency;
}

/**
 * A profiles.json as it would be loaded.
 * @param currency for prices without a `currency` key
 * @throws InvalidInput with a line for each problem, naming entry and key
 */
export function readProfilesFile(file: string, currency: string): PlanDraft[] {
  return readProfiles(readJson(file), file, currency);
}

/** The content of a JSON file. @throws InvalidInput naming the file */
export function readJson(file: string): unknown {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    throw new InvalidInput(unreadable(file, error as NodeJS.ErrnoException), { cause: error });
  }
  return parseJson(text, file);
}

/** @param source where the text is from, for people @throws InvalidInput */
export function parseJson(text: string, source: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new InvalidInput(say`${source} is not JSON: ${(error as Error).message}`, {
      cause: error,
    });
  }
}

function unreadable(file: string, { code, message }: NodeJS.ErrnoException): string {
  if (code === 'ENOENT') return `There is no plans file ${file} (PROFILES_FILE says which one)`;
  if (code === 'EISDIR') return `${file} is a folder, not a file of plans`;
  if (code === 'EACCES') return `The plans file ${file} may not be read by this user`;
  return `${file} cannot be read: ${message}`;
}
