import type { Clock } from '../../clock';
import {
  differenceOf,
  expectedIn,
  outsideDrawers,
  takingsOf,
  type Drawer,
  type Takings,
} from '../../domain/money/drawer';
import { rangesBetween } from '../../domain/shop/shop-day';
import { formatMoney, type Money } from '../../domain/units';
import { parseSeller } from '../../domain/vouchers/seller';
import { deed } from '../../domain/shop/audit-entry';
import { Conflict, InvalidInput, NotFound } from '../../errors';
import type { Stores } from '../../store/stores';
import type { LiveShop } from '../shop/shop-settings';
import { sellerNames } from '../vouchers/sales';
import { say } from '../../text';

/** A drawer and what went through it. */
export interface Shift extends Drawer {
  takings: Takings;
  expected: number;
  difference: number | null;
}

export interface ShiftReport {
  shifts: Shift[];
  /** Cash that was taken on these days without an open drawer. */
  outside: { seller: string; takings: Takings }[];
}

/**
 * The drawers of sellers. A count is blind: what should be there is told nobody before, and it is done once.
 * It is in the journal of money, as an adjustment by the difference.
 */
export class Drawers {
  constructor(
    private readonly stores: Stores,
    private readonly clock: Clock,
    private readonly shop: Pick<LiveShop, 'timeZone' | 'currency'>,
  ) {}

  /** @throws InvalidInput for a float below zero, Conflict when the seller's drawer is open */
  async open(typed: string, float: Money, by: string): Promise<Drawer> {
    this.checkAmount(float);
    const openedAt = this.clock.now();
    return this.stores.outsideLoopState(async (stores) => {
      const { drawers, money, journal } = stores;
      const seller = await this.sellerNamed(typed, stores);
      const { seq: afterSeq } = await money.head();
      const drawer = { seller, float, openedAt, openedBy: by, afterSeq };
      const id = await drawers.open(drawer);
      const detail = { drawer: id, ...float };
      const done = deed('drawer opened', seller, detail);
      await journal.audit([{ at: openedAt, who: by, ...done }]);
      return { ...drawer, id, count: null };
    });
  }

  /**
   * Ends the shift with what is in the drawer. A difference is an alert for the owner.
   * @throws InvalidInput for an amount below zero, Conflict when the seller has no open drawer
   */
  async count(typed: string, amount: Money, by: string): Promise<Drawer> {
    this.checkAmount(amount);
    const at = this.clock.now();
    return this.stores.outsideLoopState(async (stores) => {
      const { drawers, money, journal } = stores;
      const seller = await this.sellerNamed(typed, stores);
      const drawer = await drawers.openOf(seller);
      if (!drawer) throw new Conflict(say`${seller} has no open drawer`);
      const { seq: lastSeq } = await money.head();
      const rows = await money.ofSeller(seller, drawer.afterSeq);
      const takings = takingsOf(drawer, rows, await soldAtCounter(drawer, stores));
      const [counted, expected] = [amount.amount, expectedIn(drawer, takings)];
      const count = { at, by, counted, expected, lastSeq };
      await drawers.count(drawer.id, count);
      const difference = counted - expected;
      const { currency } = drawer.float;
      const subject = `drawer ${drawer.id}`;
      await money.append([
        {
          ...{ at, kind: 'adjustment', subject, money: { amount: difference, currency } },
          ...{ seller, by, detail: { float: drawer.float.amount, counted, expected } },
        },
      ]);
      await journal.audit([
        { at, who: by, what: 'drawer counted', subject: seller, detail: { drawer: drawer.id } },
      ]);
      const text = differenceText(seller, difference, currency);
      if (text) await journal.raise('drawer differs', subject, text, at);
      return { ...drawer, count };
    });
  }

  /** Of shifts that have not ended, the longest open first. */
  openOnes(): Promise<Drawer[]> {
    return this.stores.drawers.openOnes();
  }

  /** @throws NotFound */
  async find(id: number): Promise<Shift> {
    const drawer = await this.stores.drawers.find(id);
    if (!drawer) throw new NotFound(say`There is no drawer ${id}`);
    return this.shiftOf(drawer);
  }

  openOf(seller: string): Promise<Drawer | undefined> {
    return this.stores.drawers.openOf(seller);
  }

  /** Drawers that were open on these days, both included, and what was taken without one. */
  async report(from: string, to: string, seller?: string): Promise<ShiftReport> {
    const { spans } = rangesBetween(from, to, this.shop.timeZone);
    const range = { from: spans[0]!.from, to: spans.at(-1)!.to };
    const drawers = await this.stores.drawers.list({ ...range, seller });
    const rows = (await this.stores.money.list(range)).filter(
      (row) => seller === undefined || row.seller === seller,
    );
    return {
      shifts: await Promise.all(drawers.map((drawer) => this.shiftOf(drawer))),
      outside: outsideDrawers(drawers, rows, this.shop.currency),
    };
  }

  private async shiftOf(drawer: Drawer): Promise<Shift> {
    const rows = await this.stores.money.ofSeller(drawer.seller, drawer.afterSeq);
    const takings = takingsOf(drawer, rows, await soldAtCounter(drawer, this.stores));
    const expected = drawer.count?.expected ?? expectedIn(drawer, takings);
    return { ...drawer, takings, expected, difference: differenceOf(drawer) };
  }

  private async sellerNamed(typed: string, stores: Stores): Promise<string> {
    const known = [...(await sellerNames(stores)), ...(await stores.drawers.sellers())];
    const seller = parseSeller(typed, known);
    if (seller === null) throw new InvalidInput('A drawer needs the name of its seller');
    return seller;
  }

  private checkAmount({ amount, currency }: Money): void {
    if (amount < 0) throw new InvalidInput('A drawer cannot have less than zero in it');
    if (currency !== this.shop.currency) {
      throw new InvalidInput(say`Drawers only take ${this.shop.currency}`);
    }
  }
}

/** Those that a shift had to do with. */
function soldAtCounter({ seller, float, openedAt }: Drawer, { counterSales }: Stores) {
  return counterSales.of(seller, float.currency, openedAt);
}

/** For the owner; `undefined` where the count is right. */
function differenceText(seller: string, difference: number, currency: string): string | undefined {
  if (difference === 0) return undefined;
  const money = formatMoney({ amount: Math.abs(difference), currency });
  const what = difference < 0 ? 'short' : 'over';
  return `The drawer of ${seller} was ${money} ${what}. See Money > Drawers.`;
}
