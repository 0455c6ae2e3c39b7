import { setTimeout as wait } from 'node:timers/promises';
import type { Page } from 'playwright-core';

const EVERY_MS = 50;
const LONGEST_MS = 20_000; // machines are slow

/**
 * Waits until an expression is true in the page. Not Playwright's `waitForFunction`: its later tries evaluate
 * text, which our Content-Security-Policy forbids, so that it fails wherever the first try was too early.
 * @param expression JavaScript, asked from outside the page
 * @throws what is still not so after 20 s
 */
export async function untilTrue(page: Page, expression: string): Promise<void> {
  for (let waitedMs = 0; waitedMs < LONGEST_MS; waitedMs += EVERY_MS) {
    if (await page.evaluate<boolean>(expression)) return;
    await wait(EVERY_MS);
  }
  throw new Error(`still not so on ${page.url()}: ${expression}`);
}
