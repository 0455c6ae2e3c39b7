import type { Response } from 'express';
import { dayBefore, presentRanges, rangesBetween } from '../../../domain/shop/shop-day';
import { WHOLE_SHOP, type Scope } from '../../../domain/shop/scope';
import { isOwnersAlert, ROUTER_AWAY } from '../../../domain/notices/event';
import { AppError } from '../../../errors';
import { activityText } from '../../../format/activity-text';
import type { TextOf } from '../../../format/catalog';
import { recentTimeText } from '../../../format/figures';
import { leftText } from '../../../format/figures';
import type { LiveSnapshot } from '../../../services/devices/live-view';
import { NoRouterYet } from '../../../services/loop/no-router';
import type { StaffAccount } from '../../../store/staff/account-store';
import { sorted } from '../../../services/devices/device-order';
import { besidesSales } from '../../format/besides-sales';
import { deviceRow } from '../../format/device-row';
import { incomeBars, incomeTexts } from '../../format/income-texts';
import { loopText } from '../../format/loop-text';
import { shopState } from '../../format/shop-state';
import { awayText, ratesText, timeText } from '../../format/web-format';
import { staffText } from '../../http/languages';
import { rendered, type LiveStreams } from '../../http/live-streams';
import { calledIn } from '../../staff/told-history';
import type { WebParts } from '../../http/web-parts';
import { hiding } from '../../staff/hidden-codes';
import { partAsked } from '../../staff/own-sites';
import type { StaffPages } from '../../staff/staff-pages';
import { redirectWith } from '../../staff/staff-sessions';
import { say } from '../../../text';

