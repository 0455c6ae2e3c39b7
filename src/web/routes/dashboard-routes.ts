import type { Response } from 'express';
import { presentSpans } from '../../domain/shop-day';
import { formatMoney, type Rates } from '../../domain/units';
import { AppError } from '../../errors';
import type { Income } from '../../store/income-reports';
import { rendered, type LiveStreams } from '../live-streams';
import type { StaffPages } from '../staff-pages';
import type { WebParts } from '../web-parts';
import { detailText, durationText, leftText, ratesText, sizeText, sumOf, timeText } from '../words';

const SOON_MS = 3_600_000;
const NEWS = 12;

/** What the owner wants to know at a glance. */
export function dashboardRoutes(
  pages: StaffPages,
  { clock, services }: WebParts,
  streams: LiveStreams,
): void {
  const zone = () => services.shop.get().timeZone;

  pages.get('/', 'viewer', async (_req, res) => {
    const now = clock.now();
    const { day, month, year } = presentSpans(now, zone());
    const [income, alerts, ending, news, live] = await Promise.all([
      services.income.during([day, month, year]),
      services.alerts.open(),
      services.reports.endingBefore(now, new Date(now.getTime() + SOON_MS), 8),
      services.reports.audit({ text: '', beforeId: undefined }, NEWS),
      look(),
    ]);
    res.render('admin/dashboard', {
      income: [
        { title: 'Today', ...incomeTexts(income, day.name) },
        { title: 'This month', ...incomeTexts(income, month.name) },
        { title: 'This year', ...incomeTexts(income, year.name) },
      ],
      alerts: alerts.map((alert) => ({ ...alert, raisedAt: timeText(alert.raisedAt, zone()) })),
      ending: ending.map(({ code, expiresAt }) => ({
        code,
        left: leftText(Math.round((expiresAt.getTime() - now.getTime()) / 1000)),
      })),
      news: news.map((entry) => ({
        ...entry,
        at: timeText(entry.at, zone()),
        detail: detailText(entry.detail),
      })),
      live,
    });
  });

  pages.get('/live-stream', 'viewer', (req, res, me) =>
    streams.open(req, res, me, async (to: Response) => ({
      view: await rendered(to, 'admin/_live', { live: await look() }),
      chart: throughput(),
    })),
  );

  function throughput() {
    const past = services.live.throughput();
    return {
      unit: 'bit/s',
      series: ['Down', 'Up'],
      points: [
        past.map(({ at }) => Math.round(at.getTime() / 1000)),
        past.map(({ rate }) => rate.down),
        past.map(({ rate }) => rate.up),
      ],
    };
  }

  /** Who is online and how the router is; or why nobody knows. */
  async function look() {
    try {
      const [{ devices }, health, wan] = await Promise.all([
        services.live.look(),
        services.routerDesk.health(),
        services.wan.look(),
      ]);
      const sum = (way: keyof Rates) => devices.reduce((all, { rate }) => all + rate[way], 0);
      return {
        online: devices.length,
        rates: ratesText({ up: sum('up'), down: sum('down') }),
        wan: services.wan.isOn ? ratesText(wan ?? null) : undefined,
        cpu: `${health.cpuLoad} %`,
        freeMemory: sizeText(health.freeMemory),
        uptime: durationText(Math.floor(health.uptimeMs / 1000)),
        version: health.version,
      };
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
      return { away: error.message };
    }
  }

  function incomeTexts(income: readonly Income[], name: string) {
    const mine = income.filter((one) => one.name === name);
    const sold = mine.reduce((all, one) => all + one.sold - one.voided, 0);
    const { currency } = services.shop.get();
    const totals = sumOf(mine.map((one) => one.total), currency); // prettier-ignore
    return { amount: totals.map(formatMoney).join(' + '), sold };
  }
}
