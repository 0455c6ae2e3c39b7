import { inflateSync } from 'node:zlib';
import type { Page } from 'playwright-core';
import { toString as toQrCode } from 'qrcode';
import { AdminShop, PASSWORD } from '../../support/admin-shop';
import { browserOfTests } from '../../support/browser/browser';
import { longTest } from '../../support/program/run-counts';

/** Slips as a browser prints them: on a sheet, and on rolls whose printers reach 48 and 72 mm of them. */

const PORTAL = 'http://10.5.50.1:5000';
/** Screen pixels a millimetre. */
const MM = 96 / 25.4;
/** Dots of the PDF, 300 an inch, for a pixel of the page, 96 an inch, where nothing was made smaller. */
const UNSHRUNK = 3.125;

const browser = browserOfTests();
let open: AdminShop;
let page: Page;

beforeEach(async () => {
  const env = { PORTAL_URL: PORTAL, SHOP_NAME: 'Aling Nena’s Piso WiFi and Sari-Sari Store' };
  open = await AdminShop.open({ env });
  await open.signedIn('operator', 'ana');
  page = await browser.newPage();
  await page.goto(`${open.address}/admin/sign-in`);
  await page.getByLabel('Name').fill('ana');
  await page.getByLabel('Password').fill(PASSWORD);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.waitForURL(`${open.address}/admin`);
});

afterEach(async () => {
  await open.close();
});

async function codesOf(order: { count: number; prefix?: string; length?: number }) {
  const { services } = open.shop.app;
  const made = await services.batches.generate({ plan: 'P5', ...order }, 'ana');
  return made.vouchers.map(({ code }) => code);
}

/** How far a browser shrank the first page so that its content fits the paper. */
async function scaleOnPaper(widthMm: number): Promise<number> {
  const pdf = await page.pdf({ width: `${widthMm}mm`, height: '200mm' });
  const text = pdf.toString('latin1');
  for (const { 0: mark, index } of text.matchAll(/stream\r?\n/g)) {
    const start = index + mark.length;
    const stream = pdf.subarray(start, text.indexOf('endstream', start));
    if (stream[0] !== 0x78) continue; // not deflated: a picture or a font
    const drawn = / re\nW\* n\nq\n([\d.]+) 0 0 ([\d.]+) /.exec(
      inflateSync(stream).toString('latin1'),
    );
    if (drawn) return Number(drawn[1]);
  }
  throw new Error('the PDF draws no page');
}

test.each([
  ['a4', 'A4 sheet', [210]],
  ['a4-small', 'A4, small', [210]],
  ['58mm', '58mm roll', [58, 48]],
  ['80mm', '80mm roll', [80, 72]],
] as const)(
  'a batch in %s has all its slips, each with its own code, and nothing beside the paper',
  async (format, link, papers) => {
    const codes = await codesOf({ count: 7 });
    await page.goto(`${open.address}/admin/batches/1`);
    await page.getByRole('link', { name: link }).click();
    expect(new URL(page.url()).searchParams.get('format')).toBe(format);

    const slips = await page.locator('.slip').evaluateAll((found) =>
      found.map((slip) => ({
        code: slip.querySelector('.code')!.textContent.replaceAll(' ', ''),
        modules: [...slip.querySelectorAll('.qr path')].map((path) => path.getAttribute('d')),
      })),
    );
    expect(slips.map(({ code }) => code).toSorted()).toEqual(codes.toSorted());
    for (const { code, modules } of slips) {
      const wanted = await toQrCode(`${PORTAL}/portal?code=${code}`, { type: 'svg', margin: 4 });
      expect(modules).toEqual([...wanted.matchAll(/ d="([^"]*)"/g)].map(([, d]) => d));
    }

    await page.emulateMedia({ media: 'print' });
    expect(await page.locator('nav').isVisible()).toBe(false);
    for (const width of papers) {
      await page.setViewportSize({ width: Math.floor(width * MM), height: 700 });
      expect(await outside()).toEqual([]);
      expect([width, await scaleOnPaper(width)]).toEqual([width, UNSHRUNK]);
    }
  },
  60_000,
);

longTest.each([
  ['a4', 21],
  ['a4-small', 40],
])(
  'an %s sheet holds %i slips, and nothing of them is cut off',
  async (format, most) => {
    const { shop } = open.shop.app.services;
    const template = { wifiName: 'Aling Nena PISONET WIFI 5 GHz', slipFooter: 'Salamat po!' };
    await shop.save({ ...(await shop.form()), ...template }, 'keep', 'test');
    await codesOf({ count: most });
    await page.goto(`${open.address}/admin/batches/1/print?format=${format}`);
    const pdf = (await page.pdf({ preferCSSPageSize: true, format: 'A4' })).toString('latin1');
    expect(pdf.match(/\/Type \/Page\b/g)).toHaveLength(1);
    await page.emulateMedia({ media: 'print' });
    await page.setViewportSize({ width: Math.floor((210 - 14) * MM), height: 1000 });
    expect(await outside()).toEqual([]);
    const tooHigh = await page
      .locator('.slip')
      .evaluateAll((slips) => slips.filter((one) => one.scrollHeight > one.clientHeight).length);
    expect(tooHigh).toBe(0);
  },
  60_000,
);

test('the longest code there may be stays on the narrowest roll', async () => {
  const [code] = await codesOf({ count: 1, prefix: 'PISONET8', length: 24 });
  await page.goto(`${open.address}/admin/batches/1/print?format=58mm`);
  expect((await page.locator('.code').textContent())!.replaceAll(' ', '')).toBe(code);
  await page.emulateMedia({ media: 'print' });
  await page.setViewportSize({ width: Math.floor(48 * MM), height: 700 });
  expect(await outside()).toEqual([]);
}, 60_000);

/** What sticks out of its slip or the paper at a side, or is cut off. */
function outside(): Promise<string[]> {
  return page.evaluate(() =>
    [...document.querySelectorAll('.slip')].flatMap((slip) => {
      const paper = document.documentElement.clientWidth;
      const edge = slip.getBoundingClientRect();
      const parts = [slip, ...slip.querySelectorAll('header, header *, .qr svg, p')];
      return parts
        .filter((part) => {
          if (part.getClientRects().length === 0) return false; // not on this paper
          const { left, right } = part.getBoundingClientRect();
          const isOut = left < edge.left - 0.5 || right > edge.right + 0.5;
          return (
            isOut || left < -0.5 || right > paper + 1 || part.scrollWidth > part.clientWidth + 1
          );
        })
        .map((part) => `${part.tagName} ${part.textContent}`);
    }),
  );
}
