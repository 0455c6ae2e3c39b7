// Takes pictures of the demo as it is built.
//   npm run build && node scripts/screenshots.mjs            the pictures in docs/, and sheets of all pages
//   npm run build && node scripts/screenshots.mjs FOLDER     every page in full, at 360 and 1280 pixels, light and dark
import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { chromium } from 'playwright-core';

const CHROMIUM = process.env.CHROMIUM ?? '/usr/bin/chromium';
const PORT = process.env.PORT ?? '5990';
const PHONE = { width: 360, height: 740 };
const DESK = { width: 1280, height: 800 };
/** Until enough has happened that there is something to see. */
const DAY_MS = 45_000;
const PAGES = [
  ...['', '/bandwidth', '/usage', '/bandwidth/queues', '/vouchers', '/batches', '/batches/new'],
  ...['/batches/1', '/batches/import', '/batches/1/print?format=58mm', '/reports', '/subscribers'],
  ...['/subscribers/new', '/invoices', '/payments', '/drawers', '/journal', '/plans', '/plans/new'],
  ...['/plans/P5', '/plans/P5/simulation', '/plans/P5/back-test', '/router', '/router/connection'],
  ...['/router/setup', '/routers', '/routers/new', '/staff', '/notices', '/settings'],
  ...['/settings/slips', '/backups', '/alerts', '/audit', '/log', '/account', '/no-such-page'],
];
const VIEWS = [PHONE, DESK].flatMap((size) =>
  ['light', 'dark'].map((colorScheme) => ({ size, colorScheme })),
);

const folder = process.argv[2] === undefined ? undefined : resolve(process.argv[2]);
const docs = resolve('docs');
const demo = spawn(process.execPath, [resolve('dist/src/demo/main.js')], {
  cwd: mkdtempSync(join(tmpdir(), 'pisonet-shots-')),
  env: {
    ...process.env,
    PORT,
    MIKROTIK_WAN_INTERFACE: 'ether1',
    SHOP_NAME: "Aling Nena's PisoNet",
  },
  stdio: ['ignore', 'pipe', 'inherit'],
});
const browser = await chromium.launch({ executablePath: CHROMIUM, args: ['--no-sandbox'] });
try {
  const said = await heading();
  const [, code] = /type (\w+) or/.exec(said);
  const [, name, password] = /name (\w+), password (\S+)/.exec(said);
  const page = await browser.newPage({
    viewport: DESK,
    colorScheme: 'light',
    reducedMotion: 'reduce',
  });
  const at = (path) => page.goto(`http://127.0.0.1:${PORT}${path}`);
  if (folder === undefined) {
    await takeDocs(page, at, code, { name, password });
    await takeSheets(page, at);
  } else await takeAll(page, at, { name, password });
} finally {
  await browser.close();
  demo.kill('SIGTERM');
}

async function takeDocs(page, at, code, owner) {
  const shot = (file) => page.screenshot({ path: join(docs, `${file}.png`) });
  await page.setViewportSize(PHONE);
  await at('/portal');
  await shot('portal');
  await page.locator('#code').fill(code);
  await page.locator('form.code button').click();
  await page.waitForURL(/status/);

  await page.setViewportSize(DESK);
  await signIn(page, at, owner);
  await page.waitForTimeout(DAY_MS);
  await page.locator('form[action$="/first-steps/dismissal"] button').click();
  await at('/admin');
  await shot('admin-dashboard');
  await at('/admin/vouchers');
  await shot('admin-vouchers');
  await at('/admin/settings');
  await shot('admin-settings');
  await page.setViewportSize(PHONE);
  await at('/admin/bandwidth');
  await shot('phone-bandwidth');
  await at('/portal/status');
  await shot('portal-status');
}

async function takeAll(page, at, owner) {
  mkdirSync(folder, { recursive: true });
  const shots = async (name) => {
    for (const view of VIEWS) {
      await show(page, view);
      const path = join(folder, `${name}-${view.size.width}-${view.colorScheme}.png`);
      await page.screenshot({ path, fullPage: true });
    }
  };
  await at('/admin/sign-in');
  await shots('sign-in');
  await signIn(page, at, owner);
  await page.waitForTimeout(DAY_MS);
  for (const path of await allPages(page, at)) {
    await at(path);
    await shots(
      path === '/admin' ? 'home' : path.replace(/^.(admin.)?/, '').replaceAll(/\W+/g, '-'),
    );
  }
}

/** One picture for each width and light: the first screen of every page, small, side by side. */
async function takeSheets(page, at) {
  const paths = await allPages(page, at);
  for (const view of VIEWS) {
    await show(page, view);
    const pictures = [];
    for (const path of paths) {
      await at(path);
      pictures.push((await page.screenshot()).toString('base64'));
    }
    const { width } = view.size;
    const [small, columns] = width === PHONE.width ? [150, 10] : [320, 5];
    await page.setViewportSize({ width: (small + 8) * columns, height: 600 });
    await page.goto('about:blank'); // our pages would not load pictures from their own text
    await page.setContent(
      `<style>body { margin: 0; background: #888 } img { width: ${small}px; margin: 4px; float: left }</style>` +
        pictures.map((one) => `<img src="data:image/png;base64,${one}">`).join(''),
    );
    const path = join(docs, `pages-${width}-${view.colorScheme}.jpg`);
    await page.screenshot({ path, fullPage: true, type: 'jpeg', quality: 60 });
  }
}

async function show(page, { size, colorScheme }) {
  await page.setViewportSize(size);
  await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
}

/** Those above, the first voucher and device that are found, and the portal. */
async function allPages(page, at) {
  const paths = PAGES.map((path) => `/admin${path}`);
  for (const [links, path] of [
    ['th a[href^="/admin/vouchers/"]', '/admin/vouchers?status=running'],
    ['a.row', '/admin/bandwidth'],
    ['a[href*="/usage/"]', '/admin/usage'],
  ]) {
    await at(path);
    const first = page.locator(`main ${links}`).first();
    if ((await first.count()) > 0) paths.push(await first.getAttribute('href'));
  }
  return [...paths, '/portal', '/portal/status'];
}

async function signIn(page, at, { name, password }) {
  await at('/admin/sign-in');
  await page.getByLabel('Name').fill(name);
  await page.getByLabel('Password').fill(password);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.waitForURL(/admin$/);
}

/** What the demo prints first: where to click, and with which codes and password. */
function heading() {
  let text = '';
  return new Promise((resolve, reject) => {
    demo.stdout.on('data', (part) => {
      text += part.toString();
      if (/password \S+/.test(text)) resolve(text);
    });
    demo.on('exit', () => reject(new Error(`the demo ended: ${text}`)));
  });
}
