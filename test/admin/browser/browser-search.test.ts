import { staffInBrowser } from '../../support/browser/staff-in-browser';
import { some } from '../../support/program/run-counts';

/** The search that opens from every page. */

const staff = staffInBrowser();

test.each(some([360, 1280], 1))(
  'the key / searches from any page, %i pixels wide',
  async (width) => {
    const page = await staff.signedIn('/plans');
    await page.setViewportSize({ width, height: 740 });
    await page.keyboard.press('/');
    if (width === 360) await page.waitForURL(/\/search/);
    await page.keyboard.type('print many');
    await page.keyboard.press('Enter');
    await page.waitForURL(/q=print/);
    await staff.mustFit(page);
    await page.getByRole('link', { name: 'print many vouchers?' }).click();
    await page.getByRole('link', { name: 'Create vouchers' }).waitFor();
    expect(staff.complaints).toEqual([]);
  },
);
