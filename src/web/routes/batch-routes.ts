import express, { type Request, type RequestHandler } from 'express';
import { formatMoney } from '../../domain/units';
import { Conflict, InvalidInput, NotAllowed, NotFound } from '../../errors';
import { slipHtml, SLIP_FORMATS, type SlipFormat } from '../../services/vouchers/slip-template';
import type { BatchOrder, Batches } from '../../services/vouchers/batches';
import { isConfirmed } from '../staff/confirmation';
import { field, idParam, longField, pageNumber, query, wholeNumber } from '../http/forms';
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

/** The format asked for in the address. */
export function readSlipFormat(req: Request, usual: SlipFormat): SlipFormat {
  return SLIP_FORMATS.find((known) => known === query(req, 'format')) ?? usual;
}

/** Making vouchers, and printing them. */
export function batchRoutes(pages: StaffPages, { config, services }: WebParts): void {
  const { batches, plans, reports, sales, slips, vouchers, voucherSearches } = services;
  const zone = () => services.shop.get().timeZone;

  pages.get('/batches', 'viewer', async (req, res) => {
    const page = pageNumber(req);
    const withSingles = query(req, 'singles') === 'yes';
    const found = await reports.batches(PER_PAGE, (page - 1) * PER_PAGE, withSingles);
    res.render('admin/vouchers/batches', {
      withSingles,
      batches: found.map((one) => ({ ...one, createdAt: timeText(one.createdAt, zone()) })),
      previous: page > 1 ? page - 1 : undefined,
      next: found.length === PER_PAGE ? page + 1 : undefined,
    });
  });

  pages.get('/batches/new', 'operator', async (req, res) => {
    const { codePrefix } = services.shop.get();
    const form = formOf((name) => (name === 'prefix' ? codePrefix : ''));
    res.render('admin/vouchers/batch-new', await formPage(form));
  });

  // Sent like the form itself: its token must not get into a URL.
  pages.post('/batches/preview', 'operator', async (req, res) => {
    const form = formOf((name) => field(req, name));
    try {
      const preview = await batches.preview(readOrder(form));
      res.render('admin/vouchers/batch-new', { ...(await formPage(form)), preview });
    } catch (error) {
      if (!(error instanceof InvalidInput || error instanceof NotFound)) throw error;
      res.status(422).render('admin/vouchers/batch-new', await formPage(form, error.message));
    }
  });

  pages.post('/batches', 'operator', async (req, res, me) => {
    const form = formOf((name) => field(req, name));
    // They never end and never count as sales, so those who can make them could sell them unrecorded.
    if (form.developer !== '' && me.role !== 'owner') {
      throw new NotAllowed('Only an owner may make developer codes');
    }
    let id: number;
    try {
      ({ batch: id } = await batches.generate(readOrder(form), me.name));
    } catch (error) {
      const isTheirs = [InvalidInput, Conflict, NotFound].some((kind) => error instanceof kind);
      if (!isTheirs) throw error;
      res.status(422);
      return res.render('admin/vouchers/batch-new', await formPage(form, (error as Error).message));
    }
    redirectWith(req, res, `/admin/batches/${id}`, `Made ${form.count} vouchers of ${form.plan}.`);
  });

  pages.get('/batches/import', 'owner', (_req, res) => {
    res.render('admin/vouchers/batch-import', { codes: '', message: '' });
  });

  pages.post('/batches/import', 'owner', async (req, res, me) => {
    const codes = longField(req, 'codes');
    let taken: Awaited<ReturnType<Batches['importCodes']>>;
    try {
      taken = await batches.importCodes(codes, me.name);
    } catch (error) {
      if (!(error instanceof InvalidInput || error instanceof Conflict)) throw error;
      return res
        .status(422)
        .render('admin/vouchers/batch-import', { codes, message: error.message });
    }
    const { count, leftOut } = taken;
    if (leftOut.length > 0) flash(req, 'bad', `Left out: ${shortList(leftOut, SAID)}.`);
    const what = count === 1 ? '1 code. It' : `${count} codes. They`;
    redirectWith(req, res, '/admin/batches', `Took over ${what} can be redeemed now.`);
  });

  pages.get('/batches/:id', 'viewer', async (req, res) => {
    const batch = await need(req);
    const { codes } = await voucherSearches.page({ batchId: batch.id }, { limit: 100, offset: 0 });
    const hide = await hiding(res, vouchers, codes);
    const shown = codes.filter((code) => hide(code) === code);
    res.render('admin/vouchers/batch', {
      batch: { ...batch, createdAt: timeText(batch.createdAt, zone()) },
      codes: shown,
      hidden: codes.length - shown.length,
      more: Math.max(0, batch.count - codes.length),
      formats: SLIP_FORMATS,
      sellers: await sales.sellers(),
    });
  });

  pages.post('/batches/:id/seller', 'owner', async (req, res, me) => {
    const { id, createdBy } = await need(req);
    const { seller, count } = await batches.handOver(id, field(req, 'seller'), me.name);
    const what = count === 1 ? '1 voucher that is' : `${count} vouchers that are`;
    const message = `${what} not sold yet ${count === 1 ? 'is' : 'are'} ${seller ?? createdBy}’s to sell.`;
    redirectWith(req, res, `/admin/batches/${id}`, message);
  });

  pages.get('/batches/:id/print', 'operator', async (req, res) => {
    const batch = await need(req);
    const part = pageNumber(req);
    const range = { limit: SLIPS, offset: (part - 1) * SLIPS };
    // A part of the whole batch, sold or not: a slip sold between two prints would otherwise shift the
    // parts.
    const { codes, total } = await voucherSearches.page({ batchId: batch.id }, range);
    const found = (await vouchers.findAll(codes)).filter(({ status }) => status === 'unused');
    res.render('admin/vouchers/print', {
      title: `Batch ${batch.id}, ${batch.plan}`,
      back: { href: `/admin/batches/${batch.id}`, text: 'Back to the batch' },
      format: readSlipFormat(req, 'a4'),
      formats: SLIP_FORMATS,
      slipHtml,
      template: slips.template(logoOf(res)),
      slips: await slips.of(found),
      hasPortal: config.portalUrl !== undefined,
      part,
      parts: Math.max(1, Math.ceil(total / SLIPS)),
    });
  });

  pages.post('/batches/:id/deletion', 'owner', async (req, res, me) => {
    const { id, unused } = await need(req);
    const back = `/admin/batches/${id}`;
    const confirmed = isConfirmed(req, res, {
      title: `Delete the ${unused} unused vouchers of batch ${id}?`,
      text: 'Slips that are printed and not sold yet will not work any more. Used vouchers stay.',
      button: 'Delete',
      back,
    });
    if (!confirmed) return;
    const search = { batchId: id, statuses: ['unused'] as const };
    const { codes } = await voucherSearches.page(search, { limit: unused, offset: 0 });
    const { done } = await vouchers.deleteUnused(codes, me.name);
    redirectWith(req, res, back, `Deleted ${done.length} unused vouchers.`);
  });

  async function need(req: Request) {
    const batch = await reports.batch(idParam(req, 'id'));
    if (!batch) throw new NotFound('There is no such batch');
    return batch;
  }

  async function formPage(form: BatchForm, message = '') {
    const list = await plans.onSale();
    return {
      plans: list.map(({ name, terms }) => ({ name, price: formatMoney(terms.price) })),
      sellers: await sales.sellers(),
      form,
      message,
      preview: undefined,
    };
  }
}

type BatchForm = Record<
  'plan' | 'count' | 'prefix' | 'length' | 'note' | 'seller' | 'developer',
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
