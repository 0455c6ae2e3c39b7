import { planStateText } from '../../format/state-text';
import { randomBytes } from 'node:crypto';
import type { Clock } from '../../clock';
import { isForSubscribersOnly, isOnSale, type Plan, type PlanDraft } from '../../domain/plans/plan';
import { closedTo, soldAt, type Site } from '../../domain/shop/site';
import { parseSeller } from '../../domain/vouchers/seller';
import type { Money } from '../../domain/units';
import { LIVE, type Voucher } from '../../domain/vouchers/voucher';
import {
  codeLengthFor,
  generateCodes,
  guessOdds,
  minimumLength,
  parsePrefix,
  type CodeOptions,
  parseCode,
} from '../../domain/vouchers/voucher-code';
import { Conflict, InvalidInput, NotFound } from '../../errors';
import type { PlanVersion } from '../../store/shop/plan-store';
import type { Stores } from '../../store/stores';
import type { NewBatch } from '../../store/vouchers/voucher-store';
import type { ShopSettings } from '../shop/shop-settings';
import { findSite } from '../shop/sites';
import { sellerNames } from './sales';
import { readCodes } from './voucher-csv';
import { say, word, type Text } from '../../text';

/** What the codes of a batch look like; anything left out follows the shop's settings. */
export interface CodeOrder {
  count: number;
  prefix?: string | undefined;
  length?: number | undefined;
}

export interface BatchOrder extends CodeOrder {
  plan: string;
  developer?: boolean | undefined;
  note?: string | undefined;
  /** As typed; if empty, the person who makes them sells them. */
  seller?: string | undefined;
  /** Unique in the books; a second batch with the same key is refused. */
  orderKey?: string | undefined;
  /** Where they are to be sold, at the prices there; the shop's prices if not said. */
  site?: string | undefined;
}

/** What is sold at the counter. */
export interface CounterOrder {
  plan: string;
  /** Of the form that ordered it; unique in the books. */
  key: string;
  site?: string | undefined;
  /** One if not said. */
  count?: number | undefined;
}

/** Vouchers that one tap sells. */
const MOST_AT_ONCE = 10;
const ORDER_KEY = /^[\w-]{16,64}$/;

/** A batch assigned to a seller. */
export interface HandedOver {
  /** `null` is the person who made it. */
  seller: string | null;
  /** Vouchers whose sale will be theirs. */
  count: number;
}

/** Vouchers are made in batches, and a batch belongs to a seller until it is sold. */
export class Batches {
  constructor(
    private readonly stores: Stores,
    private readonly clock: Clock,
    private readonly shop: Pick<ShopSettings, 'get' | 'calendar'>,
  ) {}

  /**
   * Makes a batch: all of it or nothing.
   * @throws InvalidInput, NotFound for the plan or site, Conflict when the plan is not for sale there
   */
  async generate(order: BatchOrder, by: string): Promise<{ batch: number; vouchers: Voucher[] }> {
    const sites = await this.stores.sites.list();
    const site = order.site ? findSite(sites, order.site) : undefined;
    const plan = atSite(await this.planOnSale(order.plan), site);
    const { live, length, prefix } = await this.codesOf(order);
    const shortest = minimumLength(live);
    if (length < shortest) {
      throw new InvalidInput(
        say`Codes of ${length} characters could be guessed with ${live} vouchers unused; use at least ${shortest}`,
      );
    }
    const codes = await this.freshCodes(order.count, { length, prefix, random: randomBytes });
    const seller = parseSeller(order.seller ?? '', await sellerNames(this.stores));
    const { developer = false, note = '', orderKey } = order;
    const at = this.clock.now();
    const where = { siteId: site?.id, notAt: closedTo(plan, sites) };
    const newBatch = { plan, codes, prefix, developer, note, seller, by, at, orderKey, ...where };
    const batch = await this.stores.transaction((stores) =>
      addBatch(stores, newBatch, 'vouchers generated'),
    );
    return { batch, vouchers: await this.stores.vouchers.list({ batchId: batch }) };
  }

