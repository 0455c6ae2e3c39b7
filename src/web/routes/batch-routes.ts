import { ofLine } from '../../services/vouchers/voucher-csv';
import { say, type Text } from '../../text';
import express, { type Request, type RequestHandler } from 'express';
import { WHOLE_SHOP } from '../../domain/shop/scope';
import { formatMoney } from '../../domain/units';
import { oddsText } from '../../format/figures';
import { AppError, BadValues, Conflict, InvalidInput, NotAllowed, NotFound } from '../../errors';
import { slipHtml, SLIP_FORMATS, type SlipFormat } from '../../services/vouchers/slip-template';
import type { BatchOrder, Batches } from '../../services/vouchers/batches';
import type { StaffAccount } from '../../store/staff/account-store';
import { isConfirmed } from '../staff/confirmation';
import { field, idParam, longField, pageNumber, query, wholeNumber } from '../http/forms';
import { ownSites, sellingSite } from '../staff/own-sites';
import { hiding } from '../staff/hidden-codes';
import { logoOf } from '../http/theme';
import type { StaffPages } from '../staff/staff-pages';
import { flash, redirectWith } from '../staff/staff-sessions';
import type { WebParts } from '../http/web-parts';
import { shortList, timeText } from '../format/web-format';

const PER_PAGE = 30;
/** Slips on one page to print; browsers are slow with thousands of pictures. */
const SLIPS = 500;
/** Codes that are named in the message about a longer list. */
const SAID = 20;

const LONG_LIST = express.urlencoded({ extended: false, limit: '4mb' });

/**
 * Parses the form with a whole list of codes, 10,000 rows of our own export; from staff only, as
 * `readUpload` does.
 */
export const readCodeList: RequestHandler = (req, res, next) => {
  if (req.session.staffId === undefined) return next();
  LONG_LIST(req, res, (error?: unknown) => {
    const isTooLong = (error as { status?: unknown } | undefined)?.status === 413;
    if (!isTooLong) return next(error);
    const message =
      'That list is too long: take at most 10,000 codes at once, those that nobody used';
    next(new InvalidInput(message, { cause: error }));
  });
};

/** How the slips asked for in the address are printed, and whether the browser begins by itself. */
export function readPrinting(req: Request, usual: SlipFormat) {
  const format = slipFormat(query(req, 'format')) ?? usual;
  return { format, formats: SLIP_FORMATS, printsNow: query(req, 'now') === 'yes' };
}

function slipFormat(text: string): SlipFormat | undefined {
  return SLIP_FORMATS.find((known) => known === text);
}

