// Draws the icons of the app on a phone's home screen from public/icon.svg.
//   node scripts/icons.mjs
import { readFileSync } from 'node:fs';
import { chromium } from 'playwright-core';

/** Phones cut maskable icons to a circle or a square: the sign stays in the inner part, on a full ground. */
const ICONS = [
  { file: 'icon-192.png', side: 192, isMaskable: false },
  { file: 'icon-512.png', side: 512, isMaskable: false },
  { file: 'icon-maskable.png', side: 512, isMaskable: true },
];
const GROUND = '#0b6e4f';

const svg = readFileSync('public/icon.svg', 'utf8');
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: ['--no-sandbox'],
});
for (const { file, side, isMaskable } of ICONS) {
  const page = await browser.newPage({ viewport: { width: side, height: side } });
  const scale = isMaskable ? '80%' : '100%';
  const ground = isMaskable ? GROUND : 'transparent';
  await page.setContent(
    `<style>body { display: grid; place-items: center; height: 100vh; margin: 0; background: ${ground} }` +
      `svg { width: ${scale} }</style>${svg}`,
  );
  await page.screenshot({ path: `public/${file}`, omitBackground: !isMaskable });
  await page.close();
}
await browser.close();
