import { randomBytes } from 'node:crypto';
import type { Clock } from '../../clock';
import {
  DEFAULT_CODE_LENGTH,
  generateCodes,
  minimumLength,
  parseCode,
  parsePrefix,
} from '../../domain/vouchers/voucher-code';
import { voucherOver } from '../../domain/notices/event';
import { isOnSale, type PlanDraft } from '../../domain/plans/plan';
import {
  extended,
  isLive,
  timeKind,
  type Voucher,
  type VoucherStatus,
} from '../../domain/vouchers/voucher';
import { parseSeller } from '../../domain/vouchers/seller';
import { formatDuration } from '../../domain/units';
import { Conflict, InvalidInput, NotFound } from '../../errors';
import type { Stores } from '../../store/stores';
import type { VoucherFilter } from '../../store/vouchers/voucher-store';
import type { Controller } from '../loop/network-controller';
import { sellerNames } from './seller-desk';
import type { ShopSettings } from '../shop/shop-settings';

/** In one statement a table; more would make it a long one. */
const REVOKED_AT_ONCE = 1_000;

export interface VoucherOrder {
  plan: string;
  count: number;
  prefix?: string | undefined;
  length?: number | undefined;
  developer?: boolean | undefined;
  note?: string | undefined;
  /** As typed; without one the sales are whoever's who makes them. */
  seller?: string | undefined;
}

interface Outcome {
  changed: Voucher;
  detail: Record<string, unknown>;
}

export class VoucherService {
  constructor(
    private readonly stores: Stores,
    private readonly controller: Controller | undefined,
    private readonly clock: Clock,
    private readonly shop: Pick<ShopSettings, 'get' | 'calendar'>,
  ) {}

  /**
   * Makes a batch: all of it or nothing.
   * @throws InvalidInput, NotFound for the plan, Conflict when the plan is not for sale
   */
  async generate(order: VoucherOrder, by: string): Promise<{ batch: number; vouchers: Voucher[] }> {
    const plan = await this.stores.plans.find(order.plan);
    if (!plan) throw new NotFound(`There is no plan called "${order.plan}"; see: plans list`);
    if (plan.status !== 'active') {
      throw new Conflict(`Plan ${plan.name} is ${plan.status}; only active plans are sold`);
    }
    if (!isOnSale(plan, this.shop.calendar().day(this.clock.now()))) {
      throw new Conflict(`Plan ${plan.name} is ${promoText(plan.promo)}, and not today`);
    }
    const counts = await this.stores.vouchers.countByStatus();
    const live = (counts.unused ?? 0) + (counts.active ?? 0) + (counts.paused ?? 0);
    const shortest = minimumLength(live + order.count);
    const usual = this.shop.get();
    const length = order.length ?? Math.max(usual.codeLength ?? DEFAULT_CODE_LENGTH, shortest);
    if (length < shortest) {
      throw new InvalidInput(
        `Codes of ${length} characters could be guessed with ${live + order.count} vouchers about; use at least ${shortest}`,
      );
    }
    const prefix = parsePrefix(order.prefix ?? usual.codePrefix);
    const codes = await this.freshCodes(order.count, length, prefix);
    const seller = parseSeller(order.seller ?? '', await sellerNames(this.stores));
    const batch = await this.stores.transaction(async ({ vouchers, journal }) => {
      const now = this.clock.now();
      const id = await vouchers.addBatch({
        plan,
        codes,
        prefix,
        developer: order.developer ?? false,
        note: order.note ?? '',
        seller,
        by,
        at: now,
      });
      const { developer = false } = order;
      const detail = { plan: plan.name, count: codes.length, developer, seller };
      await journal.audit([
        { at: now, who: by, what: 'vouchers generated', subject: `batch ${id}`, detail },
      ]);
      return id;
    });
    return { batch, vouchers: await this.stores.vouchers.list({ batchId: batch }) };
  }

  private async freshCodes(count: number, length: number, prefix: string): Promise<string[]> {
    const options = { length, prefix, random: (bytes: number) => randomBytes(bytes) };
    const codes = generateCodes(count, options);
    const taken = await this.stores.vouchers.taken(codes);
    if (taken.size === 0) return codes;
    const kept = codes.filter((code) => !taken.has(code));
    const others = new Set([...codes, ...taken]);
    return [...kept, ...generateCodes(count - kept.length, { ...options, taken: others })];
  }

