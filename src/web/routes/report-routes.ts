import type { Request } from 'express';
import { stringify } from 'csv-stringify/sync';
import { dayBefore, daysBetween, type Span } from '../../domain/shop-day';
import { formatMoney, parseMac, writeMoney } from '../../domain/units';
import { total } from '../../domain/usage';
import { InvalidInput } from '../../errors';
import type { Income, UsageBy, UsageRow } from '../../store/reports';
import { param, query } from '../forms';
import type { StaffPages } from '../staff-pages';
import type { WebParts } from '../web-parts';
import { NOTHING, sizeText, sumOf } from '../words';

const LONGEST_DAYS = 366;
/** Usage has a row for each device and hour: two months of a big shop are read in a moment. */
const LONGEST_USAGE_DAYS = 62;
const TOP = 50;
const USAGE_BY: readonly UsageBy[] = ['device', 'voucher', 'plan'];

/** What came in, and what went through the wire. */
export function reportRoutes(pages: StaffPages, { config, clock, services }: WebParts): void {
  const { reports } = services;
  const { timeZone, currency } = config;

  pages.get('/reports', 'viewer', async (req, res) => {
    const { days, whole, from, to } = readDays(req, 30);
    const [byDay, byPlan, bySeller] = await Promise.all([
      reports.incomeOf(days),
      reports.incomeBy('plan', whole),
      reports.incomeBy('seller', whole),
    ]);
    const sum = (rows: readonly Income[]) =>
      sumOf(rows.map((row) => row.total), currency).map(formatMoney).join(' + '); // prettier-ignore
    res.render('admin/reports', {
      from,
      to,
      total: sum(byDay),
      sold: byDay.reduce((all, one) => all + one.sold, 0),
      voided: byDay.reduce((all, one) => all + one.voided, 0),
      tables: [
        { title: 'By plan', head: 'Plan', rows: incomeRows(byPlan) },
        { title: 'By who made the voucher', head: 'Who', rows: incomeRows(bySeller) },
        { title: 'By day', head: 'Day', rows: incomeRows(byDay.toReversed()) },
      ],
    });
  });

  pages.get('/reports.csv', 'viewer', async (req, res) => {
    const { days } = readDays(req, 30);
    const rows = (await reports.incomeOf(days)).map(({ name, sold, voided, total: money }) => ({
      day: name,
      sold,
      voided,
      amount: writeMoney(money),
      currency: money.currency,
    }));
    res.type('text/csv').attachment('sales.csv');
    res.send(csv(rows, ['day', 'sold', 'voided', 'amount', 'currency']));
  });

  pages.get('/usage', 'viewer', async (req, res) => {
    const { days, whole, from, to } = readDays(req, 7, LONGEST_USAGE_DAYS);
    const by = USAGE_BY.find((known) => known === query(req, 'by')) ?? 'device';
    const [top, byDay] = await Promise.all([
      reports.usageBy(by, whole, TOP),
      reports.usageOf(days, undefined),
    ]);
    res.render('admin/usage', {
      from,
      to,
      by,
      kinds: USAGE_BY,
      top: usageRows(top),
      days: usageRows(byDay.toReversed()),
      link: { device: '/admin/usage/', voucher: '/admin/vouchers/', plan: '' }[by],
    });
  });

  pages.get('/usage.csv', 'viewer', async (req, res) => {
    const { whole } = readDays(req, 7, LONGEST_USAGE_DAYS);
    const by = USAGE_BY.find((known) => known === query(req, 'by')) ?? 'device';
    const rows = (await reports.usageBy(by, whole, 1_000_000)).map(({ name, bytes }) => ({
      [by]: name,
      bytes_up: bytes.up,
      bytes_down: bytes.down,
    }));
    res.type('text/csv').attachment('usage.csv');
    res.send(csv(rows, [by, 'bytes_up', 'bytes_down']));
  });

  pages.get('/usage/:mac', 'viewer', async (req, res) => {
    const mac = parseMac(param(req, 'mac'));
    const { days, from, to } = readDays(req, 30);
    const byDay = await reports.usageOf(days, { mac });
    res.render('admin/usage-device', { mac, from, to, days: usageRows(byDay.toReversed()) });
  });

  /** The days of the address line; the last few when it names none. */
  function readDays(req: Request, usual: number, most = LONGEST_DAYS) {
    const now = clock.now();
    const from = query(req, 'from') || dayBefore(now, usual - 1, timeZone);
    const to = query(req, 'to') || dayBefore(now, 0, timeZone);
    const days = daysBetween(from, to, timeZone, most);
    if (days.length === 0) {
      throw new InvalidInput('The first day must not be after the last one; write 2026-11-21');
    }
    const [first, last] = [days[0]!, days.at(-1)!];
    const whole: Span = { name: 'all', from: first.from, to: last.to };
    return { days, whole, from: first.name, to: last.name };
  }
}

function csv(rows: Record<string, string | number>[], columns: string[]): string {
  return stringify(rows, { columns, header: true, escape_formulas: true, bom: true });
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

function usageRows(rows: readonly UsageRow[]) {
  const most = Math.max(1, ...rows.map(({ bytes }) => total(bytes)));
  return rows.map(({ name, bytes }) => ({
    name: name || NOTHING,
    up: sizeText(bytes.up),
    down: sizeText(bytes.down),
    total: sizeText(total(bytes)),
    part: total(bytes) / most,
  }));
}