/** Making vouchers, and printing them. */
export function batchRoutes(pages: StaffPages, { config, services }: WebParts): void {
  const { batches, plans, reports, sales, slipCustodies, slips, vouchers, voucherSearches } = services; // prettier-ignore
  const zone = () => services.shop.get().timeZone;

  pages.scoped.get('/batches', 'viewer', async (req, res, me) => {
    const page = pageNumber(req);
    const withSingles = query(req, 'singles') === 'yes';
    const found = await reports.batches(
      me.scope,
      { limit: PER_PAGE, offset: (page - 1) * PER_PAGE },
      withSingles,
    );
    res.render('admin/vouchers/batches', {
      withSingles,
      batches: found.map((one) => ({ ...one, createdAt: timeText(one.createdAt, zone()) })),
      previous: page > 1 ? page - 1 : undefined,
      next: found.length === PER_PAGE ? page + 1 : undefined,
    });
  });

  pages.scoped.get('/batches/new', 'operator', async (_req, res, me) => {
    const { codePrefix } = services.shop.get();
    const form = formOf((name) => (name === 'prefix' ? codePrefix : ''));
    res.render('admin/vouchers/batch-new', await formPage(me, form));
  });

  // Sent like the form itself: its token must not get into a URL.
  pages.scoped.post('/batches/new/preview', 'operator', async (req, res, me) => {
    const form = formOf((name) => field(req, name));
    try {
      const preview = await batches.preview(await orderOf(form, me));
      const withOdds = { ...preview, odds: oddsText(preview.oneIn) };
      res.render('admin/vouchers/batch-new', {
        ...(await formPage(me, form)),
        preview: withOdds,
      });
    } catch (error) {
      if (!(error instanceof InvalidInput || error instanceof NotFound)) throw error;
      res.status(422).render('admin/vouchers/batch-new', await formPage(me, form, error.text));
    }
  });

  pages.scoped.post('/batches', 'operator', async (req, res, me) => {
    const form = formOf((name) => field(req, name));
    // They never end and never count as sales, so those who can make them could sell them unrecorded.
    if (form.developer !== '' && me.role !== 'owner') {
      throw new NotAllowed('Only an owner may make developer codes');
    }
    let id: number;
    try {
      ({ batch: id } = await batches.generate(await orderOf(form, me), me.name));
    } catch (error) {
      const isTheirs = [InvalidInput, Conflict, NotFound].some((kind) => error instanceof kind);
      if (!isTheirs || !(error instanceof AppError)) throw error;
      res.status(422);
      return res.render('admin/vouchers/batch-new', await formPage(me, form, error.text));
    }
    // Most batches are made to be printed: no page in between.
    if (field(req, 'print') === 'yes') {
      return res.redirect(303, `/admin/batches/${id}/print?format=${form.format}&now=yes`);
    }
    redirectWith(
      req,
      res,
      `/admin/batches/${id}`,
      form.count === '1'
        ? say`Created 1 ${form.plan} voucher.`
        : say`Created ${form.count} ${form.plan} vouchers.`,
    );
  });

  pages.get('/batches/import', 'owner', (_req, res) => {
    res.render('admin/vouchers/batch-import', { codes: '', messages: [] });
  });

  pages.post('/batches/import', 'owner', async (req, res, me) => {
    const codes = longField(req, 'codes');
    let taken: Awaited<ReturnType<Batches['importCodes']>>;
    try {
      taken = await batches.importCodes(codes, me.name);
    } catch (error) {
      if (!(error instanceof InvalidInput || error instanceof Conflict)) throw error;
      const messages = error instanceof BadValues ? error.values.map(ofLine) : [error.text];
      return res.status(422).render('admin/vouchers/batch-import', { codes, messages });
    }
    const { count, leftOut } = taken;
    if (leftOut.length > 0) flash(req, 'bad', say`Skipped: ${shortList(leftOut, SAID)}.`);
    const text =
      count === 1
        ? say`Imported 1 code. It can be redeemed now.`
        : say`Imported ${count} codes. They can be redeemed now.`;
    redirectWith(req, res, '/admin/batches', text);
  });

  pages.scoped.get('/batches/:id', 'viewer', async (req, res, me) => {
    const batch = await need(req, me);
    const { codes } = await voucherSearches.page(
      { scope: me.scope, batchId: batch.id },
      { limit: 100, offset: 0 },
    );
    const hide = await hiding(res, vouchers, codes);
    const shown = codes.filter((code) => hide(code) === code);
    res.render('admin/vouchers/batch', {
      batch: { ...batch, createdAt: timeText(batch.createdAt, zone()) },
      codes: shown,
      hidden: codes.length - shown.length,
      more: Math.max(0, batch.count - codes.length),
      formats: SLIP_FORMATS,
      sellers: await sellersFor(me),
      custody: await custodyOf(batch.id),
    });
  });

  pages.post('/batches/:id/seller', 'owner', async (req, res, me) => {
    const { id, createdBy } = await need(req, me);
    const { seller, count } = await batches.handOver(id, field(req, 'seller'), me.name);
    const whose = seller ?? createdBy;
    const text =
      count === 1
        ? say`1 voucher that is not sold yet is ${whose}’s to sell.`
        : say`${count} vouchers that are not sold yet are ${whose}’s to sell.`;
    redirectWith(req, res, `/admin/batches/${id}`, text);
  });

  pages.scoped.get('/batches/:id/print', 'operator', async (req, res, me) => {
    const batch = await need(req, me);
    const part = pageNumber(req);
    const range = { limit: SLIPS, offset: (part - 1) * SLIPS };
    // A part of the whole batch, sold or not: a slip sold between two prints would otherwise shift the
    // parts.
    const { codes, total } = await voucherSearches.page(
      { scope: me.scope, batchId: batch.id },
      range,
    );
    const found = (await vouchers.findAll(codes)).filter(({ status }) => status === 'unused');
    res.render('admin/vouchers/print', {
      title: `Batch ${batch.id}, ${batch.plan}`,
      back: { href: `/admin/batches/${batch.id}`, text: 'Back to the batch' },
      ...readPrinting(req, 'a4'),
      slipHtml,
      template: slips.template(logoOf(res)),
      slips: await slips.of(found),
      hasPortal: config.portalUrl !== undefined,
      part,
      parts: Math.max(1, Math.ceil(total / SLIPS)),
    });
  });

  pages.scoped.post('/batches/:id/deletion', 'manager', async (req, res, me) => {
    const { id, unused } = await need(req, me);
    const back = `/admin/batches/${id}`;
    const confirmed = isConfirmed(req, res, {
      title: `Delete the ${unused} unused vouchers of batch ${id}?`,
      text: 'Slips that are printed and not sold yet will not work any more. Used vouchers stay.',
      button: 'Delete',
      back,
    });
    if (!confirmed) return;
    const search = { scope: me.scope, batchId: id, statuses: ['unused'] as const };
    const { codes } = await voucherSearches.page(search, { limit: unused, offset: 0 });
    const { done } = await vouchers.deleteUnused(codes, me.name);
    redirectWith(req, res, back, say`Deleted ${done.length} unused vouchers.`);
  });

  pages.post('/batches/:id/slips', 'owner', async (req, res, me) => {
    const { id } = await need(req, me);
    const { seller, given } = await slipCustodies.give(id, field(req, 'seller'), me.name);
    redirectWith(
      req,
      res,
      `/admin/batches/${id}`,
      say`${seller} has ${given} slips of this batch.`,
    );
  });

  pages.post('/batches/:id/slips/count', 'owner', async (req, res, me) => {
    const { id } = await need(req, me);
    const back = wholeNumber(field(req, 'back'), 'How many');
    const custody = await slipCustodies.count(id, back, me.name);
    redirectWith(req, res, '/admin/drawers', say`The slips that ${custody.seller} brought back are counted.`); // prettier-ignore
  });

  async function custodyOf(id: number) {
    const custody = await slipCustodies.openOf(id);
    return custody && { ...custody, since: timeText(custody.givenAt, zone()) };
  }

  async function need(req: Request, { scope }: StaffAccount) {
    const batch = await reports.batch(scope, idParam(req, 'id'));
    if (!batch) throw new NotFound('There is no such batch');
    return batch;
  }

  /** Of the whole shop, for those who may choose one. */
  async function sellersFor(me: StaffAccount): Promise<string[]> {
    return choosesSeller(me) ? sales.sellers() : [];
  }

  async function orderOf(form: BatchForm, me: StaffAccount): Promise<BatchOrder> {
    const { scope } = me;
    const site = sellingSite(await ownSites(services.sites, { scope }), scope, form.site)?.name;
    const order = { ...readOrder(form), site };
    return choosesSeller(me) ? order : { ...order, seller: undefined };
  }

  async function formPage(me: StaffAccount, form: BatchForm, message: Text | '' = '') {
    const own = await ownSites(services.sites, me);
    const isAnywhere = me.scope === WHOLE_SHOP;
    const list =
      isAnywhere || own[0] ? await plans.forVouchers(isAnywhere ? undefined : own[0]) : [];
    return {
      plans: list.map(({ name, terms }) => ({ name, price: formatMoney(terms.price) })),
      formats: SLIP_FORMATS,
      sellers: await sellersFor(me),
      sites: own.map(({ name }) => name),
      ...{ isAnywhere, choosesSeller: choosesSeller(me) },
      form,
      message,
      preview: undefined,
    };
  }
}

/** Who works at some sites, and an operator, sell alone: what is sold is in their own drawer. */
function choosesSeller({ role, scope }: StaffAccount): boolean {
  return scope === WHOLE_SHOP && role !== 'operator';
}

type BatchForm = Record<
  'plan' | 'count' | 'prefix' | 'length' | 'note' | 'seller' | 'developer' | 'site' | 'format',
  string
>;

function formOf(read: (name: string) => string): BatchForm {
  return {
    plan: read('plan'),
    count: read('count') || '20',
    prefix: read('prefix'),
    length: read('length'),
    note: read('note').slice(0, 100),
    seller: read('seller'),
    developer: read('developer'),
    format: slipFormat(read('format')) ?? 'a4',
    site: read('site'),
  };
}

function readOrder(form: BatchForm): BatchOrder {
  return {
    plan: form.plan,
    count: wholeNumber(form.count, 'How many'),
    prefix: form.prefix,
    length: form.length === '' ? undefined : wholeNumber(form.length, 'Length'),
    note: form.note,
    seller: form.seller,
    developer: form.developer === 'yes',
  };
}