  /** @throws NotFound */
  async find(typed: string): Promise<Voucher> {
    const code = parseCode(typed);
    const voucher = await this.stores.vouchers.find(code);
    if (!voucher) throw new NotFound(`There is no voucher ${code}`);
    return voucher;
  }

  async list(filter: VoucherFilter): Promise<Voucher[]> {
    return this.stores.vouchers.list(filter);
  }

  /**
   * Ends a voucher; the loop logs its devices out. A developer code that is in use is as good as new
   * afterwards; revoked while unused, it is over for good like any other.
   * @throws NotFound, Conflict when it is over already
   */
  async revoke(typed: string, by: string): Promise<Voucher> {
    return this.change(typed, by, 'voucher revoked', async (voucher, now, { sessions, events }) => {
      await sessions.endAll(voucher.code, 'revoked', now);
      await events.add([voucherOver(voucher, now, 'revoked')]);
      return {
        changed: revoked(voucher, now),
        detail: { was: voucher.status },
      };
    });
  }

  /**
   * Ends all vouchers in these states, or none when something fails; developer codes in use are as good
   * as new afterwards, as in `revoke`.
   * @param tell how far it is, in words
   * @returns how many
   */
  async revokeAll(
    statuses: readonly VoucherStatus[],
    by: string,
    tell: (text: string) => void = () => undefined,
  ): Promise<number> {
    const now = this.clock.now();
    const count = await this.stores.transaction(async ({ vouchers, sessions, journal, events }) => {
      const found: Voucher[] = [];
      for (const status of statuses) found.push(...(await vouchers.list({ status })));
      for (let start = 0; start < found.length; start += REVOKED_AT_ONCE) {
        const part = found.slice(start, start + REVOKED_AT_ONCE);
        tell(`${start} of ${found.length} vouchers revoked`);
        const codes = part.map(({ code }) => code);
        await sessions.endAllOf(codes, 'revoked', now);
        await vouchers.save(part.map((voucher) => revoked(voucher, now)));
        await events.add(part.map((voucher) => voucherOver(voucher, now, 'revoked')));
        await journal.audit(
          part.map(({ code, status }) => ({
            ...{ at: now, who: by, what: 'voucher revoked', subject: code },
            detail: { was: status, with: `all ${found.length}` },
          })),
        );
      }
      return found.length;
    });
    this.controller?.nudge();
    return count;
  }

  /**
   * Adds time, to the validity and to the time online, where a voucher has them.
   * @throws NotFound, Conflict when it is over or no time ends it
   */
  async extend(typed: string, seconds: number, by: string): Promise<Voucher> {
    return this.change(typed, by, 'voucher extended', (voucher) => {
      const of = timeKind(voucher);
      if (of === null) throw new Conflict(`Voucher ${voucher.code} has no end in time`);
      return { changed: extended(voucher, seconds), detail: { by: formatDuration(seconds), of } };
    });
  }

  private async change(
    typed: string,
    by: string,
    what: string,
    how: (voucher: Voucher, now: Date, stores: Stores) => Outcome | Promise<Outcome>,
  ): Promise<Voucher> {
    const code = parseCode(typed);
    const now = this.clock.now();
    const changed = await this.stores.transaction(async (stores) => {
      const { vouchers, journal } = stores;
      const voucher = await vouchers.find(code);
      if (!voucher) throw new NotFound(`There is no voucher ${code}`);
      if (!isLive(voucher)) throw new Conflict(`Voucher ${code} is ${voucher.status} already`);
      const outcome = await how(voucher, now, stores);
      await vouchers.save([outcome.changed]);
      await journal.audit([{ at: now, who: by, what, subject: code, detail: outcome.detail }]);
      return outcome.changed;
    });
    this.controller?.nudge();
    return changed;
  }
}

function revoked(voucher: Voucher, now: Date): Voucher {
  const usedAgain = voucher.developer && voucher.status !== 'unused';
  return usedAgain ? asNew(voucher) : { ...voucher, status: 'revoked', endedAt: now };
}

function asNew(voucher: Voucher): Voucher {
  const never = { activatedAt: null, startedAt: null, expiresAt: null, stoppedAt: null };
  return { ...voucher, ...never, status: 'unused' };
}

function promoText({ from, until }: PlanDraft['promo']): string {
  return ['sold', from && `from ${from}`, until && `until ${until}`].filter(Boolean).join(' ');
}
