import type { Request, RequestHandler, Response } from 'express';
import multer from 'multer';
import { LARGEST_LOGO_BYTES } from '../../../domain/shop/image-type';
import type { Log } from '../../../log';
import { Conflict } from '../../../errors';
import { oddsText } from '../../../format/figures';
import {
  sampleSlip,
  SLIP_PARTS,
  slipHtml,
  type SlipPart,
} from '../../../services/vouchers/slip-template';
import { readPrinting } from '../batch-routes';
import type { ShopForm, ShopProblems } from '../../../services/shop/shop-settings';
import { field } from '../../http/forms';
import { logoOf, USUAL_COLOR } from '../../http/theme';
import { listedFor } from '../../staff/places';
import type { StaffPages } from '../../staff/staff-pages';
import { redirectWith } from '../../staff/staff-sessions';
import type { WebParts } from '../../http/web-parts';
import { say } from '../../../text';

const PAGE = '/admin/settings';
/**
 * One byte more than a logo may have is too large already: the rest is read only for the fields behind
 * it.
 */
const KEPT_BYTES = LARGEST_LOGO_BYTES + 1;
const PART_NAMES: Record<SlipPart, string> = {
  qr: 'QR code that opens the portal',
  steps: 'three steps to get online',
  terms: 'what the plan gives',
  origin: 'batch, number and seller',
};

const upload = multer({
  storage: {
    _handleFile: (_req, file, done) => {
      let content = Buffer.alloc(0);
      file.stream.on('data', (part: Buffer) => {
        const room = KEPT_BYTES - content.length;
        if (room > 0) content = Buffer.concat([content, part.subarray(0, room)]);
      });
      file.stream.once('error', done);
      file.stream.once('end', () => done(null, { buffer: content, size: content.length }));
    },
    _removeFile: (_req, _file, done) => done(null),
  },
  limits: { files: 1, fields: 20, fieldSize: 2_000, parts: 25 },
}).single('logo');

/**
 * Parses a form with a picture in it, from staff only: what a stranger sends is not worth the memory.
 * Errors are left to the page, which can show them in the form.
 */
export const readUpload: RequestHandler = (req, res, next) => {
  if (req.session.staffId === undefined) return next();
  upload(req, res, (error: unknown) => {
    if (error) {
      const log = req.app.locals.log as Log;
      log.info({ err: error }, 'a form with a picture could not be read');
      res.locals.isUnread = true;
    }
    next();
  });
};

/** The shop's name, look, currency and time zone. */
export function settingsRoutes(pages: StaffPages, { config, services }: WebParts): void {
  const { shop, batches, plans, slips } = services;

  pages.get('/advanced', 'viewer', (_req, res) => {
    res.render('admin/shop/advanced', { listed: listedFor(res, '/advanced') });
  });

  pages.get('/settings', 'owner', async (_req, res) => {
    res.render('admin/shop/settings', {
      ...(await page(res, await shop.form(), await shop.refused())),
      isStored: true,
    });
  });

  pages.post('/settings', 'owner', async (req, res, me) => {
    const form = readForm(req, res);
    const problems: ShopProblems = res.locals.isUnread
      ? { logo: 'or what is around it did not arrive as it should: choose it again, and save' }
      : await shop.save(form, readLogo(req), me.name);
    if (Object.keys(problems).length > 0) {
      return res.status(422).render('admin/shop/settings', await page(res, form, problems));
    }
    redirectWith(req, res, PAGE, say`Saved. Pages, slips and limits use it from now on.`);
  });

  pages.get('/settings/slips', 'owner', async (req, res) => {
    const plan = (await plans.forVouchers()).at(0);
    if (!plan) throw new Conflict('No plan is on sale yet: add one to see a slip');
    const sample = await sampleSlip(plan, config.portalUrl, slips.language);
    res.render('admin/vouchers/print', {
      title: 'A sample slip',
      back: { href: PAGE, text: 'Back to the settings' },
      ...readPrinting(req, 'a4'),
      slipHtml,
      template: slips.template(logoOf(res)),
      slips: Array.from({ length: 3 }, () => sample),
      hasPortal: config.portalUrl !== undefined,
      part: 1,
      parts: 1,
    });
  });

  async function page(res: Response, form: ShopForm, wrong: ShopProblems) {
    const codes = await batches.preview({ count: 1 });
    return {
      ...{ form, wrong },
      listed: listedFor(res, '/settings'),
      isStored: false,
      usual: shop.defaults,
      usualColor: USUAL_COLOR,
      odds: { ...codes, odds: oddsText(codes.oneIn) },
      hasLogo: shop.get().logo !== null,
      logoKilobytes: LARGEST_LOGO_BYTES / 1000,
      languages: res.locals.allLanguages as unknown,
      zones: Intl.supportedValuesOf('timeZone'),
      portalUrl: config.portalUrl,
      slipParts: SLIP_PARTS.map((part) => ({
        part,
        name: PART_NAMES[part],
        isShown: !form.slipHides.split(' ').includes(part),
      })),
    };
  }
}

function readForm(req: Request, res: Response): ShopForm {
  const known = (res.locals.allLanguages as { code: string }[]).map(({ code }) => code);
  const language = field(req, 'language');
  return {
    name: field(req, 'name'),
    currency: field(req, 'currency'),
    timeZone: field(req, 'timeZone'),
    language: known.includes(language) ? language : '',
    accent: readColor(req),
    codePrefix: field(req, 'codePrefix'),
    codeLength: field(req, 'codeLength'),
    phone: field(req, 'phone'),
    banner: field(req, 'banner'),
    wifiName: field(req, 'wifiName'),
    slipFooter: field(req, 'slipFooter'),
    slipHides: hiddenParts(req),
    monthly: field(req, 'monthly'),
    sellPrints: field(req, 'sellPrints'),
  };
}

/** What is ticked is on the slips. */
function hiddenParts(req: Request): string {
  const { slipShows } = req.body as { slipShows?: unknown };
  const shown = new Set([slipShows].flat());
  return SLIP_PARTS.filter((part) => !shown.has(part)).join(' ');
}

/** Browsers' color fields are never empty: ours is the same as none. */
function readColor(req: Request): string {
  const color = field(req, 'accent');
  return field(req, 'usualColor') === 'yes' || color === USUAL_COLOR ? '' : color;
}

function readLogo(req: Request): { content: Buffer } | 'keep' | 'remove' {
  if (req.file && req.file.size > 0) return { content: req.file.buffer };
  return field(req, 'removeLogo') === 'yes' ? 'remove' : 'keep';
}
