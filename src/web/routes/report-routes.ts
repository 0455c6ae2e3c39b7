import type { Request } from 'express';
import {
  dayBefore,
  daysBefore,
  daysOf,
  PERIODS,
  rangesBetween,
  type Period,
} from '../../domain/shop/shop-day';
import { formatMoney, writeMoney } from '../../domain/units';
import type { StaffAccount } from '../../store/staff/account-store';
import type { Income, IncomeOf } from '../../store/vouchers/income-reports';
import { comparedText, incomeBars, moneyText } from '../format/income-texts';
import { NOTHING } from '../format/web-format';
import { csvText } from '../http/csv';
import { query } from '../http/forms';
import type { WebParts } from '../http/web-parts';
import { besidesSales } from '../format/besides-sales';
import { partAsked } from '../staff/own-sites';
import type { StaffPages } from '../staff/staff-pages';

const USUAL: Period = '7 days';
/** Where only the last day is named. */
const USUAL_DAYS = 30;
/** More bars cannot be told apart on a phone. */
const MOST_BARS = 31;
/** How each table of the page is named in the URL of its CSV. */
const TABLE_OF = { seller: 'bySeller', plan: 'byPlan', day: 'bySpan' } as const;
const TITLES = { day: 'By day', month: 'By month' } as const;
const KINDS = ['seller', 'plan', 'day'] as const;

/** What came in, at the sites of the reader. An operator sees what they sold themselves; others see all. */
export function reportRoutes(pages: StaffPages, { clock, services }: WebParts): void {
  const { income } = services;
  const zone = () => services.shop.get().timeZone;

  pages.scoped.get('/reports', 'viewer', async (req, res, me) => {
    const { period, unit, spans, from, to } = readDays(req);
    const { currency } = services.shop.get();
    const seller = sellerOf(me);
    const { scope, siteId, chips } = await partAsked(services.sites, me, req);
    const whose = { seller, scope };
    const { bySpan, byPlan, bySeller } = await income.tables(spans, whose);
    res.render('admin/sales/reports', {
      ...{ from, to, period, periods: PERIODS, isOwn: seller !== undefined, siteId, chips },
      total: moneyText(bySpan, currency),
      besides: await besidesSales(services, whose, from, to),
      sold: bySpan.reduce((all, one) => all + one.sold, 0),
      voided: bySpan.reduce((all, one) => all + one.voided, 0),
      ...(unit === 'day' && (await compared(from, to, bySpan, whose))),
      tables: [
        ...(seller === undefined
          ? [{ by: 'seller', title: 'By seller', rows: incomeRows(bySeller) }]
          : []),
        { by: 'plan', title: 'By plan', rows: incomeRows(byPlan) },
        { by: 'day', title: TITLES[unit], rows: incomeRows(bySpan.toReversed()) },
      ],
    });
  });

  pages.scoped.get('/reports.csv', 'viewer', async (req, res, me) => {
    const { unit, spans, from, to } = readDays(req);
    const { scope } = await partAsked(services.sites, me, req);
    const by = KINDS.find((kind) => kind === query(req, 'by')) ?? 'day';
    const rows = (await income.tables(spans, { seller: sellerOf(me), scope }))[TABLE_OF[by]];
    const head = by === 'day' ? unit : by;
    const days = spans.length > 1 ? `${from}-to-${to}` : from;
    res.type('text/csv').attachment(`sales-by-${head}-${days}.csv`);
    const cells = rows.map(({ name, sold, voided, total: money }) => ({
      [head]: name,
      sold,
      voided,
      amount: writeMoney(money),
      currency: money.currency,
    }));
    res.send(csvText(cells, [head, 'sold', 'voided', 'amount', 'currency']));
  });

  /** A bar for each day beside as many days before, and the difference in words. */
  async function compared(from: string, to: string, now: readonly Income[], whose: IncomeOf) {
    const days = rangesBetween(from, to, zone()).spans.map(({ name }) => name);
    if (days.length > MOST_BARS) return {};
    const earlier = daysBefore({ from, to }, zone());
    const { spans } = rangesBetween(earlier.from, earlier.to, zone());
    const before = await income.during(spans, whose);
    const { currency } = services.shop.get();
    const highest = Math.max(0, ...[...now, ...before].map(({ total }) => total.amount));
    const drawn = (rows: readonly Income[], names: readonly string[]) =>
      incomeBars(rows, names, currency, highest);
    const length = days.length === 1 ? 'the day before' : `the ${days.length} days before`;
    return {
      difference: comparedText(now, before, currency, length),
      length,
      bars: days.length > 1 && {
        now: drawn(now, days),
        before: drawn(before, spans.map(({ name }) => name)), // prettier-ignore
      },
    };
  }

  /** The days in the query string, by name or by date; the last seven if it has none. */
  function readDays(req: Request) {
    const [first, last] = [query(req, 'from'), query(req, 'to')];
    const named = PERIODS.find((one) => one === query(req, 'period'));
    const period = named ?? (first || last ? undefined : USUAL);
    if (period) {
      const { from, to } = daysOf(period, clock.now(), zone());
      return { ...rangesBetween(from, to, zone()), from, to, period };
    }
    const to = last || dayBefore(clock.now(), 0, zone());
    const from = first || dayBefore(endOf(to), USUAL_DAYS - 1, zone());
    return { ...rangesBetween(from, to, zone()), from, to, period };
  }

  function endOf(day: string): Date {
    return rangesBetween(day, day, zone()).spans[0]!.from;
  }
}

/** Whose sales somebody may see; `undefined` for everybody's. */
function sellerOf({ role, name }: StaffAccount): string | undefined {
  return role === 'operator' ? name : undefined;
}

function incomeRows(rows: readonly Income[]) {
  const most = Math.max(1, ...rows.map((row) => row.total.amount));
  return rows.map(({ name, sold, voided, total: money }) => ({
    name: name || NOTHING,
    sold,
    voided,
    amount: formatMoney(money),
    part: Math.max(0, money.amount) / most,
  }));
}