  /**
   * Makes vouchers for a customer at the counter. A form that is sent twice gets those it made the first time.
   * @param order with the key of the form, new each time the page is shown
   * @throws as `generate`, InvalidInput for more than a hand holds
   */
  async sell(order: CounterOrder, by: string): Promise<{ codes: string[]; isNew: boolean }> {
    const { plan, key, site, count = 1 } = order;
    if (!ORDER_KEY.test(key)) throw new InvalidInput('Reload the page, then tap the plan');
    if (count < 1 || count > MOST_AT_ONCE) {
      throw new InvalidInput(say`Sell 1 to ${MOST_AT_ONCE} at once; use Create many for more`);
    }
    const orderKey = [by, plan, key, ...(count > 1 ? [count] : [])].join(' ');
    const earlier = await this.orderedWith(orderKey);
    if (earlier?.length === 0) {
      throw new Conflict('That sale was undone: reload the page, then tap the plan');
    }
    if (earlier) return { codes: earlier, isNew: false };
    try {
      const { vouchers } = await this.generate({ plan, count, orderKey, site }, by);
      return { codes: vouchers.map(({ code }) => code), isNew: true };
    } catch (error) {
      // A second tap may have been faster: the key is unique in the books.
      const other = await this.orderedWith(orderKey);
      if (!other) throw error;
      return { codes: other, isNew: false };
    }
  }

  private async orderedWith(orderKey: string): Promise<string[] | undefined> {
    const batchId = await this.stores.vouchers.batchOrdered(orderKey);
    return batchId === undefined ? undefined : this.stores.vouchers.codesOfBatch(batchId);
  }

  /** What codes of such an order would look like, and the chance of guessing one: one in `oneIn`. */
  async preview(order: CodeOrder): Promise<{ example: string; length: number; oneIn: number }> {
    const { live, length, prefix } = await this.codesOf(order);
    const [example] = generateCodes(1, { length, prefix, random: randomBytes });
    return { example: example!, length, oneIn: Math.floor(1 / guessOdds(length, live)) };
  }

  /**
   * Imports codes that were printed elsewhere: unused vouchers under plans of ours, all or none.
   * @param text a list with the columns `code` and `plan`, or our own export
   * @returns how many, and which were left out and why, as `readCodes` says it
   * @throws InvalidInput naming what is wrong, Conflict when a code already exists
   */
  async importCodes(text: string, by: string): Promise<{ count: number; leftOut: string[] }> {
    const { rows, leftOut } = readCodes(text);
    const at = this.clock.now();
    await this.stores.transaction(async (stores) => {
      const sites = await stores.sites.list();
      const taken = await stores.vouchers.taken(rows.map(({ code }) => code));
      if (taken.size > 0) {
        throw new Conflict(say`Already there: ${[...taken].slice(0, 10).join(', ')}`);
      }
      for (const name of new Set(rows.map((row) => row.plan))) {
        const plan = await stores.plans.find(name);
        if (!plan) throw new InvalidInput(say`There is no plan called "${name}"`);
        const codes = rows.filter((row) => row.plan === name).map(({ code }) => code);
        const batch = { plan, codes, prefix: '', developer: false, note: 'imported', seller: null, by, at, notAt: closedTo(plan, sites) }; // prettier-ignore
        await addBatch(stores, batch, 'vouchers imported');
      }
    });
    return { count: rows.length, leftOut };
  }

  /**
   * Assigns the unsold part of a batch to a seller, or with an empty name back to the person who made it.
   * @throws NotFound, InvalidInput
   */
  async handOver(batchId: number, typed: string, by: string): Promise<HandedOver> {
    const at = this.clock.now();
    return this.stores.transaction(async (stores) => {
      const { vouchers, journal } = stores;
      const batch = await vouchers.sellerOf(batchId);
      if (!batch) throw new NotFound(say`There is no batch ${batchId}`);
      const seller = parseSeller(typed, await sellerNames(stores));
      const count = await vouchers.handOver(batchId, seller);
      const detail = {
        to: seller ?? batch.createdBy,
        before: batch.seller ?? batch.createdBy,
        vouchers: count,
      };
      const subject = `batch ${batchId}`;
      await journal.audit([{ at, who: by, what: 'batch handed over', subject, detail }]);
      return { seller, count };
    });
  }

  /**
   * Gives a voucher that nobody used yet to another seller, or with an empty name back to who made it.
   * @throws NotFound, InvalidInput, Conflict when it was used, or its batch is handed out as slips
   */
  async handOverOne(typed: string, name: string, by: string): Promise<void> {
    const code = parseCode(typed);
    const at = this.clock.now();
    await this.stores.transaction(async (stores) => {
      const voucher = await stores.vouchers.find(code);
      if (!voucher) throw new NotFound(say`There is no voucher ${code}`);
      const isPaid = voucher.paidAt ?? (await stores.payOrders.hasSold(code));
      if (voucher.activatedAt || isPaid || (await stores.coinCredits.hasBought(code))) {
        throw new Conflict(say`Voucher ${code} was sold: its sale stays as it is`);
      }
      if (voucher.batchId !== null && (await stores.slipCustody.openOf(voucher.batchId))) {
        throw new Conflict(
          say`Voucher ${code} is one of the slips that were handed out: count them first`,
        );
      }
      const seller = parseSeller(name, await sellerNames(stores));
      await stores.vouchers.setSeller(code, seller);
      const { createdBy } = voucher;
      const detail = { to: seller ?? createdBy, before: voucher.seller ?? createdBy, vouchers: 1 };
      await stores.journal.audit([
        { at, who: by, what: 'batch handed over', subject: code, detail },
      ]);
    });
  }

