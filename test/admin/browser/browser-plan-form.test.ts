import { staffInBrowser } from '../../support/browser/staff-in-browser';

/** The form of a plan: few fields at first, and what customers will read beside them. */

const staff = staffInBrowser();
const FIELDS = 'form.beside :is(input:not([type="hidden"]), select)';

test('a new plan asks for four things and offers three switches; the rest is for experts', async () => {
  const page = await staff.signedIn('/plans/new');
  await page.setViewportSize({ width: 360, height: 740 });
  await staff.goTo(page, '/plans/new');
  const open = () => page.locator(`${FIELDS}:visible`).evaluateAll((all) => all.map((one) => (one as { name?: string }).name)); // prettier-ignore
  const switches = ['with_cap', 'with_fair_use', 'with_free_hours'];
  expect(await open()).toEqual(['name', 'price', 'validity', 'rate_down', ...switches]);
  expect(await page.locator(FIELDS).count()).toBe(48);

  await page.locator('#name').fill('P25');
  await page.locator('#price').fill('25');
  await page.getByRole('button', { name: '1d' }).click();
  expect(await page.locator('#validity').inputValue()).toBe('1d');
  await page.locator('#rate_down').fill('5');
  const offer = page.locator('#preview .offer');
  await offer.getByText('5 Mbps').waitFor();
  expect(await offer.textContent()).toMatch(/₱25 +1 day +.*unlimited data/);
  await page.getByText('Limit the data').click();
  expect(await open()).toHaveLength(10);
  await page.locator('#data_cap').fill('2GB');
  await page.locator('#preview .sample').getByText('2 GB').waitFor();
  await staff.mustFit(page);
  await staff.press(page, 'Add the plan');
  const { terms } = await staff.open.shop.app.services.plans.find('P25');
  expect(terms.rate).toEqual({ up: 5_000_000, down: 5_000_000 });
  expect([terms.validitySeconds, terms.capBytes]).toEqual([86_400, 2_000_000_000]);

  // Off is off, whatever stands in the fields that are not seen.
  await staff.goTo(page, '/plans/P25');
  expect(await page.locator('#rate_down').inputValue()).toBe('5');
  expect(await page.locator('[name="with_cap"]').isChecked()).toBe(true);
  await page.getByText('Limit the data').click();
  await staff.press(page, 'Save');
  const changed = await staff.open.shop.app.services.plans.find('P25');
  expect(changed.terms.capBytes).toBeNull();
  expect(staff.complaints).toEqual([]);
}, 60_000);

test('what is wrong among the expert fields opens them; what is set there is counted', async () => {
  const page = await staff.signedIn('/plans/new');
  for (const [field, value] of [['name', 'FAST'], ['price', '9'], ['rate_down', '4']] as const) await page.locator(`#${field}`).fill(value); // prettier-ignore
  await page.getByText('Expert').click();
  await page.locator('#priority').fill('101');
  await staff.press(page, 'Add the plan');
  expect(await page.locator('#priority').isVisible()).toBe(true);
  expect(await page.locator('#priority-hint').textContent()).toContain('Priority');
  await page.locator('#priority').fill('90');
  await staff.press(page, 'Add the plan');
  await staff.goTo(page, '/plans/FAST');
  expect(await page.locator('#priority').isVisible()).toBe(false);
  expect(await page.locator('summary:has-text("Expert")').textContent()).toMatch(/1 set/);
  expect(staff.complaints.filter((one) => !one.includes('422'))).toEqual([]);
}, 60_000);
