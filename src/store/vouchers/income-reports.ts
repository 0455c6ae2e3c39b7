import type { Knex } from 'knex';
import { WHOLE_SHOP, type Scope } from '../../domain/shop/scope';
import type { DayRange } from '../../domain/shop/shop-day';
import type { Money } from '../../domain/units';
import { rowsAsTable } from '../database/bulk';
import { jsonArray, rowsIn } from '../database/dialect';
import { andVouchersWithin } from './scoped';

/** Vouchers sold less voided sales, and their income. */
export interface Income {
  name: string;
  sold: number;
  voided: number;
  total: Money;
}

/** Which sales are counted; all of the shop's if nothing is said. */
export interface IncomeOf {
  /** Only what this one sold. */
  seller?: string | undefined;
  /** Only vouchers that were made for these sites. */
  scope?: Scope;
}

/**
 * The ways in which a voucher is sold in a span: by its first use, or at the counter before that. A developer's code
 * costs nothing and may be used again: it is never a sale.
 */
const SOLD = [
  'activated_at >= from_at and activated_at < to_at and paid_at is null and is_developer = 0',
  'paid_at >= from_at and paid_at < to_at and is_developer = 0',
];
/** Sold at the counter and ended before anybody used it: its money went back. */
const GIVEN_BACK =
  'ended_at >= from_at and ended_at < to_at and ended_at is not null and paid_at is not null and activated_at is null and is_developer = 0';
/** Fixed at the sale: see `Sales`. */
const SELLER = 'coalesce(vouchers.sold_by, vouchers.created_by)';

/**
 * Income. A hundred thousand sales are read in some milliseconds, but grouping them takes ten times as
 * long: that is done at most once a page.
 */
export class IncomeReports {
  constructor(private readonly db: Knex) {}

  /** Income in each of these ranges, one row for each currency; none if nothing was sold. */
  async during(spans: readonly DayRange[], whose: IncomeOf = {}): Promise<Income[]> {
    const { seller, scope = WHOLE_SHOP } = whose;
    if (seller !== undefined) {
      return summed(await this.moves(spans, whose), ({ name }) => name).sort(byName);
    }
    const within = andVouchersWithin(this.db, scope);
    const answer = await this.db.raw<unknown>(
      `with ${this.spans()}
       select name, (select cast(${jsonArray(this.db)}(count(*), sum(price_minor), min(currency), max(currency)) as text)
         from (${SOLD.map((how) => `select price_minor, currency from vouchers where ${how} ${within.sql}`).join(' union all ')}) as sold)
         as sales from spans`,
      [parameter(spans), ...within.values, ...within.values],
    );
    const sold: Move[] = [];
    const mixed: DayRange[] = [];
    for (const { name, sales } of rowsIn<{ name: string; sales: string }>(this.db, answer)) {
      const [count, amount, currency, other] = JSON.parse(sales) as [
        number,
        number,
        string,
        string,
      ];
      if (count === 0) continue;
      if (currency === other) sold.push({ name, currency, sold: count, voided: 0, amount });
      else mixed.push(...spans.filter((span) => span.name === name));
    }
    const grouped = mixed.length > 0 ? await this.sales(mixed, scope) : [];
    const all = [...sold, ...grouped, ...(await this.voids(spans, scope))];
    return summed(all, ({ name }) => name).sort(byName);
  }

  /** The same by each span, and of all of them together by the plan and by who sold it, the largest first. */
  async tables(
    spans: readonly DayRange[],
    whose: IncomeOf = {},
  ): Promise<Record<'bySpan' | 'byPlan' | 'bySeller', Income[]>> {
    const moves = await this.moves(spans, whose);
    return {
      bySpan: summed(moves, ({ name }) => name).sort(byName),
      byPlan: summed(moves, ({ plan }) => plan!).sort(byAmount),
      bySeller: summed(moves, ({ seller }) => seller!).sort(byAmount),
    };
  }