  /**
   * Inside a transaction: one voucher that was paid for, with the terms under which it was ordered.
   * @param code which nobody has
   */
  async addPaid(
    stores: Stores,
    { versionId, planId, name, terms }: PlanVersion & { planId: number },
    sold: { code: string; money: Money; siteId: number | null; by: string; at: Date },
  ): Promise<void> {
    const { code, money: price, siteId, by, at } = sold;
    const plan = { id: planId, versionId, name, terms: { ...terms, price } };
    const notAt = closedTo(plan, await stores.sites.list());
    const none = { prefix: '', developer: false, note: '', seller: null };
    const batch = { plan, codes: [code], ...none, by, at, siteId: siteId ?? undefined, notAt };
    await addBatch(stores, batch, 'vouchers generated');
  }

  /** One that nobody has, as this shop makes them. */
  async freshCode(): Promise<string> {
    const { length, prefix } = await this.codesOf({ count: 1 });
    const [code] = await this.freshCodes(1, { length, prefix, random: randomBytes });
    return code!;
  }

  private async planOnSale(name: string): Promise<Plan> {
    const plan = await this.stores.plans.find(name);
    if (!plan) throw new NotFound(say`There is no plan called "${name}"; see: plans list`);
    if (plan.status !== 'active') {
      throw new Conflict(
        say`Plan ${plan.name} is ${word(planStateText(plan))}; start selling it first`,
      );
    }
    if (!isOnSale(plan, this.shop.calendar().day(this.clock.now()))) {
      throw new Conflict(say`Plan ${plan.name} is ${promoText(plan.promo)}, not today`);
    }
    if (isForSubscribersOnly(plan.terms)) {
      throw new Conflict(
        say`A voucher of plan ${plan.name} would never end: give the plan to a subscriber, or set how long it is valid`,
      );
    }
    return plan;
  }

  /** How the codes of an order are made, and how many codes a single guess could hit once they exist. */
  private async codesOf({ count, prefix, length }: CodeOrder) {
    const counts = await this.stores.vouchers.countByStatus();
    const live = LIVE.reduce((sum, status) => sum + (counts[status] ?? 0), count);
    const { codeLength, codePrefix } = this.shop.get();
    return {
      live,
      length: length ?? codeLengthFor(live, codeLength),
      prefix: parsePrefix(prefix ?? codePrefix),
    };
  }

  private async freshCodes(count: number, options: CodeOptions): Promise<string[]> {
    const codes = generateCodes(count, options);
    const taken = await this.stores.vouchers.taken(codes);
    if (taken.size === 0) return codes;
    const kept = codes.filter((code) => !taken.has(code));
    const others = new Set([...codes, ...taken]);
    return [...kept, ...generateCodes(count - kept.length, { ...options, taken: others })];
  }
}

async function addBatch(
  { vouchers, journal }: Stores,
  batch: NewBatch,
  what: 'vouchers generated' | 'vouchers imported',
): Promise<number> {
  const { plan, codes, by, at, developer, seller } = batch;
  const id = await vouchers.addBatch(batch);
  const made = { plan: plan.name, count: codes.length };
  const entry = { at, who: by, subject: `batch ${id}` };
  await journal.audit([
    what === 'vouchers imported'
      ? { ...entry, what, detail: made }
      : { ...entry, what, detail: { ...made, developer, seller } },
  ]);
  return id;
}

/** As a site sells it. @throws Conflict when it does not */
function atSite(plan: Plan, site: Site | undefined): Plan {
  const sold = site ? soldAt(plan, site) : plan;
  if (!sold) throw new Conflict(say`Plan ${plan.name} is not sold at ${site!.name}`);
  return sold;
}

function promoText({ from, until }: PlanDraft['promo']): Text {
  if (from && until) return say`sold from ${from} until ${until}`;
  return from ? say`sold from ${from}` : say`sold until ${until}`;
}
