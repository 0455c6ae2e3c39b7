import { staffText } from '../http/languages';
import type { Request, Response } from 'express';
import { dayBefore } from '../../domain/shop/shop-day';
import { parseMac, total, type Mac } from '../../domain/units';
import { RANGES, type Period } from '../../domain/usage/usage-range';
import type { Role } from '../../store/staff/account-store';
import type { Whose } from '../../store/usage/usage-resolutions';
import type { UsageRow } from '../../store/usage/usage-reports';
import type { UsageBy } from '../../store/usage/usage-top';
import { csvText } from '../http/csv';
import { param, query } from '../http/forms';
import { hiding, readableVoucher, scopeOf, type Hide } from '../staff/hidden-codes';
import type { StaffPages } from '../staff/staff-pages';
import { usageCsvRows, usageTexts } from '../charts/usage-charts';
import type { WebParts } from '../http/web-parts';
import { NOTHING, sizeText } from '../format/web-format';

const TOP = 10;
const ALL = 1_000_000;
const USAGE_BY: readonly UsageBy[] = ['device', 'voucher', 'plan'];

/** A page about somebody's usage. */
interface Subject {
  /** In the reader's language; a device by its name. */
  title: string;
  whose: Whose;
  /** Where its page and its CSV are. */
  base: string;
  csv: string;
  /** What its usage is broken down by. */
  by: readonly UsageBy[];
  /** Links to what it belongs to. */
  facts: { text: string; link: string; role?: Role }[];
  /** Used when the query string names no day. */
  usualDay?: string;
}

