import { WHOLE_SHOP, type Scope } from '../../domain/shop/scope';
import type { Site } from '../../domain/shop/site';
import { randomUUID } from 'node:crypto';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Request } from 'express';
import { stringify } from 'csv-stringify/sync';
import { dataShare, timeLeft, timeShare } from '../../domain/vouchers/remaining';
import { statusText, voucherStateText } from '../../format/state-text';
import { voucherFacts } from '../../format/voucher-facts';
import { formatMoney, formatShortMoney, parseMac, total, writeMoney } from '../../domain/units';
import {
  isLive,
  isWaiting,
  VOUCHER_STATUSES,
  type Voucher,
  type VoucherStatus,
} from '../../domain/vouchers/voucher';
import { summaryIn, summaryOf } from '../../format/plan-summary';
import { isRefunded } from '../../services/vouchers/vouchers';
import { shareText } from '../../services/vouchers/slip-template';
import type { ListedVoucher, VoucherSearch } from '../../store/vouchers/voucher-search';
import { pageNumber, param, query } from '../http/forms';
import { staffText } from '../http/languages';
import { ownSites } from '../staff/own-sites';
import { hiding, maySeeCodes, readableVoucher } from '../staff/hidden-codes';
import type { StaffPages } from '../staff/staff-pages';
import { toldHistory } from '../staff/told-history';
import type { WebParts } from '../http/web-parts';
import {
  durationText,
  NOTHING,
  ratesText,
  sizeText,
  timeText,
  trafficText,
} from '../format/web-format';
import { speedRow } from './speed-routes';
import { leftText, speedText } from '../../format/figures';

const PER_PAGE = 50;
/** Rows of the CSV that are in memory at a time. */
const CSV_STEP = 5_000;
const PAGE = '/admin/vouchers';