  private async moves(
    spans: readonly DayRange[],
    { seller, scope = WHOLE_SHOP }: IncomeOf,
  ): Promise<Move[]> {
    const all = [...(await this.sales(spans, scope)), ...(await this.voids(spans, scope))];
    return seller === undefined ? all : all.filter((move) => move.seller === seller);
  }

  private async sales(spans: readonly DayRange[], scope: Scope): Promise<Move[]> {
    const within = andVouchersWithin(this.db, scope);
    const answer = await this.db.raw<unknown>(
      `with ${this.spans()},
       sold as (${SOLD.map(
         (how) =>
           `select spans.name, plan_version_id, ${SELLER} as seller, currency, price_minor
            from spans join vouchers on ${how} ${within.sql}`,
       ).join(' union all ')}),
       sales as (
         select name, plan_version_id, seller, currency, count(*) as sold, sum(price_minor) as amount
         from sold group by name, plan_version_id, seller, currency)
       select sales.*, 0 as voided, coalesce(plan_name, '') as plan
       from sales left join plan_versions on plan_versions.id = plan_version_id`,
      [parameter(spans), ...within.values, ...within.values],
    );
    return rowsIn<MoveRow>(this.db, answer).map(toMove);
  }

  /** One that was paid online and given back before its first use was never counted. */
  private async voids(spans: readonly DayRange[], scope: Scope): Promise<Move[]> {
    const within = andVouchersWithin(this.db, scope);
    const answer = await this.db.raw<unknown>(
      `with ${this.spans()}
       select spans.name, coalesce(plan_name, '') as plan, ${SELLER} as seller,
         sale_voids.currency, 0 as sold, 1 as voided, -sale_voids.price_minor as amount
       from spans join sale_voids on voided_at >= from_at and voided_at < to_at
       join vouchers on vouchers.code = sale_voids.code
         and (activated_at is not null or paid_at is not null) ${within.sql}
       left join plan_versions on plan_versions.id = vouchers.plan_version_id
       union all
       select spans.name, coalesce(plan_name, '') as plan, ${SELLER} as seller,
         currency, 0 as sold, 1 as voided, -price_minor as amount
       from spans join vouchers on ${GIVEN_BACK} ${within.sql}
       left join plan_versions on plan_versions.id = vouchers.plan_version_id`,
      [parameter(spans), ...within.values, ...within.values],
    );
    return rowsIn<MoveRow>(this.db, answer).map(toMove);
  }

  private spans(): string {
    const columns = { name: 'text', from_at: 'text', to_at: 'text' } as const;
    return `spans as (${rowsAsTable(this.db, columns)})`;
  }
}

/** Sales, or sales taken back, of one span and currency. */
interface Move {
  name: string;
  plan?: string;
  seller?: string;
  currency: string;
  sold: number;
  voided: number;
  amount: number;
}

type MoveRow = Required<Omit<Move, 'sold' | 'voided' | 'amount'>> &
  Record<'sold' | 'voided' | 'amount', number | string>;

function toMove({ name, plan, seller, currency, sold, voided, amount }: MoveRow): Move {
  const numbers = { sold: Number(sold), voided: Number(voided), amount: Number(amount) };
  return { name, plan, seller, currency, ...numbers };
}

function parameter(spans: readonly DayRange[]): string {
  const rows = spans.map(({ name, from, to }) => [name, from.toISOString(), to.toISOString()]);
  return JSON.stringify(rows);
}

function summed(moves: readonly Move[], nameOf: (move: Move) => string): Income[] {
  const sums = new Map<string, Income>();
  for (const move of moves) {
    const name = nameOf(move);
    const key = `${move.currency} ${name}`;
    const sum = sums.get(key) ?? {
      name,
      sold: 0,
      voided: 0,
      total: { amount: 0, currency: move.currency },
    };
    sums.set(key, sum);
    sum.sold += move.sold;
    sum.voided += move.voided;
    sum.total.amount += move.amount;
  }
  return [...sums.values()];
}

function byName(a: Income, b: Income): number {
  return compare(a.name, b.name) || compare(a.total.currency, b.total.currency);
}

function byAmount(a: Income, b: Income): number {
  return b.total.amount - a.total.amount || byName(a, b);
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