const SOON_MS = 3_600_000;
const NEWS = 10;
const ENDING = 8;
const FASTEST = 5;
const DAYS = 14;
/** What the owner wants to know at a glance. */
export function dashboardRoutes(
  pages: StaffPages,
  { clock, services }: WebParts,
  streams: LiveStreams,
): void {
  const zone = () => services.shop.get().timeZone;

  pages.scoped.get('/', 'viewer', async (req, res, me) => {
    if (me.scope !== WHOLE_SHOP) return res.redirect(303, '/admin/vouchers');
    const now = clock.now();
    const { scope, siteId, chips } = await partAsked(services.sites, me, req);
    const [money, alerts, ending, news, live, firstSteps] = await Promise.all([
      earned(now, me, scope),
      services.alerts.open(),
      endingSoon(now, scope),
      activity(staffText(res)),
      look(res, scope),
      me.role === 'owner' ? services.firstSteps.list() : undefined,
    ]);
    const hide = await hiding(res, services.vouchers, [
      ...ending.map(({ code }) => code),
      ...news.map(({ text }) => text),
      ...alerts.map(({ message }) => message),
    ]);
    // What the line above says already is not said twice.
    const others = live.state.kind === 'bad' ? alerts.filter(({ kind }) => kind !== ROUTER_AWAY) : alerts; // prettier-ignore
    res.render('admin/shop/dashboard', {
      timeZone: zone(),
      ...{ money, siteId, chips },
      alerts: others.map((alert) => ({
        ...alert,
        isOwners: isOwnersAlert(alert),
        message: hide(alert.message),
        raisedAt: timeText(alert.raisedAt, zone()),
      })),
      ending: ending.filter(({ code }) => hide(code) === code),
      news: news.map(({ at, text }) => ({ at: recentTimeText(at, now, zone()), text: hide(text) })),
      live,
      firstSteps,
    });
  });

  pages.post('/first-steps/dismissal', 'owner', async (req, res) => {
    await services.firstSteps.dismiss();
    redirectWith(req, res, '/admin', say`First steps are hidden.`);
  });

  pages.get('/live-stream', 'viewer', (req, res, me) =>
    streams.open(req, res, me, async (to: Response) => {
      const live = await look(to, (await partAsked(services.sites, me, req)).scope);
      return {
        view: await rendered(to, 'admin/shop/_state', { live }),
        online: await rendered(to, 'admin/shop/_fastest', { live }),
        chart: await throughput(),
      };
    }),
  );

  /** What was sold today, and on each day of two weeks; an operator sees what they sold themselves. */
  async function earned(now: Date, me: StaffAccount, scope: Scope) {
    const { day, month, year } = presentRanges(now, zone());
    const first = dayBefore(now, DAYS - 1, zone());
    const { spans } = rangesBetween(first, day.name, zone());
    const seller = me.role === 'operator' ? me.name : undefined;
    const income = await services.income.during([...spans, month, year], { seller, scope });
    const { currency } = services.shop.get();
    const names = spans.map(({ name }) => name);
    return {
      isOwn: seller !== undefined,
      besides: await besidesSales(services, { seller, scope }, day.name, day.name),
      today: incomeTexts(income, day.name, currency),
      yesterday: incomeTexts(income, names.at(-2)!, currency),
      month: incomeTexts(income, month.name, currency),
      year: incomeTexts(income, year.name, currency),
      ...incomeBars(income, names, currency),
    };
  }

  /** Recent activity, in sentences, with the names of devices. */
  async function activity(t: TextOf) {
    const news = await services.reports.news(NEWS);
    const called = await calledIn(services, news);
    return news.map((entry) => ({ at: entry.at, text: activityText(entry, called, zone(), t) }));
  }

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
  async function endingSoon(now: Date, scope: Scope) {
    const before = new Date(now.getTime() + SOON_MS);
    const [byClock, online] = await Promise.all([
      services.reports.endingBefore(scope, now, before, ENDING),
      services.live.read().catch(orNobody),
    ]);
    const ends = new Map(byClock.map(({ code, expiresAt }) => [code, expiresAt]));
    const isOwn = await services.sites.routersWithin(scope);
    for (const { user, endsAt } of online.devices.filter(({ routerId }) => isOwn(routerId))) {
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

  /** How the shop stands, what the server did last, and who uses most of the line. */
  async function look(res: Response, scope: Scope) {
    const [sight, alerts, loop] = await Promise.all([
      see(res, scope),
      services.alerts.open(),
      lastRound(),
    ]);
    const others = alerts.filter(({ kind }) => kind !== ROUTER_AWAY);
    const isUnknown = others.some(({ kind }) => kind === 'wan unknown');
    const isDown = others.some(({ kind }) => kind === 'wan down');
    const lineWorks = services.wan.isOn && !isUnknown ? !isDown : undefined;
    // The first router's alert names none: `see` tells of it.
    const othersAway = alerts
      .filter(({ kind, subject }) => kind === ROUTER_AWAY && subject !== '')
      .map(({ subject }) => subject);
    const state = shopState({ ...sight, othersAway, lineWorks, alerts: others.length });
    return { ...sight, state, loop };
  }

  /** What the loop did last; nothing if there is no router. */
  async function lastRound() {
    const now = { at: clock.now(), ms: clock.elapsedMs(), timeZone: zone() };
    return loopText(services.loop.status.last, await services.usageReports.lastObservedAt(), now);
  }

  /** Who is online and how the router is, or why that is unknown. */
  async function see(res: Response, scope: Scope) {
    try {
      const [live, health, wan, isOwn] = await Promise.all([
        services.live.read(),
        services.routerOverview.health(),
        services.wan.read(),
        services.sites.routersWithin(scope),
      ]);
      return {
        ...(await listOf(res, live, isOwn)),
        wan: services.wan.isOn ? ratesText(wan ?? null) : undefined,
        uptimeSeconds: Math.floor(health.uptimeMs / 1000),
      };
    } catch (error) {
      if (error instanceof NoRouterYet) return { away: 'none' as const };
      if (!(error instanceof AppError)) throw error;
      const last = await services.live.last();
      if (!last) return { away: awayText(error) };
      const isOwn = await services.sites.routersWithin(scope);
      return {
        ...(await listOf(res, last, isOwn)),
        away: awayText(error),
        asOf: timeText(last.at, zone()),
      };
    }
  }

  async function listOf(res: Response, live: LiveSnapshot, isOwn: (router: number) => boolean) {
    const devices = live.devices.filter(({ routerId }) => isOwn(routerId));
    const fastest = sorted(devices, 'speed').slice(0, FASTEST);
    const hide = await hiding(res, services.vouchers, fastest.map(({ user }) => user)); // prettier-ignore
    return {
      online: devices.length,
      fastest: fastest.map((device) => deviceRow(device, zone(), hide)),
    };
  }
}

/** While the router is away nobody uses up online time. */
function orNobody(error: unknown): Pick<LiveSnapshot, 'devices'> {
  if (error instanceof AppError) return { devices: [] };
  throw error;
}