/** Finding vouchers, and one voucher's whole history. */
export function voucherRoutes(pages: StaffPages, { clock, config, services }: WebParts): void {
  const { vouchers, voucherSearches, reports, usageReports, plans } = services;
  const zone = () => services.shop.get().timeZone;

  pages.scoped.get('/vouchers', 'viewer', async (req, res, me) => {
    const page = pageNumber(req);
    const hidesOpen = !maySeeCodes(res);
    const range = { limit: PER_PAGE, offset: (page - 1) * PER_PAGE };
    const search = { ...readSearch(req, me.scope), hidesOpen };
    const { codes, total: count } = await voucherSearches.page(search, range);
    const hide = await hiding(res, vouchers, codes);
    const sites = await ownSites(services.sites, me);
    const isAnywhere = me.scope === WHOLE_SHOP;
    const asked = sites.find(({ id }) => String(id) === query(req, 'site'));
    const site = asked ?? (isAnywhere ? undefined : sites[0]);
    const sold = isAnywhere || site ? await plans.forVouchers(site) : [];
    const now = clock.now();
    const words = summaryIn(staffText(res));
    res.render('admin/vouchers/vouchers', {
      vouchers: (await vouchers.findAll(codes)).map((voucher) => ({
        ...rowTexts(voucher, now),
        code: hide(voucher.code),
        isHidden: hide(voucher.code) !== voucher.code,
      })),
      count,
      statuses: VOUCHER_STATUSES.map((name) => ({ name, text: statusText(name) })),
      chips: chips(query(req, 'status'), await reports.countByStatus(me.scope)),
      plans: (isAnywhere ? await plans.list() : sold).map(({ name }) => name),
      sites: siteChips(sites, site, isAnywhere),
      site: site?.name,
      tiles: sold.map(({ name, terms }) => {
        // Many shops name a plan after its price: said once is enough.
        const isNamedByPrice = name === `P${writeMoney(terms.price)}`;
        const { time, data } = summaryOf(terms, words);
        const gives = [speedText(terms.rate.down), ...(terms.capBytes !== null ? [data] : [])].join(
          ' · ',
        );
        return {
          name,
          price: formatShortMoney(terms.price),
          time,
          more: isNamedByPrice ? gives : `${name} · ${gives}`,
        };
      }),
      orderKey: randomUUID(),
      search: {
        q: search.text ?? '',
        status: query(req, 'status'),
        plan: search.plan ?? '',
        batch: search.batchId ?? '',
      },
      pages: pageLinks(req, page, Math.ceil(count / PER_PAGE)),
      csv: `${PAGE}.csv?${linkQuery(req)}`,
    });
  });

  pages.scoped.get('/vouchers.csv', 'operator', async (req, res, me) => {
    res.type('text/csv').attachment('vouchers.csv');
    // Prices and dates of all sales are the shop's income: an operator gets only their own.
    const search = {
      ...readSearch(req, me.scope),
      seller: me.role === 'operator' ? me.name : undefined,
    };
    await pipeline(Readable.from(csvOf(search)), res);
  });

  pages.scoped.get('/vouchers/:code', 'viewer', async (req, res, me) => {
    const within = { find: (typed: string) => vouchers.within(me.scope, typed) };
    const { code: shown } = await readableVoucher(res, within, param(req, 'code'));
    const { voucher, devices, history, saleVoid } = await vouchers.history(shown);
    const refundable = await services.sales.refundable(voucher.code);
    const speeds = await services.speeds.ofVoucher(voucher.code);
    const used = await usageReports.usageOfVoucher(voucher.code);
    const names = await services.deviceNames.of([...devices, ...speeds].map(({ mac }) => mac));
    const isAll = query(req, 'all') === 'yes' && maySeeCodes(res);
    const sold = isAll ? await vouchers.soldTogether(voucher.code) : [voucher];
    const slips = isLive(voucher) ? await services.slips.of(sold.filter(isLive)) : [];
    const bytesOf = new Map(used.map(({ name, bytes }) => [name, bytes]));
    res.render('admin/vouchers/voucher', {
      voucher: rowTexts(voucher, clock.now()),
      canComeBack: voucher.status === 'revoked' && !voucher.access && !isRefunded(history),
      slips,
      share: slips
        .map((slip) => shareText(slip, services.shop.get().name, config.portalUrl))
        .join('\n\n'),
      print: `${PAGE}/${voucher.code}/print?format=${services.shop.get().sellPrints ?? '58mm'}${isAll ? '&all=yes' : ''}&now=yes`,
      bars: barsOf(voucher, clock.now()),
      online: devices.length > 0 ? devices.map(({ mac }) => names.get(mac) ?? mac).join(', ') : '',
      speeds: speeds.map((speed) => ({
        ...speedRow(speed, zone()),
        name: names.get(speed.mac) ?? '',
      })),
      facts: voucherFacts(voucher, zone(), [], staffText(res)).map(([name, value]) => [
        name,
        value ?? NOTHING,
      ]),
      devices: devices.map(({ mac, ip }) => {
        const bytes = bytesOf.get(mac) ?? { up: 0, down: 0 };
        return {
          mac,
          name: names.get(mac) ?? '',
          ip: ip ?? NOTHING,
          used: trafficText(bytes),
        };
      }),
      history: await toldHistory(services, history, staffText(res)),
      refundable: refundable && formatShortMoney(refundable),
      refunded: saleVoid && {
        ...{ reason: saleVoid.reason, by: saleVoid.by },
        at: timeText(saleVoid.at, zone()),
      },
    });
  });

  /** Step by step, as fast as the reader takes it. */
  async function* csvOf(search: VoucherSearch): AsyncGenerator<string> {
    // A note or a name that begins with = would be a formula in a spreadsheet.
    const options = { columns: CSV_COLUMNS, escape_formulas: true };
    yield stringify([], { ...options, header: true, bom: true });
    for await (const listed of voucherSearches.all(search, CSV_STEP)) {
      yield stringify(listed.map(csvRow), options);
    }
  }
}

/** States people ask for together. */
const GROUPS = {
  unused: { name: 'Unused', statuses: ['unused'] },
  running: { name: 'Running', statuses: ['active', 'paused'] },
  over: { name: 'Over', statuses: ['expired', 'exhausted', 'revoked'] },
} as const satisfies Record<string, { name: string; statuses: readonly VoucherStatus[] }>;

function statusesOf(asked: string): readonly VoucherStatus[] | undefined {
  const group = Object.entries(GROUPS).find(([key]) => key === asked)?.[1];
  const one = VOUCHER_STATUSES.filter((status) => status === asked);
  return group?.statuses ?? (one.length > 0 ? one : undefined);
}

