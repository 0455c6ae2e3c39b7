import { randomUUID } from 'node:crypto';
import type { Request, Response } from 'express';
import { stringify } from 'csv-stringify/sync';
import { detailText } from '../../format/audit-text';
import { timeLeft } from '../../domain/vouchers/remaining';
import { voucherFacts } from '../../format/voucher-facts';
import {
  formatDuration,
  formatMoney,
  parseDuration,
  parseMac,
  total,
  writeMoney,
} from '../../domain/units';
import { isLive, timeKind, VOUCHER_STATUSES, type Voucher } from '../../domain/vouchers/voucher';
import { InvalidInput } from '../../errors';
import { summaryOf } from '../../format/plan-summary';
import { shareText, slipOf } from '../../services/vouchers/slip-sheet';
import { forEachCode, type BulkOutcome } from '../../services/vouchers/vouchers';
import type { VoucherSearch } from '../../store/vouchers/reports';
import { isConfirmed } from '../staff/confirmation';
import { field, fieldList, pageNumber, param, query } from '../http/forms';
import { hiding, maySeeCodes, readableVoucher } from '../staff/hidden-codes';
import { TIMEOUT_MS } from '../staff/online-page';
import type { StaffPages } from '../staff/staff-pages';
import { flash, redirectWith } from '../staff/staff-sessions';
import type { WebParts } from '../http/web-parts';
import {
  durationText,
  NOTHING,
  ratesText,
  shortList,
  sizeText,
  timeText,
  trafficText,
} from '../format/web-format';
import { speedRow } from './speed-routes';
import { leftText } from '../../format/figures';

const PER_PAGE = 50;
/** Rows of the CSV that are in memory at a time. */
const CSV_STEP = 5_000;
/** Codes that are named in the message after a change of many. */
const SAID = 5;
const PAGE = '/admin/vouchers';

