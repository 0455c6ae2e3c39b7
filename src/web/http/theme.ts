import { createHash } from 'node:crypto';
import { Router as createRoutes, type RequestHandler, type Response } from 'express';
import { readableOn, type Accent } from '../../domain/shop/color';
import { NotFound } from '../../errors';
import type { Log } from '../../log';
import type { Shop, ShopSettings } from '../../services/shop/shop-settings';
import { FOR_EVER } from './public-files';

/**
 * The darkest of the light pages' grounds, and the lightest of the dark ones: what is readable on these
 * is readable everywhere.
 */
const LIGHT_GROUNDS = ['#ffffff', '#efeee9'];
const DARK_GROUNDS = ['#11171d', '#252b33'];
/** As in the stylesheets. */
export const USUAL_COLOR = '#0b6e4f';

/** Name, color and logo of the shop, for every page; as last known while the database cannot be read. */
export function theme(shop: ShopSettings, log: Log): RequestHandler {
  let last: { shop: Shop; look: object } | undefined;
  return async (_req, res, next) => {
    const present = await shop.refresh().catch((error: unknown) => {
      log.warn({ err: error }, 'the settings of the shop could not be read');
      return shop.get();
    });
    if (last?.shop !== present) last = { shop: present, look: lookOf(present) };
    res.locals.shopName = present.name;
    res.locals.look = last.look;
    next();
  };
}

function lookOf({ accent, logo, phone, banner }: Shop) {
  return {
    banner,
    help: phone && { text: phone, number: numberIn(phone) },
    style: accent && `/shop/${hash(stylesheet(accent))}.css`,
    logo: logo && `/shop/logo-${logo}`,
  };
}

/** The address of the shop's picture, if it has one. */
export function logoOf(res: Response): string | undefined {
  return (res.locals.look as ReturnType<typeof lookOf>).logo ?? undefined;
}

/** What a phone can dial; `undefined` where the line has no number, like the name of a page. */
function numberIn(text: string): string | undefined {
  const [found] = /\+?\d[\d\s()-]{5,}\d/.exec(text) ?? [];
  return found?.replaceAll(/[^\d+]/g, '');
}

/** The shop's stylesheet and logo, at the addresses given by `theme`. */
export function themeRoutes(shop: ShopSettings) {
  const routes = createRoutes();

  routes.get('/logo-:version', async (req, res) => {
    const { logo } = await shop.refresh();
    const file = logo === req.params.version ? await shop.logo() : undefined;
    if (!file) return res.status(404).end();
    res.set('cache-control', FOR_EVER).type(file.type).send(file.content);
  });

  routes.get('/:hash.css', async (req, res) => {
    const style = styleOf(await shop.refresh());
    if (style === undefined || hash(style) !== req.params.hash) return res.status(404).end();
    res.set('cache-control', FOR_EVER).type('css').send(style);
  });

  routes.get('/manifest.webmanifest', async (_req, res) => {
    const { name, accent } = await shop.refresh();
    res.set('cache-control', 'public, max-age=3600').type('application/manifest+json');
    res.send(JSON.stringify(manifestOf(name, accent ?? USUAL_COLOR)));
  });

  routes.use((_req, _res, next) => next(new NotFound('There is no such page')));
  return routes;
}

/** How a phone installs the admin as an app, which opens on who is online. */
function manifestOf(name: string, color: string) {
  const icon = (file: string, side: number, purpose = 'any') => ({
    ...{ src: `/${file}`, sizes: `${side}x${side}`, type: 'image/png', purpose },
  });
  return {
    ...{ id: '/admin', name, short_name: name.slice(0, 12), scope: '/admin' },
    ...{ start_url: '/admin/bandwidth', display: 'standalone' },
    ...{ theme_color: color, background_color: LIGHT_GROUNDS[1] },
    icons: [
      icon('icon-192.png', 192),
      icon('icon-512.png', 512),
      icon('icon-maskable.png', 512, 'maskable'),
    ],
    shortcuts: [
      { name: 'Sell', url: '/admin/vouchers' },
      { name: 'Find', url: '/admin/search' },
    ],
  };
}

function styleOf({ accent }: Shop): string | undefined {
  return accent === null ? undefined : stylesheet(accent);
}

/** The color, under the names the portal's and the admin's stylesheets use. */
function stylesheet(accent: string): string {
  const light = declarations(readableOn(accent, LIGHT_GROUNDS));
  const dark = declarations(readableOn(accent, DARK_GROUNDS));
  // As in the admin's own: by night as the device says, unless the reader chose.
  return (
    `:root{${light}}@media(prefers-color-scheme:dark){:root:not([data-theme=light]){${dark}}}` +
    `:root[data-theme=dark]{${dark}}`
  );
}

function declarations({ color, ink }: Accent): string {
  return `--brand:${color};--brand-ink:${ink};`;
}

function hash(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 12);
}