function chips(asked: string, counts: ReadonlyMap<VoucherStatus, number>) {
  return Object.entries(GROUPS).map(([key, { name, statuses }]) => ({
    name,
    href: `${PAGE}?status=${key}`,
    isHere: key === asked,
    count: statuses.reduce((all, status) => all + (counts.get(status) ?? 0), 0),
  }));
}

/** A choice between sites, where there is one; the shop's own prices come first. */
function siteChips(sites: readonly Site[], chosen: Site | undefined, isAnywhere: boolean) {
  if (sites.length < 2) return [];
  const named = sites.map(({ id, name }) => ({
    ...{ name, href: `${PAGE}?site=${id}`, isHere: id === chosen?.id },
  }));
  const anywhere = { name: 'Any site', href: PAGE, isHere: !chosen };
  return [...(isAnywhere ? [anywhere] : []), ...named];
}

function readSearch(req: Request, scope: Scope): VoucherSearch {
  const batch = Number(query(req, 'batch'));
  return {
    scope,
    text: searchText(query(req, 'q')),
    statuses: statusesOf(query(req, 'status')),
    plan: query(req, 'plan') || undefined,
    batchId: Number.isSafeInteger(batch) && batch > 0 ? batch : undefined,
  };
}

/** A MAC pasted in any spelling means the device. */
function searchText(typed: string): string | undefined {
  if (typed === '') return undefined;
  try {
    return parseMac(typed);
  } catch {
    return typed.slice(0, 60);
  }
}

function linkQuery(req: Request, page?: number): string {
  const kept = ['q', 'status', 'plan', 'batch']
    .map((name): [string, string] => [name, query(req, name)])
    .filter(([, value]) => value !== '');
  if (page !== undefined) kept.push(['page', String(page)]);
  return new URLSearchParams(kept).toString();
}

function pageLinks(req: Request, page: number, last: number) {
  const link = (to: number) => (to >= 1 && to <= last ? `?${linkQuery(req, to)}` : undefined);
  return { page, last: Math.max(last, 1), previous: link(page - 1), next: link(page + 1) };
}

/** What is left of what was bought, as parts of the whole. */
function barsOf(voucher: Voucher, now: Date) {
  const [time, data] = [timeShare(voucher, now), dataShare(voucher)];
  return [
    ...(time ? [{ name: 'Time', share: time, text: `${leftText(time.left)} of ${durationText(time.of)} left` }] : []), // prettier-ignore
    ...(data ? [{ name: 'Data', share: data, text: `${sizeText(data.left)} of ${sizeText(data.of)} left` }] : []), // prettier-ignore
  ].map(({ share, ...one }) => ({ ...one, part: share.of > 0 ? Math.min(1, share.left / share.of) : 0 })); // prettier-ignore
}

function rowTexts(voucher: Voucher, now: Date) {
  const { terms } = voucher;
  return {
    code: voucher.code,
    plan: voucher.planName || NOTHING,
    status: voucher.status,
    state: voucherStateText(voucher),
    pill: isWaiting(voucher) ? 'waiting' : voucher.status,
    developer: voucher.developer,
    isLive: isLive(voucher),
    batch: voucher.batchId,
    price: formatMoney(terms.price),
    rate: ratesText(terms.rate),
    validity: durationText(terms.validitySeconds),
    used: sizeText(total(voucher.used)),
    left: voucher.status === 'active' ? leftText(timeLeft(voucher, now)) : NOTHING,
  };
}

const CSV_COLUMNS = [
  'code',
  'plan',
  'status',
  'price',
  'currency',
  'developer',
  'used_bytes',
  'batch',
  'created_at',
  'created_by',
  'seller',
  'activated_at',
  'expires_at',
];

function csvRow(voucher: ListedVoucher): Record<string, string | number | null> {
  return {
    code: voucher.code,
    plan: voucher.planName,
    status: voucher.status,
    price: writeMoney(voucher.price),
    currency: voucher.price.currency,
    developer: voucher.developer ? 'yes' : 'no',
    used_bytes: voucher.usedBytes,
    batch: voucher.batchId,
    created_at: voucher.createdAt,
    created_by: voucher.createdBy,
    seller: voucher.seller,
    activated_at: voucher.activatedAt,
    expires_at: voucher.expiresAt,
  };
}
