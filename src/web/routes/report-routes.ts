import type { Request } from 'express';
import { dayBefore, rangesBetween } from '../../domain/shop/shop-day';
import { formatMoney, writeMoney } from '../../domain/units';
import type { Income } from '../../store/vouchers/income-reports';
import { csvText } from '../http/csv';
import { query } from '../http/forms';
import type { StaffPages } from '../staff/staff-pages';
import type { WebParts } from '../http/web-parts';
import { NOTHING, sumOf } from '../format/web-format';

const USUAL_DAYS = 30;
/** How each table of the page is named in the URL of its CSV. */
const TABLE_OF = { plan: 'byPlan', seller: 'bySeller', day: 'bySpan' } as const;
const HEADS = {
  day: { title: 'By day', head: 'Day' },
  month: { title: 'By month', head: 'Month' },
} as const;
const KINDS = ['plan', 'seller', 'day'] as const;

/** What came in. */
export function reportRoutes(pages: StaffPages, { clock, services }: WebParts): void {
  const { income } = services;
  const zone = () => services.shop.get().timeZone;

  pages.get('/reports', 'viewer', async (req, res) => {
    const { unit, spans, from, to } = readDays(req);
    const { bySpan, byPlan, bySeller } = await income.tables(spans);
    const sum = (rows: readonly Income[]) =>
      sumOf(rows.map((row) => row.total), services.shop.get().currency).map(formatMoney).join(' + '); // prettier-ignore
    res.render('admin/sales/reports', {
      from,
      to,
      total: sum(bySpan),
      sold: bySpan.reduce((all, one) => all + one.sold, 0),
      voided: bySpan.reduce((all, one) => all + one.voided, 0),
      tables: [
        { by: 'plan', title: 'By plan', head: 'Plan', rows: incomeRows(byPlan) },
        { by: 'seller', title: 'By who sold it', head: 'Who', rows: incomeRows(bySeller) },
        { by: 'day', ...HEADS[unit], rows: incomeRows(bySpan.toReversed()) },
      ],
    });
  });

  pages.get('/reports.csv', 'viewer', async (req, res) => {
    const { unit, spans } = readDays(req);
    const by = KINDS.find((kind) => kind === query(req, 'by')) ?? 'day';
    const rows = (await income.tables(spans))[TABLE_OF[by]];
    const head = by === 'day' ? unit : by;
    res.type('text/csv').attachment('sales.csv');
    const cells = rows.map(({ name, sold, voided, total: money }) => ({
      [head]: name,
      sold,
      voided,
      amount: writeMoney(money),
      currency: money.currency,
    }));
    res.send(csvText(cells, [head, 'sold', 'voided', 'amount', 'currency']));
  });

  /** The days in the query string; the last thirty if it names none. */
  function readDays(req: Request) {
    const to = query(req, 'to') || dayBefore(clock.now(), 0, zone());
    const from = query(req, 'from') || dayBefore(endOf(to), USUAL_DAYS - 1, zone());
    return { ...rangesBetween(from, to, zone()), from, to };
  }

  function endOf(day: string): Date {
    return rangesBetween(day, day, zone()).spans[0]!.from;
  }
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
