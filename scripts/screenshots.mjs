// Takes the pictures in docs/ anew, from the demo as it is built: npm run build && node scripts/screenshots.mjs
import { spawn } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { chromium } from 'playwright-core';

const CHROMIUM = process.env.CHROMIUM ?? '/usr/bin/chromium';
const PHONE = { width: 360, height: 740 };
const DESK = { width: 1100, height: 760 };
/** Until enough has happened that there is something to see. */
const DAY_MS = 45_000;

const docs = resolve('docs');
const demo = spawn(process.execPath, [resolve('dist/src/demo/main.js')], {
  cwd: mkdtempSync(join(tmpdir(), 'pisonet-shots-')),
  env: {
    ...process.env,
    PORT: '5990',
    MIKROTIK_WAN_INTERFACE: 'ether1',
    SHOP_NAME: "Aling Nena's PisoNet",
  },
  stdio: ['ignore', 'pipe', 'inherit'],
});
try {
  const said = await heading();
  const [, code] = /type (\w+) or/.exec(said);
  const [, name, password] = /name (\w+), password (\S+)/.exec(said);
  const browser = await chromium.launch({ executablePath: CHROMIUM, args: ['--no-sandbox'] });
  const page = await browser.newPage({
    viewport: DESK,
    colorScheme: 'light',
    reducedMotion: 'reduce',
  });
  const at = (path) => page.goto(`http://127.0.0.1:5990${path}`);
  const shot = (file) => page.screenshot({ path: join(docs, `${file}.png`) });

  await page.setViewportSize(PHONE);
  await at('/portal');
  await shot('portal');
  await page.locator('#code').fill(code);
  await page.locator('form.code button').click();
  await page.waitForURL(/status/);

  await page.setViewportSize(DESK);
  await at('/admin/sign-in');
  await page.getByLabel('Name').fill(name);
  await page.getByLabel('Password').fill(password);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.waitForURL(/admin$/);
  await page.waitForTimeout(DAY_MS);
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
  await browser.close();
} finally {
  demo.kill('SIGTERM');
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
