import type { Response } from 'express';
import { detailText } from '../../../format/audit-text';
import { presentRanges } from '../../../domain/shop/shop-day';
import { formatMoney, type Rates } from '../../../domain/units';
import { AppError } from '../../../errors';
import type { LiveSnapshot } from '../../../services/devices/live-view';
import type { Income } from '../../../store/vouchers/income-reports';
import { hiding } from '../../staff/hidden-codes';
import { rendered, type LiveStreams } from '../../http/live-streams';
import { loopText } from '../../format/loop-text';
import type { StaffPages } from '../../staff/staff-pages';
import type { WebParts } from '../../http/web-parts';
import {
  awayText,
  durationText,
  ratesText,
  sizeText,
  sumOf,
  timeText,
} from '../../format/web-format';
import { leftText } from '../../../format/figures';

const SOON_MS = 3_600_000;
const NEWS = 12;
const ENDING = 8;

/** What the owner wants to know at a glance. */
export function dashboardRoutes(
  pages: StaffPages,
  { clock, services }: WebParts,
  streams: LiveStreams,
): void {
  const zone = () => services.shop.get().timeZone;

  pages.get('/', 'viewer', async (_req, res) => {
    const now = clock.now();
    const { day, month, year } = presentRanges(now, zone());
    const [income, alerts, ending, news, live] = await Promise.all([
      services.income.during([day, month, year]),
      services.alerts.open(),
      endingSoon(now),
      services.reports.news(NEWS),
      look(),
    ]);
    const said = news.map((entry) => ({ ...entry, detail: detailText(entry.detail, zone()) }));
    const hide = await hiding(res, services.vouchers, [
      ...ending.map(({ code }) => code),
      ...said.flatMap(({ subject, detail }) => [subject, detail]),
      ...alerts.map(({ message }) => message),
    ]);
    res.render('admin/shop/dashboard', {
      timeZone: zone(),
      income: [
        { title: 'Today', ...incomeTexts(income, day.name) },
        { title: 'This month', ...incomeTexts(income, month.name) },
        { title: 'This year', ...incomeTexts(income, year.name) },
      ],
      alerts: alerts.map((alert) => ({
        ...alert,
        message: hide(alert.message),
        raisedAt: timeText(alert.raisedAt, zone()),
      })),
      ending: ending.filter(({ code }) => hide(code) === code),
      news: said.map((entry) => ({
        ...entry,
        at: timeText(entry.at, zone()),
        subject: hide(entry.subject),
        detail: hide(entry.detail),
      })),
      live,
    });
  });

  pages.get('/live-stream', 'viewer', (req, res, me) =>
    streams.open(req, res, me, async (to: Response) => ({
      view: await rendered(to, 'admin/shop/_live', { live: await look() }),
      chart: await throughput(),
    })),
  );

  async function throughput() {
    const past = await services.live.throughput();
    return {
      unit: 'bit/s',
      series: ['Down', 'Up'],
      points: [
        past.map(({ at }) => Math.round(at.getTime() / 1000)),
        past.map(({ rate }) => rate?.down ?? null),
        past.map(({ rate }) => rate?.up ?? null),
      ],
    };
  }

  /** By the wall clock, and for those who are online also by their online time; soonest first. */
  async function endingSoon(now: Date) {
    const before = new Date(now.getTime() + SOON_MS);
    const [byClock, online] = await Promise.all([
      services.reports.endingBefore(now, before, ENDING),
      services.live.read().catch(orNobody),
    ]);
    const ends = new Map(byClock.map(({ code, expiresAt }) => [code, expiresAt]));
    for (const { user, endsAt } of online.devices) {
      if (endsAt && endsAt < before) ends.set(user, endsAt);
    }
    return [...ends]
      .sort(([, a], [, b]) => a.getTime() - b.getTime())
      .slice(0, ENDING)
      .map(([code, at]) => ({
        code,
        left: leftText(Math.max(0, Math.round((at.getTime() - now.getTime()) / 1000))),
      }));
  }

  /** What the loop did last; nothing if there is no router. */
  async function loop() {
    const now = { at: clock.now(), ms: clock.elapsedMs(), timeZone: zone() };
    return loopText(services.loop.status.last, await services.usageReports.lastObservedAt(), now);
  }

  /** Who is online and how the router is, or why that is unknown; and what the loop did. */
  async function look() {
    return { ...(await lookNow()), loop: await loop() };
  }

  async function lookNow() {
    try {
      const [{ devices }, health, wan] = await Promise.all([
        services.live.read(),
        services.routerOverview.health(),
        services.wan.read(),
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
      return { away: awayText(error) };
    }
  }

  function incomeTexts(income: readonly Income[], name: string) {
    const mine = income.filter((one) => one.name === name);
    const sold = mine.reduce((all, one) => all + one.sold, 0);
    const voided = mine.reduce((all, one) => all + one.voided, 0);
    const { currency } = services.shop.get();
    const totals = sumOf(mine.map((one) => one.total), currency); // prettier-ignore
    return { amount: totals.map(formatMoney).join(' + '), sold, voided };
  }
}

/** While the router is away nobody uses up online time. */
function orNobody(error: unknown): Pick<LiveSnapshot, 'devices'> {
  if (error instanceof AppError) return { devices: [] };
  throw error;
}
