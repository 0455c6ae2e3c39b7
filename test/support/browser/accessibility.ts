import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { AxeResults } from 'axe-core';
import type { Page } from 'playwright-core';
import { layoutProblems, tooWide } from './layout';

/**
 * Whether a page can be used: by day and by night, on a phone and on a desk, nothing that keeps people with
 * poor eyes, or without a mouse, from using it, and nothing that sticks out at the side. With SCREENSHOTS
 * set to a folder each page is kept there as a picture.
 */

/** Read, not required: outside a browser it does not start. */
const AXE = readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8');
/**
 * What counts as serious is among violations; best practices are not. A quarter of the time would go into a
 * selector for each element that is checked, and into loading style sheets again for a rule that is still an
 * experiment, and off.
 */
const AXE_OPTIONS = { resultTypes: ['violations'], selectors: false, preload: false };
const SHOTS = process.env.SCREENSHOTS;

/** Each width and each light once, since the check takes its time; every pair of them for the pictures. */
const VIEWS = [
  { width: 360, colorScheme: 'light' },
  { width: 1280, colorScheme: 'dark' },
  ...(SHOTS
    ? [{ width: 360, colorScheme: 'dark' } as const, { width: 1280, colorScheme: 'light' } as const]
    : []),
] as const;

/** What is wrong with the page as it stands, in each view, a line each. */
export async function problems(page: Page, name: string): Promise<string[]> {
  const found: string[] = [];
  await page.evaluate(AXE);
  for (const { width, colorScheme } of VIEWS) {
    await page.setViewportSize({ width, height: 740 });
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' }); // colors change at once
    const where = `${name} (${width}, ${colorScheme})`;
    const { violations } = await page.evaluate<AxeResults>(
      `axe.run(document, ${JSON.stringify(AXE_OPTIONS)})`,
    );
    for (const { id, impact, nodes } of violations) {
      if (impact !== 'serious' && impact !== 'critical') continue;
      found.push(`${where}: ${id} at ${nodes.map(({ html }) => html.slice(0, 160)).join(' | ')}`);
    }
    found.push(...(await tooWide(page)).map((one) => `${where}: ${one}`));
    if (SHOTS) {
      mkdirSync(SHOTS, { recursive: true });
      const file = `${name.replaceAll(/[^\w]+/g, '-')}-${width}-${colorScheme}.png`;
      await page.screenshot({ path: join(SHOTS, file), fullPage: true });
    }
  }
  found.push(...(await layoutProblems(page, name)));
  return found;
}
