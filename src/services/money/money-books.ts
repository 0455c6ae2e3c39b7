import type { Clock } from '../../clock';
import {
  CASH_KINDS,
  JournalCheck,
  type JournalFault,
  type MoneyRow,
} from '../../domain/money/money-journal';
import { JournalTies, type TieFault } from '../../domain/money/journal-ties';
import { dayBefore, presentRanges, rangesBetween } from '../../domain/shop/shop-day';
import { Conflict, InvalidInput } from '../../errors';
import type { KindTotal } from '../../store/money/money-journal-store';
import type { Stores } from '../../store/stores';
import type { LiveShop } from '../shop/shop-settings';
import { say } from '../../text';

export interface DayClosing {
  day: string;
  totals: KindTotal[];
  /** Of the closing's own row: kept outside, it shows later whether rows before it were cut off. */
  head: string;
}

export interface JournalState {
  rows: number;
  head: string;
  fault: JournalFault | undefined;
  /** Where the books are not as the journal has them. */
  differences: TieFault[];
}

/** Reads, checks and closes the journal of money. */
export class MoneyBooks {
  constructor(
    private readonly stores: Stores,
    private readonly clock: Clock,
    private readonly shop: Pick<LiveShop, 'timeZone' | 'currency'>,
  ) {}

  /**
   * Checks the journal by itself, and then payments, invoices, refunds and drawers by the journal.
   * @param head a hash printed earlier, whose row must still be there
   */
  async verify(head?: string): Promise<JournalState> {
    const check = new JournalCheck(head);
    const ties = new JournalTies();
    let last: number | undefined;
    const read = async (pages: AsyncIterable<MoneyRow[]>) => {
      for await (const rows of pages) {
        if (!rows.every((row) => check.add(row))) return;
        for (const row of rows) ties.add(row);
        last = rows.at(-1)!.seq;
      }
    };
    await read(this.stores.money.pages());
    // The books and what was written meanwhile are read as of one moment.
    const books = await this.stores.transaction(async ({ money }) => {
      await read(money.pages(last));
      return money.tiedBooks();
    });
    const state = check.end();
    return { ...state, differences: state.fault ? [] : ties.compare(books) };
  }

  /**
   * Rows in their order, of these days, both included; all without them.
   * @throws InvalidInput when a text is no day, or the order is wrong
   */
  list(from?: string, to?: string): Promise<MoneyRow[]> {
    const { timeZone } = this.shop;
    const start = from === undefined ? undefined : dayOf(from, timeZone).from;
    const end = to === undefined ? undefined : dayOf(to, timeZone).to;
    if (start && end && start >= end) {
      throw new InvalidInput(say`The first day, ${from}, is after the last one, ${to}`);
    }
    return this.stores.money.list({ from: start, to: end });
  }

  newest(limit: number, offset: number): Promise<MoneyRow[]> {
    return this.stores.money.newest(limit, offset);
  }

  /**
   * What subscribers paid, less what they got back, and what sellers paid for missing slips: all that came in and
   * is no sale of a voucher. Minor units of the shop's currency.
   * @param from the first day, `YYYY-MM-DD`. @param to the last one
   */
  besidesSales(from: string, to: string): Promise<number> {
    const { currency, timeZone } = this.shop;
    const range = { from: dayOf(from, timeZone).from, to: dayOf(to, timeZone).to };
    return this.stores.money.besidesSales(range, currency);
  }

  /**
   * Adds up what happened up to the end of the day, or up to now if it is today, and is in no closing yet.
   * @throws Conflict when the day, or a later one, is closed already
   */
  async closeDay(by: string, day?: string): Promise<DayClosing> {
    const now = this.clock.now();
    const { timeZone, currency } = this.shop;
    const range = day === undefined ? presentRanges(now, timeZone).day : dayOf(day, timeZone);
    if (range.from > now) throw new InvalidInput(say`${range.name} has not begun`);
    // A second closing of today would begin in the middle of this millisecond.
    const to = range.to < now ? range.to : now;
    return this.stores.transaction(async ({ money }) => {
      const last = await money.lastClosing();
      if (last && (last.day >= range.name || last.to > to)) {
        throw new Conflict(say`${last.day} is already closed; close a later day`);
      }
      const totals = await money.totalsSince(last, to);
      const taken = totals.filter((one) => one.currency === currency && isCash(one));
      const amount = taken.reduce((sum, one) => sum + one.amount, 0);
      const [row] = await money.append([
        {
          ...{ at: now, kind: 'closing', subject: range.name, money: { amount, currency } },
          ...{ seller: '', by, detail: { to: to.toISOString(), totals } },
        },
      ]);
      return { day: range.name, totals, head: row!.hash };
    });
  }

  /** Closes yesterday if nobody has, and money moved since. @returns `undefined` if nothing was due */
  async closeDue(now: Date): Promise<DayClosing | undefined> {
    const yesterday = dayBefore(now, 1, this.shop.timeZone);
    const last = await this.stores.money.lastClosing();
    if (last && last.day >= yesterday) return undefined;
    const { to } = dayOf(yesterday, this.shop.timeZone);
    if ((await this.stores.money.totalsSince(last, to)).length === 0) return undefined;
    return this.closeDay('pisonet', yesterday).catch((error: unknown) => {
      if (error instanceof Conflict) return undefined; // another program was faster
      throw error;
    });
  }
}

function isCash({ kind }: KindTotal): boolean {
  return CASH_KINDS.some((one) => one === kind);
}

function dayOf(day: string, timeZone: string) {
  return rangesBetween(day, day, timeZone).spans[0]!;
}
