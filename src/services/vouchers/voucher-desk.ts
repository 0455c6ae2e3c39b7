import { randomBytes } from 'node:crypto';
import type { Clock } from '../../clock';
import type { AuditEntry } from '../../domain/loop/loop-state';
import type { Mac } from '../../domain/units';
import {
  DEFAULT_CODE_LENGTH,
  generateCodes,
  guessOdds,
  minimumLength,
  parseCode,
} from '../../domain/vouchers/voucher-code';
import type { Voucher } from '../../domain/vouchers/voucher';
import { AppError, Conflict, InvalidInput } from '../../errors';
import type { SaleVoid } from '../../store/vouchers/sale-store';
import type { Stores } from '../../store/stores';
import { HANDED_OVER } from './seller-desk';
import type { ShopSettings } from '../shop/shop-settings';
import { readCodes, type CodeRow } from './voucher-csv';
import type { VoucherService } from './voucher-service';

/** What became of each code somebody ticked. */
export interface BulkOutcome {
  done: string[];
  refused: { code: string; why: string }[];
}

/** Everything the books know of one voucher. */
export interface VoucherHistory {
  voucher: Voucher;
  devices: { mac: Mac; ip: string | null }[];
  /** Oldest first, with what was done to its batch before it was sold. */
  history: AuditEntry[];
  saleVoid: SaleVoid | undefined;
}

/** What staff do to one voucher or to many at once, and to its sale. */
export class VoucherDesk {
  constructor(
    private readonly stores: Stores,
    private readonly vouchers: VoucherService,
    private readonly clock: Clock,
    private readonly shop: Pick<ShopSettings, 'get'>,
  ) {}

  /** @throws NotFound */
  async history(typed: string): Promise<VoucherHistory> {
    const { sessions, journal, sales } = this.stores;
    const voucher = await this.vouchers.find(typed);
    const { code, batchId, activatedAt } = voucher;
    const ofBatch = batchId === null ? [] : await journal.auditOf(`batch ${batchId}`);
    // Who has the rest of the batch now has nothing to do with a voucher that was sold before.
    const made = ofBatch.filter(
      ({ at, what }) => what !== HANDED_OVER || !activatedAt || at <= activatedAt,
    );
    const history = [...made, ...(await journal.auditOf(code))];
    return {
      voucher,
      devices: (await sessions.devicesOf([code])).get(code) ?? [],
      history: history.sort((a, b) => a.at.getTime() - b.at.getTime()),
      saleVoid: await sales.voidOf(code),
    };
  }

  /** How codes of such an order would look, and the chance of guessing one: one in `oneIn`. */
  async preview(order: {
    count: number;
    prefix?: string | undefined;
    length?: number | undefined;
  }): Promise<{ example: string; length: number; oneIn: number }> {
    const counts = await this.stores.vouchers.countByStatus();
    const live = (counts.unused ?? 0) + (counts.active ?? 0) + (counts.paused ?? 0) + order.count;
    const usual = this.shop.get();
    const shortest = minimumLength(live);
    const length = order.length ?? Math.max(usual.codeLength ?? DEFAULT_CODE_LENGTH, shortest);
    const prefix = order.prefix ?? usual.codePrefix;
    const random = (bytes: number) => randomBytes(bytes);
    const [example] = generateCodes(1, { length, prefix, random });
    return { example: example!, length, oneIn: Math.floor(1 / guessOdds(length, live)) };
  }

  /** In the order of the codes. */
  async findAll(codes: readonly string[]): Promise<Voucher[]> {
    return this.stores.vouchers.findAll(codes);
  }

  /** Those of these codes that nobody used yet; words that are no codes may be among them. */
  async openCodesOf(codes: readonly string[]): Promise<ReadonlySet<string>> {
    return this.stores.vouchers.openCodesOf(codes);
  }

  async revoke(codes: readonly string[], by: string): Promise<BulkOutcome> {
    return forEach(codes, (code) => this.vouchers.revoke(code, by));
  }

  async extend(codes: readonly string[], seconds: number, by: string): Promise<BulkOutcome> {
    return forEach(codes, (code) => this.vouchers.extend(code, seconds, by));
  }

