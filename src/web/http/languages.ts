import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Request, RequestHandler, Response } from 'express';
import { createInstance } from 'i18next';
import type { TextOf } from '../../format/catalog';
import type { Shop } from '../../services/shop/shop-settings';

/** Gives the text for a key such as `error.not usable`, in one language. */
export type Translate = (key: string, values?: Record<string, string | number>) => string;

/** The language a page is written in. */
export interface Locale {
  code: string;
  /** For dates. */
  locale: string;
  t: Translate;
}

interface Dictionary {
  language: { name: string; locale: string; also?: string[] };
}

/** The fallback language; its file has every key. */
const FIRST = 'en';
/** Texts that are kept of each language, with what was filled in. */
const MOST_TEXTS = 2_000;
const A_YEAR_MS = 365 * 86_400_000;
/** Pages that can be read in another language just by asking again. */
const MANY: readonly string[] = ['/portal/account/invoices/', '/portal/pay/order-'];
const PAGES: readonly string[] = ['/portal', '/portal/status', '/portal/share', '/portal/account'];

/**
 * Chooses the language of each page: by the link that was just or earlier pressed, or by the shop's
 * setting, or by the browser. A language is one file in `folder`; adding a file adds a language.
 */
export function languages(folder: string, shop: { get(): Pick<Shop, 'language'> }): RequestHandler {
  const dictionaries = readDictionaries(folder);
  const locales = readLocales(dictionaries);
  const spoken = [...dictionaries].flatMap(([code, { language }]) =>
    [code, ...(language.also ?? [])].map((name) => [name, code] as const),
  );
  const byName = new Map(spoken);
  const allLanguages = [...dictionaries].map(([code, { language }]) => ({
    code,
    name: language.name,
  }));

  return (req, res, next) => {
    const asked = typeof req.query.lang === 'string' ? byName.get(req.query.lang) : undefined;
    const kept = byName.get(/(?:^|; )lang=([a-z-]+)/i.exec(req.headers.cookie ?? '')?.[1] ?? '');
    const preferred = byName.get(req.acceptsLanguages(spoken.map(([name]) => name)) || FIRST);
    const usual = byName.get(shop.get().language ?? '');
    const code = asked ?? kept ?? usual ?? preferred ?? FIRST;
    res.setHeader('Content-Language', code);
    res.vary('Accept-Language');
    res.locals.locale = locales.get(code);
    res.locals.t = locales.get(code)!.t;
    res.locals.lang = code;
    res.locals.allLanguages = allLanguages;
    if (asked) keepLanguage(res, asked);
    // Captive browsers drop cookies: a chosen language is kept in every link.
    res.locals.link = (path: string) =>
      asked ? `${path}${path.includes('?') ? '&' : '?'}lang=${asked}` : path;
    res.locals.languages = allLanguages
      .filter((other) => other.code !== code)
      .map((other) => ({ ...other, href: sameIn(other.code, req) }));
    next();
  };
}

/** The languages there are; the first is the one every text is in. */
export function languageCodes(folder: string): string[] {
  return [...readDictionaries(folder).keys()];
}

/** This browser's language from now on; what is none is left alone. */
export function keepLanguage(res: Response, code: string): void {
  const all = res.locals.allLanguages as { code: string }[];
  if (!all.some((one) => one.code === code)) return;
  res.cookie('lang', code, { maxAge: A_YEAR_MS, sameSite: 'lax', httpOnly: true });
}

/** False where a request failed before a language was chosen. */
export function hasLocale(res: Response): boolean {
  return res.locals.locale !== undefined;
}

/** The language chosen for this answer. */
export function localeOf(res: Response): Locale {
  return res.locals.locale as Locale;
}

/** What translates the texts of the staff's pages. */
export function staffText(res: Response): TextOf {
  return res.locals.t as TextOf;
}

/** The path as the page's own links have it. */
export function linkOf(res: Response): (path: string) => string {
  return res.locals.link as (path: string) => string;
}

/** The same page in another language, keeping the parameters the router handed over. */
function sameIn(lang: string, req: Request): string {
  const [path = '', given = ''] = req.originalUrl.split('?');
  const isPage =
    req.method === 'GET' && (PAGES.includes(path) || MANY.some((one) => path.startsWith(one)));
  const query = new URLSearchParams(isPage ? given : '');
  query.set('lang', lang);
  // What a form made is made again from the page that the form is on.
  const formPage = PAGES.findLast((page) => path.startsWith(page)) ?? PAGES[0];
  return `${isPage ? path : formPage}?${query.toString()}`;
}

function readDictionaries(folder: string): Map<string, Dictionary> {
  const codes = readdirSync(folder)
    .filter((name) => name.endsWith('.json'))
    .map((name) => name.slice(0, -'.json'.length))
    .sort((a, b) => Number(b === FIRST) - Number(a === FIRST) || a.localeCompare(b));
  return new Map(
    codes.map((code) => [
      code,
      JSON.parse(readFileSync(join(folder, `${code}.json`), 'utf8')) as Dictionary,
    ]),
  );
}

function readLocales(dictionaries: ReadonlyMap<string, Dictionary>): Map<string, Locale> {
  const texts = createInstance();
  void texts.init({
    initAsync: false,
    fallbackLng: FIRST,
    resources: Object.fromEntries(
      [...dictionaries].map(([code, translation]) => [code, { translation: { ...translation } }]),
    ),
    // The views escape what they print; escaping twice would show.
    interpolation: { escapeValue: false },
  });
  return new Map(
    [...dictionaries].map(([code, { language }]) => [
      code,
      { code, locale: language.locale, t: quick(texts.getFixedT(code) as Translate) },
    ]),
  );
}

/** Each page prints some thirty texts, nearly all of them as it did a moment ago. */
function quick(translate: Translate): Translate {
  const made = new Map<string, string>();
  return (key, values) => {
    const name = values ? `${key}\n${Object.entries(values).join('\n')}` : key;
    const known = made.get(name);
    if (known !== undefined) return known;
    if (made.size >= MOST_TEXTS) made.clear();
    const text = translate(key, values);
    made.set(name, text);
    return text;
  };
}
