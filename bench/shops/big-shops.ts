import { join } from 'node:path';
import type { BigShopFigures } from '../processes/big-shop-process';
import { next, start } from '../children';
import type { PageTimes } from './time-pages';

/** The admin of a shop with 100,000 vouchers, and the search in one with 1,000,000. */

const USAGE_ROWS = 1_000_000;
const IS_SLOW_MS = 100;

export async function benchAdmin(folder: string): Promise<object> {
  const vouchers = 100_000;
  const { pages, list } = await ask('pages', join(folder, 'admin.db'), vouchers);
  const slow = pages.filter(({ middle }) => middle > IS_SLOW_MS);
  return {
    ...{ bench: 'admin', vouchers, usageRows: USAGE_ROWS, pages: pages.length },
    dashboardMs: pages.find(({ page }) => page === '/admin')!.middle,
    ...slowest(pages),
    slowPages: slow.length,
    csvRowsPerSecond: list!.rowsPerSecond,
    csvGrowthMb: list!.growthMb,
  };
}

export async function benchSearch(folder: string): Promise<object> {
  const vouchers = 1_000_000;
  const { pages } = await ask('search', join(folder, 'search.db'), vouchers);
  return { bench: 'search', vouchers, searches: pages.length, ...slowest(pages) };
}

async function ask(task: string, file: string, vouchers: number): Promise<BigShopFigures> {
  return next(start('big-shop-process', task, file, vouchers, USAGE_ROWS));
}

function slowest(pages: readonly PageTimes[]): object {
  const failed = pages.find(({ status }) => status !== 200);
  if (failed) throw new Error(`${failed.page} was answered ${failed.status}`);
  const worst = pages.reduce((a, b) => (b.middle > a.middle ? b : a));
  return { slowestMs: worst.middle, slowestPage: worst.page };
}