  /** Takes unused vouchers away for good; those in use or used stay, and so does their money. */
  async deleteUnused(typed: readonly string[], by: string): Promise<BulkOutcome> {
    const codes = typed.map(parseCode);
    const at = this.clock.now();
    const gone = await this.stores.transaction(async ({ vouchers, journal }) => {
      const deleted = await vouchers.deleteUnused(codes, at);
      await journal.audit(
        deleted.map((code) => ({
          at,
          who: by,
          what: 'voucher deleted',
          subject: code,
          detail: {},
        })),
      );
      return new Set(deleted);
    });
    return {
      done: codes.filter((code) => gone.has(code)),
      refused: codes
        .filter((code) => !gone.has(code))
        .map((code) => ({ code, why: `${code} was used or is not there` })),
    };
  }

  /**
   * Takes codes over that were printed elsewhere: unused vouchers under plans of ours, all or none.
   * @param text a list with the columns `code` and `plan`, or our own export
   * @returns how many, and which were left out and why, as `readCodes` says it
   * @throws InvalidInput naming what is wrong, Conflict when a code is there already
   */
  async importCodes(text: string, by: string): Promise<{ count: number; leftOut: string[] }> {
    const { rows, leftOut } = readCodes(text);
    const at = this.clock.now();
    await this.stores.transaction(async ({ plans, vouchers, journal }) => {
      const taken = await vouchers.taken(rows.map(({ code }) => code));
      if (taken.size > 0) {
        throw new Conflict(`There already: ${[...taken].slice(0, 10).join(', ')}`);
      }
      for (const [name, codes] of byPlan(rows)) {
        const plan = await plans.find(name);
        if (!plan) throw new InvalidInput(`There is no plan called "${name}"`);
        const batch = { plan, codes, prefix: '', developer: false, note: 'imported', seller: null, by, at }; // prettier-ignore
        const id = await vouchers.addBatch(batch);
        const detail = { plan: plan.name, count: codes.length };
        const subject = `batch ${id}`;
        await journal.audit([{ at, who: by, what: 'vouchers imported', subject, detail }]);
      }
    });
    return { count: rows.length, leftOut };
  }

  /**
   * The voucher whose sale can be taken back for that reason.
   * @throws NotFound, InvalidInput without a reason, Conflict when there is no sale or it is void
   */
  async voidable(typed: string, reason: string): Promise<Voucher> {
    const voucher = await this.vouchers.find(typed);
    const { code } = voucher;
    if (reason.trim() === '') throw new InvalidInput('Say why the sale is void');
    if (!voucher.activatedAt || voucher.developer) {
      throw new Conflict(`Voucher ${code} was not sold: nobody has used it yet`);
    }
    if (await this.stores.sales.voidOf(code)) {
      throw new Conflict(`The sale of ${code} is void already`);
    }
    return voucher;
  }

  /**
   * Takes a sale back: a row of its own, with the reason, for the full price. The voucher itself is
   * revoked separately.
   * @throws as `voidable`
   */
  async voidSale(typed: string, reason: string, by: string): Promise<void> {
    const voucher = await this.voidable(typed, reason);
    const at = this.clock.now();
    const { code } = voucher;
    const { price } = voucher.terms;
    await this.stores.transaction(async ({ sales, journal }) => {
      await sales.void({ code, price, reason: reason.trim(), by, at });
      const detail = { reason: reason.trim(), amount: price.amount, currency: price.currency };
      await journal.audit([{ at, who: by, what: 'sale voided', subject: code, detail }]);
    });
  }
}

function byPlan(rows: readonly CodeRow[]): Map<string, string[]> {
  const codes = new Map<string, string[]>();
  for (const { code, plan } of rows) {
    const mine = codes.get(plan);
    if (mine) mine.push(code);
    else codes.set(plan, [code]);
  }
  return codes;
}

async function forEach(
  codes: readonly string[],
  act: (code: string) => Promise<unknown>,
): Promise<BulkOutcome> {
  const outcome: BulkOutcome = { done: [], refused: [] };
  for (const code of codes) {
    try {
      await act(code);
      outcome.done.push(code);
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
      outcome.refused.push({ code, why: error.message });
    }
  }
  return outcome;
}
