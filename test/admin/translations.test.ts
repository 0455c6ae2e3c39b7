import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROUTER_WRITES, type AuditEntry } from '../../src/domain/shop/audit-entry';
import { detailText, entryText } from '../../src/format/audit-text';
import { catalogOf, readTexts } from '../../src/format/catalog';
import { DEEDS, deedText } from '../../src/format/deed-text';
import { textsOf, withTexts } from '../../src/web/http/view-texts';
import { SLIP_PARTS } from '../../src/services/vouchers/slip-template';
import { AdminShop } from '../support/admin-shop';
import { BusyAdmin } from '../support/busy-admin';

/** What staff read is there in every language of `locales`. */

const ROOT = join(__dirname, '..', '..');
const VIEWS = join(ROOT, 'views', 'admin');

/** Text of a view's code that nobody reads: classes, attributes, settings of htmx, names to compare with. */
const NOT_READ =
  /^(#content > \*|innerHTML show:window:top|light dark|secondary slim|danger slim| secondary| selected|(required )?(maxlength|inputmode)=.*|<a href=.*| aria-.*|mass removal|another router|[/?&.].*)$/;

/** The literals of a view's code that look like words of ours. */
function literalsOf(source: string): string[] {
  const code = [...source.matchAll(/<%(?!#)([^]*?)%>/g)].map(([, text]) =>
    text!.replaceAll(/\/\*[^]*?\*\//g, ''),
  );
  return code
    .flatMap((text) => text.match(/'(?:[^'\\\n]|\\.)*'|`[^`]*`/g) ?? [])
    .map((literal) => {
      let filled = 0;
      return literal.slice(1, -1).replaceAll(/\$\{[^{}]*\}/g, () => `{${(filled += 1)}}`);
    })
    .filter((text) => /^\p{Lu}\p{Ll}|\p{L}+ | \p{L}+/u.test(text) && !NOT_READ.test(text));
}

const views = readdirSync(VIEWS, { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.ejs'))
  .sort();
const read = (view: string) => readFileSync(join(VIEWS, view), 'utf8');

test('every text of the staff pages is in locales/fil', () => {
  const known = readTexts('fil');
  const textOf = catalogOf('fil');
  const missing = views.flatMap((view) => [
    ...textsOf(read(view)).filter((text) => !known.has(text)),
    // A sentence put together in the view is found by a pattern.
    ...literalsOf(read(view)).filter((text) => !known.has(text) && textOf(text) === text),
  ].map((text) => `add to locales/fil: ${JSON.stringify(text)} (views/admin/${view})`)); // prettier-ignore
  expect([...new Set(missing)]).toEqual([]);
});

test('a translation fills in the same values', () => {
  const values = (text: string) => [...text.matchAll(/\{\d\}/g)].map(([one]) => one).sort();
  const other = [...readTexts('fil')].filter(
    ([english, text]) => values(english).join() !== [...new Set(values(text))].join(),
  );
  expect(other).toEqual([]);
});

test('texts of a view are found between its code, and come back with it', () => {
  const view =
    '<p class="a > b" title="Say <%= a > b %>">\n  By <b><%= who %></b> at <%= day %>, <%= of(`<b>`) %>.\n' +
    '<% if (x) { %>Then this<% } %></p><input placeholder="<%= usual %>" value="Kept"><td>–&nbsp;</td>';
  expect(textsOf(view)).toEqual(['Say {1}', 'By', 'at {1}, {2}.', 'Then this']);
  expect(withTexts(view, (english) => english)).toBe(view);
  const other: Record<string, string> = { 'at {1}, {2}.': '"{2}" < {1}', 'Say {1}': '{1} "ulit"' };
  const translated = withTexts(view, (english) => other[english] ?? english);
  expect(translated).toContain('title="<%= a > b %> &quot;ulit&quot;"');
  expect(translated).toContain('</b> &quot;<%= of(`<b>`) %>&quot; &lt; <%= day %>\n<% if (x)');
});

test('finished sentences are found by their pattern, and what is filled in stays as it is', () => {
  const textOf = catalogOf('fil');
  expect(textOf('All good: router up 3d2h, internet line fine, 7 online')).toBe(
    'Ayos ang lahat: router 3d2h nang bukas, ayos ang internet, 7 ang online',
  );
  expect(textOf('nena ended voucher {1}')).toBe('Tinapos ni nena ang voucher {1}');
  expect(textOf('714 MB of 2 GB')).toBe('714 MB sa 2 GB');
  const other = 'The drawer of ana was opened, by nobody';
  expect(textOf(other)).toBe(other);
  expect(catalogOf('en')('Sign in')).toBe('Sign in');
});

/** What somebody typed in the busy shop, and is not ours to translate. */
const TYPED = ['Home', 'disturbs the others', 'name taken'];

test('who chose Filipino reads it on every page, and nobody else does', async () => {
  const admin = await BusyAdmin.start();
  try {
    const owner = await admin.open.signedIn('owner');
    expect((await owner.get('/admin/account')).text).toContain('<html lang="en"');
    const chosen = await owner.post('/admin/account/language', { language: 'fil' });
    expect(chosen.headers.getSetCookie().join()).toMatch(/^lang=fil;/);
    owner.known = 'lang=fil';
    const english = [...readTexts('fil')].filter(([key, text]) => key !== text);
    const isEnglish = new Set(english.map(([key]) => key).filter((key) => !TYPED.includes(key)));
    const left: string[] = [];
    for (const { path } of admin.paths()) {
      const page = await owner.get(`/admin${path}`);
      if (!page.text.startsWith('<!doctype html>')) continue;
      expect(page.text).toContain('<html lang="fil"');
      // Slips are for customers, and in the shop's language.
      const staffs = page.text.replaceAll(/<article class="slip[^]*?<\/article>/g, '');
      const shown = textsOf(staffs).filter((text) => isEnglish.has(text));
      left.push(...new Set(shown.map((text) => `${path}: ${text}`)));
    }
    expect(left).toEqual([]);
    const manager = await admin.open.signedIn('manager');
    expect((await manager.get('/admin/vouchers')).text).toContain('>Sell</h1>');
  } finally {
    await admin.close();
  }
}, 120_000);

test('a slip speaks the language of the shop, also where the seller reads English', async () => {
  const open = await AdminShop.open({
    profiles: [{ name: 'P10', price: '10', validity: '1d', uptime: '3h', data_cap: '2GB' }],
    env: { PORTAL_URL: 'http://wifi.example.com' },
  });
  try {
    const owner = await open.signedIn('owner');
    const shown = SLIP_PARTS.map((part): [string, string] => ['slipShows', part]);
    await owner.post('/admin/settings', [['language', 'fil'], ...shown]);
    owner.known = 'lang=en';
    const [voucher] = (
      await open.shop.app.services.batches.generate({ plan: 'P10', count: 2 }, 'nena')
    ).vouchers;
    const page = await owner.get(`/admin/vouchers/${voucher!.code}/print`);
    const slip = /<article[^]*?<\/article>/.exec(page.text)![0].replaceAll(/<svg[^]*?<\/svg>/g, '');
    expect(slip).toContain('3 oras na online, sa loob ng 1 araw');
    expect(slip).toContain('<li>Kumonekta sa Wi-Fi namin</li>');
    expect(slip).toContain('I-scan, o</span> buksan ang wifi.example.com/portal');
    expect(slip).toContain('<li>I-type ang code</li>');
    expect(slip).toContain('batch 1, 1 sa 2');
    expect(page.text).toContain('Back to the voucher');
  } finally {
    await open.close();
  }
});

/** The files of some folders of `src`, by path. */
const sourcesIn = (...folders: string[]) =>
  folders.flatMap((folder) =>
    readdirSync(join(ROOT, 'src', folder), { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.ts'))
      .map((name) => join(folder, name)),
  );

/** The literals that follow `before` and are still in English in Filipino, each with its file. */
function englishLeft(files: readonly string[], before: string): string[] {
  const textOf = catalogOf('fil');
  const known = readTexts('fil'); // also what is the same word in both languages
  // What is put together from parts has no literal of its own here.
  const told = new RegExp(`${before}('[^'\n]*'|"[^"\n]*"|(?:say)?\`[^\`]*\`)[,)\\s]`, 'g');
  const missing = files.flatMap((file) => {
    const source = readFileSync(join(ROOT, 'src', file), 'utf8');
    return [...source.matchAll(told)]
      .map(([, literal]) => {
        let filled = 0;
        return literal!
          .replace(/^say/, '')
          .slice(1, -1)
          .replaceAll(/\$\{[^{}]*\}/g, () => `{${(filled += 1)}}`);
      })
      .filter(
        (text) =>
          / \p{L}/u.test(text) && !text.includes('${') && !known.has(text) && textOf(text) === text,
      )
      .map((text) => `add to locales/fil: ${JSON.stringify(text)} (${file})`);
  });
  return [...new Set(missing)];
}

const ERROR = String.raw`new (?:Conflict|NotFound|NotAllowed|InvalidInput)\(\s*`;

test('what staff are told and asked after a form is in locales/fil', () => {
  // Customers' pages have texts of their own.
  const pages = sourcesIn('web/routes', 'web/staff').filter((file) => !file.includes('/portal'));
  const told = String.raw`\b(?:redirectWith|flash)\([^;]*?|\b(?:question|answer|link|job|title|text|button|label|hint|placeholder|usual): `;
  expect(englishLeft(pages, `(?:${told}|${ERROR})`)).toEqual([]);
});

/** What programs, files and commands are told, and no page. */
const NOT_OF_PAGES =
  /imports|staff\/(tokens|kept-answers)|plans\/profiles|mail-server|payment-sources/;

test('what rules and services refuse is in locales/fil', () => {
  const files = sourcesIn('domain', 'services').filter((file) => !NOT_OF_PAGES.test(file));
  expect(englishLeft(files, ERROR)).toEqual([]);
  const textOf = catalogOf('fil');
  expect(textOf('There is no drawer 7')).toBe('Walang drawer na 7');
});

test('what the audit says was done, and its details, are in locales/fil', () => {
  const known = readTexts('fil');
  expect(Object.values(DEEDS).filter((text) => !known.has(text))).toEqual([]);
  const detail = { plan: 'P5', before: { public: true }, after: { public: false } };
  expect(detailText(detail, 'Asia/Manila', catalogOf('fil'))).toBe(
    'nasa price list: oo → hindi, plan: P5',
  );
});

test('what was done on the router, and what an owner should know of it, is in Filipino', () => {
  const textOf = catalogOf('fil');
  const kinds = ROUTER_WRITES.flatMap((what) => [what, `refused: ${what}`] as const);
  expect(kinds.filter((kind) => deedText(kind, textOf) === deedText(kind))).toEqual([]);
  const detailOf = (what: string, detail: Record<string, unknown>) =>
    entryText({ what, detail } as AuditEntry, 'Asia/Manila', textOf);
  expect(detailOf('user changed', { profile: 'pisonet-1x', limitUptimeMs: 7_200_000 })).toBe(
    'hanggang ganito katagal online: 2h',
  );
  expect(detailOf('batch handed over', { to: 'Aling Nena', vouchers: 20, slips: 1 })).toBe(
    '20 voucher na ibinigay kay Aling Nena',
  );
  expect(detailOf('voucher extended', { by: '1h', of: 'validity' })).toBe('dagdag: 1h, sa: tagal');
  expect(detailOf('voucher ended by staff', { was: 'active' })).toBe('dating: tumatakbo');
  expect(textOf('Router checked 1 second ago.')).toBe(
    'Na-check ang router, 1 segundo na ang nakalipas.',
  );
});

test('the steps of a set-up and what the health check finds are in Filipino', async () => {
  const open = await AdminShop.open({ env: { PORTAL_URL: 'http://192.0.2.7:5000' } });
  open.shop.simulator.run(['/ip/firewall/filter/add', '=chain=forward', '=action=fasttrack-connection']); // prettier-ignore
  try {
    const owner = await open.signedIn('owner');
    owner.known = 'lang=fil';
    const shown = async (path: string, part: RegExp) =>
      [...(await owner.get(path)).text.matchAll(part)].map(([, html]) =>
        html!.replaceAll(/<[^>]*>|api and api-ssl/g, ' '),
      );
    const steps = await shown('/admin/router/setup', /<li><strong>([^]*?)<\/li>/g);
    const found = await shown('/admin/router', /<article class="finding">([^]*?)<\/article>/g);
    expect(steps.length).toBeGreaterThan(3);
    expect(found.length).toBeGreaterThan(2);
    const english = [...steps, ...found].filter((text) =>
      /\b(the|and|not|this|money|warning|good)\b/i.test(text),
    );
    expect(english).toEqual([]);
  } finally {
    await open.close();
  }
});

test('what the script of the staff pages says comes with the page, in its language', async () => {
  const script = readFileSync(join(ROOT, 'public', 'app.js'), 'utf8');
  const says = [...script.matchAll(/\bt\(\s*'([^']+)',?\s*\)/g)].map(([, text]) => text!);
  expect(says).toContain('Copied');
  // Nothing is said past it.
  expect(script).not.toMatch(/\bsay\(\s*'[^']|textContent = '/);
  const open = await AdminShop.open();
  try {
    const owner = await open.signedIn('owner');
    const sent = async () =>
      /<meta name="texts" content="([^"]*)">/.exec((await owner.get('/admin/account')).text)?.[1];
    expect(await sent()).toBeUndefined();
    owner.known = 'lang=fil';
    const unescaped = (await sent())!.replaceAll('&#34;', '"').replaceAll('&#39;', "'");
    const texts = JSON.parse(unescaped) as Record<string, string>;
    expect(Object.keys(texts).sort()).toEqual([...says].sort());
    for (const [english, text] of Object.entries(texts)) expect(text).not.toBe(english);
  } finally {
    await open.close();
  }
});
