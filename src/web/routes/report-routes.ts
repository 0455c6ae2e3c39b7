import type { Request } from 'express';
import { dayBefore, daysBetween } from '../../domain/shop-day';
import { formatMoney, writeMoney } from '../../domain/units';
import { InvalidInput } from '../../errors';
import type { Income } from '../../store/income-reports';
import { csvText } from '../csv';
import { query } from '../forms';
import type { StaffPages } from '../staff-pages';
import type { WebParts } from '../web-parts';
import { NOTHING, sumOf } from '../words';

const LONGEST_DAYS = 366;
/** What a table of the page is by, as its CSV is asked for. */
const TABLE_OF = { plan: 'byPlan', seller: 'bySeller', day: 'bySpan' } as const;
const KINDS = ['plan', 'seller', 'day'] as const;

/** What came in. */
export function reportRoutes(pages: StaffPages, { clock, services }: WebParts): void {
  const { income } = services;
  const zone = () => services.shop.get().timeZone;

  pages.get('/reports', 'viewer', async (req, res) => {
    const { days, from, to } = readDays(req, 30);
    const { bySpan: byDay, byPlan, bySeller } = await income.tables(days);
    const sum = (rows: readonly Income[]) =>
      sumOf(rows.map((row) => row.total), services.shop.get().currency).map(formatMoney).join(' + '); // prettier-ignore
    res.render('admin/reports', {
      from,
      to,
      total: sum(byDay),
      sold: byDay.reduce((all, one) => all + one.sold, 0),
      voided: byDay.reduce((all, one) => all + one.voided, 0),
      tables: [
        { by: 'plan', title: 'By plan', head: 'Plan', rows: incomeRows(byPlan) },
        { by: 'seller', title: 'By who sold it', head: 'Who', rows: incomeRows(bySeller) },
        { by: 'day', title: 'By day', head: 'Day', rows: incomeRows(byDay.toReversed()) },
      ],
    });
  });

  pages.get('/reports.csv', 'viewer', async (req, res) => {
    const { days } = readDays(req, 30);
    const by = KINDS.find((kind) => kind === query(req, 'by')) ?? 'day';
    const rows = (await income.tables(days))[TABLE_OF[by]];
    res.type('text/csv').attachment('sales.csv');
    const cells = rows.map(({ name, sold, voided, total: money }) => ({
      [by]: name,
      sold,
      voided,
      amount: writeMoney(money),
      currency: money.currency,
    }));
    res.send(csvText(cells, [by, 'sold', 'voided', 'amount', 'currency']));
  });

  /** The days of the address line; the last few when it names none. */
  function readDays(req: Request, usual: number) {
    const now = clock.now();
    const from = query(req, 'from') || dayBefore(now, usual - 1, zone());
    const to = query(req, 'to') || dayBefore(now, 0, zone());
    const days = daysBetween(from, to, zone(), LONGEST_DAYS);
    if (days.length === 0) {
      throw new InvalidInput('The first day must not be after the last one; write 2026-11-21');
    }
    const [first, last] = [days[0]!, days.at(-1)!];
    return { days, from: first.name, to: last.name };
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