/** Finding vouchers, one voucher's whole history, and what can be done to one or many. */
export function voucherRoutes(pages: StaffPages, { clock, config, services }: WebParts): void {
  const { vouchers, sales, reports, usageReports, applyNow, plans } = services;
  const zone = () => services.shop.get().timeZone;

  pages.get('/vouchers', 'viewer', async (req, res) => {
    const page = pageNumber(req);
    const hidesOpen = !maySeeCodes(res);
    const range = { limit: PER_PAGE, offset: (page - 1) * PER_PAGE };
    const search = { ...readSearch(req), hidesOpen, ...range };
    const { codes, total: count } = await reports.searchVouchers(search);
    const hide = await hiding(res, vouchers, codes);
    const now = clock.now();
    res.render('admin/vouchers/vouchers', {
      vouchers: (await vouchers.findAll(codes)).map((voucher) => ({
        ...rowTexts(voucher, now),
        code: hide(voucher.code),
        isHidden: hide(voucher.code) !== voucher.code,
      })),
      count,
      statuses: VOUCHER_STATUSES,
      plans: (await plans.list()).map(({ name }) => name),
      tiles: (await plans.onSale()).map(({ name, terms }) => ({
        name,
        price: formatMoney(terms.price),
        time: summaryOf(terms).time,
        // Many shops name a plan after its price: said once is enough.
        isNamedByPrice: name === `P${writeMoney(terms.price)}`,
      })),
      orderKey: randomUUID(),
      search: {
        q: search.text ?? '',
        status: search.status ?? '',
        plan: search.plan ?? '',
        batch: search.batchId ?? '',
      },
      pages: pageLinks(req, page, Math.ceil(count / PER_PAGE)),
      csv: `${PAGE}.csv?${linkQuery(req)}`,
    });
  });

  pages.get('/vouchers.csv', 'operator', async (req, res, me) => {
    res.type('text/csv').attachment('vouchers.csv');
    // Prices and dates of all sales are the shop's income: an operator gets only their own.
    const search = { ...readSearch(req), seller: me.role === 'operator' ? me.name : undefined };
    for (let offset = 0; ; offset += CSV_STEP) {
      const found = await reports.searchVouchers({ ...search, limit: CSV_STEP, offset });
      const rows = (await vouchers.findAll(found.codes)).map(csvRow);
      const isFirst = offset === 0;
      // A note or a name that begins with = would be a formula in a spreadsheet.
      const options = {
        columns: CSV_COLUMNS,
        escape_formulas: true,
        bom: isFirst,
        header: isFirst,
      };
      res.write(stringify(rows, options));
      if (found.codes.length < CSV_STEP) break;
    }
    res.end();
  });

  pages.post('/vouchers/revocations', 'owner', async (req, res, me) => {
    const codes = ticked(req);
    const confirmed = isConfirmed(req, res, {
      title: `Revoke ${codes.length === 1 ? codes[0] : `${codes.length} vouchers`}?`,
      text:
        codes.length === 1
          ? 'It ends for good, and devices that use it are logged out.'
          : 'They end for good, and devices that use them are logged out.',
      button: 'Revoke',
      back: PAGE,
    });
    if (!confirmed) return;
    const outcome = await forEachCode(codes, (code) => vouchers.revoke(code, me.name));
    await finish(req, res, 'Revoked', outcome);
  });

  pages.post('/vouchers/extensions', 'owner', async (req, res, me) => {
    const codes = ticked(req);
    const seconds = parseDuration(field(req, 'by'));
    const outcome = await forEachCode(codes, (code) => vouchers.extend(code, seconds, me.name));
    const kinds = new Set((await vouchers.findAll(outcome.done)).map(timeKind));
    const of = kinds.size === 1 ? ` of ${[...kinds].join('')}` : '';
    await finish(req, res, `Given ${formatDuration(seconds)} more${of}`, outcome);
  });

  pages.post('/vouchers/deletions', 'owner', async (req, res, me) => {
    const codes = ticked(req);
    const confirmed = isConfirmed(req, res, {
      title: `Delete ${codes.length === 1 ? codes[0] : `${codes.length} vouchers`}?`,
      text: 'Only vouchers nobody has used are deleted, for good. Printed slips will not work.',
      button: 'Delete',
      back: PAGE,
    });
    if (!confirmed) return;
    const outcome = await vouchers.deleteUnused(codes, me.name);
    tell(req, 'Deleted', outcome);
    res.redirect(303, PAGE);
  });

  pages.get('/vouchers/:code', 'viewer', async (req, res) => {
    const { code: shown } = await readableVoucher(res, vouchers, param(req, 'code'));
    const { voucher, devices, history, saleVoid } = await vouchers.history(shown);
    const speeds = await services.speeds.ofVoucher(voucher.code);
    const used = await usageReports.usageOfVoucher(voucher.code);
    const names = await services.deviceNames.of(devices.map(({ mac }) => mac));
    const slip = isLive(voucher) ? await slipOf(voucher, config.portalUrl) : undefined;
    const bytesOf = new Map(used.map(({ name, bytes }) => [name, bytes]));
    res.render('admin/vouchers/voucher', {
      voucher: rowTexts(voucher, clock.now()),
      slip: slip && { ...slip, share: shareText(slip, services.shop.get().name, config.portalUrl) },
      speeds: speeds.map((speed) => speedRow(speed, zone())),
      facts: voucherFacts(voucher, zone()).map(([name, value]) => [name, value ?? NOTHING]),
      devices: devices.map(({ mac, ip }) => {
        const bytes = bytesOf.get(mac) ?? { up: 0, down: 0 };
        return {
          mac,
          name: names.get(mac) ?? '',
          ip: ip ?? NOTHING,
          used: trafficText(bytes),
        };
      }),
      history: history.map((entry) => ({
        ...entry,
        at: timeText(entry.at, zone()),
        detail: detailText(entry.detail, zone()),
      })),
      sale: {
        canBeVoid: voucher.activatedAt !== null && !voucher.developer && !saleVoid,
        isVoid: saleVoid && {
          reason: saleVoid.reason,
          by: saleVoid.by,
          at: timeText(saleVoid.at, zone()),
        },
      },
    });
  });

  pages.post('/vouchers/:code/void', 'owner', async (req, res, me) => {
    const reason = field(req, 'reason');
    const { code, terms } = await sales.voidable(param(req, 'code'), reason);
    const back = `${PAGE}/${code}`;
    const confirmed = isConfirmed(req, res, {
      title: `Take back the sale of ${code}?`,
      text:
        `${formatMoney(terms.price)} are taken off today’s income, for good: a sale that is void cannot ` +
        'be made good again. The voucher itself stays as it is.',
      button: 'Void the sale',
      back,
    });
    if (!confirmed) return;
    await sales.void(code, reason, me.name);
    const text = `The sale of ${code} is void. Revoke the voucher too if it should not be used.`;
    redirectWith(req, res, back, text);
  });

  /** Reports what was done and what was not, once the router is up to date too. */
  async function finish(
    req: Request,
    res: Response,
    what: string,
    outcome: BulkOutcome,
  ): Promise<void> {
    const later = outcome.done.length > 0 ? await applyNow.run(TIMEOUT_MS) : undefined;
    if (later) flash(req, 'bad', later);
    tell(req, what, outcome);
    const codes = [...outcome.done, ...outcome.refused.map(({ code }) => code)];
    res.redirect(303, codes.length === 1 ? `${PAGE}/${codes[0]}` : PAGE);
  }
}

function tell(req: Request, what: string, { done, refused }: BulkOutcome): void {
  if (done.length > 0) flash(req, 'good', `${what}: ${shortList(done, SAID)}.`);
  if (refused.length > 0)
    flash(
      req,
      'bad',
      `Left as it is: ${shortList(
        refused.map(({ why }) => why),
        SAID,
      )}.`,
    );
}

function ticked(req: Request): string[] {
  const codes = [...new Set(fieldList(req, 'code'))];
  if (codes.length === 0) throw new InvalidInput('Tick at least one voucher first');
  return codes;
}

function readSearch(req: Request): Omit<VoucherSearch, 'limit' | 'offset'> {
  const batch = Number(query(req, 'batch'));
  return {
    text: searchText(query(req, 'q')),
    status: VOUCHER_STATUSES.find((status) => status === query(req, 'status')),
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

function rowTexts(voucher: Voucher, now: Date) {
  const { terms } = voucher;
  return {
    code: voucher.code,
    plan: voucher.planName || NOTHING,
    status: voucher.status,
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

function csvRow(voucher: Voucher): Record<string, string | number | null> {
  const { price } = voucher.terms;
  return {
    code: voucher.code,
    plan: voucher.planName,
    status: voucher.status,
    price: writeMoney(price),
    currency: price.currency,
    developer: voucher.developer ? 'yes' : 'no',
    used_bytes: total(voucher.used),
    batch: voucher.batchId,
    created_at: voucher.createdAt.toISOString(),
    created_by: voucher.createdBy,
    seller: voucher.seller,
    activated_at: voucher.activatedAt?.toISOString() ?? null,
    expires_at: voucher.expiresAt?.toISOString() ?? null,
  };
}
