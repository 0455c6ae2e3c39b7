import type { Request } from 'express';
import { dayBefore, rangesBetween } from '../../domain/shop/shop-day';
import { formatMoney, writeMoney } from '../../domain/units';
import type { StaffAccount } from '../../store/staff/account-store';
import type { Income } from '../../store/vouchers/income-reports';
import { weekBars } from '../format/income-texts';
import { reportDays } from '../format/report-days';
import { NOTHING, sumOf } from '../format/web-format';
import { csvText } from '../http/csv';
import { query } from '../http/forms';
import type { WebParts } from '../http/web-parts';
import type { StaffPages } from '../staff/staff-pages';

const WEEK = 7;
const USUAL_DAYS = 30;
/** How each table of the page is named in the URL of its CSV. */
const TABLE_OF = { plan: 'byPlan', seller: 'bySeller', day: 'bySpan' } as const;
const HEADS = {
  day: { title: 'By day', head: 'Day' },
  month: { title: 'By month', head: 'Month' },
} as const;
const KINDS = ['plan', 'seller', 'day', 'all'] as const;

/** Income: all of it for owners and viewers; an operator sees only what they sold themselves. */
export function reportRoutes(pages: StaffPages, { clock, services }: WebParts): void {
  const { income } = services;
  const zone = () => services.shop.get().timeZone;

  pages.get('/reports', 'viewer', async (req, res, me) => {
    const { unit, spans, from, to } = readDays(req);
    const seller = onlyOf(me);
    const { bySpan, byPlan, bySeller } = await income.tables(spans, seller);
    const { currency } = services.shop.get();
    const before = unit === 'day' ? weekEarlier(from, to) : [];
    const past = before.length > 0 ? await income.during(before, seller) : [];
    const names = (list: readonly { name: string }[]) => list.map(({ name }) => name);
    res.render('admin/sales/reports', {
      from,
      to,
      days: reportDays(clock.now(), zone()).map((one) => ({
        ...one,
        isHere: one.from === from && one.to === to,
      })),
      isOwn: seller !== undefined,
      total: sumOf(bySpan.map((row) => row.total), currency).map(formatMoney).join(' + '), // prettier-ignore
      sold: bySpan.reduce((all, one) => all + one.sold, 0),
      voided: bySpan.reduce((all, one) => all + one.voided, 0),
      // Days of both weeks may be in both lists: each sum is taken once.
      bars:
        before.length > 1
          ? weekBars([...bySpan, ...past.filter(({ name }) => !names(spans).includes(name))], names(spans), names(before), currency) // prettier-ignore
          : undefined,
      tables: [
        {
          title: 'By seller',
          head: 'Seller',
          amount: 'Cash to hand in',
          rows: incomeRows(bySeller),
        },
        { title: 'By plan', head: 'Plan', amount: 'Amount', rows: incomeRows(byPlan) },
        { ...HEADS[unit], amount: 'Amount', rows: incomeRows(bySpan.toReversed()) },
      ],
    });
  });

  pages.get('/reports.csv', 'viewer', async (req, res, me) => {
    const { unit, spans } = readDays(req);
    const by = KINDS.find((kind) => kind === query(req, 'by')) ?? 'day';
    res.type('text/csv').attachment('sales.csv');
    if (by === 'all') {
      const rows = await income.rows(spans, onlyOf(me));
      const cells = rows.map((row) => ({ [unit]: row.name, seller: row.seller, plan: row.plan, ...figures(row) })); // prettier-ignore
      return void res.send(csvText(cells, [unit, 'seller', 'plan', ...FIGURES]));
    }
    const rows = (await income.tables(spans, onlyOf(me)))[TABLE_OF[by]];
    const head = by === 'day' ? unit : by;
    const cells = rows.map((row) => ({ [head]: row.name, ...figures(row) }));
    res.send(csvText(cells, [head, ...FIGURES]));
  });

  /** The days in the query string; the last week if it names none. */
  function readDays(req: Request) {
    const [first, last] = [query(req, 'from'), query(req, 'to')];
    const to = last || dayBefore(clock.now(), 0, zone());
    const back = last ? USUAL_DAYS : WEEK;
    const from = first || dayBefore(startOf(to), back - 1, zone());
    return { ...rangesBetween(from, to, zone()), from, to };
  }

  function weekEarlier(from: string, to: string) {
    const earlier = (day: string) => dayBefore(startOf(day), WEEK, zone());
    return rangesBetween(earlier(from), earlier(to), zone()).spans;
  }

  function startOf(day: string): Date {
    return rangesBetween(day, day, zone()).spans[0]!.from;
  }
}

/** The seller whose sales this one sees; `undefined` is everybody's. */
function onlyOf({ name, role }: StaffAccount): string | undefined {
  return role === 'operator' ? name : undefined;
}

const FIGURES = ['sold', 'voided', 'amount', 'currency'];

function figures({ sold, voided, total }: Income) {
  return { sold, voided, amount: writeMoney(total), currency: total.currency };
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
