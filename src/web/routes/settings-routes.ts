import type { Request, RequestHandler, Response } from 'express';
import multer from 'multer';
import { LARGEST_LOGO_BYTES } from '../../domain/picture';
import { InvalidInput } from '../../errors';
import type { ShopForm, ShopProblems } from '../../services/shop-settings';
import { field } from '../forms';
import type { StaffPages } from '../staff-pages';
import { redirectWith } from '../staff-sessions';
import type { WebParts } from '../web-parts';

const PAGE = '/admin/settings';
/** More than a logo may have, so that a large one is told at its field; much more is cut off. */
const LARGEST_UPLOAD_BYTES = 2_000_000;

const upload = multer({
  storage: multer.memoryStorage(),
  limits: { fileSize: LARGEST_UPLOAD_BYTES, files: 1, fields: 20, fieldSize: 2_000, parts: 25 },
}).single('logo');

/** Reads a form with a picture in it, from staff only: what a stranger sends is not worth the memory. */
export const readUpload: RequestHandler = (req, res, next) => {
  if (req.session.staffId === undefined) return next();
  upload(req, res, (error: unknown) => {
    if (error instanceof multer.MulterError) {
      const why = error.code === 'LIMIT_FILE_SIZE' ? 'The picture is far too large' : error.message;
      return next(new InvalidInput(why, { cause: error }));
    }
    next(error);
  });
};

/** What the shop is called, how it looks, which money and clock it goes by. */
export function settingsRoutes(pages: StaffPages, { config, services }: WebParts): void {
  const { shop, voucherDesk } = services;

  pages.get('/settings', 'owner', async (_req, res) => {
    res.render('admin/settings', await page(res, await shop.form(), {}));
  });

  pages.post('/settings', 'owner', async (req, res, me) => {
    const form = readForm(req, res);
    const problems = await shop.save(form, readLogo(req), me.name);
    if (Object.keys(problems).length > 0) {
      return res.status(422).render('admin/settings', await page(res, form, problems));
    }
    redirectWith(req, res, PAGE, 'Saved. Pages, prints and the loop go by it from now on.');
  });

  async function page(res: Response, form: ShopForm, wrong: ShopProblems) {
    const odds = await voucherDesk.preview({ count: 1 });
    return {
      form,
      wrong,
      usual: shop.defaults,
      odds,
      hasLogo: shop.get().logo !== null,
      logoKilobytes: LARGEST_LOGO_BYTES / 1000,
      languages: res.locals.allLanguages as unknown,
      zones: Intl.supportedValuesOf('timeZone'),
      portalUrl: config.portalUrl,
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
    // Browsers' colour fields are never empty: a box beside it says that none is wanted.
    accent: field(req, 'ownColour') === 'yes' ? field(req, 'accent') : '',
    codePrefix: field(req, 'codePrefix'),
    codeLength: field(req, 'codeLength'),
  };
}

function readLogo(req: Request): { content: Buffer } | 'keep' | 'remove' {
  if (req.file && req.file.size > 0) return { content: req.file.buffer };
  return field(req, 'removeLogo') === 'yes' ? 'remove' : 'keep';
}