/** Traffic of the shop, a plan, a voucher or a device. */
export function usageRoutes(pages: StaffPages, { clock, services }: WebParts): void {
  const { usageHistory, usageReports, vouchers, plans } = services;
  const zone = () => services.shop.get().timeZone;

  subjectPages('/usage', '/usage.csv', (_req, res) => shop(res));
  subjectPages(
    '/usage/vouchers/:code',
    '/usage/vouchers/:code/usage.csv',
    (req, res) => voucher(param(req, 'code'), res),
    pages.scoped,
  );
  subjectPages('/usage/plans/:name', '/usage/plans/:name/usage.csv', (req, res) =>
    plan(param(req, 'name'), res),
  );
  subjectPages('/usage/:mac', '/usage/:mac/usage.csv', (req, res) =>
    device(param(req, 'mac'), res),
  );

  function subjectPages(
    path: string,
    csvPath: string,
    find: (req: Request, res: Response) => Subject | Promise<Subject>,
    where: Pick<StaffPages, 'get'> = pages,
  ): void {
    where.get(path, 'viewer', async (req, res) => {
      const subject = await find(req, res);
      const { period, day } = readPeriod(req, subject);
      const asked = USAGE_BY.find((known) => known === query(req, 'by'));
      const by = subject.by.filter((one) => asked === undefined || one === asked);
      const [chart, most] = await Promise.all([
        usageHistory.chart(period, subject.whose),
        usageHistory.top(by, period, subject.whose, TOP),
      ]);
      const hide = await hidingIn(res, most);
      const called = await namesIn(most);
      res.render('admin/usage/usage', {
        ...subject,
        ...usageTexts(chart, zone()),
        ranges: RANGES,
        period,
        day,
        here: `range=${period.range}&at=${day}`,
        hasAfter: period.to <= clock.now(),
        tops: [...most].map(([kind, rows]) => ({
          by: kind,
          rows: topRows(kind, rows, hide, called, opensIn(res, PATHS[kind])),
        })),
      });
    });

    where.get(csvPath, 'viewer', async (req, res) => {
      const subject = await find(req, res);
      const { period } = readPeriod(req, subject);
      const by = USAGE_BY.find((known) => known === query(req, 'by'));
      res.type('text/csv').attachment(`usage-${period.range}-${period.at}.csv`);
      if (!by) {
        const { coarse } = await usageHistory.chart(period, subject.whose);
        const columns = ['time', 'bytes_up', 'bytes_down', 'counted'];
        return void res.send(csvText(usageCsvRows(coarse), columns));
      }
      const most = await usageHistory.top([by], period, subject.whose, ALL);
      const hide = await hidingIn(res, most);
      const cells = most.get(by)!.map(({ name, bytes }) => ({
        [by]: by === 'voucher' ? hide(name) : name,
        bytes_up: bytes.up,
        bytes_down: bytes.down,
      }));
      res.send(csvText(cells, [by, 'bytes_up', 'bytes_down']));
    });
  }

  function hidingIn(res: Response, most: ReadonlyMap<UsageBy, readonly UsageRow[]>): Promise<Hide> {
    return hiding(res, vouchers, (most.get('voucher') ?? []).map(({ name }) => name)); // prettier-ignore
  }

  /** What the devices among these are called. */
  async function namesIn(most: ReadonlyMap<UsageBy, readonly UsageRow[]>) {
    const macs = (most.get('device') ?? []).map(({ name }) => name as Mac);
    const names = await services.deviceNames.of(macs);
    return (mac: string) => names.get(mac as Mac) ?? mac;
  }

  function shop(res: Response): Subject {
    const paths = { base: '/admin/usage', csv: '/admin/usage.csv' };
    return { ...paths, title: staffText(res)('Usage'), whose: undefined, by: USAGE_BY, facts: [] };
  }

  async function device(typed: string, res: Response): Promise<Subject> {
    const t = staffText(res);
    const mac = parseMac(typed);
    const codes = await usageReports.holders({ mac }, TOP);
    const hide = await hiding(res, vouchers, codes);
    const base = `/admin/usage/${mac}`;
    return {
      title: await services.deviceNames.labelOf(mac),
      whose: { mac },
      base,
      csv: `${base}/usage.csv`,
      by: ['voucher', 'plan'],
      facts: [
        {
          text: t('Vouchers of this device'),
          link: `/admin/vouchers?q=${encodeURIComponent(mac)}`,
        },
        ...codes
          .slice(0, 1)
          .filter((code) => hide(code) === code)
          .map((code) => ({
            text: t('last with {1}', code),
            link: usageLink('voucher', code),
          })),
      ],
    };
  }

  async function voucher(typed: string, res: Response): Promise<Subject> {
    const t = staffText(res);
    const within = { find: (one: string) => services.vouchers.within(scopeOf(res), one) };
    const found = await readableVoucher(res, within, typed);
    const { code, planName } = found;
    const base = usageLink('voucher', code);
    const endedAt = found.endedAt ?? found.expiresAt;
    const now = clock.now();
    return {
      title: t('Usage of {1}', code),
      whose: { code },
      base,
      csv: `${base}/usage.csv`,
      by: ['device'],
      facts: [
        { text: t('voucher {1}', code), link: `/admin/vouchers/${code}` },
        ...(planName && opensIn(res, PATHS.plan)
          ? [{ text: t('plan {1}', planName), link: usageLink('plan', planName) }]
          : []),
      ],
      ...(endedAt && endedAt < now && { usualDay: dayBefore(endedAt, 0, zone()) }),
    };
  }

  async function plan(typed: string, res: Response): Promise<Subject> {
    const t = staffText(res);
    const { name } = await plans.find(typed);
    const base = usageLink('plan', name);
    const path = `/admin/plans/${encodeURIComponent(name)}`;
    return {
      title: t('Usage of plan {1}', name),
      whose: { plan: name },
      base,
      csv: `${base}/usage.csv`,
      by: ['device', 'voucher'],
      facts: [
        { text: t('plan {1}', name), link: path, role: 'owner' },
        { text: t('try another rule on it'), link: `${path}/back-test` },
      ],
    };
  }

  /** The range and the day in the query string; today by default. */
  function readPeriod(req: Request, { usualDay }: Subject): { period: Period; day: string } {
    const range = RANGES.find((known) => known === query(req, 'range')) ?? 'day';
    const day = query(req, 'at') || usualDay || dayBefore(clock.now(), 0, zone());
    return { period: usageHistory.period(range, day), day };
  }
}

function usageLink(by: UsageBy, name: string): string {
  const folder = { device: '', voucher: 'vouchers/', plan: 'plans/' }[by];
  // A colon needs no escape in a path, and hardware addresses are easier to read without one.
  return `/admin/usage/${folder}${encodeURIComponent(name).replaceAll('%3A', ':')}`;
}

/** The pages of each kind, as they are declared. */
const PATHS = {
  device: '/usage/:mac',
  voucher: '/usage/vouchers/:code',
  plan: '/usage/plans/:name',
};

/** Whether the reader of this answer may open such a page. */
function opensIn(res: Response, path: string): boolean {
  return (res.locals.opens as (path: string) => boolean)(path);
}

function topRows(
  by: UsageBy,
  rows: readonly UsageRow[],
  hide: Hide,
  called: (mac: string) => string,
  isLinked: boolean,
) {
  const most = Math.max(1, ...rows.map(({ bytes }) => total(bytes)));
  const shown = (name: string) => (by === 'voucher' ? hide(name) : name);
  return rows.map(({ name, bytes }) => ({
    name: (by === 'device' ? called(name) : shown(name)) || NOTHING,
    link: isLinked && shown(name) === name && name && usageLink(by, name),
    up: sizeText(bytes.up),
    down: sizeText(bytes.down),
    total: sizeText(total(bytes)),
    part: total(bytes) / most,
  }));
}
